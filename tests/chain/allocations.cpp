// Counts every allocation of the process while a chain and a meter run; there must be none.
#include <cstdio>
#include <vector>

#include "../allocation_counter.hpp"
#include "afx/chain.hpp"
#include "afx/meters.hpp"

namespace {

afx::Network network() {
  afx::Network n;
  n.hidden = 12;
  n.inputs = 2;
  n.skip = 1.0f;
  n.layers.resize(1);
  n.layers[0].w_ih.assign(96, 0.1f);
  n.layers[0].w_hh.assign(576, 0.01f);
  n.layers[0].bias.assign(48, 0.05f);
  n.head_weight.assign(12, 0.1f);
  return n;
}

bool runs_without_allocating(int session_hz, const char* method, int oversampling, afx::Filters filters) {
  constexpr int frames = 3001, channels = 2;
  afx::PlanRequest request;
  request.session_hz = session_hz;
  request.capture_hz = 44100;
  request.method = method;
  request.oversampling = oversampling;
  request.filters = filters;
  afx::Plan plan;
  if (!afx::make_plan(request, plan)) return false;
  afx::ChainSettings settings;
  settings.channels = channels;
  settings.controls = {{{{0.0f, 0.0f}, {10.0f, 1.0f}}}};
  settings.positions = {5.0f};
  settings.mix = 0.5f;
  afx::Chain chain;
  afx::Meter meter;
  if (!chain.prepare(afx::Model{{network()}, {}, {}}, plan, settings, afx::default_isa()) || !meter.prepare(session_hz, channels)) return false;
  chain.reset(afx::Start::settled);
  std::vector<float> memory(frames * channels, 0.1f);
  float* x[channels] = {memory.data(), memory.data() + frames};
  count = 0;
  counting = true;
  chain.process(x, x, frames);
  chain.set_position(0, 7.0f);
  chain.set_mix(0.2f);
  chain.set_input_gain(2.0f);
  chain.process(x, x, frames);
  meter.process(x, frames);
  counting = false;
  return count == 0;
}

}  // namespace

int main() {
  if (!counter_counts()) return std::puts("the counter does not count"), 1;
  std::puts("the counter counts");
  int failed = 0;
  for (const int session_hz : {44100, 48000, 96000, 192000, 47999})
    for (const char* method : {"auto", "resample", "cidl", "stn"})
      for (const int oversampling : {1, 2, 8})
        for (const afx::Filters filters : {afx::Filters::linear, afx::Filters::low_latency})
          if (!runs_without_allocating(session_hz, method, oversampling, filters)) {
            ++failed;
            std::printf("allocates: %d Hz %s %dx\n", session_hz, method, oversampling);
          }
  return failed == 0 ? 0 : 1;
}
