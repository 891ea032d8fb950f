// The elementwise half of each cell. Rows of the matrices arrive scaled by -log2(e) for a sigmoid and by -2 log2(e)
// for a tanh, so that with e = 2^t: sigmoid = 1 / (1 + e), tanh = (1 - e) / (1 + e); products of the two share one
// division.
#pragma once
#include "vector.hpp"

namespace AFX_SIMD {

constexpr float kMinusTwoLog2E = -2.885390081777927f;

// c' = f c + i g = (c (1 + ei)(1 + eg) + (1 - eg)(1 + ef)) / ((1 + ei)(1 + eg)(1 + ef)), h = o tanh(c').
struct Lstm {
  static constexpr int gates = 4;         // rows of the matrices per unit
  static constexpr int accumulators = 4;  // sums kept per unit
  static constexpr int recurrent_n = 2;   // where gate 2 of the recurrent matrix adds up
  static constexpr bool has_c = true;

  template <class V>
  static AFX_INLINE void update(const V* z, const float* read_h, const float* read_c, float* h, float* c) {
    (void)read_h;
    const V one = V::all(1.0f);
    const V ei = exp2(z[0]), ef = exp2(z[1]), eg = exp2(z[2]), eo = exp2(z[3]);
    const V f = one + ef;
    const V ig = (one + ei) * (one + eg);
    const V c_new = fma(V::load(read_c), ig, (one - eg) * f) / (ig * f);
    c_new.store(c);
    const V ec = exp2(c_new * V::all(kMinusTwoLog2E));
    ((one - ec) / ((one + ec) * (one + eo))).store(h);
  }
};

// h' = (1 - z) n + z h with n = tanh(nx + r nh), r = 1 / (1 + er), z = 1 / (1 + ez).
struct Gru {
  static constexpr int gates = 3;
  static constexpr int accumulators = 4;  // r, z, the input's and the state's part of n
  static constexpr int recurrent_n = 3;
  static constexpr bool has_c = false;

  template <class V>
  static AFX_INLINE void update(const V* z, const float* read_h, const float* read_c, float* h, float* c) {
    (void)read_c;
    (void)c;
    const V one = V::all(1.0f);
    const V er = exp2(z[0]), ez = exp2(z[1]);
    const V en = exp2(z[2] + z[3] / (one + er));
    const V sum = one + en;
    (fma(V::load(read_h), sum, ez * (one - en)) / ((one + ez) * sum)).store(h);
  }
};

struct Rnn {
  static constexpr int gates = 1;
  static constexpr int accumulators = 1;
  static constexpr int recurrent_n = 0;
  static constexpr bool has_c = false;

  template <class V>
  static AFX_INLINE void update(const V* z, const float* read_h, const float* read_c, float* h, float* c) {
    (void)read_h;
    (void)read_c;
    (void)c;
    const V one = V::all(1.0f);
    const V e = exp2(z[0]);
    ((one - e) / (one + e)).store(h);
  }
};

}  // namespace AFX_SIMD
