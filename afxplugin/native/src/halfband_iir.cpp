#include "halfband_iir.hpp"

#include <algorithm>

namespace afx {
namespace {

using Chain = HalfBandIir::Chain;

template <int kSections>
inline float step(Chain& chain, float x) noexcept {
  for (int i = 0; i < kSections; ++i) {
    const float y = chain.a[i] * (x - chain.last[i + 1]) + chain.last[i];
    chain.last[i] = x;
    x = y;
  }
  chain.last[kSections] = x;
  return x;
}

// Local copies of the chains live in registers over the block.
template <int kEven, int kOdd>
void run_up(Chain (&chains)[2], const float* x, int frames, float* y) noexcept {
  Chain even = chains[0];
  Chain odd = chains[1];
  for (int n = 0; n < frames; ++n) {
    y[2 * n] = step<kEven>(even, x[n]);
    y[2 * n + 1] = step<kOdd>(odd, x[n]);
  }
  chains[0] = even;
  chains[1] = odd;
}

template <int kEven, int kOdd>
void run_down(Chain (&chains)[2], const float* x, int frames, float* y) noexcept {
  Chain even = chains[0];
  Chain odd = chains[1];
  for (int n = 0; n < frames; ++n) y[n] = 0.5f * (step<kEven>(even, x[2 * n + 1]) + step<kOdd>(odd, x[2 * n]));
  chains[0] = even;
  chains[1] = odd;
}

}  // namespace

HalfBandIir::HalfBandIir(const LowPass& spec) {
  const std::vector<double> coefficients = design_half_band_iir(spec);
  sections_ = std::min(static_cast<int>(coefficients.size()), 2 * kMaxSections);
  for (int i = 0; i < sections_; ++i) {
    up_[i % 2].a[i / 2] = down_[i % 2].a[i / 2] = static_cast<float>(coefficients[static_cast<std::size_t>(i)]);
  }
}

// The stages of half_band_low_pass have six, four and three sections.
void HalfBandIir::up(const float* x, int frames, float* y) noexcept {
  if (sections_ == 6) return run_up<3, 3>(up_, x, frames, y);
  if (sections_ == 4) return run_up<2, 2>(up_, x, frames, y);
  run_up<2, 1>(up_, x, frames, y);
}

// As in the linear stage the output is taken at the last input of its pair.
void HalfBandIir::down(const float* x, int frames, float* y) noexcept {
  if (sections_ == 6) return run_down<3, 3>(down_, x, frames, y);
  if (sections_ == 4) return run_down<2, 2>(down_, x, frames, y);
  run_down<2, 1>(down_, x, frames, y);
}

void HalfBandIir::reset(float up_fill, float down_fill) noexcept {
  for (int p = 0; p < 2; ++p) {
    std::fill(std::begin(up_[p].last), std::end(up_[p].last), up_fill);
    std::fill(std::begin(down_[p].last), std::end(down_[p].last), down_fill);
  }
}

// In the pass band both chains agree in phase, and H's phase is their mean: its delay is the mean of theirs, each at
// twice the frequency and counted in two frames a step, plus the half frame of z^-1. down() gives one frame back.
double half_band_iir_delay(const LowPass& spec, double omega) {
  double delay = 0.5;
  for (const double a : design_half_band_iir(spec)) delay += allpass_group_delay(a, 2.0 * omega);
  return 2.0 * delay - 1.0;
}

}  // namespace afx
