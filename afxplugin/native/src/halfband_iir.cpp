#include "halfband_iir.hpp"

namespace afx {
namespace {

float run(std::vector<AllPass>& chain, float x) noexcept {
  for (AllPass& section : chain) x = section(x);
  return x;
}

}  // namespace

HalfBandIir::HalfBandIir(const LowPass& spec) {
  const std::vector<double> coefficients = design_half_band_iir(spec);
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    const AllPass section{static_cast<float>(coefficients[i])};
    up_[i % 2].push_back(section);
    down_[i % 2].push_back(section);
  }
}

void HalfBandIir::up(const float* x, int frames, float* y) noexcept {
  for (int n = 0; n < frames; ++n) {
    y[2 * n] = run(up_[0], x[n]);
    y[2 * n + 1] = run(up_[1], x[n]);
  }
}

// As in the linear stage the output is taken at the last input of its pair.
void HalfBandIir::down(const float* x, int frames, float* y) noexcept {
  for (int n = 0; n < frames; ++n) y[n] = 0.5f * (run(down_[0], x[2 * n + 1]) + run(down_[1], x[2 * n]));
}

void HalfBandIir::reset(float up_fill, float down_fill) noexcept {
  for (int p = 0; p < 2; ++p) {
    for (AllPass& section : up_[p]) section.fill(up_fill);
    for (AllPass& section : down_[p]) section.fill(down_fill);
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
