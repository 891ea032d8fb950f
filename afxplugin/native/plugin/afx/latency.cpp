#include "latency.hpp"

#include <algorithm>
#include <cmath>

#include "afx/oversampler.hpp"
#include "afx/plan.hpp"
#include "afx/round_trip.hpp"

namespace afx::plugin {
namespace {

// Filters last longest between the session and the slowest capture; faster captures only round differently: each way by
// less than a frame of the slower rate.
int resampled_latency(int session_hz, Filters filters) {
  const int inner_frames = oversampler_latency_frames(8, filters);
  const int frames = plan_round_trip(session_hz, kLowestResampledHz, filters, inner_frames).latency_frames;
  const double slower = std::max(1.0, static_cast<double>(session_hz) / kLowestResampledHz);
  return frames + static_cast<int>(std::ceil(slower)) + 1;
}

}  // namespace

int reported_latency_frames(int session_hz) {
  if (session_hz < kLowestRateHz || session_hz > kHighestRateHz) return 0;
  int frames = 0;
  for (const Filters filters : {Filters::linear, Filters::low_latency}) {
    frames = std::max({frames, oversampler_latency_frames(8, filters), resampled_latency(session_hz, filters)});
  }
  return frames;
}

}  // namespace afx::plugin
