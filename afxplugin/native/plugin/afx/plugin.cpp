// AFX and AFX Live as DPF sees them: a thin face of the engine.
#include <cmath>
#include <cstring>
#include <exception>
#include <string>

#include "DistrhoPlugin.hpp"
#include "engine.hpp"

START_NAMESPACE_DISTRHO

namespace {

namespace parts = afx::plugin;
constexpr bool kLive = AFX_LIVE != 0;
constexpr const char* kStateKey = "capture";

// DPF numbers only the parameters that this plugin has.
int present_count() {
  int count = 0;
  for (int p = 0; p < parts::kParameterCount; ++p) count += parts::parameter_present(p, kLive) ? 1 : 0;
  return count;
}

int parameter_at(uint32_t index) {
  int p = -1;
  for (uint32_t seen = 0; seen <= index; ++seen) {
    do {
      ++p;
    } while (!parts::parameter_present(p, kLive));
  }
  return p;
}

}  // namespace

class AfxPlugin : public Plugin {
 public:
  AfxPlugin() : Plugin(static_cast<uint32_t>(present_count()), 0, 1), engine_(kLive, getSampleRate()) {
    setLatency(static_cast<uint32_t>(engine_.latency_frames()));
  }

 protected:
  const char* getLabel() const override { return kLive ? "afx_live" : "afx"; }
  const char* getDescription() const override {
    return kLive ? "Plays a neural capture in tune at the session's rate, without latency"
                 : "Plays a neural capture right at the session's rate";
  }
  const char* getMaker() const override { return DISTRHO_PLUGIN_BRAND; }
  const char* getLicense() const override { return "GPL-3.0-or-later"; }
  uint32_t getVersion() const override { return d_version(0, 1, 0); }
  int64_t getUniqueId() const override { return kLive ? d_cconst('a', 'f', 'x', 'L') : d_cconst('a', 'f', 'x', 'P'); }

  void initAudioPort(bool input, uint32_t index, AudioPort& port) override {
    port.groupId = kPortGroupStereo;
    Plugin::initAudioPort(input, index, port);
  }

  void initParameter(uint32_t index, Parameter& parameter) override {
    const int p = parameter_at(index);
    const parts::ParameterInfo& info = parts::parameter_info(p);
    if (p == parts::kBypass) {
      parameter.initDesignation(kParameterDesignationBypass);
      return;
    }
    const parts::Choices choices = p == parts::kMethod ? parts::method_choices(kLive) : info.choices;
    parameter.symbol = info.symbol;
    parameter.name = info.name;
    parameter.unit = info.unit;
    parameter.ranges.min = info.low;
    parameter.ranges.max = choices.count > 0 ? static_cast<float>(choices.count - 1) : info.high;
    parameter.ranges.def = info.standard;
    parameter.hints = info.automatable ? kParameterIsAutomatable : 0u;
    if (p == parts::kStatus) parameter.hints |= kParameterIsOutput;
    if (choices.count == 0) return;
    parameter.hints |= kParameterIsInteger;
    auto* const values = new ParameterEnumerationValue[static_cast<std::size_t>(choices.count)];  // DPF deletes them
    for (int k = 0; k < choices.count; ++k) {
      values[k].value = static_cast<float>(k);
      values[k].label = choices.names[k];
    }
    parameter.enumValues.count = static_cast<uint8_t>(choices.count);
    parameter.enumValues.restrictedMode = true;
    parameter.enumValues.values = values;
  }

  void initState(uint32_t, State& state) override {
    state.key = kStateKey;
    state.label = "Capture";
    state.hints = kStateIsOnlyForDSP;
  }

  float getParameterValue(uint32_t index) const override { return engine_.value(parameter_at(index)); }
  void setParameterValue(uint32_t index, float value) override { engine_.set_value(parameter_at(index), value); }

  String getState(const char* key) const override {
    return std::strcmp(key, kStateKey) == 0 ? String(engine_.document().c_str()) : String();
  }

  void setState(const char* key, const char* value) override {
    if (std::strcmp(key, kStateKey) != 0) return;
    try {  // a host is C: nothing may be thrown into it
      if (const afx::Result loaded = engine_.set_document(value); !loaded) d_stderr2("AFX: %s", loaded.why.c_str());
    } catch (const std::exception&) {  // no memory for a copy of the text
      d_stderr2("AFX: out of memory");
    }
  }

  void activate() override {
    engine_.activate(getSampleRate());
    setLatency(static_cast<uint32_t>(engine_.latency_frames()));
  }
  void deactivate() override { engine_.deactivate(); }

  void run(const float** inputs, float** outputs, uint32_t frames) override {
    engine_.run(inputs, outputs, static_cast<int>(frames));
  }

 private:
  parts::Engine engine_;
};

Plugin* createPlugin() { return new AfxPlugin(); }

END_NAMESPACE_DISTRHO
