#include "afx/oversampler.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "afx/history.hpp"
#include "flush_denormals.hpp"
#include "halfband_fir.hpp"
#include "halfband_iir.hpp"

namespace afx {
namespace {

constexpr double kTwoPi = 6.28318530717958647692;
constexpr int kBlockFrames = 256;              // at the base rate: the buffers between the stages stay in cache
constexpr double kAlignCycles = 1.0 / 44.1;    // per base frame: 1 kHz, where the low-latency delay is made whole
constexpr double kSmallestFraction = 0.5;      // of a frame for the all-pass where whole frames can make up the rest

int stage_count(int factor) { return factor == 8 ? 3 : factor == 4 ? 2 : factor == 2 ? 1 : 0; }

// What the padding at the top rate has to make up so that the round trip is a whole number of base frames.
struct Alignment {
  int latency_frames = 0;  // at the base rate
  int whole = 0;           // frames of delay at the top rate
  double fraction = 0.0;   // further frames, by all-pass; 0: none
};

// Delays are sums of frames at doubled rates: exact in binary for the linear stages.
double stages_delay(int factor, Filters filters) {
  double frames = 0.0;  // at the top rate
  for (int stage = 0; stage < stage_count(factor); ++stage) {
    const LowPass spec = half_band_low_pass(stage, filters);
    const double rate = std::ldexp(1.0, stage + 1);
    frames += factor / rate * (filters == Filters::linear ? half_band_fir_delay(spec)
                                                          : half_band_iir_delay(spec, kTwoPi * kAlignCycles / rate));
  }
  return frames;
}

Alignment align(int factor, Filters filters) {
  if (factor == 1) return {};
  const double delay = stages_delay(factor, filters);
  Alignment result;
  result.latency_frames = static_cast<int>(std::ceil(delay / factor));
  double missing = result.latency_frames * factor - delay;
  if (filters == Filters::linear) {
    result.whole = static_cast<int>(missing);
    return result;
  }
  result.whole = static_cast<int>(missing - kSmallestFraction);
  result.fraction = missing - result.whole;
  return result;
}

// Stages from the base rate upwards; down runs through them in reverse.
template <class Stage>
void cascade_up(std::vector<Stage>& stages, const float* x, int frames, float* y, std::vector<float> (&between)[2]) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    float* out = i + 1 == stages.size() ? y : between[i % 2].data();
    stages[i].up(x, frames << i, out);
    x = out;
  }
}

template <class Stage>
void cascade_down(std::vector<Stage>& stages, const float* x, int frames, float* y, std::vector<float> (&between)[2]) {
  for (std::size_t i = stages.size(); i-- > 0;) {
    float* out = i == 0 ? y : between[i % 2].data();
    stages[i].down(x, frames << i, out);
    x = out;
  }
}

}  // namespace

struct Oversampler::Impl {
  int factor = 1;
  int block = kBlockFrames;
  Alignment alignment;
  std::vector<HalfBandFir> fir;
  std::vector<HalfBandIir> iir;
  AllPass fraction;
  History pad;
  std::vector<float> between[2];
  std::vector<float> padded;

  void up_block(const float* x, int frames, float* y) noexcept {
    if (!fir.empty()) return cascade_up(fir, x, frames, y, between);
    cascade_up(iir, x, frames, y, between);
  }

  void down_block(const float* x, int frames, float* y) noexcept {
    const float* delayed = pad.push(x, frames * factor) - alignment.whole;
    if (!fir.empty()) return cascade_down(fir, delayed, frames, y, between);
    AllPass section = fraction;  // in registers over the block
    for (int i = 0; i < frames * factor; ++i) padded[static_cast<std::size_t>(i)] = section(delayed[i]);
    fraction = section;
    cascade_down(iir, padded.data(), frames, y, between);
  }
};

int oversampler_latency_frames(int factor, Filters filters) { return align(factor, filters).latency_frames; }

Oversampler::Oversampler() : impl_(std::make_unique<Impl>()) {}
Oversampler::~Oversampler() = default;
Oversampler::Oversampler(Oversampler&&) noexcept = default;
Oversampler& Oversampler::operator=(Oversampler&&) noexcept = default;

Result Oversampler::prepare(int factor, Filters filters, int max_frames, Isa isa) {
  if (factor != 1 && factor != 2 && factor != 4 && factor != 8) {
    return Result::failure("oversampler: a factor of " + std::to_string(factor) + " was given, 1, 2, 4, 8 are allowed");
  }
  if (max_frames < 1) {
    return Result::failure("oversampler: blocks of " + std::to_string(max_frames) + " frames were given, 1 is the least");
  }
  if (!isa_available(isa)) {
    return Result::failure(std::string("oversampler: this machine has no instruction set ") + isa_name(isa));
  }
  auto built = std::make_unique<Impl>();
  built->factor = factor;
  built->alignment = align(factor, filters);
  const int block = std::min(max_frames, kBlockFrames);
  for (int stage = 0; stage < stage_count(factor); ++stage) {
    const LowPass spec = half_band_low_pass(stage, filters);
    if (filters == Filters::linear) {
      built->fir.emplace_back(spec, block << stage, isa);
    } else {
      built->iir.emplace_back(spec);
    }
  }
  if (built->alignment.fraction > 0.0) {
    built->fraction.a = static_cast<float>(
        design_fractional_allpass(built->alignment.fraction, kTwoPi * kAlignCycles / factor));
  }
  built->pad.prepare(built->alignment.whole, block * factor);
  for (std::vector<float>& buffer : built->between) buffer.assign(static_cast<std::size_t>(block * factor), 0.0f);
  built->padded.assign(static_cast<std::size_t>(block * factor), 0.0f);
  built->block = block;
  impl_ = std::move(built);
  return Result::success();
}

void Oversampler::up(const float* x, int frames, float* y) noexcept {
  Impl& impl = *impl_;
  if (impl.factor == 1) {
    std::copy(x, x + frames, y);
    return;
  }
  const FlushDenormals flushing;  // decaying all-pass tails would run into denormals, which are slow
  for (int start = 0; start < frames; start += impl.block) {
    impl.up_block(x + start, std::min(impl.block, frames - start), y + start * impl.factor);
  }
}

void Oversampler::down(const float* x, int frames, float* y) noexcept {
  Impl& impl = *impl_;
  if (impl.factor == 1) {
    std::copy(x, x + frames, y);
    return;
  }
  const FlushDenormals flushing;
  for (int start = 0; start < frames; start += impl.block) {
    impl.down_block(x + start * impl.factor, std::min(impl.block, frames - start), y + start);
  }
}

void Oversampler::reset(float up_fill, float down_fill) noexcept {
  Impl& impl = *impl_;
  for (HalfBandFir& stage : impl.fir) stage.reset(up_fill, down_fill);
  for (HalfBandIir& stage : impl.iir) stage.reset(up_fill, down_fill);
  impl.fraction.fill(down_fill);
  impl.pad.fill(down_fill);
}

int Oversampler::latency_frames() const { return impl_->alignment.latency_frames; }

}  // namespace afx
