// Closed-form filter designs in float64: Kaiser-windowed sinc, Kaiser half-band FIR, elliptic half-band IIR.
#pragma once
#include <vector>

namespace afx {

enum class Filters { linear, low_latency };

// A low-pass as it is specified. Edges and rates in the same unit.
struct LowPass {
  double pass = 0.0;
  double stop = 0.0;
  double attenuation_db = 0.0;
};

// Of a converter between two rates, in Hz; scales with the lower of them. At 44.1 kHz: linear 20 and 24.1 kHz, 100 dB;
// low latency 11.5 and 28.1 kHz, 120 dB (images may then fall above 16 kHz, never below).
LowPass resampler_low_pass(int in_hz, int out_hz, Filters filters);

// Of the half-band stage that doubles (or halves back) 2^stage times the base rate; edges as fractions of the doubled
// rate. Every stage has the same absolute pass edge, the stop edge is its mirror image, so later stages are shorter.
LowPass half_band_low_pass(int stage, Filters filters);

double bessel_i0(double x);  // modified Bessel function of the first kind, order zero
double kaiser_beta(double attenuation_db);
// Estimated order of a Kaiser design; width: stop - pass as a fraction of the sample rate (Kaiser 1974).
double kaiser_order(double attenuation_db, double width);

// The continuous impulse response of a Kaiser low-pass, centred on 0: zero beyond half_length, unit gain at 0 Hz.
struct KaiserSinc {
  double cutoff = 0.0;       // -6 dB, cycles per frame
  double half_length = 0.0;  // frames
  double beta = 0.0;

  KaiserSinc() = default;
  KaiserSinc(const LowPass& spec, double rate);
  double operator()(double t) const;

 private:
  double scale_ = 0.0;
};

// The taps at odd distance from the centre of a linear-phase half-band filter of order 4K + 2: 2K + 2 of them, summing
// to 1/2. The centre tap is 1/2 and every other one zero. The order starts at Kaiser's estimate, which is optimistic
// for short filters, and grows until the stop band is as deep as asked; the window uses all that the order allows.
std::vector<double> design_half_band_fir(const LowPass& spec);

// Coefficients a_i, rising, of an elliptic power-symmetric half-band filter
//   H(z) = (A0(z^2) + z^-1 A1(z^2)) / 2,  A_p = product over i = p, p + 2, ... of (a_i + z^-1) / (1 + a_i z^-1).
std::vector<double> design_half_band_iir(const LowPass& spec);

// Group delay in frames of (a + z^-1) / (1 + a z^-1) at omega radians per frame.
double allpass_group_delay(double a, double omega);
// The a whose group delay at omega is delay_frames: Thiran's first-order all-pass, made exact at omega instead of at 0.
double design_fractional_allpass(double delay_frames, double omega);

}  // namespace afx
