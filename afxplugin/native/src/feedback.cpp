#include "afx/feedback.hpp"

#include <algorithm>

namespace afx {
namespace {

std::string text(Ratio delay) { return std::to_string(delay.num) + "/" + std::to_string(delay.den); }

// Lagrange's weights for a delay of d frames past the first tap (Laakso et al., "Splitting the unit delay", 1996,
// eq. 42); d may be negative, which extrapolates.
std::vector<double> lagrange_weights(int order, double d) {
  std::vector<double> weights;
  for (int j = 0; j <= order; ++j) {
    double w = 1.0;
    for (int m = 0; m <= order; ++m) {
      if (m != j) w *= (d - m) / (j - m);
    }
    weights.push_back(w);
  }
  return weights;
}

// First tap so that the delay falls into the middle of the taps, but never before the newest state there is.
std::int64_t lagrange_offset(int order, Ratio delay) {
  const Ratio past = delay - Ratio::of(1, 1);
  const bool odd = order % 2 == 1;
  const std::int64_t middle = odd ? past.floor() - (order - 1) / 2 : (past + Ratio::of(1, 2)).floor() - order / 2;
  return 1 + std::max<std::int64_t>(0, middle);
}

}  // namespace

Result design_feedback(Method method, int order, Ratio delay, Feedback& feedback) {
  if (delay.num <= 0 || delay.den <= 0) return Result::failure("delay is " + text(delay) + ", must be positive");
  if (method == Method::lagrange && (order < 1 || order > 7)) {
    return Result::failure("Lagrange order is " + std::to_string(order) + ", allowed are 1 to 7");
  }
  const double d = delay.value();
  feedback = Feedback{1, {1.0}, 0.0, Feedback::Tap::fresh};
  if (method == Method::naive || delay == Ratio::of(1, 1)) return Result::success();
  if (method == Method::stn) {
    feedback = Feedback{1, {1.0 / d}, 1.0 / d - 1.0, Feedback::Tap::read};
  } else if (delay.whole()) {
    feedback.offset = static_cast<int>(delay.floor());
  } else if (method == Method::lagrange) {
    const std::int64_t offset = lagrange_offset(order, delay);
    feedback.offset = static_cast<int>(offset);
    feedback.b = lagrange_weights(order, (delay - Ratio::of(offset, 1)).value());
  } else {
    if (delay.floor() < 1) {
      return Result::failure("APDL cannot be realised at a delay of " + text(delay) +
                             " frames: below 1 its filter would read a state that does not exist yet; "
                             "allowed are 1 and above");
    }
    const double fraction = (delay - Ratio::of(delay.floor(), 1)).value();
    const double k = (1.0 - fraction) / (1.0 + fraction);
    feedback = Feedback{static_cast<int>(delay.floor()), {k, 1.0}, k, Feedback::Tap::fresh};
  }
  return Result::success();
}

}  // namespace afx
