// Whether a loop decays: poles of the recurrence linearised at rest, closed through a feedback filter.
#pragma once
#include <complex>
#include <vector>

#include "afx/feedback.hpp"

namespace afx {

using Eigenvalues = std::vector<std::complex<double>>;

// Largest root modulus, over all eigenvalues lambda of the linearised recurrence, of
//   z^m + a z^(m-1) - lambda sum_j b[j] z^(m - offset - j),  m the longest delay.
// 0 without eigenvalues.
double loop_radius(const Eigenvalues& eigenvalues, const Feedback& feedback);

// Whether what is read is a weighted mean of past states: then the loop decays wherever the recurrence itself does. With
// b[j] >= 0, -a >= 0 and sum b - a = 1, |z| >= 1 gives |1 + a / z| >= sum b > |lambda| |sum_j b[j] z^(-offset - j)|.
bool is_mean_of_past(const Feedback& feedback);

// Time in which a mode of this radius decays by e, in seconds; infinite from radius 1 on, 0 at radius 0.
double decay_time(double radius, double rate_hz);

// A radius says nothing without its rate, so decay times are compared: stable is what decays, and no slower than
// kDecayTolerance times the capture at its own rate (or kDecayFloor seconds, where that is longer). On 20 real LSTM
// captures (tests/bench/stability.py) every tolerance from 1.2 and floor from 20 ms refuses the same 7 of 300 Lagrange
// loops, all of them below 8 dB SNR. What it cannot see is failure at large signals: one accepted loop had 2 dB.
constexpr double kDecayTolerance = 1.5;
constexpr double kDecayFloor = 0.050;
bool is_stable(double radius, double tau, double capture_tau);

}  // namespace afx
