// Where the two resamplers around a fixed-rate stage put their delays.
#pragma once
#include "afx/filter_design.hpp"
#include "afx/ratio.hpp"

namespace afx {

struct RoundTrip {
  int latency_frames = 0;  // session frames, in and out and what stands between
  Ratio in_delay;          // of the resampler session -> capture, in session frames
  Ratio out_delay;         // of the resampler capture -> session, in capture frames
};

// The shortest round trip of whole session frames whose way in takes whole capture frames. A network's aliases depend
// on where its frames lie on the signal: so placed, they lie where they would at the capture's own rate, and the output
// stays comparable with it (a fraction of a frame costs up to 25 dB on captures that alias). inner_frames: latency, in
// capture frames, of what stands between. Both rates as design_resampler allows them.
RoundTrip plan_round_trip(int session_hz, int capture_hz, Filters filters, int inner_frames = 0);

}  // namespace afx
