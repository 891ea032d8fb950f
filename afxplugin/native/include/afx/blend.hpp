// Snapshots of one device at known knob settings, and how much of each is heard between them: a linear crossfade of the
// outputs of the 2^k nearest on a grid over k knobs. Weights of networks are never interpolated.
#pragma once
#include <cstddef>
#include <vector>

#include "afx/network.hpp"
#include "afx/result.hpp"

namespace afx {

constexpr std::size_t kMaxBlendKnobs = 2;
constexpr std::size_t kMaxSnapshots = 64;

// Where the snapshots lie: along each knob the coordinates, increasing, at which there are some. No axis: one network.
struct BlendGrid {
  std::vector<std::vector<float>> axes;

  std::size_t size() const;  // how many snapshots: the product of the axes' lengths, the last axis running fastest

  // How much of each is heard at these coordinates, one for each axis; held beyond the ends. The weights add up to 1.
  void weights(const float* coordinates, float* weights) const noexcept;
};

// What a chain plays: one network, conditioned by its inputs, or snapshots that are conditioned by nothing.
struct Model {
  std::vector<Network> networks;
  BlendGrid grid;
  std::vector<int> delay_frames;  // of each network, in frames of the capture, so that all line up; empty: none

  int knobs() const;  // conditioning inputs of the one network, or axes of the grid
};

constexpr int kMaxDelayFrames = 4096;

Result validate(const Model& model);

}  // namespace afx
