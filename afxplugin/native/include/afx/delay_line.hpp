// A whole number of frames of delay for one channel.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace afx {

class DelayLine {
 public:
  explicit DelayLine(int frames = 0) : ring_(static_cast<std::size_t>(frames), 0.0f) {}  // allocates; starts with zeros

  // x and y may be the same buffer. No allocation.
  void process(const float* x, int frames, float* y) noexcept {
    if (ring_.empty()) {
      if (x != y) std::copy_n(x, frames, y);
      return;
    }
    for (int n = 0; n < frames; ++n) {
      const float late = ring_[at_];
      ring_[at_] = x[n];
      y[n] = late;
      at_ = at_ + 1 == ring_.size() ? 0 : at_ + 1;
    }
  }
  void reset(float fill) noexcept { std::fill(ring_.begin(), ring_.end(), fill); }

 private:
  std::vector<float> ring_;
  std::size_t at_ = 0;
};

}  // namespace afx
