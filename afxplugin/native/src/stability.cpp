#include "afx/stability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace afx {
namespace {

using Complex = std::complex<double>;

constexpr double kPi = 3.14159265358979323846;

// The loop's polynomial for one eigenvalue, kept sparse: its degree is the delay, its taps are few.
struct LoopPolynomial {
  const Feedback& feedback;
  Complex lambda;
  int taps() const { return static_cast<int>(feedback.b.size()); }
  int degree() const { return feedback.offset + taps() - 1; }

  // p(z) / p'(z), formed after division by z^(degree - 1), which may over- or underflow at long delays.
  Complex newton_step(Complex z) const {
    const double m = degree();
    const Complex w = 1.0 / z;
    Complex term = std::pow(w, feedback.offset - 1);
    Complex value = z + feedback.a;
    Complex slope = m + (m - 1.0) * feedback.a * w;
    for (int j = 0; j < taps(); ++j) {
      const Complex tap = lambda * feedback.b[static_cast<std::size_t>(j)] * term;
      value -= tap;
      slope -= (m - feedback.offset - j) * tap * w;
      term *= w;
    }
    return value / slope;
  }
};

// Cauchy's bound: the positive root of x^m - |a| x^(m-1) - |lambda| sum |b_j| x^(m-offset-j). Grows with |lambda|.
double cauchy_bound(double magnitude, const Feedback& feedback) {
  const auto excess = [&](double x) {
    double sum = std::abs(feedback.a) / x;
    double term = std::pow(x, -feedback.offset);
    for (const double tap : feedback.b) {
      sum += magnitude * std::abs(tap) * term;
      term /= x;
    }
    return sum - 1.0;
  };
  double low = 1e-6;
  double high = 1.0;
  while (excess(high) > 0.0) high *= 2.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (excess(middle) > 0.0 ? low : high) = middle;
  }
  return high;
}

// Ehrlich-Aberth iteration on all roots at once, started on a circle a little inside Cauchy's.
double largest_root(const LoopPolynomial& polynomial, double bound) {
  const int degree = polynomial.degree();
  std::vector<Complex> roots(static_cast<std::size_t>(degree));
  for (int k = 0; k < degree; ++k) {
    roots[static_cast<std::size_t>(k)] = std::polar(0.98 * bound, 2.0 * kPi * (k + 0.37) / degree);
  }
  for (int iteration = 0; iteration < 200; ++iteration) {
    double moved = 0.0;
    for (auto& root : roots) {
      const Complex step = polynomial.newton_step(root);
      Complex repulsion = 0.0;
      for (const auto& other : roots) {
        if (&other != &root) repulsion += 1.0 / (root - other);
      }
      const Complex correction = step / (1.0 - step * repulsion);
      if (!std::isfinite(correction.real()) || !std::isfinite(correction.imag())) continue;
      root -= correction;
      if (std::abs(root) < 1e-12) root = 1e-12;
      moved = std::max(moved, std::abs(correction));
    }
    if (moved < 1e-13) break;
  }
  double radius = 0.0;
  for (const auto& root : roots) radius = std::max(radius, std::abs(root));
  return radius;
}

}  // namespace

double loop_radius(const Eigenvalues& eigenvalues, const Feedback& feedback) {
  Eigenvalues sorted;
  for (const auto& lambda : eigenvalues) {
    if (lambda.imag() >= 0.0) sorted.push_back(lambda);  // conjugates give conjugate roots
  }
  std::sort(sorted.begin(), sorted.end(), [](Complex p, Complex q) { return std::abs(p) > std::abs(q); });
  const bool pure_delay = feedback.b.size() == 1 && feedback.a == 0.0;
  double radius = 0.0;
  for (const auto& lambda : sorted) {
    const double magnitude = std::abs(lambda);
    if (pure_delay) return std::pow(magnitude * std::abs(feedback.b[0]), 1.0 / feedback.offset);
    const double bound = cauchy_bound(magnitude, feedback);
    if (bound <= radius) break;  // smaller eigenvalues have smaller bounds still
    radius = std::max(radius, largest_root({feedback, lambda}, bound));
  }
  return radius;
}

bool is_mean_of_past(const Feedback& feedback) {
  double sum = -feedback.a;
  bool positive = feedback.a <= 0.0;
  for (const double tap : feedback.b) {
    sum += tap;
    positive = positive && tap >= 0.0;
  }
  return positive && std::abs(sum - 1.0) < 1e-9;
}

double decay_time(double radius, double rate_hz) {
  if (radius >= 1.0) return std::numeric_limits<double>::infinity();
  return radius <= 0.0 ? 0.0 : -1.0 / (rate_hz * std::log(radius));
}

bool is_stable(double radius, double tau, double capture_tau) {
  return radius < 1.0 && tau <= kDecayTolerance * std::max(capture_tau, kDecayFloor);
}

}  // namespace afx
