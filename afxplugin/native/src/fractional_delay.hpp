// A delay of any length of at most a few thousand frames for one channel, by cubic Lagrange interpolation between four past
// frames; exact where it is whole. Below one frame, where four past frames do not lie around it, the same polynomial reaches on.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace afx {

class FractionalDelay {
 public:
  explicit FractionalDelay(double frames = 0.0) {
    constexpr int kTaps = 4;
    const double below = std::floor(frames);
    first_ = below >= 1.0 ? static_cast<int>(below) - 1 : 0;
    const double at = frames - first_;  // among the taps 0 .. 3
    for (int k = 0; k < kTaps; ++k) {
      double weight = 1.0;
      for (int j = 0; j < kTaps; ++j) weight *= j == k ? 1.0 : (at - j) / (k - j);
      taps_[k] = static_cast<float>(weight);
    }
    ring_.assign(static_cast<std::size_t>(first_ + kTaps), 0.0f);
  }

  // In place. No allocation.
  void process(float* x, int frames) noexcept {
    const std::size_t size = ring_.size();
    for (int n = 0; n < frames; ++n) {
      ring_[at_] = x[n];
      float sum = 0.0f;
      for (std::size_t k = 0; k < 4; ++k) sum += taps_[k] * ring_[(at_ + size - static_cast<std::size_t>(first_) - k) % size];
      x[n] = sum;
      at_ = at_ + 1 == size ? 0 : at_ + 1;
    }
  }
  void reset(float fill) noexcept { std::fill(ring_.begin(), ring_.end(), fill); }

 private:
  int first_ = 0;
  float taps_[4] = {};
  std::vector<float> ring_;
  std::size_t at_ = 0;
};

}  // namespace afx
