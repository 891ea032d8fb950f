// A client of a JACK server that plays a signal into one port and records two others, frame by frame of the server's
// clock: jack_probe SIGNAL RECORDING FRAMES INTO LEFT RIGHT, INTO - for nowhere. Files are float32; the recording is left, then right, and
// begins with the frame in which the signal began.
//
// The player and the recorder are two clients, so that what lies between them is no loop, which would be a period late.
// Only the server's library is needed, not its headers: these are the declarations of JACK's API.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

extern "C" {
struct jack_client_t;
struct jack_port_t;
jack_client_t* jack_client_open(const char* name, int options, int* status, ...);
int jack_client_close(jack_client_t*);
int jack_activate(jack_client_t*);
int jack_set_process_callback(jack_client_t*, int (*)(std::uint32_t, void*), void*);
jack_port_t* jack_port_register(jack_client_t*, const char* name, const char* type, unsigned long flags, unsigned long size);
const char* jack_port_name(const jack_port_t*);
void* jack_port_get_buffer(jack_port_t*, std::uint32_t frames);
int jack_connect(jack_client_t*, const char* from, const char* to);
std::uint32_t jack_last_frame_time(const jack_client_t*);
}

namespace {

constexpr int kNoStartServer = 1;
constexpr unsigned long kInput = 1, kOutput = 2;
constexpr const char* kAudio = "32 bit float mono audio";
constexpr std::uint32_t kLead = 9600;  // time to be connected

jack_client_t *player, *recorder;
jack_port_t *out, *left, *right;
std::vector<float> signal, recording;
std::atomic<std::uint32_t> start{0};
std::atomic<std::int64_t> recorded{0};
std::int64_t total;

std::int64_t position(jack_client_t* client) {
  const std::uint32_t from = start.load();
  return from == 0 ? -1'000'000 : std::int64_t{static_cast<std::int32_t>(jack_last_frame_time(client) - from)};
}

int play(std::uint32_t frames, void*) {
  auto* const y = static_cast<float*>(jack_port_get_buffer(out, frames));
  std::int64_t at = position(player);
  for (std::uint32_t i = 0; i < frames; ++i, ++at) {
    y[i] = at >= 0 && at < static_cast<std::int64_t>(signal.size()) ? signal[static_cast<std::size_t>(at)] : 0.0f;
  }
  return 0;
}

int record(std::uint32_t frames, void*) {
  auto* const l = static_cast<const float*>(jack_port_get_buffer(left, frames));
  auto* const r = static_cast<const float*>(jack_port_get_buffer(right, frames));
  std::int64_t at = position(recorder);
  for (std::uint32_t i = 0; i < frames; ++i, ++at) {
    if (at < 0 || at >= total) continue;
    recording[static_cast<std::size_t>(at)] = l[i];
    recording[static_cast<std::size_t>(total + at)] = r[i];
  }
  recorded.store(at);
  return 0;
}

int fail(const char* what) {
  std::fprintf(stderr, "jack_probe: %s\n", what);
  return 1;
}

}  // namespace

int main(int, char** argument) {
  total = std::atoll(argument[3]);
  recording.assign(static_cast<std::size_t>(2 * total), 0.0f);
  std::FILE* file = std::fopen(argument[1], "rb");
  if (file == nullptr) return fail("no signal");
  float sample;
  while (std::fread(&sample, sizeof sample, 1, file) == 1) signal.push_back(sample);
  std::fclose(file);
  player = jack_client_open("probe_out", kNoStartServer, nullptr);
  recorder = jack_client_open("probe_in", kNoStartServer, nullptr);
  if (player == nullptr || recorder == nullptr) return fail("no server");
  out = jack_port_register(player, "out", kAudio, kOutput, 0);
  left = jack_port_register(recorder, "left", kAudio, kInput, 0);
  right = jack_port_register(recorder, "right", kAudio, kInput, 0);
  jack_set_process_callback(player, play, nullptr);
  jack_set_process_callback(recorder, record, nullptr);
  if (jack_activate(player) != 0 || jack_activate(recorder) != 0) return fail("cannot start");
  if (std::string(argument[4]) != "-" && jack_connect(player, jack_port_name(out), argument[4]) != 0) return fail(argument[4]);
  if (jack_connect(recorder, argument[5], jack_port_name(left)) != 0) return fail(argument[5]);
  if (jack_connect(recorder, argument[6], jack_port_name(right)) != 0) return fail(argument[6]);
  std::puts("connected");
  std::fflush(stdout);
  start.store((jack_last_frame_time(player) + kLead) | 1u);
  for (int k = 0; k < 6000 && recorded.load() < total; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  jack_client_close(player);
  jack_client_close(recorder);
  file = std::fopen(argument[2], "wb");
  std::fwrite(recording.data(), sizeof(float), recording.size(), file);
  std::fclose(file);
  return recorded.load() >= total ? 0 : fail("the server stood still");
}
