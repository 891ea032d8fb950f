// An exact ratio of two integers: sample rates divide without rounding.
#pragma once
#include <cstdint>
#include <numeric>

namespace afx {

struct Ratio {
  std::int64_t num = 0;
  std::int64_t den = 1;  // > 0

  static Ratio of(std::int64_t numerator, std::int64_t denominator) {
    const std::int64_t g = std::gcd(numerator, denominator);
    return g == 0 ? Ratio{0, 1} : Ratio{numerator / g, denominator / g};
  }
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  bool whole() const { return num % den == 0; }
  std::int64_t floor() const { return num >= 0 ? num / den : -((-num + den - 1) / den); }
  std::int64_t ceil() const { return -Ratio{-num, den}.floor(); }
};

inline Ratio operator+(Ratio a, Ratio b) { return Ratio::of(a.num * b.den + b.num * a.den, a.den * b.den); }
inline Ratio operator-(Ratio a, Ratio b) { return Ratio::of(a.num * b.den - b.num * a.den, a.den * b.den); }
inline Ratio operator*(Ratio a, Ratio b) { return Ratio::of(a.num * b.num, a.den * b.den); }
inline bool operator==(Ratio a, Ratio b) { return a.num * b.den == b.num * a.den; }

}  // namespace afx
