// The rate plan: how a capture of one rate is played in a session of another, with its latency and stability.
#pragma once
#include <string>

#include "afx/feedback.hpp"
#include "afx/ratio.hpp"
#include "afx/resampler.hpp"
#include "afx/result.hpp"
#include "afx/stability.hpp"

namespace afx {

constexpr int kLowestRateHz = 8000;
constexpr int kHighestRateHz = 384000;

struct PlanRequest {
  int session_hz = 0;
  int capture_hz = 0;
  std::string method = "auto";  // auto resample naive stn lidl apdl cidl lagrange1 .. lagrange7
  int oversampling = 1;         // 1, 2, 4, 8
  Filters filters = Filters::linear;
  Eigenvalues eigenvalues;  // of the linearised recurrence, all knob grid points together; empty: unknown
};

struct Plan {
  int session_hz = 0;
  int capture_hz = 0;
  int kernel_hz = 0;
  Ratio delay{1, 1};   // kernel rate / capture rate
  std::string method;  // as in the request, never auto; "direct" where auto found nothing to do
  int oversampling = 1;
  Filters filters = Filters::linear;
  bool resampled = false;  // the kernel runs at (a multiple of) the capture rate between two resamplers
  Ratio delay_in{0, 1};    // resampled: delay of the first resampler in session frames ...
  Ratio delay_out{0, 1};   // ... and of the second in capture frames
  Feedback feedback;
  int latency_frames = 0;  // of the whole path, in session frames, exact
  // Of the slowest mode; not numbers where there are no eigenvalues to tell from, which is unknown and never stable.
  bool judged = false;
  double pole_radius = 0.0;
  double tau_s = 0.0;
  bool stable = false;
  bool capture_decays = false;     // the capture itself, at its own rate
  bool decays_as_capture = false;  // whatever the eigenvalues: the loop decays wherever the capture itself does
  std::string reason;
};

// Fails with what, given, allowed for rates outside kLowestRateHz .. kHighestRateHz, unknown methods or factors, and methods that
// cannot be realised.
Result make_plan(const PlanRequest& request, Plan& plan);

}  // namespace afx
