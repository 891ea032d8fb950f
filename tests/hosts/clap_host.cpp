// A small CLAP host: renders a raw file through a plugin and prints what it saw; or loads and unloads it many times.
//
//   clap_host render PLUGIN.clap ID RATE BLOCK IN OUT [STATE_IN|-] [STATE_OUT|-] [SYMBOL=VALUE]...
//   clap_host cycles PLUGIN.clap ID COUNT STATE
//
// IN, OUT: float32, all of the left channel and then all of the right one. STATE: the plugin's own bytes.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <dlfcn.h>

#include "clap/entry.h"
#include "clap/ext/latency.h"
#include "clap/ext/params.h"
#include "clap/ext/state.h"
#include "clap/plugin-factory.h"
#include "clap/process.h"

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

std::string read_bytes(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const clap_host_latency_t host_latency = {[](const clap_host_t*) {}};
const void* host_extension(const clap_host_t*, const char* id) { return std::strcmp(id, CLAP_EXT_LATENCY) == 0 ? &host_latency : nullptr; }
void nothing(const clap_host_t*) {}
const clap_host_t host = {CLAP_VERSION, nullptr, "clap_host", "afxplugin", "", "1", host_extension, nothing, nothing, nothing};

// The file on disk and what it exports.
class Library {
 public:
  explicit Library(const char* path) : handle_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) fail(dlerror());
    entry_ = static_cast<const clap_plugin_entry_t*>(dlsym(handle_, "clap_entry"));
    if (entry_ == nullptr || !entry_->init(path)) fail("no CLAP entry");
  }
  ~Library() {
    entry_->deinit();
    dlclose(handle_);
  }
  const clap_plugin_factory_t& factory() const { return *static_cast<const clap_plugin_factory_t*>(entry_->get_factory(CLAP_PLUGIN_FACTORY_ID)); }

 private:
  void* handle_;
  const clap_plugin_entry_t* entry_ = nullptr;
};

class Plugin {
 public:
  Plugin(const Library& library, const char* id) : plugin_(library.factory().create_plugin(&library.factory(), &host, id)) {
    if (plugin_ == nullptr || !plugin_->init(plugin_)) fail("the plugin is not made");
  }
  ~Plugin() { plugin_->destroy(plugin_); }

  template <class Extension>
  const Extension* extension(const char* id) const {
    const auto* const found = static_cast<const Extension*>(plugin_->get_extension(plugin_, id));
    if (found == nullptr) fail(id);
    return found;
  }

  void start(double rate_hz, int block) {
    if (!plugin_->activate(plugin_, rate_hz, 1, static_cast<std::uint32_t>(block))) fail("not activated");
    if (!plugin_->start_processing(plugin_)) fail("not processing");
  }
  void stop() {
    plugin_->stop_processing(plugin_);
    plugin_->deactivate(plugin_);
  }
  std::uint32_t latency() const { return extension<clap_plugin_latency_t>(CLAP_EXT_LATENCY)->get(plugin_); }

  bool load(const std::string& state) {
    struct Source {
      const std::string& bytes;
      std::size_t at;
    } source{state, 0};
    const clap_istream_t stream = {&source, [](const clap_istream_t* self, void* to, std::uint64_t size) -> std::int64_t {
                                     auto& from = *static_cast<Source*>(self->ctx);
                                     const std::size_t count = std::min<std::size_t>(size, from.bytes.size() - from.at);
                                     std::memcpy(to, from.bytes.data() + from.at, count);
                                     from.at += count;
                                     return static_cast<std::int64_t>(count);
                                   }};
    return extension<clap_plugin_state_t>(CLAP_EXT_STATE)->load(plugin_, &stream);
  }
  std::string save() const {
    std::string bytes;
    const clap_ostream_t stream = {&bytes, [](const clap_ostream_t* self, const void* from, std::uint64_t size) -> std::int64_t {
                                     static_cast<std::string*>(self->ctx)->append(static_cast<const char*>(from), size);
                                     return static_cast<std::int64_t>(size);
                                   }};
    if (!extension<clap_plugin_state_t>(CLAP_EXT_STATE)->save(plugin_, &stream)) fail("the state is not saved");
    return bytes;
  }

  // "symbol=value": the symbol is the last part of a parameter's module path.
  clap_event_param_value_t event(const std::string& setting) const {
    const auto* const params = extension<clap_plugin_params_t>(CLAP_EXT_PARAMS);
    const std::string symbol = setting.substr(0, setting.find('='));
    for (std::uint32_t k = 0; k < params->count(plugin_); ++k) {
      clap_param_info_t info{};
      if (!params->get_info(plugin_, k, &info)) fail("no parameter info");
      const std::string module = info.module;
      if (module.substr(module.rfind('/') + 1) != symbol) continue;
      clap_event_param_value_t made{};
      made.header = {sizeof made, 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
      made.param_id = info.id;
      made.note_id = -1;
      made.port_index = made.channel = made.key = -1;
      made.value = std::atof(setting.c_str() + symbol.size() + 1);
      return made;
    }
    fail(setting.c_str());
  }

  void process(const float* const* x, float* const* y, int frames, const std::vector<clap_event_param_value_t>& events) {
    const clap_input_events_t in = {const_cast<std::vector<clap_event_param_value_t>*>(&events),
                                    [](const clap_input_events_t* self) { return static_cast<std::uint32_t>(list(self).size()); },
                                    [](const clap_input_events_t* self, std::uint32_t k) { return &list(self)[k].header; }};
    const clap_output_events_t out = {nullptr, [](const clap_output_events_t*, const clap_event_header_t*) { return true; }};
    clap_audio_buffer_t from{}, to{};
    from.data32 = const_cast<float**>(x);
    to.data32 = const_cast<float**>(y);
    from.channel_count = to.channel_count = 2;
    clap_process_t call{};
    call.frames_count = static_cast<std::uint32_t>(frames);
    call.audio_inputs = &from;
    call.audio_outputs = &to;
    call.audio_inputs_count = call.audio_outputs_count = 1;
    call.in_events = &in;
    call.out_events = &out;
    if (plugin_->process(plugin_, &call) == CLAP_PROCESS_ERROR) fail("process failed");
  }

 private:
  static const std::vector<clap_event_param_value_t>& list(const clap_input_events_t* self) {
    return *static_cast<const std::vector<clap_event_param_value_t>*>(self->ctx);
  }
  const clap_plugin_t* plugin_;
};

void play(Plugin& plugin, const std::string& in, std::string& out, int block, std::vector<clap_event_param_value_t> events) {
  const int frames = static_cast<int>(in.size() / 8);
  const auto* const x = reinterpret_cast<const float*>(in.data());
  auto* const y = reinterpret_cast<float*>(out.data());
  for (int at = 0; at < frames; at += block) {
    const float* const from[2] = {x + at, x + frames + at};
    float* const to[2] = {y + at, y + frames + at};
    plugin.process(from, to, std::min(block, frames - at), events);
    events.clear();
  }
}

int render(char** argv, int count) {
  const Library library(argv[0]);
  Plugin plugin(library, argv[1]);
  const int block = std::atoi(argv[3]);
  const std::string in = read_bytes(argv[4]);
  if (std::strcmp(argv[6], "-") != 0 && !plugin.load(read_bytes(argv[6]))) std::puts("state refused");
  plugin.start(std::atof(argv[2]), block);
  std::printf("latency %u\n", plugin.latency());
  std::vector<clap_event_param_value_t> events;
  for (int k = 8; k < count; ++k) events.push_back(plugin.event(argv[k]));
  std::string out(in.size(), '\0');
  play(plugin, in, out, block, events);
  plugin.stop();
  std::ofstream(argv[5], std::ios::binary) << out;
  if (std::strcmp(argv[7], "-") != 0) std::ofstream(argv[7], std::ios::binary) << plugin.save();
  return 0;
}

int cycles(char** argv) {
  const std::string state = read_bytes(argv[3]), silence(8 * 256, '\0');
  std::string out = silence;
  for (int k = 0; k < std::atoi(argv[2]); ++k) {
    const Library library(argv[0]);
    Plugin plugin(library, argv[1]);
    if (!plugin.load(state)) fail("state refused");
    plugin.start(k % 2 == 0 ? 44100.0 : 48000.0, 64);
    play(plugin, silence, out, 64, {});
    if (!plugin.load(state)) fail("state refused while playing");
    play(plugin, silence, out, 64, {});
    plugin.stop();
    if (plugin.save().size() < state.size() / 2) fail("the state is not saved");
  }
  return 0;
}

}  // namespace

int main(int count, char** argv) {
  if (count > 9 && std::strcmp(argv[1], "render") == 0) return render(argv + 2, count - 2);
  if (count == 6 && std::strcmp(argv[1], "cycles") == 0) return cycles(argv + 2);
  fail("usage: see the source");
}
