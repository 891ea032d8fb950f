// Inner loops of the rate converters; one copy per instruction set.
#include "dot.hpp"

#if defined(AFX_SIMD_avx2) || defined(AFX_SIMD_avx512)
#include <immintrin.h>
#endif

namespace AFX_SIMD {
namespace {

#if defined(AFX_SIMD_avx512)

constexpr int kLanes = 16;
using Vector = __m512;
inline Vector zero() { return _mm512_setzero_ps(); }
inline Vector load(const float* x) { return _mm512_loadu_ps(x); }
inline Vector broadcast(float x) { return _mm512_set1_ps(x); }
inline void store(float* y, Vector v) { _mm512_storeu_ps(y, v); }
inline Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

inline float sum(Vector v) {
  // The masked form, all lanes kept: GCC 12 warns of its own plain casts and extracts.
  const __m256 low = _mm512_maskz_extractf32x8_ps(0xff, v, 0);
  const __m256 eight = _mm256_add_ps(low, _mm512_maskz_extractf32x8_ps(0xff, v, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#elif defined(AFX_SIMD_avx2)

constexpr int kLanes = 8;
using Vector = __m256;
inline Vector zero() { return _mm256_setzero_ps(); }
inline Vector load(const float* x) { return _mm256_loadu_ps(x); }
inline Vector broadcast(float x) { return _mm256_set1_ps(x); }
inline void store(float* y, Vector v) { _mm256_storeu_ps(y, v); }
inline Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

inline float sum(Vector v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#else

constexpr int kLanes = 4;
typedef float Vector __attribute__((vector_size(16)));
inline Vector zero() { return Vector{0.0f, 0.0f, 0.0f, 0.0f}; }
inline Vector load(const float* x) {
  Vector v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}
inline Vector broadcast(float x) { return Vector{x, x, x, x}; }
inline void store(float* y, Vector v) { __builtin_memcpy(y, &v, sizeof v); }
inline Vector add(Vector a, Vector b) { return a + b; }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return a * b + c; }
inline float multiply_add(float a, float b, float c) { return a * b + c; }
inline float sum(Vector v) { return (v[0] + v[2]) + (v[1] + v[3]); }

#endif

// Groups of kDotWidth products go to two sets of accumulators in turn, which hides the latency of the additions.
inline float dot(const float* a, const float* b, int n) {
  constexpr int kVectors = afx::kDotWidth / kLanes;
  Vector even[kVectors], odd[kVectors];
  for (int v = 0; v < kVectors; ++v) even[v] = odd[v] = zero();
  int i = 0;
  for (; i + 2 * afx::kDotWidth <= n; i += 2 * afx::kDotWidth) {
    for (int v = 0; v < kVectors; ++v) {
      const int j = i + v * kLanes;
      even[v] = multiply_add(load(a + j), load(b + j), even[v]);
      odd[v] = multiply_add(load(a + j + afx::kDotWidth), load(b + j + afx::kDotWidth), odd[v]);
    }
  }
  if (i < n) {
    for (int v = 0; v < kVectors; ++v) {
      const int j = i + v * kLanes;
      even[v] = multiply_add(load(a + j), load(b + j), even[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) even[v] = add(even[v], odd[v]);
  for (int width = kVectors / 2; width > 0; width /= 2) {
    for (int v = 0; v < width; ++v) even[v] = add(even[v], even[v + width]);
  }
  return sum(even[0]);
}

inline float interpolated(const afx::Polyphase& filter, int phase, const float* window) {
  const double position = static_cast<double>(phase) * filter.intervals / filter.phases;
  const int row = static_cast<int>(position);
  const float weight = static_cast<float>(position - row);
  const float* taps = filter.taps + static_cast<long>(row) * filter.width;
  const float left = dot(taps, window, filter.width);
  const float right = dot(taps + filter.width, window, filter.width);
  return left + weight * (right - left);
}

int polyphase(const afx::Polyphase& filter, afx::PolyphaseCursor& cursor, const float* x, int frames,
              float* y) noexcept {
  const float* windows = x - (filter.offset + filter.width - 1);
  int due = cursor.due;
  int phase = cursor.phase;
  int written = 0;
  while (due < frames) {
    const float* window = windows + due;
    y[written++] = filter.intervals > 0
                       ? interpolated(filter, phase, window)
                       : dot(filter.taps + static_cast<long>(phase) * filter.width, window, filter.width);
    due += filter.whole;
    phase += filter.part;
    if (phase >= filter.phases) {
      phase -= filter.phases;
      ++due;
    }
  }
  cursor.due = due - frames;
  cursor.phase = phase;
  return written;
}

// Lanes are outputs: short filters need no sum across a vector. The scalar tail does the same operations in the same
// order, so an output has the same bits wherever it stands in a block.
void slide(const float* taps, int count, const float* x, int frames, float* y) noexcept {
  int i = 0;
  for (; i + 4 * kLanes <= frames; i += 4 * kLanes) {
    Vector acc[4] = {zero(), zero(), zero(), zero()};
    for (int k = 0; k < count; ++k) {
      const Vector tap = broadcast(taps[k]);
      for (int v = 0; v < 4; ++v) acc[v] = multiply_add(tap, load(x + i + k + v * kLanes), acc[v]);
    }
    for (int v = 0; v < 4; ++v) store(y + i + v * kLanes, acc[v]);
  }
  for (; i + kLanes <= frames; i += kLanes) {
    Vector acc = zero();
    for (int k = 0; k < count; ++k) acc = multiply_add(broadcast(taps[k]), load(x + i + k), acc);
    store(y + i, acc);
  }
  for (; i < frames; ++i) {
    float acc = 0.0f;
    for (int k = 0; k < count; ++k) acc = multiply_add(taps[k], x[i + k], acc);
    y[i] = acc;
  }
}

}  // namespace

extern const afx::DotFunctions dot_functions;
const afx::DotFunctions dot_functions{polyphase, slide};

}  // namespace AFX_SIMD
