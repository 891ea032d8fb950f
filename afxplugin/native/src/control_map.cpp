#include "afx/control_map.hpp"

#include <cmath>
#include <string>

namespace afx {

float ControlMap::conditioning(float position) const {
  if (!(position > breakpoints.front().first)) return breakpoints.front().second;
  for (std::size_t k = 1; k < breakpoints.size(); ++k) {
    const auto& [x1, y1] = breakpoints[k];
    if (position < x1) {
      const auto& [x0, y0] = breakpoints[k - 1];
      return y0 + (y1 - y0) * ((position - x0) / (x1 - x0));
    }
  }
  return breakpoints.back().second;
}

Result validate(const ControlMap& map) {
  if (map.breakpoints.empty()) return Result::failure("a control has no breakpoints; at least one is needed");
  for (std::size_t k = 0; k < map.breakpoints.size(); ++k) {
    const auto& [position, value] = map.breakpoints[k];
    if (!std::isfinite(position) || !std::isfinite(value)) return Result::failure("a control's breakpoint is not finite");
    if (k > 0 && !(position > map.breakpoints[k - 1].first)) {
      return Result::failure("a control's breakpoint " + std::to_string(k) + " is not above the one before it");
    }
  }
  return Result::success();
}

}  // namespace afx
