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

#if defined(AFX_SIMD_avx512)
typedef F16 Value;  // what a column is multiplied by, in all lanes of the widest vector
#elif defined(AFX_SIMD_avx2)
typedef F8 Value;
#else
typedef F4 Value;
#endif

// The part of a broadcast value that a narrower vector needs.
template <class V, class W>
AFX_INLINE V narrow(W value) {
  if constexpr (V::width == W::width) {
    return value;
  } else {
    return narrow<V>(low_half(value));
  }
}

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
  template <bool recurrent, class Value>
  AFX_INLINE void column(const float* w, int columns, int j, const Value* value) {
    for (int b = 0; b < N; ++b) {
      for (int g = 0; g < Cell::gates; ++g) {
        V row = V::load(w + (static_cast<long>(b) * columns + j) * (Cell::gates * V::width) + g * V::width);
        if constexpr (L > 1) keep(row);
        const int a = recurrent && g == 2 ? Cell::recurrent_n : g;
        for (int l = 0; l < L; ++l) acc[l][b][a] = fma(row, narrow<V>(value[l]), acc[l][b][a]);
      }
    }
  }

  // The sums to `sums` of each lane, in the order of the bias.
  AFX_INLINE void put(float* const* sums, int unit) const {
    for (int l = 0; l < L; ++l)
      for (int b = 0; b < N; ++b)
        for (int a = 0; a < Cell::accumulators; ++a)
          acc[l][b][a].store(sums[l] + Cell::accumulators * unit + (b * Cell::accumulators + a) * V::width);
  }
};

template <class Cell, class V, int L>
struct Blocks<Cell, V, 0, L> {
  AFX_INLINE void start(const Lane*, int) {}
  AFX_INLINE void put(float* const*, int) const {}
};

#if defined(AFX_SIMD_avx512)
// Eight units of an LSTM: their four gates lie side by side in memory and fill two vectors of 16, i and f, g and o.
template <int N, int L>
struct Blocks<Lstm, F8, N, L> {
  F16 acc[L][N][2];

  AFX_INLINE void start(const Lane* lanes, int unit) {
    for (int l = 0; l < L; ++l)
      for (int b = 0; b < N; ++b)
        for (int a = 0; a < 2; ++a) acc[l][b][a] = F16::load(lanes[l].bias + 4 * unit + (b * 2 + a) * 16);
  }

  template <bool recurrent>
  AFX_INLINE void column(const float* w, int columns, int j, const F16* value) {
    for (int b = 0; b < N; ++b) {
      for (int a = 0; a < 2; ++a) {
        F16 row = F16::load(w + (static_cast<long>(b) * columns + j) * 32 + a * 16);
        if constexpr (L > 1) keep(row);
        for (int l = 0; l < L; ++l) acc[l][b][a] = fma(row, value[l], acc[l][b][a]);
      }
    }
  }

  AFX_INLINE void put(float* const* sums, int unit) const {
    for (int l = 0; l < L; ++l)
      for (int b = 0; b < N; ++b)
        for (int a = 0; a < 2; ++a) acc[l][b][a].store(sums[l] + 4 * unit + (b * 2 + a) * 16);
  }
};
template <int L>
struct Blocks<Lstm, F8, 0, L> {
  AFX_INLINE void start(const Lane*, int) {}
  AFX_INLINE void put(float* const*, int) const {}
};
#endif

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
    if (__builtin_expect(layer.in_columns > 1, 0)) {
      columns<false>(layer.w_in, layer.in_columns, unit, in, 1, layer.in_columns);
    }
  }

  // Columns [first, last) of a packed matrix with `columns` in all; values[l][j] multiplies column j.
  template <bool recurrent>
  AFX_INLINE void columns(const float* w, int columns, int unit, const float* const* values, int first, int last) {
    const float* w16 = w + static_cast<long>(Cell::gates) * columns * unit;
    const float* w8 = w16 + static_cast<long>(Cell::gates) * columns * 16 * N16;
    const float* w4 = w8 + static_cast<long>(Cell::gates) * columns * 8 * N8;
    for (int j = first; j < last; ++j) {
      Value value[L];
      for (int l = 0; l < L; ++l) value[l] = Value::all(values[l][j]);
      if constexpr (N16 > 0) b16.template column<recurrent>(w16, columns, j, value);
      if constexpr (N8 > 0) b8.template column<recurrent>(w8, columns, j, value);
      if constexpr (N4 > 0) b4.template column<recurrent>(w4, columns, j, value);
    }
  }

  AFX_INLINE void put(float* const* sums, int unit) const {
    b16.put(sums, unit);
    b8.put(sums, unit + 16 * N16);
    b4.put(sums, unit + 16 * N16 + 8 * N8);
  }
};

}  // namespace AFX_SIMD
