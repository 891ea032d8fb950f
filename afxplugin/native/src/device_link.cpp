#include "afx/device_link.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>

#include "flush_denormals.hpp"

namespace afx {
namespace {

// PaStreamCallbackFlags of PortAudio 19.
constexpr unsigned long input_underflow = 1, input_overflow = 2, output_underflow = 4, output_overflow = 8;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

// The reader may take the old peak between the look and the store: then the new one is tried against zero.
void raise_peak(std::atomic<float>& peak, float level) {
  float now = peak.load(std::memory_order_relaxed);
  while (level > now && !peak.compare_exchange_weak(now, level, std::memory_order_relaxed)) {
  }
}

float peak_of(const float* x, int frames) {
  float peak = 0.0f;
  for (int i = 0; i < frames; ++i) peak = std::max(peak, std::fabs(x[i]));
  return peak;
}

}  // namespace

Result DeviceLink::prepare(Ring& to_graph, Ring& from_graph, const LinkOptions& options) {
  const auto refused = [](const std::string& why) { return Result::failure(why); };
  if (!to_graph.attached() || !from_graph.attached() || to_graph.channels() > 2 || from_graph.channels() != 2) {
    return refused("a link needs a ring of 1 or 2 channels to the graph and one of 2 channels from it");
  }
  if (options.output_channels < 1 || options.output_channels > max_device_channels || options.input_channels > max_device_channels) {
    return refused("a device of " + std::to_string(options.input_channels) + " inputs and " + std::to_string(options.output_channels) +
                   " outputs is given; allowed: at most 256 of each, and an output");
  }
  if (options.first_input < 0 || options.first_input + to_graph.channels() > options.input_channels) {
    return refused("input channel " + std::to_string(options.first_input + 1) + " is asked for; the device has " +
                   std::to_string(options.input_channels));
  }
  const int most = std::min(to_graph.capacity(), from_graph.capacity()) / 2;
  if (options.block_frames < 1 || options.prefill_frames < options.block_frames || options.prefill_frames > most) {
    return refused("a prefill of " + std::to_string(options.prefill_frames) + " frames is given; allowed: one block (" +
                   std::to_string(options.block_frames) + ") to " + std::to_string(most));
  }
  to_graph_ = &to_graph;
  from_graph_ = &from_graph;
  options_ = options;
  const float* silence[2] = {rows_[0].data(), rows_[1].data()};
  for (int done = 0; done < options.prefill_frames;) {
    const int wanted = std::min(piece_frames, options.prefill_frames - done);
    if (to_graph.write(silence, wanted) != wanted) return refused("the ring to the graph is in use already");
    done += wanted;
  }
  return {};
}

void DeviceLink::process(const float* x, float* y, int frames, unsigned long flags, double device_latency_s) {
  const FlushDenormals flushed;
  const std::uint64_t began_ns = now_ns();
  count_device(flags, began_ns);
  if (device_latency_s > 0.0) device_latency_s_.store(device_latency_s, std::memory_order_relaxed);
  observe_response();
  const std::int64_t ahead = static_cast<std::int64_t>(from_graph_->frames_written() + dropped_ - played_);
  const std::int64_t least = least_ready_.load(std::memory_order_relaxed);
  if (least < 0 || ahead < least) least_ready_.store(std::max<std::int64_t>(ahead, 0), std::memory_order_relaxed);
  feed(x, frames);
  drain(y, frames);
  callbacks_.add(1);
  frames_.add(static_cast<std::uint64_t>(frames));
  longest_.raise(static_cast<std::uint64_t>(frames));
  const std::uint64_t took_ns = now_ns() - began_ns;
  callback_ns_.add(took_ns);
  callback_highest_ns_.raise(took_ns);
}

void DeviceLink::count_device(unsigned long flags, std::uint64_t began_ns) {
  if (flags & input_underflow) input_underflows_.add(1);
  if (flags & input_overflow) input_overflows_.add(1);
  if (flags & output_underflow) output_underflows_.add(1);
  if (flags & output_overflow) output_overflows_.add(1);
  if (last_ns_.get() != 0) interval_highest_ns_.raise(began_ns - last_ns_.get());
  last_ns_.set(began_ns);
}

// Looked at once a callback, before the next block is written; the graph's own stamp says when it was done.
void DeviceLink::observe_response() {
  if (asked_ns_ == 0 || from_graph_->frames_written() < asked_frames_) return;
  const std::uint64_t done_ns = static_cast<std::uint64_t>(from_graph_->last_write_ns());
  const std::uint64_t took_ns = done_ns > asked_ns_ ? done_ns - asked_ns_ : 0;
  asked_ns_ = 0;
  responses_.add(1);
  response_ns_.add(took_ns);
  response_highest_ns_.raise(took_ns);
  response_bins_[static_cast<std::size_t>(std::min<std::uint64_t>(took_ns / bin_ns, bins - 1))].add(1);
}

void DeviceLink::feed(const float* x, int frames) {
  const int channels = to_graph_->channels();
  int dropped = 0;
  for (int done = 0; done < frames; done += piece_frames) {
    const int n = std::min(piece_frames, frames - done);
    for (int c = 0; c < channels; ++c) {
      float* const row = rows_[c].data();
      const float* const from = x == nullptr ? nullptr : x + std::int64_t{done} * options_.input_channels + options_.first_input + c;
      for (int i = 0; i < n; ++i) row[i] = from == nullptr ? 0.0f : from[std::int64_t{i} * options_.input_channels];
      raise_peak(input_peak_, peak_of(row, n));
    }
    const float* rows[2] = {rows_[0].data(), rows_[1].data()};
    const std::uint64_t written_ns = now_ns();
    dropped += n - to_graph_->write(rows, n);
    const auto block = static_cast<std::uint64_t>(options_.block_frames);
    const std::uint64_t expected = to_graph_->frames_written() / block * block;
    if (asked_ns_ == 0 && expected > from_graph_->frames_written()) {
      asked_ns_ = written_ns;
      asked_frames_ = expected;
    }
  }
  if (dropped == 0 || to_graph_->closed()) return;
  overruns_.add(1);
  overrun_frames_.add(static_cast<std::uint64_t>(dropped));
  dropped_ += static_cast<std::uint64_t>(dropped);
  valid_from_ = to_graph_->frames_written();
}

void DeviceLink::skip_to(std::uint64_t frame) {
  while (from_graph_->frames_read() < frame) {
    float* rows[2] = {rows_[0].data(), rows_[1].data()};
    const std::uint64_t left = frame - from_graph_->frames_read();
    if (from_graph_->read(rows, static_cast<int>(std::min<std::uint64_t>(left, piece_frames))) == 0) return;
  }
}

void DeviceLink::drain(float* y, int frames) {
  const int channels = options_.output_channels;
  std::memset(y, 0, sizeof(float) * static_cast<std::size_t>(frames) * static_cast<std::size_t>(channels));
  const std::uint64_t due = played_ > dropped_ ? played_ - dropped_ : 0;
  skip_to(std::max(due, valid_from_));
  // Ahead of what is due: that much was dropped, and silence stands for it.
  const std::uint64_t at = from_graph_->frames_read();
  int done = at > due ? static_cast<int>(std::min(at - due, static_cast<std::uint64_t>(frames))) : 0;
  const bool late = at < std::max(due, valid_from_);
  while (!late && done < frames) {
    float* rows[2] = {rows_[0].data(), rows_[1].data()};
    const int got = from_graph_->read(rows, std::min(piece_frames, frames - done));
    if (got == 0) break;
    for (int c = 0; c < std::min(channels, 2); ++c) {
      float* const to = y + std::int64_t{done} * channels + c;
      for (int i = 0; i < got; ++i) to[std::int64_t{i} * channels] = rows_[c][static_cast<std::size_t>(i)];
      raise_peak(c == 0 ? left_peak_ : right_peak_, peak_of(rows_[c].data(), got));
    }
    done += got;
  }
  played_ += static_cast<std::uint64_t>(frames);
  if (done == frames || from_graph_->closed()) return;
  underruns_.add(1);
  underrun_frames_.add(static_cast<std::uint64_t>(frames - done));
}

double DeviceLink::percentile_ns(double share) const {
  const double wanted = share * static_cast<double>(responses_.get());
  std::uint64_t seen = 0;
  for (std::size_t k = 0; k + 1 < bins; ++k) {
    seen += response_bins_[k].get();
    if (static_cast<double>(seen) >= wanted) return static_cast<double>((k + 1) * bin_ns);
  }
  return static_cast<double>(response_highest_ns_.get());
}

LinkStats DeviceLink::stats() const {
  const auto mean = [](const Counter& sum, const Counter& count) {
    return count.get() == 0 ? 0.0 : static_cast<double>(sum.get()) / static_cast<double>(count.get());
  };
  const auto whole = [](const Counter& counter) { return static_cast<double>(counter.get()); };
  LinkStats s{};
  s.callbacks = callbacks_.get();
  s.frames = frames_.get();
  s.input_underflows = input_underflows_.get();
  s.input_overflows = input_overflows_.get();
  s.output_underflows = output_underflows_.get();
  s.output_overflows = output_overflows_.get();
  s.underruns = underruns_.get();
  s.underrun_frames = underrun_frames_.get();
  s.overruns = overruns_.get();
  s.overrun_frames = overrun_frames_.get();
  s.responses = responses_.get();
  s.callback_mean_ns = mean(callback_ns_, callbacks_);
  s.callback_highest_ns = whole(callback_highest_ns_);
  s.response_mean_ns = mean(response_ns_, responses_);
  s.response_highest_ns = whole(response_highest_ns_);
  s.response_median_ns = percentile_ns(0.5);
  s.response_99_ns = percentile_ns(0.99);
  s.interval_highest_ns = whole(interval_highest_ns_);
  s.device_latency_s = device_latency_s_.load(std::memory_order_relaxed);
  s.longest_frames = longest_.get();
  s.least_ready_frames = least_ready_.load(std::memory_order_relaxed);
  s.last_callback_ns = static_cast<std::int64_t>(last_ns_.get());
  return s;
}

void DeviceLink::take_peaks(float& input, float& left, float& right) {
  input = input_peak_.exchange(0.0f, std::memory_order_relaxed);
  left = left_peak_.exchange(0.0f, std::memory_order_relaxed);
  right = right_peak_.exchange(0.0f, std::memory_order_relaxed);
}

extern "C" int afx_device_callback(const void* x, void* y, unsigned long frames, const DeviceTimes* times,
                                   unsigned long flags, void* link) {
  double latency_s = times == nullptr ? 0.0 : times->output_dac_s - times->input_adc_s;
  if (!(latency_s > 0.0 && latency_s < 10.0)) latency_s = 0.0;  // not every device states both times
  static_cast<DeviceLink*>(link)->process(static_cast<const float*>(x), static_cast<float*>(y), static_cast<int>(frames), flags, latency_s);
  return 0;  // paContinue
}

}  // namespace afx
