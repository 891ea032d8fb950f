// The elementwise half of each cell. Rows of the matrices arrive scaled by -log2(e) for a sigmoid and by -2 log2(e)
// for a tanh, so that with e = 2^t: sigmoid = 1 / (1 + e), tanh = (1 - e) / (1 + e); products of the two share one
// division. Each cell works in three steps, so that each can take many blocks of units side by side (finish.hpp): 2^t
// of its first sums, `first`, and 2^t of what that leaves into `second`. `States` reads h and c and keeps c.
#pragma once
#include "vector.hpp"

namespace AFX_SIMD {

constexpr float kMinusTwoLog2E = -2.885390081777927f;

// What the first step leaves for the second: the argument of its exponential and one more vector.
template <class V>
struct Half {
  V t;
  V other;
};

// c' = f c + i g = (c (1 + ei)(1 + eg) + (1 - eg)(1 + ef)) / ((1 + ei)(1 + eg)(1 + ef)), h = o tanh(c').
struct Lstm {
  static constexpr int gates = 4;         // rows of the matrices per unit
  static constexpr int accumulators = 4;  // sums kept per unit
  static constexpr int recurrent_n = 2;   // where gate 2 of the recurrent matrix adds up
  static constexpr int exponents = 4;     // sums of which `first` gets the exponential

  template <class V, class States>
  static AFX_INLINE Half<V> first(const V* e, const States& states, int unit) {
    const V one = V::all(1.0f);
    const V f = one + e[1];
    const V ig = (one + e[0]) * (one + e[2]);
    const V c = fma(states.template c<V>(unit), ig, (one - e[2]) * f) / (ig * f);
    states.keep_c(unit, c);
    return {c * V::all(kMinusTwoLog2E), one + e[3]};
  }

  template <class V, class States>
  static AFX_INLINE V second(V e, V o, const States&, int) {
    const V one = V::all(1.0f);
    return (one - e) / ((one + e) * o);
  }
};

// h' = (1 - z) n + z h with n = tanh(nx + r nh), r = 1 / (1 + er), z = 1 / (1 + ez).
struct Gru {
  static constexpr int gates = 3;
  static constexpr int accumulators = 4;  // r, z, the input's and the state's part of n
  static constexpr int recurrent_n = 3;
  static constexpr int exponents = 2;

  template <class V, class States>
  static AFX_INLINE Half<V> first(const V* e, const States&, int) {
    return {e[2] + e[3] / (V::all(1.0f) + e[0]), e[1]};
  }

  template <class V, class States>
  static AFX_INLINE V second(V e, V ez, const States& states, int unit) {
    const V one = V::all(1.0f);
    const V sum = one + e;
    return fma(states.template h<V>(unit), sum, ez * (one - e)) / ((one + ez) * sum);
  }
};

struct Rnn {
  static constexpr int gates = 1;
  static constexpr int accumulators = 1;
  static constexpr int recurrent_n = 0;
  static constexpr int exponents = 0;

  template <class V, class States>
  static AFX_INLINE Half<V> first(const V* z, const States&, int) {
    return {z[0], z[0]};
  }

  template <class V, class States>
  static AFX_INLINE V second(V e, V, const States&, int) {
    const V one = V::all(1.0f);
    return (one - e) / (one + e);
  }
};

}  // namespace AFX_SIMD
