// The parameters of the plugins, by number. AFX Live leaves out what would delay the sound.
#pragma once

namespace afx::plugin {

constexpr int kKnobs = 4;

enum Parameter {
  kBypass,
  kInputGain,
  kOutputGain,
  kMix,
  kMethod,
  kOversampling,
  kFilters,
  kChannels,
  kKnob1,
  kStatus = kKnob1 + kKnobs,
  kParameterCount
};

struct Choices {
  const char* const* names;
  int count;
};

struct ParameterInfo {
  const char* symbol;
  const char* name;
  const char* unit;
  float low, high, standard;
  bool automatable;
  Choices choices;  // of a parameter that counts them
};

// What the status parameter shows.
enum class Status { empty, playing, unstable, replaced, delay_line, rate, count };

const ParameterInfo& parameter_info(int parameter);

// AFX Live: delay lines at the session's rate alone.
bool parameter_present(int parameter, bool live);
Choices method_choices(bool live);
const char* method_named(int choice, bool live);  // as a PlanRequest has it

// The value that a parameter takes when asked for `value`: within its range, whole where it counts choices; `now` for
// what is not a number.
float checked_value(int parameter, bool live, float value, float now);

}  // namespace afx::plugin
