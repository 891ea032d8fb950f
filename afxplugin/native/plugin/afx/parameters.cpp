#include "parameters.hpp"

#include <algorithm>
#include <cmath>

namespace afx::plugin {
namespace {

constexpr const char* kMethods[] = {"auto", "resample", "naive", "stn", "lidl", "apdl", "cidl", "lagrange1", "lagrange2", "lagrange3", "lagrange4", "lagrange5"};
constexpr const char* kLiveMethods[] = {"auto", "naive", "stn", "lidl", "apdl", "cidl", "lagrange1", "lagrange2", "lagrange3", "lagrange4", "lagrange5"};
constexpr const char* kFactors[] = {"1x", "2x", "4x", "8x"};
constexpr const char* kFilterNames[] = {"linear", "low-latency"};
constexpr const char* kChannelNames[] = {"stereo", "mono"};
constexpr const char* kStatusNames[] = {"no capture", "playing", "unstable method", "method impossible: auto", "no resampling: delay line", "session rate not played"};

template <int N>
constexpr Choices of(const char* const (&names)[N]) {
  return {names, N};
}

constexpr ParameterInfo counted(const char* symbol, const char* name, Choices choices) {
  return {symbol, name, "", 0.0f, static_cast<float>(choices.count - 1), 0.0f, false, choices};
}

constexpr ParameterInfo kInfo[kParameterCount] = {
    {"bypass", "Bypass", "", 0.0f, 1.0f, 0.0f, true, {}},
    {"input_gain", "Input gain", "dB", -60.0f, 60.0f, 0.0f, true, {}},
    {"output_gain", "Output gain", "dB", -60.0f, 60.0f, 0.0f, true, {}},
    {"mix", "Mix", "", 0.0f, 1.0f, 1.0f, true, {}},
    counted("method", "Method", of(kMethods)),
    counted("oversampling", "Oversampling", of(kFactors)),
    counted("filters", "Filters", of(kFilterNames)),
    counted("channels", "Channels", of(kChannelNames)),
    {"knob1", "Knob 1", "", 0.0f, 1.0f, 0.5f, true, {}},
    {"knob2", "Knob 2", "", 0.0f, 1.0f, 0.5f, true, {}},
    {"knob3", "Knob 3", "", 0.0f, 1.0f, 0.5f, true, {}},
    {"knob4", "Knob 4", "", 0.0f, 1.0f, 0.5f, true, {}},
    counted("status", "Status", of(kStatusNames)),
};
static_assert(of(kStatusNames).count == static_cast<int>(Status::count));

}  // namespace

const ParameterInfo& parameter_info(int parameter) { return kInfo[parameter]; }

bool parameter_present(int parameter, bool live) { return !live || (parameter != kOversampling && parameter != kFilters); }

Choices method_choices(bool live) { return live ? of(kLiveMethods) : of(kMethods); }

const char* method_named(int choice, bool live) {
  const Choices choices = method_choices(live);
  return choices.names[std::clamp(choice, 0, choices.count - 1)];
}

float checked_value(int parameter, bool live, float value, float now) {
  if (!std::isfinite(value)) return now;
  const ParameterInfo& info = kInfo[parameter];
  const float high = parameter == kMethod ? static_cast<float>(method_choices(live).count - 1) : info.high;
  const float within = std::clamp(value, info.low, high);
  return info.choices.count > 0 || parameter == kBypass ? std::round(within) : within;
}

}  // namespace afx::plugin
