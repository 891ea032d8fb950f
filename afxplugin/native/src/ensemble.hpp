// The networks of a model side by side at the kernel's rate: all kept running, so that each is warm when it is heard, unless
// the knobs cannot move.
#pragma once
#include <vector>

#include "afx/blend.hpp"
#include "afx/kernel.hpp"
#include "fractional_delay.hpp"

namespace afx {

using Channels = std::vector<std::vector<float>>;

class Ensemble {
 public:
  // max_frames: most frames of a call. delay: kernel rate / capture rate. fixed: the conditioning that holds for ever, or null
  // where it may move: snapshots that are not heard there are left out. Allocates everything.
  Result prepare(const Model& model, const Feedback& feedback, double delay, int streams, int max_frames, const float* fixed, Isa isa);

  // In place over buffers[stream][frames]. The first `passed` frames only skip the networks, whose states stay. values: the knobs'
  // conditioning, (frames, knobs) row major where they move, else one row for all. No allocation, no lock.
  void process(Channels& buffers, int frames, int passed, const float* values, bool moving) noexcept;

  // Finds the rest state under these, anew where it is another. Slow; false where go_on ended it.
  bool settle(const std::vector<float>& values, const GoOn& go_on);
  float rest_output(const std::vector<float>& values) const;
  void reset_zero() noexcept;
  void reset_settled() noexcept;

 private:
  struct Member {
    std::size_t place = 0;  // in the grid
    Kernel kernel;
    float skip = 0.0f;
    std::vector<FractionalDelay> late;  // one for each stream, or none
  };
  void run(Member& member, std::vector<float*>& pointers, int frames, int passed, const float* values, bool moving) noexcept;
  void mix(Channels& buffers, std::size_t place, int frames, bool moving) noexcept;

  std::vector<Member> members_;
  BlendGrid grid_;
  int knobs_ = 0;
  bool is_settled_ = false;
  std::vector<float> settled_for_;
  std::vector<std::vector<float>> input_, mixed_;  // of each stream, where there are several networks
  std::vector<float*> pointers_, shifted_;
  std::vector<float> weights_;  // (frames, grid), or the first row alone
};

}  // namespace afx
