// Rational sample-rate conversion of one channel by a Kaiser-windowed sinc, streamed (polyphase).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "afx/isa.hpp"
#include "afx/ratio.hpp"
#include "afx/result.hpp"

namespace afx {

enum class Filters { linear, low_latency };

// Immutable coefficients, shared by the channels of a stream. y[m] = sum_k x[k] h(m in/out - delay - k), h centred on 0.
struct ResamplerTable;

// Half the length of h in frames of the input rate: the smallest delay the table can be built with.
double resampler_half_length(int in_hz, int out_hz, Filters filters);

// delay: in input frames, >= resampler_half_length. 8 kHz <= rates <= 768 kHz. Coefficients are designed in float64. Ratios with
// more than 4096 phases interpolate linearly between 4096.
Result design_resampler(int in_hz, int out_hz, Filters filters, Ratio delay, Isa isa,
                        std::shared_ptr<const ResamplerTable>& table);

class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const ResamplerTable> table);  // allocates; starts as reset(0)

  // Output m comes out as soon as input floor(m in/out) has gone in, so no frame waits for a later one than itself.
  // out must hold max_output(frames). Returns how many were written. No allocation.
  int process(const float* x, int frames, float* y) noexcept;
  int max_output(int frames) const;
  void reset(float fill) noexcept;  // as if the input had been `fill` for ever

 private:
  std::shared_ptr<const ResamplerTable> table_;
  std::vector<float> history_;
  std::int64_t consumed_ = 0;
  std::int64_t produced_ = 0;
};

}  // namespace afx
