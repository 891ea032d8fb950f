#include "layer.hpp"

namespace AFX_SIMD {

afx::KernelSteps lstm_steps(int hidden) noexcept { return steps_for<Lstm>(hidden); }

}  // namespace AFX_SIMD
