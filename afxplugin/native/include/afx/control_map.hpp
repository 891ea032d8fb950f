// A knob's curve: position in the user's units -> the network's conditioning input, straight between breakpoints.
#pragma once
#include <utility>
#include <vector>

#include "afx/result.hpp"

namespace afx {

struct ControlMap {
  std::vector<std::pair<float, float>> breakpoints;  // (position, conditioning), positions increasing, at least one

  float conditioning(float position) const;  // held at the ends
};

Result validate(const ControlMap& map);

}  // namespace afx
