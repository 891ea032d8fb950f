// Counts every allocation of the process while the kernel runs: there must be none.
#include <cstdio>
#include <vector>

#include "../allocation_counter.hpp"
#include "afx/kernel.hpp"

namespace {

afx::Network network(afx::Cell cell, int hidden, int layers, int inputs) {
  afx::Network n;
  n.cell = cell;
  n.hidden = hidden;
  n.inputs = inputs;
  const auto rows = static_cast<std::size_t>(hidden * afx::gate_count(cell));
  for (int k = 0; k < layers; ++k) {
    const auto columns = static_cast<std::size_t>(k == 0 ? inputs : hidden);
    afx::Network::Layer layer;
    layer.w_ih.assign(rows * columns, 0.1f);
    layer.w_hh.assign(rows * static_cast<std::size_t>(hidden), 0.01f);
    layer.bias.assign(rows, 0.05f);
    if (cell == afx::Cell::gru) layer.bias_hn.assign(static_cast<std::size_t>(hidden), 0.02f);
    n.layers.push_back(layer);
  }
  n.head_weight.assign(static_cast<std::size_t>(hidden), 0.1f);
  return n;
}

bool runs_without_allocating(afx::Cell cell, int hidden, int layers, const afx::Feedback& feedback, int streams,
                             afx::Isa isa) {
  constexpr int frames = 301, inputs = 3;
  afx::Kernel kernel;
  if (!kernel.prepare(network(cell, hidden, layers, inputs), feedback, streams, isa)) return false;
  std::vector<float> memory(static_cast<std::size_t>(streams * frames), 0.1f), knobs(frames * (inputs - 1), 0.5f);
  for (std::size_t k = 0; k < knobs.size(); ++k) knobs[k] = 0.001f * static_cast<float>(k);
  std::vector<float*> x;
  for (int s = 0; s < streams; ++s) x.push_back(memory.data() + s * frames);
  kernel.settle(knobs.data());
  count = 0;
  counting = true;
  kernel.process(x.data(), x.data(), frames, knobs.data(), true);
  kernel.reset_settled();
  kernel.process(x.data(), x.data(), frames, knobs.data(), false);
  kernel.reset_zero();
  counting = false;
  return count == 0;
}

}  // namespace

int main() {
  if (!counter_counts()) return std::puts("the counter does not count"), 1;
  std::puts("the counter counts");
  const afx::Feedback filters[] = {{1, {1.0}, 0.0, afx::Feedback::Tap::fresh},
                                   {1, {0.9}, -0.1, afx::Feedback::Tap::read},
                                   {1, {0.8, 0.3, -0.15, 0.05}, 0.0, afx::Feedback::Tap::fresh},
                                   {1, {0.8, 1.0}, 0.8, afx::Feedback::Tap::fresh},
                                   {4, {1.0}, 0.0, afx::Feedback::Tap::fresh},
                                   {384, {0.5, 0.5}, 0.0, afx::Feedback::Tap::fresh}};
  int failed = 0;
  for (const afx::Isa isa : {afx::Isa::baseline, afx::Isa::avx2, afx::Isa::avx512}) {
    if (!afx::isa_available(isa)) continue;
    for (const afx::Cell cell : {afx::Cell::lstm, afx::Cell::gru, afx::Cell::rnn})
      for (const int hidden : {13, 40})
        for (const int layers : {1, 2})
          for (const int streams : {1, 2, 5})
            for (const afx::Feedback& feedback : filters)
              if (!runs_without_allocating(cell, hidden, layers, feedback, streams, isa)) {
                ++failed;
                std::printf("allocates: %s cell %d hidden %d layers %d streams %d\n", afx::isa_name(isa),
                            static_cast<int>(cell), hidden, layers, streams);
              }
  }
  return failed == 0 ? 0 : 1;
}
