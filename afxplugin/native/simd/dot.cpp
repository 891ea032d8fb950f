// Inner product, the resamplers' inner loop; one copy per instruction set.
#include "dot.hpp"

namespace AFX_SIMD {

float dot(const float* a, const float* b, int n) noexcept {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace AFX_SIMD
