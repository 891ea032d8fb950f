// The latency that the plugin reports: it depends on the session's rate alone, so that no choice of capture, method,
// oversampling or filters moves a track that a DAW has aligned.
#pragma once

namespace afx::plugin {

// Captures of this rate and above may be resampled; slower ones, which would need longer filters, play by delay line.
constexpr int kLowestResampledHz = 44100;

// Enough for every method, filter set and oversampling up to 8x; 0 for rates that are not played.
int reported_latency_frames(int session_hz);

}  // namespace afx::plugin
