// Integer oversampling of one channel by cascaded half-band stages: linear-phase FIR, or all-pass IIR for low latency.
#pragma once
#include <memory>

#include "afx/isa.hpp"
#include "afx/filter_design.hpp"
#include "afx/result.hpp"

namespace afx {

// latency_frames() of such an oversampler, without building one. factor: 1, 2, 4 or 8.
int oversampler_latency_frames(int factor, Filters filters);

class Oversampler {
 public:
  Oversampler();
  ~Oversampler();
  Oversampler(Oversampler&&) noexcept;
  Oversampler& operator=(Oversampler&&) noexcept;

  // factor: 1, 2, 4 or 8. max_frames: at the base rate, per call. The pass edge is 0.4535 of the base rate for linear,
  // 0.3628 (16 kHz of 44.1 kHz) for low latency. Starts as reset(0, 0).
  Result prepare(int factor, Filters filters, int max_frames, Isa isa);

  // The buffers may not overlap. No allocation. The same bits for any split into calls.
  void up(const float* x, int frames, float* y) noexcept;    // frames -> factor * frames
  void down(const float* x, int frames, float* y) noexcept;  // factor * frames -> frames (frames at the base rate)
  void reset(float up_fill, float down_fill) noexcept;       // as if the inputs had been these for ever

  // Of up followed by down, in whole frames of the base rate: exact at every frequency for linear, at 1 kHz of a
  // 44.1 kHz base for low latency (a first-order all-pass takes up the fraction).
  int latency_frames() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace afx
