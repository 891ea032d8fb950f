// Vectors of 4, 8 and 16 floats with one spelling for every instruction set. fma() is the only fused operation: one
// instruction where the set has it, product then sum in the baseline. Included only by sources that are compiled once
// per instruction set; AFX_SIMD is the namespace of the copy at hand.
#pragma once
#include <cstdint>

#if defined(AFX_SIMD_avx2) || defined(AFX_SIMD_avx512)
#if defined(__GNUC__) && !defined(__clang__)  // GCC 12 warns of undefined vectors that its own header means to be so
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#define AFX_FMA 1
#endif

#define AFX_INLINE inline __attribute__((always_inline))

namespace AFX_SIMD {

// 2^t = 2^k p(t - k), k the nearest integer; p of degree 5 has p(0) = 1 and p'(0) = ln 2 exactly, so that tanh(0) = 0
// and small signals see no gain error; the other four coefficients minimise the largest relative error on
// [-1/2, 1/2], 1.05e-7 (linear programme over 4001 Chebyshev points).
constexpr float kExp1 = 0.693147180559945f;
constexpr float kExp2 = 0.24022281607939308f;
constexpr float kExp3 = 0.05550559994431078f;
constexpr float kExp4 = 0.009669708397492462f;
constexpr float kExp5 = 0.0013300264070071621f;
// Beyond this magnitude of t, 1 + 2^t is 1 or 2^t in float32; three factors of 1 + 2^40 still fit.
constexpr float kExpLimit = 40.0f;

#if defined(AFX_FMA)

struct F4 {
  static constexpr int width = 4;
  __m128 v;
  static AFX_INLINE F4 load(const float* p) { return {_mm_loadu_ps(p)}; }
  static AFX_INLINE F4 all(float x) { return {_mm_set1_ps(x)}; }
  AFX_INLINE void store(float* p) const { _mm_storeu_ps(p, v); }
};
AFX_INLINE F4 operator+(F4 a, F4 b) { return {_mm_add_ps(a.v, b.v)}; }
AFX_INLINE F4 operator-(F4 a, F4 b) { return {_mm_sub_ps(a.v, b.v)}; }
AFX_INLINE F4 operator*(F4 a, F4 b) { return {_mm_mul_ps(a.v, b.v)}; }
AFX_INLINE F4 operator/(F4 a, F4 b) { return {_mm_div_ps(a.v, b.v)}; }
AFX_INLINE F4 fma(F4 a, F4 b, F4 c) { return {_mm_fmadd_ps(a.v, b.v, c.v)}; }
// The second operand comes back when x is not a number, so the states never catch one.
AFX_INLINE F4 clamp(F4 x) {
  return {_mm_max_ps(_mm_min_ps(x.v, _mm_set1_ps(kExpLimit)), _mm_set1_ps(-kExpLimit))};
}
AFX_INLINE float sum(F4 a) {
  const __m128 pairs = _mm_add_ps(a.v, _mm_movehl_ps(a.v, a.v));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}
AFX_INLINE F4 scale_by_power(F4 p, F4 shifted) {
  return {_mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(p.v), _mm_slli_epi32(_mm_castps_si128(shifted.v), 23)))};
}

struct F8 {
  static constexpr int width = 8;
  __m256 v;
  static AFX_INLINE F8 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static AFX_INLINE F8 all(float x) { return {_mm256_set1_ps(x)}; }
  AFX_INLINE void store(float* p) const { _mm256_storeu_ps(p, v); }
};
AFX_INLINE F8 operator+(F8 a, F8 b) { return {_mm256_add_ps(a.v, b.v)}; }
AFX_INLINE F8 operator-(F8 a, F8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
AFX_INLINE F8 operator*(F8 a, F8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
AFX_INLINE F8 operator/(F8 a, F8 b) { return {_mm256_div_ps(a.v, b.v)}; }
AFX_INLINE F8 fma(F8 a, F8 b, F8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
AFX_INLINE F8 clamp(F8 x) {
  return {_mm256_max_ps(_mm256_min_ps(x.v, _mm256_set1_ps(kExpLimit)), _mm256_set1_ps(-kExpLimit))};
}
AFX_INLINE F4 low_half(F8 a) { return {_mm256_castps256_ps128(a.v)}; }
AFX_INLINE F4 high_half(F8 a) { return {_mm256_extractf128_ps(a.v, 1)}; }
AFX_INLINE float sum(F8 a) { return sum(low_half(a) + high_half(a)); }
AFX_INLINE F8 scale_by_power(F8 p, F8 shifted) {
  return {_mm256_castsi256_ps(
      _mm256_add_epi32(_mm256_castps_si256(p.v), _mm256_slli_epi32(_mm256_castps_si256(shifted.v), 23)))};
}

#else

typedef float v4f __attribute__((vector_size(16)));
typedef std::int32_t v4i __attribute__((vector_size(16)));

struct F4 {
  static constexpr int width = 4;
  v4f v;
  static AFX_INLINE F4 load(const float* p) {
    F4 r;
    __builtin_memcpy(&r.v, p, sizeof r.v);
    return r;
  }
  static AFX_INLINE F4 all(float x) { return {v4f{x, x, x, x}}; }
  AFX_INLINE void store(float* p) const { __builtin_memcpy(p, &v, sizeof v); }
};
AFX_INLINE F4 operator+(F4 a, F4 b) { return {a.v + b.v}; }
AFX_INLINE F4 operator-(F4 a, F4 b) { return {a.v - b.v}; }
AFX_INLINE F4 operator*(F4 a, F4 b) { return {a.v * b.v}; }
AFX_INLINE F4 operator/(F4 a, F4 b) { return {a.v / b.v}; }
AFX_INLINE F4 fma(F4 a, F4 b, F4 c) { return {a.v * b.v + c.v}; }
AFX_INLINE F4 clamp(F4 x) {
  const v4f limit = F4::all(kExpLimit).v;
  const v4f below = x.v < limit ? x.v : limit;
  return {below > -limit ? below : -limit};
}
AFX_INLINE float sum(F4 a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }
AFX_INLINE F4 scale_by_power(F4 p, F4 shifted) {
  v4i bits, k;
  __builtin_memcpy(&bits, &p.v, sizeof bits);
  __builtin_memcpy(&k, &shifted.v, sizeof k);
  bits += k << 23;
  F4 r;
  __builtin_memcpy(&r.v, &bits, sizeof r.v);
  return r;
}

#endif

#if defined(AFX_SIMD_avx512)

struct F16 {
  static constexpr int width = 16;
  __m512 v;
  static AFX_INLINE F16 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static AFX_INLINE F16 all(float x) { return {_mm512_set1_ps(x)}; }
  AFX_INLINE void store(float* p) const { _mm512_storeu_ps(p, v); }
};
AFX_INLINE F16 operator+(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
AFX_INLINE F16 operator-(F16 a, F16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
AFX_INLINE F16 operator*(F16 a, F16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
AFX_INLINE F16 operator/(F16 a, F16 b) { return {_mm512_div_ps(a.v, b.v)}; }
AFX_INLINE F16 fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
AFX_INLINE F16 clamp(F16 x) { return {_mm512_range_ps(x.v, _mm512_set1_ps(kExpLimit), 2)}; }  // the smaller magnitude
AFX_INLINE F8 low_half(F16 a) { return {_mm512_castps512_ps256(a.v)}; }
AFX_INLINE F8 high_half(F16 a) { return {_mm512_extractf32x8_ps(a.v, 1)}; }
AFX_INLINE float sum(F16 a) { return sum(low_half(a) + high_half(a)); }
AFX_INLINE F16 scale_by_power(F16 p, F16 shifted) {
  const __m512i k = _mm512_slli_epi32(_mm512_castps_si512(shifted.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p.v), k))};
}

#endif

// Keeps a vector in a register that the compiler would rather load again for each use.
template <class V>
AFX_INLINE void keep(V& a) {
#if defined(AFX_FMA)
  asm("" : "+v"(a.v));
#else
  (void)a;
#endif
}

// Replaces t by 2^t, t clamped to what the cells need. Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
// The vectors go through each step side by side: one alone would keep the processor waiting for its own results.
template <int N, class V>
AFX_INLINE void exp2(V (&t)[N]) {
  const V magic = V::all(12582912.0f);
  V shifted[N], p[N];
  for (int k = 0; k < N; ++k) t[k] = clamp(t[k]);
  for (int k = 0; k < N; ++k) shifted[k] = t[k] + magic;
  for (int k = 0; k < N; ++k) t[k] = t[k] - (shifted[k] - magic);
  for (int k = 0; k < N; ++k) p[k] = fma(V::all(kExp5), t[k], V::all(kExp4));
  for (int k = 0; k < N; ++k) p[k] = fma(p[k], t[k], V::all(kExp3));
  for (int k = 0; k < N; ++k) p[k] = fma(p[k], t[k], V::all(kExp2));
  for (int k = 0; k < N; ++k) p[k] = fma(p[k], t[k], V::all(kExp1));
  for (int k = 0; k < N; ++k) p[k] = fma(p[k], t[k], V::all(1.0f));
  for (int k = 0; k < N; ++k) t[k] = scale_by_power(p[k], shifted[k]);
}

}  // namespace AFX_SIMD
