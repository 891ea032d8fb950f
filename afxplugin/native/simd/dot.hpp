#pragma once

namespace simd_baseline {
float dot(const float* a, const float* b, int n) noexcept;
}
namespace simd_avx2 {
float dot(const float* a, const float* b, int n) noexcept;
}
namespace simd_avx512 {
float dot(const float* a, const float* b, int n) noexcept;
}
