// Sigmoid and tanh as the cells compute them, for the test of their accuracy.
#include "cells.hpp"
#include "kernel.hpp"

namespace AFX_SIMD {
namespace {

#if defined(AFX_SIMD_avx512)
typedef F16 Widest;
#elif defined(AFX_SIMD_avx2)
typedef F8 Widest;
#else
typedef F4 Widest;
#endif

}  // namespace

void activations(const float* x, float* sigmoid, float* tangent, int count) noexcept {
  const Widest one = Widest::all(1.0f);
  float in[Widest::width], s[Widest::width], t[Widest::width];
  for (int i = 0; i < count; i += Widest::width) {
    const int here = count - i < Widest::width ? count - i : Widest::width;
    for (int k = 0; k < Widest::width; ++k) in[k] = k < here ? x[i + k] : 0.0f;
    const Widest v = Widest::load(in);
    Widest e[2] = {v * Widest::all(0.5f * kMinusTwoLog2E), v * Widest::all(kMinusTwoLog2E)};
    exp2(e);
    (one / (one + e[0])).store(s);
    ((one - e[1]) / (one + e[1])).store(t);
    for (int k = 0; k < here; ++k) {
      sigmoid[i + k] = s[k];
      tangent[i + k] = t[k];
    }
  }
}

}  // namespace AFX_SIMD
