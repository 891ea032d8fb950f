// One low-latency half-band stage: rate x 2 and back by two chains of one-coefficient all-passes at the lower rate.
#pragma once
#include <vector>

#include "afx/filter_design.hpp"

namespace afx {

// (a + z^-1) / (1 + a z^-1). With x and y equal for ever the output is that value, exactly.
struct AllPass {
  float a = 0.0f;
  float x1 = 0.0f;
  float y1 = 0.0f;

  float operator()(float x) noexcept {
    y1 = a * (x - y1) + x1;
    x1 = x;
    return y1;
  }
  void fill(float value) noexcept { x1 = y1 = value; }
};

class HalfBandIir {
 public:
  static constexpr int kMaxSections = 3;  // a chain

  explicit HalfBandIir(const LowPass& spec);

  // frames at the lower rate. x and y do not overlap. The caller flushes denormals: decaying tails reach them.
  void up(const float* x, int frames, float* y) noexcept;
  void down(const float* x, int frames, float* y) noexcept;
  void reset(float up_fill, float down_fill) noexcept;

  // Sections in a row: what goes into one came out of the one before.
  struct Chain {
    float a[kMaxSections] = {};
    float last[kMaxSections + 1] = {};  // last input, then last output of each section
  };

 private:
  int sections_;           // of both chains
  Chain up_[2], down_[2];  // A0 and A1 of design_half_band_iir
};

// Group delay in frames of the higher rate of up() followed by down(), at omega radians per frame of the higher rate.
double half_band_iir_delay(const LowPass& spec, double omega);

}  // namespace afx
