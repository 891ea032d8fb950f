// Matrix-vector products of a few blocks of units for one or two lanes, held in registers. Every sum is taken in the
// order bias, inputs, state columns ascending, whatever the tile, so a unit's bits do not depend on its neighbours.
#pragma once
#include "cells.hpp"
#include "kernel.hpp"

namespace AFX_SIMD {

#if defined(AFX_SIMD_avx512)
constexpr int kWidest = 16;
#elif defined(AFX_SIMD_avx2)
constexpr int kWidest = 8;
typedef F8 F16;  // never instantiated: plans hold no such block
#else
constexpr int kWidest = 4;
typedef F4 F8;
typedef F4 F16;
#endif

using Lane = afx::KernelLane;

// N neighbouring blocks of one width for L lanes.
template <class Cell, class V, int N, int L>
struct Blocks {
  V acc[L][N][Cell::accumulators];

  AFX_INLINE void start(const Lane* lanes, int unit) {
    for (int l = 0; l < L; ++l)
      for (int b = 0; b < N; ++b)
        for (int a = 0; a < Cell::accumulators; ++a)
          acc[l][b][a] = V::load(lanes[l].bias + Cell::accumulators * unit + (b * Cell::accumulators + a) * V::width);
  }

  // One matrix column: `w` at this tile's first unit and column 0, `value` what each lane multiplies it by.
  template <bool recurrent>
  AFX_INLINE void column(const float* w, int columns, int j, const V* value) {
    for (int b = 0; b < N; ++b) {
      for (int g = 0; g < Cell::gates; ++g) {
        V row = V::load(w + (static_cast<long>(b) * columns + j) * (Cell::gates * V::width) + g * V::width);
        if constexpr (L > 1) keep(row);
        const int a = recurrent && g == 2 ? Cell::recurrent_n : g;
        for (int l = 0; l < L; ++l) acc[l][b][a] = fma(row, value[l], acc[l][b][a]);
      }
    }
  }

  AFX_INLINE void finish(const Lane* lanes, int unit, int c_offset) {
    V t[N * L], other[N * L];
    for (int k = 0; k < N * L; ++k) {
      const int u = c_offset + unit + k / L * V::width;
      const Half<V> half = Cell::first(acc[k % L][k / L], lanes[k % L].read + u, lanes[k % L].fresh + u);
      t[k] = half.t;
      other[k] = half.other;
    }
    exp2(t);
    for (int k = 0; k < N * L; ++k) {
      const int u = unit + k / L * V::width;
      Cell::second(t[k], other[k], lanes[k % L].read + u).store(lanes[k % L].fresh + u);
    }
  }
};

template <class Cell, class V, int L>
struct Blocks<Cell, V, 0, L> {
  AFX_INLINE void start(const Lane*, int) {}
  template <bool recurrent>
  AFX_INLINE void column(const float*, int, int, const V*) {}
  AFX_INLINE void finish(const Lane*, int, int) {}
};

template <class Cell, int N16, int N8, int N4, int L>
struct Tile {
  Blocks<Cell, F16, N16, L> b16;
  Blocks<Cell, F8, N8, L> b8;
  Blocks<Cell, F4, N4, L> b4;
  static constexpr int units = 16 * N16 + 8 * N8 + 4 * N4;

  AFX_INLINE void start(const afx::KernelLayer& layer, const Lane* lanes, int unit, const float* const* in) {
    b16.start(lanes, unit);
    b8.start(lanes, unit + 16 * N16);
    b4.start(lanes, unit + 16 * N16 + 8 * N8);
    columns<false>(layer.w_in, layer.in_columns, unit, in, 0, 1);
    if (__builtin_expect(layer.in_columns > 1, 0)) columns<false>(layer.w_in, layer.in_columns, unit, in, 1, layer.in_columns);
  }

  // Columns [first, last) of a packed matrix with `columns` in all; values[l][j] multiplies column j.
  template <bool recurrent>
  AFX_INLINE void columns(const float* w, int columns, int unit, const float* const* values, int first, int last) {
    const float* w16 = w + static_cast<long>(Cell::gates) * columns * unit;
    const float* w8 = w16 + static_cast<long>(Cell::gates) * columns * 16 * N16;
    const float* w4 = w8 + static_cast<long>(Cell::gates) * columns * 8 * N8;
    for (int j = first; j < last; ++j) {
      F16 v16[L];
      F8 v8[L];
      F4 v4[L];
      for (int l = 0; l < L; ++l) {
        if constexpr (N16 > 0) v16[l] = F16::all(values[l][j]);
        if constexpr (N16 > 0 && N8 > 0) v8[l] = low_half(v16[l]);
        if constexpr (N16 == 0 && N8 > 0) v8[l] = F8::all(values[l][j]);
        if constexpr (N8 > 0 && N4 > 0) v4[l] = low_half(v8[l]);
        if constexpr (N16 > 0 && N8 == 0 && N4 > 0) v4[l] = low_half(low_half(v16[l]));
        if constexpr (N16 + N8 == 0) v4[l] = F4::all(values[l][j]);
      }
      b16.template column<recurrent>(w16, columns, j, v16);
      b8.template column<recurrent>(w8, columns, j, v8);
      b4.template column<recurrent>(w4, columns, j, v4);
    }
  }

  AFX_INLINE void finish(const Lane* lanes, int unit, int c_offset) {
    b16.finish(lanes, unit, c_offset);
    b8.finish(lanes, unit + 16 * N16, c_offset);
    b4.finish(lanes, unit + 16 * N16 + 8 * N8, c_offset);
  }
};

}  // namespace AFX_SIMD
