#include "layer.hpp"

namespace AFX_SIMD {

afx::KernelSteps gru_steps(int hidden) noexcept { return steps_for<Gru>(hidden); }

}  // namespace AFX_SIMD
