// Peak, loudness and non-finite samples of a stream.
//
// Loudness is ITU-R BS.1770-4: K-weighting, mean square over blocks of 400 ms that overlap by 75 %, an absolute gate
// at -70 LUFS and a relative one 10 LU below the mean of what passes it. Blocks are kept as a histogram of 0.01 LU with
// the sum of the powers in each bin, so memory is constant and only blocks within 0.01 LU of the relative gate can be
// judged differently from the standard.
#include "afx/meters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace afx {
namespace {

constexpr int kLowestRate = 8000;
constexpr int kHighestRate = 384000;
constexpr int kMostChannels = 1024;
constexpr double kPi = 3.14159265358979323846;
constexpr double kOffset = -0.691;  // BS.1770-4, equation 2
constexpr double kAbsoluteGate = -70.0;
constexpr double kRelativeGate = -10.0;
constexpr double kBinsPerLu = 100.0;
constexpr int kBins = 20000;  // -70 to +130 LUFS; what is louder counts in the last bin, with its own power
constexpr double kSilent = 1e-30;

// The two stages of the K-weighting. State form of a transposed biquad: only one multiply-add lies on the loop.
struct Weighting {
  double b0, a1, a2, c1, c2;  // shelf: c1 = b1 - a1 b0, c2 = b2 - a2 b0
  double p1, p2, q1, q2;      // high-pass with b = (1, -2, 1): q1 = -2 - p1, q2 = 1 - p2
};

// Analogue prototypes of the filters whose coefficients BS.1770-4 prints for 48 kHz, in the form of B. De Man,
// "Evaluation of implementations of the EBU R128 loudness measurement" (AES Convention 145, 2018): right at any rate.
Weighting design_weighting(double rate_hz) {
  Weighting w{};
  {
    const double K = std::tan(kPi * 1681.974450955533 / rate_hz);
    const double Q = 0.7071752369554196;
    const double Vh = std::pow(10.0, 3.999843853973347 / 20.0);
    const double Vb = std::pow(Vh, 0.4996667741545416);
    const double a0 = 1.0 + K / Q + K * K;
    w.b0 = (Vh + Vb * K / Q + K * K) / a0;
    w.a1 = 2.0 * (K * K - 1.0) / a0;
    w.a2 = (1.0 - K / Q + K * K) / a0;
    w.c1 = 2.0 * (K * K - Vh) / a0 - w.a1 * w.b0;
    w.c2 = (Vh - Vb * K / Q + K * K) / a0 - w.a2 * w.b0;
  }
  {
    const double K = std::tan(kPi * 38.13547087602444 / rate_hz);
    const double Q = 0.5003270373238773;
    const double a0 = 1.0 + K / Q + K * K;
    w.p1 = 2.0 * (K * K - 1.0) / a0;
    w.p2 = (1.0 - K / Q + K * K) / a0;
    w.q1 = -2.0 - w.p1;
    w.q2 = 1.0 - w.p2;
  }
  return w;
}

struct State {
  double s1 = 0.0, s2 = 0.0, t1 = 0.0, t2 = 0.0;
  double energy = 0.0;  // of the weighted samples of the current 100 ms
};

// Weights C channels at once: their loops are independent, so the processor overlaps them.
template <int C>
void weigh(const Weighting& w, const float* const* x, int from, int frames, State* states) {
  double s1[C], s2[C], t1[C], t2[C], energy[C];
  for (int c = 0; c < C; ++c) {
    s1[c] = states[c].s1, s2[c] = states[c].s2, t1[c] = states[c].t1, t2[c] = states[c].t2;
    energy[c] = states[c].energy;
  }
  for (int n = from; n < from + frames; ++n) {
    for (int c = 0; c < C; ++c) {
      const double u = x[c][n];
      const double v = w.b0 * u + s1[c];
      const double next_s1 = (w.c1 * u + s2[c]) - w.a1 * s1[c];
      s2[c] = w.c2 * u - w.a2 * s1[c];
      s1[c] = next_s1;
      const double y = v + t1[c];
      const double next_t1 = (w.q1 * v + t2[c]) - w.p1 * t1[c];
      t2[c] = w.q2 * v - w.p2 * t1[c];
      t1[c] = next_t1;
      energy[c] += y * y;
    }
  }
  for (int c = 0; c < C; ++c) {
    states[c].s1 = s1[c], states[c].s2 = s2[c], states[c].t1 = t1[c], states[c].t2 = t2[c];
    states[c].energy = energy[c];
  }
}

// Largest magnitude as bits: the order of non-negative floats is that of their bits, and everything from 0x7f800000 on
// is infinite or not a number.
std::int32_t largest_bits(const float* x, int frames) {
  std::int32_t largest = 0;
  for (int n = 0; n < frames; ++n) {
    std::int32_t bits;
    std::memcpy(&bits, x + n, sizeof bits);
    largest = std::max(largest, bits & 0x7fffffff);
  }
  return largest;
}
constexpr std::int32_t kInfinityBits = 0x7f800000;

float float_of_bits(std::int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace

struct Meter::Impl {
  static constexpr int kCopied = 256;

  int rate_hz = 0;
  int channels = 0;
  Weighting weighting{};
  std::vector<State> states;
  std::vector<double> gains;  // weights of the channels in the sum
  std::vector<const float*> rows;
  std::vector<float> cleaned;
  std::vector<std::int64_t> bin_blocks;
  std::vector<double> bin_powers;
  std::array<double, 4> hop_energies{};
  std::array<std::int64_t, 4> hop_frames{};
  std::int64_t hops = 0;
  std::int64_t hop_start = 0;
  std::int64_t hop_end = 0;
  std::int64_t frames = 0;
  std::int32_t peak_bits = 0;
  std::int64_t bad_frame = -1;
  int bad_channel = -1;

  // Ends of the 100 ms steps, exact over any length: also where a tenth of the rate is not a whole number.
  std::int64_t end_of_hop(std::int64_t hop) const { return (hop + 1) * rate_hz / 10; }

  void reset() {
    std::fill(states.begin(), states.end(), State{});
    std::fill(bin_blocks.begin(), bin_blocks.end(), 0);
    std::fill(bin_powers.begin(), bin_powers.end(), 0.0);
    hop_energies = {};
    hop_frames = {};
    hops = hop_start = frames = 0;
    hop_end = end_of_hop(0);
    peak_bits = 0;
    bad_frame = bad_channel = -1;
  }

  void process_segment(const float* const* x, int from, int count) {
    bool bad = false;
    for (int c = 0; c < channels; ++c) {
      const std::int32_t bits = largest_bits(x[c] + from, count);
      bad = bad || bits >= kInfinityBits;
      peak_bits = bits < kInfinityBits ? std::max(peak_bits, bits) : peak_bits;
    }
    if (bad) {
      process_bad_segment(x, from, count);
    } else {
      weigh_all(x, from, count);
    }
  }

  // Non-finite samples count as silence, and the first is remembered: the earliest frame, in it the lowest channel.
  void process_bad_segment(const float* const* x, int from, int count) {
    for (int at = 0; at < count; at += kCopied) {
      const int part = std::min(kCopied, count - at);
      for (int c = 0; c < channels; ++c) {
        float* row = cleaned.data() + c * kCopied;
        for (int n = 0; n < part; ++n) {
          const float value = x[c][from + at + n];
          row[n] = std::isfinite(value) ? value : 0.0F;
          if (!std::isfinite(value) && (bad_frame < 0 || frames + at + n < bad_frame)) {
            bad_frame = frames + at + n;
            bad_channel = c;
          }
        }
        peak_bits = std::max(peak_bits, largest_bits(row, part));
        rows[static_cast<std::size_t>(c)] = row;
      }
      weigh_all(rows.data(), 0, part);
    }
  }

  void weigh_all(const float* const* x, int from, int count) {
    int c = 0;
    for (; c + 2 <= channels; c += 2) weigh<2>(weighting, x + c, from, count, &states[static_cast<std::size_t>(c)]);
    for (; c < channels; ++c) weigh<1>(weighting, x + c, from, count, &states[static_cast<std::size_t>(c)]);
  }

  void finish_hop() {
    const auto slot = static_cast<std::size_t>(hops % 4);
    double energy = 0.0;
    for (std::size_t c = 0; c < states.size(); ++c) {
      State& state = states[c];
      energy += gains[c] * state.energy;
      state.energy = 0.0;
      // A decaying state would end in denormal numbers, which are slow; 100 ms from here it cannot reach them.
      for (double* value : {&state.s1, &state.s2, &state.t1, &state.t2}) {
        if (std::abs(*value) < kSilent) *value = 0.0;
      }
    }
    hop_energies[slot] = energy;
    hop_frames[slot] = hop_end - hop_start;
    ++hops;
    hop_start = hop_end;
    hop_end = end_of_hop(hops);
    if (hops >= 4) add_block();
  }

  void add_block() {
    double energy = 0.0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      energy += hop_energies[i];
      count += hop_frames[i];
    }
    const double power = energy / static_cast<double>(count);
    const double loudness = kOffset + 10.0 * std::log10(power);
    if (!(loudness > kAbsoluteGate)) return;
    const double place = std::min((loudness - kAbsoluteGate) * kBinsPerLu, kBins - 1.0);
    bin_blocks[static_cast<std::size_t>(place)] += 1;
    bin_powers[static_cast<std::size_t>(place)] += power;
  }

  // Mean power of the bins from `first` on, in LUFS; -infinity where they are empty.
  double mean_loudness(std::size_t first) const {
    double power = 0.0;
    std::int64_t blocks = 0;
    for (std::size_t i = first; i < bin_blocks.size(); ++i) {
      power += bin_powers[i];
      blocks += bin_blocks[i];
    }
    if (blocks == 0) return -std::numeric_limits<double>::infinity();
    return kOffset + 10.0 * std::log10(power / static_cast<double>(blocks));
  }

  double loudness() const {
    const double ungated = mean_loudness(0);
    const double gate = (ungated + kRelativeGate - kAbsoluteGate) * kBinsPerLu;
    if (!(gate > 0.0)) return ungated;
    const auto bin = static_cast<std::size_t>(std::min(gate, kBins - 1.0));
    // The bin that the gate cuts passes where the mean of its own blocks does.
    const double blocks = static_cast<double>(bin_blocks[bin]);
    const bool passes = blocks > 0 && kOffset + 10.0 * std::log10(bin_powers[bin] / blocks) > ungated + kRelativeGate;
    return mean_loudness(passes ? bin : bin + 1);
  }
};

Meter::Meter() : impl_(new Impl) {}
Meter::~Meter() = default;
Meter::Meter(Meter&&) noexcept = default;
Meter& Meter::operator=(Meter&&) noexcept = default;

Result Meter::prepare(int rate_hz, int channels) {
  if (rate_hz < kLowestRate || rate_hz > kHighestRate) {
    return Result::failure("the sample rate is " + std::to_string(rate_hz) + " Hz; allowed: 8000 to 384000 Hz");
  }
  if (channels < 1 || channels > kMostChannels) {
    return Result::failure("given " + std::to_string(channels) + " channels; allowed: 1 to 1024");
  }
  const auto count = static_cast<std::size_t>(channels);
  impl_->rate_hz = rate_hz;
  impl_->channels = channels;
  impl_->weighting = design_weighting(rate_hz);
  impl_->states.assign(count, State{});
  impl_->gains.assign(count, 1.0);
  // BS.1770-4, table 3: left, right, centre, left and right surround. Other counts are not a layout that it weighs.
  if (channels == 5) impl_->gains[3] = impl_->gains[4] = 1.41;
  impl_->rows.assign(count, nullptr);
  impl_->cleaned.assign(count * Impl::kCopied, 0.0F);
  impl_->bin_blocks.assign(kBins, 0);
  impl_->bin_powers.assign(kBins, 0.0);
  impl_->reset();
  return Result::success();
}

void Meter::process(const float* const* x, int frames) noexcept {
  Impl& m = *impl_;
  if (m.channels == 0) return;
  for (int from = 0; from < frames;) {
    const std::int64_t left = m.hop_end - m.frames;
    const int count = static_cast<int>(std::min<std::int64_t>(left, frames - from));
    m.process_segment(x, from, count);
    from += count;
    m.frames += count;
    if (m.frames == m.hop_end) m.finish_hop();
  }
}

void Meter::reset() noexcept { impl_->reset(); }

float Meter::peak() const { return float_of_bits(impl_->peak_bits); }
double Meter::loudness_lufs() const { return impl_->loudness(); }
std::int64_t Meter::frames() const { return impl_->frames; }
std::int64_t Meter::first_bad_frame() const { return impl_->bad_frame; }
int Meter::first_bad_channel() const { return impl_->bad_channel; }

}  // namespace afx
