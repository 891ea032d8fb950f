// What an audio device's callback does for a graph in another process: input frames into the ring that feeds the graph,
// output frames out of the ring that it fills, with the time between them held.
//
// What is heard at frame t of the device is what came in at t - prefill and went through the graph. Where the graph is
// late, the frames that are missing are silence and are skipped when they come (an underrun); where it takes nothing for
// so long that its ring is full, input frames are dropped and the same number of output frames is silence (an overrun).
// So the latency after an interruption is the latency before it.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "afx/result.hpp"
#include "afx/ring.hpp"

namespace afx {

struct LinkOptions {
  int input_channels = 1;   // of the device's interleaved blocks
  int output_channels = 2;  // of the device; one gets the graph's left side, those beyond the second get silence
  int first_input = 0;      // the device's channel that feeds the graph's first; a second is fed by the next
  int block_frames = 128;   // of the graph
  int prefill_frames = 384;
};

// What has happened since the start. Times are of the steady clock. The response is the time from when a block was
// written for the graph until the graph had written its output.
struct LinkStats {
  std::uint64_t callbacks, frames;
  std::uint64_t input_underflows, input_overflows, output_underflows, output_overflows;  // told by the device
  std::uint64_t underruns, underrun_frames, overruns, overrun_frames;
  std::uint64_t responses;
  double callback_mean_ns, callback_highest_ns;
  double response_mean_ns, response_highest_ns, response_median_ns, response_99_ns;
  double interval_highest_ns;  // between two callbacks
  double device_latency_s;     // from the device's input to its output without us, as the device says; 0: it does not
  std::uint64_t longest_frames;  // of one callback: what the device asks for at a time
  std::int64_t least_ready_frames;  // what the graph was ahead of the device at its tightest; -1 before the first callback
  std::int64_t last_callback_ns;    // 0 before the first
};

class DeviceLink {
 public:
  static constexpr int max_device_channels = 256;

  DeviceLink() = default;
  DeviceLink(const DeviceLink&) = delete;
  DeviceLink& operator=(const DeviceLink&) = delete;

  // The rings must outlive the link. Writes the prefill, silence, for the graph.
  Result prepare(Ring& to_graph, Ring& from_graph, const LinkOptions& options);

  // The audio call: no lock, no allocation, no waiting. Interleaved frames; `flags` as PortAudio has them; x may be null.
  void process(const float* x, float* y, int frames, unsigned long flags, double device_latency_s);

  LinkStats stats() const;
  // Highest magnitudes since they were last taken: of the input channel(s) of the graph, of both output channels.
  void take_peaks(float& input, float& left, float& right);

 private:
  // Written by the callback alone, read by anybody.
  struct Counter {
    std::atomic<std::uint64_t> value{0};
    void add(std::uint64_t n) { value.store(get() + n, std::memory_order_relaxed); }
    void raise(std::uint64_t n) { if (n > get()) value.store(n, std::memory_order_relaxed); }
    void set(std::uint64_t n) { value.store(n, std::memory_order_relaxed); }
    std::uint64_t get() const { return value.load(std::memory_order_relaxed); }
  };
  static constexpr int piece_frames = 256;
  static constexpr int bins = 512;
  static constexpr std::uint64_t bin_ns = 20000;

  void count_device(unsigned long flags, std::uint64_t began_ns);
  void observe_response();
  void feed(const float* x, int frames);
  void drain(float* y, int frames);
  void skip_to(std::uint64_t frame);
  double percentile_ns(double share) const;

  Ring* to_graph_ = nullptr;
  Ring* from_graph_ = nullptr;
  LinkOptions options_;
  // Frames are numbered as they are written for the graph, the prefill first. Frame k is due at frame k + dropped_ of the
  // device's output; what was written before input was dropped, up to valid_from_, is due no more.
  std::uint64_t played_ = 0, dropped_ = 0, valid_from_ = 0;
  std::uint64_t asked_ns_ = 0;    // when the block that is being waited for was written; 0: none is
  std::uint64_t asked_frames_ = 0;  // what the graph will have written with it
  std::array<float, piece_frames> rows_[2] = {};

  Counter callbacks_, frames_, input_underflows_, input_overflows_, output_underflows_, output_overflows_;
  Counter underruns_, underrun_frames_, overruns_, overrun_frames_;
  Counter callback_ns_, callback_highest_ns_, last_ns_, interval_highest_ns_;
  Counter responses_, response_ns_, response_highest_ns_, longest_;
  std::array<Counter, bins> response_bins_ = {};
  std::atomic<double> device_latency_s_{0.0};
  std::atomic<std::int64_t> least_ready_{-1};
  std::atomic<float> input_peak_{0.0f}, left_peak_{0.0f}, right_peak_{0.0f};
};

// PortAudio's callback with a DeviceLink as its user data; the times are those of PaStreamCallbackTimeInfo.
struct DeviceTimes {
  double input_adc_s, current_s, output_dac_s;
};
extern "C" int afx_device_callback(const void* x, void* y, unsigned long frames, const DeviceTimes* times,
                                   unsigned long flags, void* link);

}  // namespace afx
