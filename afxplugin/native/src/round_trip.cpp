#include "afx/round_trip.hpp"

#include <cmath>
#include <cstdint>

#include "afx/resampler.hpp"

namespace afx {

RoundTrip plan_round_trip(int session_hz, int capture_hz, Filters filters, int inner_frames) {
  constexpr double kRounding = 1e-9;  // frames: the second delay may not fall short of its filter by rounding
  const Ratio to_session = Ratio::of(session_hz, capture_hz);
  // Half the filter of either converter lasts the same time, so it is counted in capture frames and in session frames.
  const double in_frames = resampler_half_length(capture_hz, session_hz, filters);
  const double out_session = resampler_half_length(session_hz, capture_hz, filters);
  const Ratio in_capture{static_cast<std::int64_t>(std::ceil(in_frames + kRounding)), 1};
  const Ratio before_out = (in_capture + Ratio{inner_frames, 1}) * to_session;
  RoundTrip plan;
  plan.latency_frames = static_cast<int>(std::ceil(before_out.value() + out_session + kRounding));
  plan.in_delay = in_capture * to_session;
  plan.out_delay = (Ratio{plan.latency_frames, 1} - before_out) * Ratio::of(capture_hz, session_hz);
  return plan;
}

}  // namespace afx
