#include "afx/plan.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

#include "afx/oversampler.hpp"
#include "afx/round_trip.hpp"

namespace afx {
namespace {

constexpr int kHighestAutoOrder = 5;  // order 7 diverges on every capture measured at ratios near one

struct Named {
  Method method = Method::naive;
  int order = 1;
};

bool parse_delay_line(const std::string& name, Named& named) {
  if (name == "naive") named = {Method::naive, 1};
  else if (name == "stn") named = {Method::stn, 1};
  else if (name == "apdl") named = {Method::apdl, 1};
  else if (name == "lidl") named = {Method::lagrange, 1};
  else if (name == "cidl") named = {Method::lagrange, 3};
  else if (name.size() == 9 && name.compare(0, 8, "lagrange") == 0 && name[8] >= '1' && name[8] <= '7')
    named = {Method::lagrange, name[8] - '0'};
  else return false;
  return true;
}

std::string format(const char* text, double value) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, text, value);
  return buffer;
}

std::string khz(int rate_hz) { return format("%g kHz", rate_hz / 1000.0); }

std::string hz(int rate_hz) { return std::to_string(rate_hz) + " Hz"; }

Result check(const PlanRequest& request) {
  for (const int rate : {request.session_hz, request.capture_hz}) {
    if (rate < kLowestRateHz || rate > kHighestRateHz) {
      return Result::failure("a rate of " + hz(rate) + " is given; " + std::to_string(kLowestRateHz) + " to " +
                             std::to_string(kHighestRateHz) + " Hz are allowed");
    }
  }
  const int m = request.oversampling;
  if (m != 1 && m != 2 && m != 4 && m != 8) {
    return Result::failure("oversampling " + std::to_string(m) + " is given; 1, 2, 4 and 8 are allowed");
  }
  Named named;
  if (request.method != "auto" && request.method != "resample" && !parse_delay_line(request.method, named)) {
    return Result::failure("method '" + request.method +
                           "' is given; auto, resample, naive, stn, lidl, apdl, cidl and lagrange1 to lagrange7 are known");
  }
  return Result::success();
}

void judge(const PlanRequest& request, Plan& plan) {
  plan.decays_as_capture = is_mean_of_past(plan.feedback);
  plan.judged = !request.eigenvalues.empty();
  if (!plan.judged) {
    plan.pole_radius = plan.tau_s = std::numeric_limits<double>::quiet_NaN();
    plan.stable = plan.capture_decays = false;
    return;
  }
  plan.pole_radius = loop_radius(request.eigenvalues, plan.feedback);
  plan.tau_s = decay_time(plan.pole_radius, plan.kernel_hz);
  const double capture_radius = loop_radius(request.eigenvalues, Feedback{});
  plan.capture_decays = capture_radius < 1.0;
  plan.stable = is_stable(plan.pole_radius, plan.tau_s, decay_time(capture_radius, request.capture_hz));
}

// The kernel at a multiple of the session rate, kept in tune by its feedback filter.
Result plan_delay_line(const PlanRequest& request, const std::string& name, Plan& plan) {
  Named named;
  parse_delay_line(name, named);
  plan.method = name;
  plan.resampled = false;
  plan.filters = request.filters;
  plan.kernel_hz = request.oversampling * request.session_hz;
  plan.delay = Ratio::of(plan.kernel_hz, request.capture_hz);
  plan.latency_frames = oversampler_latency_frames(request.oversampling, request.filters);
  if (const Result made = design_feedback(named.method, named.order, plan.delay, plan.feedback); !made) return made;
  judge(request, plan);
  return Result::success();
}

// The kernel at a multiple of the capture rate between two resamplers.
Result plan_resample(const PlanRequest& request, Plan& plan) {
  plan.method = "resample";
  plan.filters = request.filters;
  plan.kernel_hz = request.oversampling * request.capture_hz;
  plan.delay = Ratio{request.oversampling, 1};
  plan.resampled = request.session_hz != request.capture_hz;
  const int inner_frames = oversampler_latency_frames(request.oversampling, request.filters);
  if (plan.resampled) {
    const RoundTrip trip = plan_round_trip(request.session_hz, request.capture_hz, request.filters, inner_frames);
    plan.delay_in = trip.in_delay;
    plan.delay_out = trip.out_delay;
    plan.latency_frames = trip.latency_frames;
  } else {
    plan.latency_frames = inner_frames;
  }
  if (const Result made = design_feedback(Method::lagrange, 1, plan.delay, plan.feedback); !made) return made;
  judge(request, plan);
  return Result::success();
}

// The highest Lagrange order whose loop is stable; false when none is.
bool highest_stable_order(const PlanRequest& request, Plan& plan) {
  for (int order = kHighestAutoOrder; order >= 1; --order) {
    Plan candidate = plan;
    if (plan_delay_line(request, "lagrange" + std::to_string(order), candidate) && candidate.stable) {
      plan = candidate;
      return true;
    }
  }
  return false;
}

std::string rejected_orders(const Plan& plan) {
  const int order = plan.method.back() - '0';
  return order == kHighestAutoOrder ? "" : "; orders above " + std::to_string(order) + " are not stable here";
}

// The advantage over resampling that a delay line always has, where oversampling does not delay it too.
std::string no_latency(const Plan& plan) { return plan.latency_frames == 0 ? "no latency and " : ""; }

Result plan_equal_rates(const PlanRequest& request, Plan& plan) {
  // With oversampling the delay is whole, so that LIDL is a pure delay line; without, the plain recurrence.
  const Result made = plan_delay_line(request, request.oversampling == 1 ? "naive" : "lidl", plan);
  plan.method = request.oversampling == 1 ? "direct" : plan.method;
  plan.reason = "session and capture rate are equal: the network runs as it was trained";
  if (request.oversampling > 1) plan.reason += format(", oversampled through a delay line of %g frames", plan.delay.value());
  return made;
}

Result plan_whole_ratio(const PlanRequest& request, Plan& plan) {
  const Result made = plan_delay_line(request, "lidl", plan);
  plan.reason = format("a delay line of %g frames keeps the network in tune without interpolation, with ", plan.delay.value()) +
                no_latency(plan) + "fewer aliases than the capture itself";
  return made;
}

// What auto says of a delay line: what it is better at than resampling. Which of the two is closer to the capture depends on the
// capture: where it aliases, a kernel at a higher rate leaves the aliases out and so differs from it.
std::string delay_line_reason(const PlanRequest& request, const Plan& plan, bool high_ratio) {
  Plan resampled = plan;
  plan_resample(request, resampled);
  const std::string late = std::to_string(resampled.latency_frames) + " frames";
  if (high_ratio) {
    return "an interpolated delay line has " + no_latency(plan) + "fewer aliases than resampling to " + khz(plan.capture_hz) +
           " (latency " + late + ")" + rejected_orders(plan);
  }
  return "low latency is asked for: a delay line takes " + std::to_string(plan.latency_frames) + " frames, resampling " + late +
         rejected_orders(plan);
}

std::string resampled_reason(const PlanRequest& request, const Plan& plan, bool delay_line_wins) {
  const std::string to = "resampled to " + khz(plan.capture_hz) + ": ";
  if (!delay_line_wins) return to + "closest to the capture at " + khz(plan.session_hz);
  if (request.eigenvalues.empty()) return to + "safe whatever the stability";
  return to + (plan.capture_decays ? "no interpolated delay line is stable at " + khz(plan.session_hz)
                                   : "the capture runs as at its own rate");
}

Result plan_auto(const PlanRequest& request, Plan& plan) {
  const Ratio rate = Ratio::of(request.session_hz, request.capture_hz);
  if (rate == Ratio{1, 1}) return plan_equal_rates(request, plan);
  Plan resampled = plan;
  const Result made = plan_resample(request, resampled);
  const bool capture_decays = resampled.capture_decays || !resampled.judged;
  // A whole delay is so many copies of the network side by side; of a capture that latches, each would latch for itself.
  if (rate.whole() && capture_decays) return plan_whole_ratio(request, plan);
  const bool high_ratio = rate.value() >= 2.0;
  const bool delay_line_wins = high_ratio || request.filters == Filters::low_latency;
  if (delay_line_wins && capture_decays && highest_stable_order(request, plan)) {
    plan.reason = delay_line_reason(request, plan, high_ratio);
    return Result::success();
  }
  plan = resampled;
  plan.reason = resampled_reason(request, plan, delay_line_wins);
  return made;
}

std::string forced_reason(const PlanRequest& request, const Plan& plan) {
  if (plan.delay == Ratio{1, 1} && !plan.resampled) {
    return "asked for; kernel and capture rate are equal, so every method is the plain recurrence";
  }
  if (request.method == "resample") return "asked for; the kernel runs at the capture's rate between two resamplers";
  if (plan.delay.whole() && request.method != "naive" && request.method != "stn") {
    return "asked for; the delay is whole, " + format("%g frames, so nothing is interpolated", plan.delay.value());
  }
  return "asked for";
}

// What is said of stability: of the capture where it is the capture's, and of the method only where it is the method's.
std::string stability_remark(const Plan& plan) {
  if (plan.stable) return "";
  if (!plan.judged) return "; stability unknown: the capture is too large to check in time, or its file does not tell";
  if (!plan.capture_decays) {
    return "; the capture itself does not decay, so its output may latch, ring or grow with every method";
  }
  return std::isfinite(plan.tau_s)
             ? format("; UNSTABLE: it rings for %.3g ms, too long against the capture itself", 1000.0 * plan.tau_s)
             : format("; UNSTABLE: pole radius %.5f, the output will grow", plan.pole_radius);
}

}  // namespace

Result make_plan(const PlanRequest& request, Plan& plan) {
  if (const Result checked = check(request); !checked) return checked;
  plan = Plan{};
  plan.session_hz = request.session_hz;
  plan.capture_hz = request.capture_hz;
  plan.oversampling = request.oversampling;
  const bool chosen = request.method == "auto";
  const Result made = chosen                         ? plan_auto(request, plan)
                      : request.method == "resample" ? plan_resample(request, plan)
                                                     : plan_delay_line(request, request.method, plan);
  if (!made) return made;
  if (!chosen) plan.reason = forced_reason(request, plan);
  plan.reason += stability_remark(plan);
  return made;
}

}  // namespace afx
