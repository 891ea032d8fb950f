// The callback of a device allocates nothing, whatever goes wrong, and takes a graph that has died for silence.
#include <cstdio>
#include <vector>

#include "../allocation_counter.hpp"
#include "afx/device_link.hpp"

int main() {
  if (!counter_counts()) return std::puts("the counter does not count"), 1;
  afx::Ring to_graph, from_graph;
  if (!to_graph.create(1, 1024) || !from_graph.create(2, 1024)) return std::puts("no rings"), 1;
  afx::DeviceLink link;
  afx::LinkOptions options;
  options.input_channels = 2;
  options.first_input = 1;
  if (const afx::Result made = link.prepare(to_graph, from_graph, options); !made) return std::puts(made.why.c_str()), 1;
  std::vector<float> x(2 * 4096, 0.25f), y(2 * 4096, 9.0f), row(4096);
  float* rows[2] = {row.data(), row.data()};
  const afx::DeviceTimes times{1.0, 1.001, 1.01};
  const int sizes[] = {128, 1, 0, 300, 128, 4096, 128, 128, 64};
  count = 0;
  for (int round = 0; round < 200; ++round) {
    const int frames = sizes[round % 9];
    counting = true;
    if (afx::afx_device_callback(round % 5 == 0 ? nullptr : x.data(), y.data(), static_cast<unsigned long>(frames), &times,
                                 static_cast<unsigned long>(round % 16), &link) != 0) return std::puts("it ends the stream"), 1;
    counting = false;
    // A graph that is sometimes late, and sometimes far too late.
    if (round % 7 < 5) {
      const int got = to_graph.read(rows, 4096);
      const float* out[2] = {row.data(), row.data()};
      from_graph.write(out, got);
    }
  }
  const afx::LinkStats stats = link.stats();
  if (count != 0) return std::printf("%ld allocations\n", static_cast<long>(count)), 1;
  if (stats.underruns == 0 || stats.overruns == 0 || stats.input_underflows == 0) return std::puts("nothing went wrong"), 1;
  if (stats.device_latency_s < 0.0099 || stats.device_latency_s > 0.0101) return std::puts("the device's latency is lost"), 1;
  const std::uint64_t before = stats.underruns;
  to_graph.close();
  from_graph.close();
  while (from_graph.read(rows, 4096) > 0) {
  }
  link.process(x.data(), y.data(), 128, 0, 0.0);
  for (int i = 0; i < 256; ++i) {
    if (y[static_cast<std::size_t>(i)] != 0.0f) return std::puts("a dead graph is heard"), 1;
  }
  if (link.stats().underruns != before) return std::puts("a dead graph is late"), 1;
  std::puts("done");
  return 0;
}
