#include "afx/resampler.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace afx {

struct ResamplerTable {
  Polyphase filter;
  std::vector<float> taps;  // with room to start the first row, and so every row, on a cache line
  const DotFunctions* functions = nullptr;
};

namespace {

constexpr int kBlockFrames = 1024;
constexpr std::size_t kCacheLine = 16;  // floats
constexpr int kMaxPhases = 4096;
constexpr int kFewPhases = 512;  // never worth interpolating
constexpr double kMaxExtraDelay = 1e6;  // frames beyond half the filter: all of it is history in memory

// Linear interpolation between rows errs by at most (step * bandwidth)^2 / 8: -142 dB for 4096 rows and h of the
// input's full bandwidth. Downwards h is smoother by in / out, so that fewer rows do as well.
int interpolation_intervals(int in_hz, int out_hz, int phases) {
  const double smoothness = std::min(1.0, static_cast<double>(out_hz) / in_hz);
  const int enough = std::max(kFewPhases, static_cast<int>(std::ceil(kMaxPhases * smoothness)));
  return phases > enough ? enough : 0;
}

// Taps that sum to 1 also after rounding to float32: each rounding error is carried into the next tap.
void write_row(const std::vector<double>& row, float* out) {
  double sum = 0.0;
  for (const double tap : row) sum += tap;
  double carry = 0.0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double wanted = row[i] / sum + carry;
    out[i] = static_cast<float>(wanted);
    carry = wanted - out[i];
  }
}

// Zeros for that many rows; returns the first of them.
float* open_rows(int rows, ResamplerTable& table) {
  const std::size_t size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(table.filter.width);
  table.taps.assign(size + kCacheLine, 0.0f);
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(table.taps.data()) / sizeof(float) % kCacheLine;
  return table.taps.data() + (beyond == 0 ? 0 : kCacheLine - beyond);
}

void write_taps(const KaiserSinc& h, double delay, int rows, double step, ResamplerTable& table) {
  const int width = table.filter.width;
  float* taps = open_rows(rows, table);
  table.filter.taps = taps;
  std::vector<double> row;
  for (int i = 0; i < rows; ++i) {
    // Input k = newest - j stands at t = i * step + j - delay; the oldest goes first, behind zeros.
    const double start = i * step - delay + table.filter.offset;
    const int newest = static_cast<int>(std::max(0.0, std::ceil(-h.half_length - start)));
    const int oldest = std::min(width - 1, static_cast<int>(std::floor(h.half_length - start)));
    row.clear();
    for (int j = oldest; j >= newest; --j) row.push_back(h(start + j));
    write_row(row, taps + static_cast<std::ptrdiff_t>(i) * width + (width - 1 - oldest));
  }
}

std::string frames_text(double frames) {
  std::string text = std::to_string(frames);
  return text.substr(0, text.find('.') + 4);
}

Result check(int in_hz, int out_hz, Filters filters, Ratio delay, Isa isa) {
  for (const int rate : {in_hz, out_hz}) {
    if (rate < kMinRateHz || rate > kMaxRateHz) {
      return Result::failure("resampler: a rate of " + std::to_string(rate) + " Hz was given, " +
                             std::to_string(kMinRateHz) + " to " + std::to_string(kMaxRateHz) + " Hz are allowed");
    }
  }
  if (delay.den <= 0) return Result::failure("resampler: the delay's denominator must be above 0");
  const double half = resampler_half_length(in_hz, out_hz, filters);
  if (!(delay.value() >= half) || delay.value() > half + kMaxExtraDelay) {
    return Result::failure("resampler: a delay of " + frames_text(delay.value()) + " input frames was given, " +
                           frames_text(half) + " (half the filter) to " + frames_text(half + kMaxExtraDelay) +
                           " are allowed");
  }
  if (!isa_available(isa)) {
    return Result::failure(std::string("resampler: this machine has no instruction set ") + isa_name(isa));
  }
  return Result::success();
}

}  // namespace

double resampler_half_length(int in_hz, int out_hz, Filters filters) {
  return KaiserSinc(resampler_low_pass(in_hz, out_hz, filters), in_hz).half_length;
}

Result design_resampler(int in_hz, int out_hz, Filters filters, Ratio delay, Isa isa,
                        std::shared_ptr<const ResamplerTable>& table) {
  if (Result checked = check(in_hz, out_hz, filters, delay, isa); !checked) return checked;
  const KaiserSinc h(resampler_low_pass(in_hz, out_hz, filters), in_hz);
  const Ratio step = Ratio::of(in_hz, out_hz);
  auto built = std::make_shared<ResamplerTable>();
  Polyphase& filter = built->filter;
  filter.phases = static_cast<int>(step.den);
  filter.whole = static_cast<int>(step.floor());
  filter.part = static_cast<int>(step.num % step.den);
  filter.intervals = interpolation_intervals(in_hz, out_hz, filter.phases);
  // Over phases 0 <= f <= 1 the taps lie at j = delay - f - half .. delay - f + half.
  filter.offset = static_cast<int>(std::max(0.0, std::ceil(delay.value() - 1.0 - h.half_length)));
  const int span = static_cast<int>(std::floor(delay.value() + h.half_length)) - filter.offset + 1;
  filter.width = (span + kDotWidth - 1) / kDotWidth * kDotWidth;
  const bool interpolated = filter.intervals > 0;
  const int rows = interpolated ? filter.intervals + 1 : filter.phases;
  write_taps(h, delay.value(), rows, 1.0 / (interpolated ? filter.intervals : filter.phases), *built);
  built->functions = &dot_functions(isa);
  table = std::move(built);
  return Result::success();
}

Resampler::Resampler(std::shared_ptr<const ResamplerTable> table) : table_(std::move(table)) {
  history_.prepare(table_->filter.offset + table_->filter.width - 1, kBlockFrames);
}

int Resampler::process(const float* x, int frames, float* y) noexcept {
  int written = 0;
  for (int start = 0; start < frames; start += kBlockFrames) {
    const int block = std::min(kBlockFrames, frames - start);
    const float* recent = history_.push(x + start, block);
    written += table_->functions->polyphase(table_->filter, cursor_, recent, block, y + written);
  }
  return written;
}

int Resampler::max_output(int frames) const {
  const Polyphase& filter = table_->filter;
  const std::int64_t step = static_cast<std::int64_t>(filter.whole) * filter.phases + filter.part;  // in / gcd
  return static_cast<int>(static_cast<std::int64_t>(frames) * filter.phases / step + 1);
}

void Resampler::reset(float fill) noexcept {
  history_.fill(fill);
  cursor_ = {};
}

}  // namespace afx
