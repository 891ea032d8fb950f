#include "halfband_fir.hpp"

namespace afx {

HalfBandFir::HalfBandFir(const LowPass& spec, int max_frames, Isa isa) : functions_(&dot_functions(isa)) {
  for (const double tap : design_half_band_fir(spec)) {
    taps_.push_back(static_cast<float>(tap));
    up_taps_.push_back(static_cast<float>(2.0 * tap));
  }
  const int past = static_cast<int>(taps_.size()) - 1;
  reach_ = (past - 1) / 2;
  for (History* history : {&up_, &odd_, &even_}) history->prepare(past, max_frames);
  filtered_.assign(static_cast<std::size_t>(max_frames), 0.0f);
}

// y[2n] = 2 sum_j h[2j] x[n - j] and y[2n + 1] = 2 h[2K + 1] x[n - K] = x[n - K].
void HalfBandFir::up(const float* x, int frames, float* __restrict y) noexcept {
  const int count = static_cast<int>(taps_.size());
  const float* recent = up_.push(x, frames);
  functions_->slide(up_taps_.data(), count, recent - (count - 1), frames, filtered_.data());
  const float* delayed = recent - reach_;
  const float* filtered = filtered_.data();
  for (int n = 0; n < frames; ++n) {
    y[2 * n] = filtered[n];
    y[2 * n + 1] = delayed[n];
  }
}

// The output of frame n is taken at 2n + 1, the last input of its pair: one higher-rate frame sooner than at 2n.
// y[n] = sum_j h[2j] x[2(n - j) + 1] + h[2K + 1] x[2(n - K)].
void HalfBandFir::down(const float* __restrict x, int frames, float* __restrict y) noexcept {
  const int count = static_cast<int>(taps_.size());
  float* __restrict even = even_.open(frames);
  float* __restrict odd = odd_.open(frames);
  for (int n = 0; n < frames; ++n) {
    even[n] = x[2 * n];
    odd[n] = x[2 * n + 1];
  }
  functions_->slide(taps_.data(), count, odd - (count - 1), frames, filtered_.data());
  const float* delayed = even - reach_;
  const float* filtered = filtered_.data();
  for (int n = 0; n < frames; ++n) y[n] = filtered[n] + 0.5f * delayed[n];
}

void HalfBandFir::reset(float up_fill, float down_fill) noexcept {
  up_.fill(up_fill);
  odd_.fill(down_fill);
  even_.fill(down_fill);
}

double half_band_fir_delay(const LowPass& spec) {
  const double half = static_cast<double>(design_half_band_fir(spec).size()) - 1.0;  // 2K + 1
  return half + (half - 1.0);
}

}  // namespace afx
