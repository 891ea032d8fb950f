// The elementwise half of each cell. Rows of the matrices arrive scaled by -log2(e) for a sigmoid and by -2 log2(e)
// for a tanh, so that with e = 2^t: sigmoid = 1 / (1 + e), tanh = (1 - e) / (1 + e); products of the two share one
// division. Each cell works in two steps, so that the second can take several blocks of units side by side.
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

  template <class V>
  static AFX_INLINE Half<V> first(const V* z, const float* read_c, float* c) {
    V e[4] = {z[0], z[1], z[2], z[3]};
    exp2(e);
    return combine(e, read_c, c);
  }

  template <class V>
  static AFX_INLINE Half<V> combine(const V* e, const float* read_c, float* c) {
    const V one = V::all(1.0f);
    const V f = one + e[1];
    const V ig = (one + e[0]) * (one + e[2]);
    const V c_new = fma(V::load(read_c), ig, (one - e[2]) * f) / (ig * f);
    c_new.store(c);
    return {c_new * V::all(kMinusTwoLog2E), one + e[3]};
  }

  template <class V>
  static AFX_INLINE V second(V e, V o, const float* read_h) {
    (void)read_h;
    const V one = V::all(1.0f);
    return (one - e) / ((one + e) * o);
  }
};

// h' = (1 - z) n + z h with n = tanh(nx + r nh), r = 1 / (1 + er), z = 1 / (1 + ez).
struct Gru {
  static constexpr int gates = 3;
  static constexpr int accumulators = 4;  // r, z, the input's and the state's part of n
  static constexpr int recurrent_n = 3;

  template <class V>
  static AFX_INLINE Half<V> first(const V* z, const float* read_c, float* c) {
    (void)read_c;
    (void)c;
    V e[2] = {z[0], z[1]};
    exp2(e);
    return {z[2] + z[3] / (V::all(1.0f) + e[0]), e[1]};
  }

  template <class V>
  static AFX_INLINE V second(V e, V ez, const float* read_h) {
    const V one = V::all(1.0f);
    const V sum = one + e;
    return fma(V::load(read_h), sum, ez * (one - e)) / ((one + ez) * sum);
  }
};

struct Rnn {
  static constexpr int gates = 1;
  static constexpr int accumulators = 1;
  static constexpr int recurrent_n = 0;

  template <class V>
  static AFX_INLINE Half<V> first(const V* z, const float* read_c, float* c) {
    (void)read_c;
    (void)c;
    return {z[0], z[0]};
  }

  template <class V>
  static AFX_INLINE V second(V e, V other, const float* read_h) {
    (void)other;
    (void)read_h;
    const V one = V::all(1.0f);
    return (one - e) / (one + e);
  }
};

}  // namespace AFX_SIMD
