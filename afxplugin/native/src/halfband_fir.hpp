// One linear-phase half-band stage: rate x 2 and back. Of each phase pair only one is a filter, the other a delay.
#pragma once
#include <vector>

#include "afx/dot.hpp"
#include "afx/filter_design.hpp"
#include "afx/history.hpp"

namespace afx {

class HalfBandFir {
 public:
  HalfBandFir(const LowPass& spec, int max_frames, Isa isa);

  // frames at the lower rate, up to max_frames. x and y do not overlap.
  void up(const float* x, int frames, float* y) noexcept;
  void down(const float* x, int frames, float* y) noexcept;
  void reset(float up_fill, float down_fill) noexcept;

 private:
  const DotFunctions* functions_;
  int reach_;                         // K: the centre tap lies this many lower-rate frames back
  std::vector<float> taps_, up_taps_;  // 2K + 2, at odd distance from the centre
  History up_, odd_, even_;
  std::vector<float> filtered_;
};

// Frames of the higher rate that up() followed by down() takes.
double half_band_fir_delay(const LowPass& spec);

}  // namespace afx
