#include "afx/blend.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace afx {
namespace {

struct Place {
  std::size_t below = 0;
  float share = 0.0f;  // of the one above
};

Place place_on(const std::vector<float>& axis, float coordinate) noexcept {
  if (!(coordinate > axis.front())) return {0, 0.0f};
  for (std::size_t k = 1; k < axis.size(); ++k) {
    if (coordinate < axis[k]) return {k - 1, (coordinate - axis[k - 1]) / (axis[k] - axis[k - 1])};
  }
  return {axis.size() - 1, 0.0f};
}

}  // namespace

std::size_t BlendGrid::size() const {
  std::size_t count = 1;
  for (const auto& axis : axes) count *= axis.size();
  return count;
}

void BlendGrid::weights(const float* coordinates, float* weights) const noexcept {
  std::fill_n(weights, size(), 0.0f);
  Place places[kMaxBlendKnobs];
  for (std::size_t k = 0; k < axes.size(); ++k) places[k] = place_on(axes[k], coordinates[k]);
  for (std::size_t corner = 0; corner < (std::size_t{1} << axes.size()); ++corner) {
    std::size_t index = 0;
    float weight = 1.0f;
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const bool above = ((corner >> k) & 1) != 0;
      weight *= above ? places[k].share : 1.0f - places[k].share;
      index = index * axes[k].size() + std::min(places[k].below + (above ? 1 : 0), axes[k].size() - 1);
    }
    weights[index] += weight;
  }
}

int Model::knobs() const {
  if (!grid.axes.empty()) return static_cast<int>(grid.axes.size());
  return networks.empty() ? 0 : std::max(networks.front().inputs - 1, 0);
}

Result validate(const Model& model) {
  const std::size_t count = model.networks.size();
  const auto& axes = model.grid.axes;
  if (axes.size() > kMaxBlendKnobs) return Result::failure("a blend over " + std::to_string(axes.size()) + " knobs is given; at most 2 are allowed");
  for (const auto& axis : axes) {
    for (std::size_t k = 0; k < axis.size(); ++k) {
      if (!std::isfinite(axis[k]) || (k > 0 && !(axis[k] > axis[k - 1]))) {
        return Result::failure("the snapshots of a blend lie at coordinates that do not increase");
      }
    }
  }
  if (count == 0 || count > kMaxSnapshots || count != model.grid.size()) {
    return Result::failure(std::to_string(count) + " networks are given; " + std::to_string(model.grid.size()) +
                           " are needed, and at most " + std::to_string(kMaxSnapshots) + " are allowed");
  }
  for (const Network& network : model.networks) {
    if (Result checked = validate(network); !checked) return checked;
    if (!axes.empty() && network.inputs != 1) return Result::failure("a snapshot of a blend has knobs of its own; only those without are blended");
  }
  if (!model.delay_frames.empty() && model.delay_frames.size() != count) return Result::failure("one delay is needed for each network");
  for (const int delay : model.delay_frames) {
    if (delay < 0 || delay > kMaxDelayFrames) {
      return Result::failure("a delay of " + std::to_string(delay) + " frames is given; 0 to " + std::to_string(kMaxDelayFrames) + " are allowed");
    }
  }
  return Result::success();
}

}  // namespace afx
