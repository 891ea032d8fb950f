#include "layer.hpp"

namespace AFX_SIMD {

afx::KernelSteps rnn_steps(int hidden) noexcept { return steps_for<Rnn>(hidden); }

}  // namespace AFX_SIMD
