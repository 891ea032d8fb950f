// Rational sample-rate conversion of one channel by a Kaiser-windowed sinc, streamed (polyphase).
#pragma once
#include <memory>

#include "afx/dot.hpp"
#include "afx/filter_design.hpp"
#include "afx/history.hpp"
#include "afx/isa.hpp"
#include "afx/ratio.hpp"
#include "afx/result.hpp"

namespace afx {

constexpr int kMinRateHz = 8000;
constexpr int kMaxRateHz = 768000;  // twice the highest session rate: kernels run oversampled

// Immutable coefficients, shared by the channels of a stream:
//   y[m] = sum_k x[k] h(m in/out - delay - k), h centred on 0.
struct ResamplerTable;

// Half the length of h in frames of the input rate: the smallest delay the table can be built with.
double resampler_half_length(int in_hz, int out_hz, Filters filters);

// delay: in input frames, >= resampler_half_length. 8 kHz <= rates <= 768 kHz. Coefficients are designed in float64
// from the continuous window, each phase scaled to unit gain at 0 Hz so that a constant stays constant. Ratios of more
// than 4096 phases (fewer when converting down, where h is smoother) interpolate linearly between that many.
Result design_resampler(int in_hz, int out_hz, Filters filters, Ratio delay, Isa isa,
                        std::shared_ptr<const ResamplerTable>& table);

class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const ResamplerTable> table);  // allocates; starts as reset(0)

  // Output m comes out as soon as input floor(m in/out) has gone in, so no frame waits for a later one than itself.
  // y must hold max_output(frames) and may not overlap x. Returns how many were written. No allocation.
  int process(const float* x, int frames, float* y) noexcept;
  int max_output(int frames) const;
  void reset(float fill) noexcept;  // as if the input had been `fill` for ever; the next output is number 0

 private:
  std::shared_ptr<const ResamplerTable> table_;
  History history_;
  PolyphaseCursor cursor_;  // relative to the next input, so a stream may run for ever
};

}  // namespace afx
