#include "afx/filter_design.hpp"

#include <algorithm>
#include <cmath>

namespace afx {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLinearPass = 20000.0 / 44100.0;      // of the lower rate: 0.4535
constexpr double kLinearAttenuationDb = 100.0;
constexpr double kLowLatencyPass = 11500.0 / 44100.0;  // of the lower rate
constexpr double kLowLatencyStop = 28100.0 / 44100.0;
constexpr double kLowLatencyAttenuationDb = 120.0;
constexpr double kIirPass = 16000.0 / 44100.0;         // of the base rate
constexpr double kIirAttenuationDb = 118.0;

double sinc(double x) { return std::abs(x) < 1e-9 ? 1.0 : std::sin(kPi * x) / (kPi * x); }

// Inverse of kaiser_order: all the attenuation that an order, once rounded up, can give.
double kaiser_attenuation_db(double order, double width) { return 7.95 + 14.36 * width * order; }

std::vector<double> half_band_taps(int half, double beta) {
  std::vector<double> taps;
  double sum = 0.0;
  for (int n = -half; n <= half; n += 2) {
    const double u = static_cast<double>(n) / half;
    taps.push_back(0.5 * sinc(0.5 * n) * bessel_i0(beta * std::sqrt(1.0 - u * u)));
    sum += taps.back();
  }
  for (double& tap : taps) tap *= 0.5 / sum;
  return taps;
}

// The least over a grid from the stop edge up that is finer than the ripples.
double half_band_attenuation_db(const std::vector<double>& taps, double stop) {
  const int half = static_cast<int>(taps.size()) - 1;
  const int points = 16 * half;
  double largest = 0.0;
  for (int i = 0; i <= points; ++i) {
    const double omega = 2.0 * kPi * (stop + (0.5 - stop) * i / points);
    double gain = 0.5;
    for (int j = 0; j <= half; ++j) gain += taps[static_cast<std::size_t>(j)] * std::cos(omega * (2 * j - half));
    largest = std::max(largest, std::abs(gain));
  }
  return -20.0 * std::log10(largest);
}

// Nome of the elliptic functions of modulus k (the first terms of its series; the next is below 1e-17 for our k).
double elliptic_nome(double k) {
  const double root = std::pow(1.0 - k * k, 0.25);
  const double e = 0.5 * (1.0 - root) / (1.0 + root);
  const double e4 = e * e * e * e;
  return e * (1.0 + e4 * (2.0 + e4 * (15.0 + e4 * (150.0 + e4 * 1707.0))));
}

}  // namespace

LowPass resampler_low_pass(int in_hz, int out_hz, Filters filters) {
  const double rate = std::min(in_hz, out_hz);
  if (filters == Filters::linear) {
    return {kLinearPass * rate, (1.0 - kLinearPass) * rate, kLinearAttenuationDb};
  }
  return {kLowLatencyPass * rate, kLowLatencyStop * rate, kLowLatencyAttenuationDb};
}

LowPass half_band_low_pass(int stage, Filters filters) {
  const double base = std::ldexp(1.0, -(stage + 1));
  const bool linear = filters == Filters::linear;
  const double pass = (linear ? kLinearPass : kIirPass) * base;
  return {pass, 0.5 - pass, linear ? kLinearAttenuationDb : kIirAttenuationDb};
}

double bessel_i0(double x) {
  const double quarter = 0.25 * x * x;
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= quarter / (static_cast<double>(k) * k);
    sum += term;
  }
  return sum;
}

// Kaiser's fits are used above 50 dB only.
double kaiser_beta(double attenuation_db) { return 0.1102 * (attenuation_db - 8.7); }

double kaiser_order(double attenuation_db, double width) { return (attenuation_db - 7.95) / (14.36 * width); }

KaiserSinc::KaiserSinc(const LowPass& spec, double rate)
    : cutoff(0.5 * (spec.pass + spec.stop) / rate),
      half_length(0.5 * kaiser_order(spec.attenuation_db, (spec.stop - spec.pass) / rate)),
      beta(kaiser_beta(spec.attenuation_db)),
      scale_(2.0 * cutoff / bessel_i0(beta)) {}

double KaiserSinc::operator()(double t) const {
  const double u = t / half_length;
  const double inside = 1.0 - u * u;
  if (inside < 0.0) return 0.0;
  return scale_ * sinc(2.0 * cutoff * t) * bessel_i0(beta * std::sqrt(inside));
}

std::vector<double> design_half_band_fir(const LowPass& spec) {
  const double width = spec.stop - spec.pass;
  const int estimate = static_cast<int>(std::ceil((kaiser_order(spec.attenuation_db, width) - 2.0) / 4.0));
  for (int k = std::max(0, estimate);; ++k) {
    const int order = 4 * k + 2;
    std::vector<double> taps = half_band_taps(order / 2, kaiser_beta(kaiser_attenuation_db(order, width)));
    if (half_band_attenuation_db(taps, spec.stop) >= spec.attenuation_db) return taps;
  }
}

// Valenzuela & Constantinides, "Digital signal processing schemes for efficient interpolation and decimation", IEE
// Proc. G 130(6), 1983. The prototype's pass and stop edges are reciprocal (tan(w/2) and its inverse), so its modulus
// is k = tan^2(w_pass / 2); the poles of the half-band filter lie on the imaginary axis, one coefficient each. Power
// symmetry ties both ripples to the discrimination k1 = 4 sqrt(nome^order): stop-band gain^2 = k1 / (1 + k1).
std::vector<double> design_half_band_iir(const LowPass& spec) {
  const double k = std::pow(std::tan(kPi * spec.pass), 2.0);
  const double q = elliptic_nome(k);
  const double k1 = 1.0 / (std::pow(10.0, spec.attenuation_db / 10.0) - 1.0);
  const int order = static_cast<int>(std::ceil(2.0 * std::log(k1 / 4.0) / std::log(q))) | 1;
  std::vector<double> coefficients;
  for (int i = 1; i <= (order - 1) / 2; ++i) {
    double top = 0.0;
    double bottom = 0.5;
    for (int m = 0; m < 8; ++m) {  // theta series: q^(m^2) is below 1e-20 long before
      const double sign = m % 2 == 0 ? 1.0 : -1.0;
      top += sign * std::pow(q, m * (m + 1)) * std::sin((2 * m + 1) * kPi * i / order);
      if (m > 0) bottom += sign * std::pow(q, m * m) * std::cos(2 * m * kPi * i / order);
    }
    const double omega = std::pow(q, 0.25) * top / bottom;
    const double square = omega * omega;
    const double x = std::sqrt((1.0 - square * k) * (1.0 - square / k)) / (1.0 + square);
    coefficients.push_back((1.0 - x) / (1.0 + x));
  }
  return coefficients;
}

double allpass_group_delay(double a, double omega) { return (1.0 - a * a) / (1.0 + 2.0 * a * std::cos(omega) + a * a); }

// (1 - a^2) / (1 + 2 a cos w + a^2) = D is (D + 1) a^2 + 2 D cos(w) a + (D - 1) = 0.
double design_fractional_allpass(double delay_frames, double omega) {
  const double b = delay_frames * std::cos(omega);
  return (std::sqrt(b * b - (delay_frames * delay_frames - 1.0)) - b) / (delay_frames + 1.0);
}

}  // namespace afx
