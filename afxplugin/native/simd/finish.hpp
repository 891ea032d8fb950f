// From the sums of a layer to its states.
#pragma once
#include "block_plan.hpp"
#include "cells.hpp"
#include "tile.hpp"

namespace AFX_SIMD {

// The states of one lane as the cells see them.
struct States {
  const Lane& lane;
  int c_offset;

  template <class V>
  AFX_INLINE V h(int unit) const {
    return V::load(lane.read + unit);
  }
  template <class V>
  AFX_INLINE V c(int unit) const {
    return V::load(lane.read + c_offset + unit);
  }
  template <class V>
  AFX_INLINE void keep_h(int unit, V state) const {
    state.store(lane.fresh + unit);
  }
  template <class V>
  AFX_INLINE void keep_c(int unit, V state) const {
    keep_h(c_offset + unit, state);
  }
};

// All units of all lanes take a step before any takes the next: the chains of a step are long but none depends on
// another, so the processor works on many at once. The sums wait in memory, where each step leaves what the next needs.
template <class Cell, int L>
struct Finish {
  const Lane* lanes;
  float* const* sums;
  int c_offset;
  afx::BlockPlan plan;

  AFX_INLINE float* block(int lane, int unit) const { return sums[lane] + Cell::accumulators * unit; }

  // The exponentials of the first sums of the blocks of units [from, to).
  template <class V>
  AFX_INLINE void exponentials(int lane, int from, int to) const {
    constexpr int count = Cell::exponents;
    for (int unit = from; unit < to; unit += V::width) {
      float* const at = block(lane, unit);
      if constexpr (count > 0) {
        V t[count];
        for (int a = 0; a < count; ++a) t[a] = V::load(at + a * V::width);
        exp2(t);
        for (int a = 0; a < count; ++a) t[a].store(at + a * V::width);
      }
    }
  }

  template <class V>
  AFX_INLINE void first(int lane, int from, int to) const {
    const States states{lanes[lane], c_offset};
    for (int unit = from; unit < to; unit += V::width) {
      float* const at = block(lane, unit);
      V e[Cell::accumulators];
      for (int a = 0; a < Cell::accumulators; ++a) e[a] = V::load(at + a * V::width);
      const Half<V> half = Cell::first(e, states, unit);
      half.t.store(at);
      if constexpr (Cell::accumulators > 1) half.other.store(at + V::width);
    }
  }

  template <class V>
  AFX_INLINE void second(int lane, int from, int to) const {
    const States states{lanes[lane], c_offset};
    for (int unit = from; unit < to; unit += V::width) {
      const float* const at = block(lane, unit);
      V t[1] = {V::load(at)};
      exp2(t);
      const V other = Cell::accumulators > 1 ? V::load(at + V::width) : t[0];
      states.keep_h(unit, Cell::second(t[0], other, states, unit));
    }
  }

  AFX_INLINE void run() const {
    const int end16 = 16 * plan.n16, end8 = end16 + 8 * plan.n8, end4 = end8 + 4 * plan.n4;
    for (int l = 0; l < L; ++l) {
      if constexpr (kWidest >= 16) exponentials<F16>(l, 0, end16);
      if constexpr (kWidest >= 8) exponentials<F8>(l, end16, end8);
      exponentials<F4>(l, end8, end4);
    }
    for (int l = 0; l < L; ++l) {
      if constexpr (kWidest >= 16) first<F16>(l, 0, end16);
      if constexpr (kWidest >= 8) first<F8>(l, end16, end8);
      first<F4>(l, end8, end4);
    }
    for (int l = 0; l < L; ++l) {
      if constexpr (kWidest >= 16) second<F16>(l, 0, end16);
      if constexpr (kWidest >= 8) second<F8>(l, end16, end8);
      second<F4>(l, end8, end4);
    }
  }
};

}  // namespace AFX_SIMD
