// A small LV2 host on lilv: renders a raw file through a plugin of ours with a preset, through a state file and back.
//
//   lv2_host URI PRESET RATE BLOCK IN OUT STATE_OUT|-
//
// The world is LV2_PATH's. PRESET: the URI of a preset of the world, or the path of a state file that this host wrote.
// IN, OUT: float32, all of the left channel and then all of the right one.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

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

std::map<std::string, LV2_URID> urids;
std::map<LV2_URID, std::string> uris;
LV2_URID map_uri(LV2_URID_Map_Handle, const char* uri) {
  const auto found = urids.find(uri);
  if (found != urids.end()) return found->second;
  const auto urid = static_cast<LV2_URID>(urids.size() + 1);
  uris[urid] = uri;
  return urids[uri] = urid;
}
const char* unmap_urid(LV2_URID_Unmap_Handle, LV2_URID urid) { return uris.count(urid) ? uris[urid].c_str() : nullptr; }

LV2_URID_Map map = {nullptr, map_uri};
LV2_URID_Unmap unmap = {nullptr, unmap_urid};

// What the plugin asks for. Without an editor nothing is ever scheduled.
class Features {
 public:
  Features(double rate_hz, int block) : rate_(static_cast<float>(rate_hz)), most_(block) {
    const LV2_URID whole = map_uri(nullptr, LV2_ATOM__Int), number = map_uri(nullptr, LV2_ATOM__Float);
    options_[0] = {LV2_OPTIONS_INSTANCE, 0, map_uri(nullptr, LV2_BUF_SIZE__maxBlockLength), sizeof most_, whole, &most_};
    options_[1] = {LV2_OPTIONS_INSTANCE, 0, map_uri(nullptr, LV2_BUF_SIZE__nominalBlockLength), sizeof most_, whole, &most_};
    options_[2] = {LV2_OPTIONS_INSTANCE, 0, map_uri(nullptr, LV2_PARAMETERS__sampleRate), sizeof rate_, number, &rate_};
  }
  Features(const Features&) = delete;
  const LV2_Feature* const* list() const { return list_; }

 private:
  float rate_;
  std::int32_t most_;
  LV2_Options_Option options_[4] = {};
  LV2_Worker_Schedule schedule_ = {nullptr, [](LV2_Worker_Schedule_Handle, std::uint32_t, const void*) { return LV2_WORKER_ERR_UNKNOWN; }};
  LV2_Feature features_[5] = {{LV2_URID__map, &map},
                              {LV2_URID__unmap, &unmap},
                              {LV2_OPTIONS__options, options_},
                              {LV2_WORKER__schedule, &schedule_},
                              {LV2_BUF_SIZE__boundedBlockLength, nullptr}};
  const LV2_Feature* list_[6] = {&features_[0], &features_[1], &features_[2], &features_[3], &features_[4], nullptr};
};

class Host {
 public:
  Host(const char* plugin_uri, double rate_hz, int block) : features_(rate_hz, block), block_(block) {
    lilv_world_load_all(world_);
    LilvNode* const uri = lilv_new_uri(world_, plugin_uri);
    plugin_ = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world_), uri);
    lilv_node_free(uri);
    if (plugin_ == nullptr) fail("the plugin is not found");
    instance_ = lilv_plugin_instantiate(plugin_, rate_hz, features_.list());
    if (instance_ == nullptr) fail("not instantiated");
    connect();
  }
  ~Host() {
    lilv_instance_free(instance_);
    lilv_world_free(world_);
  }

  void restore(const char* preset_or_file) {
    LilvState* state = nullptr;
    if (std::ifstream(preset_or_file).good()) {
      state = lilv_state_new_from_file(world_, &map, nullptr, preset_or_file);
    } else {
      LilvNode* const preset = lilv_new_uri(world_, preset_or_file);
      lilv_world_load_resource(world_, preset);
      state = lilv_state_new_from_world(world_, &map, preset);
      lilv_node_free(preset);
    }
    if (state == nullptr) fail("no state");
    lilv_state_restore(state, instance_, set_port, this, 0, features_.list());
    lilv_state_free(state);
  }

  void save(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::uint32_t flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
    LilvState* const state = lilv_state_new_from_instance(plugin_, instance_, &map, nullptr, nullptr, nullptr, nullptr, get_port, this, flags, features_.list());
    if (lilv_state_save(world_, &map, &unmap, state, nullptr, path.substr(0, slash).c_str(), path.substr(slash + 1).c_str()) != 0) fail("the state is not saved");
    lilv_state_free(state);
  }

  std::string render(const std::string& in) {
    std::string out(in.size(), '\0');
    const int frames = static_cast<int>(in.size() / 8);
    auto* const x = reinterpret_cast<float*>(const_cast<char*>(in.data()));
    auto* const y = reinterpret_cast<float*>(out.data());
    lilv_instance_activate(instance_);
    for (int at = 0; at < frames; at += block_) {
      prepare_events();
      for (int c = 0; c < 2; ++c) {
        lilv_instance_connect_port(instance_, audio_in_[static_cast<std::size_t>(c)], x + c * frames + at);
        lilv_instance_connect_port(instance_, audio_out_[static_cast<std::size_t>(c)], y + c * frames + at);
      }
      lilv_instance_run(instance_, static_cast<std::uint32_t>(std::min(block_, frames - at)));
    }
    lilv_instance_deactivate(instance_);
    return out;
  }

  float* control(const char* symbol) {
    const auto found = std::find(symbols_.begin(), symbols_.end(), std::string(symbol));
    return found == symbols_.end() ? nullptr : &controls_[static_cast<std::size_t>(found - symbols_.begin())];
  }

 private:
  bool is_a(std::uint32_t port, const char* kind) const {
    LilvNode* const node = lilv_new_uri(world_, kind);
    const bool is = lilv_port_is_a(plugin_, lilv_plugin_get_port_by_index(plugin_, port), node);
    lilv_node_free(node);
    return is;
  }

  void connect() {
    const std::uint32_t count = lilv_plugin_get_num_ports(plugin_);
    controls_.resize(count);
    lilv_plugin_get_port_ranges_float(plugin_, nullptr, nullptr, controls_.data());
    events_.assign(count, std::vector<std::uint64_t>(1024));
    for (std::uint32_t k = 0; k < count; ++k) {
      symbols_.emplace_back(lilv_node_as_string(lilv_port_get_symbol(plugin_, lilv_plugin_get_port_by_index(plugin_, k))));
      outputs_.push_back(is_a(k, LV2_CORE__OutputPort));
      if (is_a(k, LV2_CORE__AudioPort)) {
        (outputs_[k] ? audio_out_ : audio_in_).push_back(k);
        events_[k].clear();
      } else if (is_a(k, LV2_ATOM__AtomPort)) {
        lilv_instance_connect_port(instance_, k, events_[k].data());
      } else {
        lilv_instance_connect_port(instance_, k, &controls_[k]);
        events_[k].clear();
      }
    }
  }

  void prepare_events() {  // an empty sequence in, room for one out
    for (std::size_t k = 0; k < events_.size(); ++k) {
      if (events_[k].empty()) continue;
      auto* const sequence = reinterpret_cast<LV2_Atom_Sequence*>(events_[k].data());
      const std::size_t size = outputs_[k] ? 8 * events_[k].size() - sizeof(LV2_Atom) : sizeof(LV2_Atom_Sequence_Body);
      sequence->atom = {static_cast<std::uint32_t>(size), map_uri(nullptr, LV2_ATOM__Sequence)};
      sequence->body = {0, 0};
    }
  }

  static void set_port(const char* symbol, void* self, const void* value, std::uint32_t, std::uint32_t) {
    if (float* const control = static_cast<Host*>(self)->control(symbol)) *control = *static_cast<const float*>(value);
  }
  static const void* get_port(const char* symbol, void* self, std::uint32_t* size, std::uint32_t* type) {
    *size = sizeof(float);
    *type = map_uri(nullptr, LV2_ATOM__Float);
    return static_cast<Host*>(self)->control(symbol);
  }

  LilvWorld* const world_ = lilv_world_new();
  Features features_;
  const LilvPlugin* plugin_ = nullptr;
  LilvInstance* instance_ = nullptr;
  int block_;
  std::vector<float> controls_;
  std::vector<std::string> symbols_;
  std::vector<bool> outputs_;
  std::vector<std::uint32_t> audio_in_, audio_out_;
  std::vector<std::vector<std::uint64_t>> events_;  // of the ports that have them
};

}  // namespace

int main(int count, char** argv) {
  if (count != 8) fail("usage: see the source");
  Host host(argv[1], std::atof(argv[3]), std::atoi(argv[4]));
  host.restore(argv[2]);
  const std::string out = host.render(read_bytes(argv[5]));
  std::printf("latency %d\n", static_cast<int>(*host.control("lv2_latency")));
  std::ofstream(argv[6], std::ios::binary) << out;
  if (std::strcmp(argv[7], "-") != 0) host.save(argv[7]);
}
