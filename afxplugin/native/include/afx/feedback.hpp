// The feedback filter that keeps a recurrence in tune when it runs at another rate than its own (SPEC: difference
// equations of naive, STN, LIDL, APDL, CIDL and Lagrange of any order).
#pragma once
#include <vector>

#include "afx/ratio.hpp"
#include "afx/result.hpp"

namespace afx {

enum class Method { naive, stn, lagrange, apdl };  // LIDL is Lagrange of order 1, CIDL of order 3

// With s[n] = F(x[n], r[n]) the fresh state, the read state is
//   r[n] = sum_j b[j] s[n - offset - j] - a r[n - 1].
// `tap` says which state the output layer sees: the fresh s[n], or (STN) the filtered one that the next frame reads.
struct Feedback {
  enum class Tap { fresh, read };
  int offset = 1;         // frames, >= 1
  std::vector<double> b = {1.0};  // at least one; by default the plain recurrence
  double a = 0.0;
  Tap tap = Tap::fresh;
};

// delay = kernel rate / capture rate, > 0. order only for lagrange: 1..7. delay 1 gives naive's filter for every method,
// bit for bit; a whole delay gives Lagrange and APDL one tap, a pure delay. Fails for what cannot be realised
// (APDL below 1: its read would need a state that does not exist yet), naming method, delay and reason.
Result design_feedback(Method method, int order, Ratio delay, Feedback& feedback);

}  // namespace afx
