// What stands between the plugins of a graph: a delay in whole frames that aligns parallel paths, a gain, a route.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "DistrhoPlugin.hpp"

START_NAMESPACE_DISTRHO

namespace {

enum Parameters : uint32_t { kDelay, kRoute, kGain, kFineGain, kCount };
enum Route { straight, left, right };  // left and right: that input to both outputs

// Powers of two: whole frames are then exact in the host's numbers from 0 to 1, which are floats. A gain is the sum of
// two parameters, one coarse and one fine, because one alone would be heard at -78 dB.
constexpr uint32_t kLongestFrames = 1u << 20;
constexpr float kHighestGain = 1024.0f;
constexpr float kHighestFineGain = 1.0f / 4096.0f;
constexpr double kGlide_s = 0.02;

struct Free {
  void operator()(float* p) const { std::free(p); }
};

// The line has room for the longest delay; memory that a short delay never touches is never made by the system.
class Line {
 public:
  Line() : memory_(static_cast<float*>(std::calloc(kLongestFrames, sizeof(float)))) {}
  void clear(uint32_t used) { std::memset(memory_.get(), 0, sizeof(float) * used); }
  float pass(float x, uint32_t at) {
    const float y = memory_.get()[at];
    memory_.get()[at] = x;
    return y;
  }

 private:
  std::unique_ptr<float, Free> memory_;
};

}  // namespace

class PatchPlugin : public Plugin {
 public:
  PatchPlugin() : Plugin(kCount, 0, 0) {}

 protected:
  const char* getLabel() const override { return "patch"; }
  const char* getMaker() const override { return "afxplugin"; }
  const char* getLicense() const override { return "GPL-3.0-or-later"; }
  uint32_t getVersion() const override { return d_version(0, 1, 0); }
  int64_t getUniqueId() const override { return d_cconst('a', 'f', 'x', 'j'); }

  void initParameter(uint32_t index, Parameter& parameter) override {
    static const char* const names[kCount] = {"Delay", "Route", "Gain", "Fine gain"};
    static const char* const symbols[kCount] = {"delay", "route", "gain", "fine_gain"};
    static const float lows[kCount] = {0.0f, 0.0f, -kHighestGain, -kHighestFineGain};
    static const float highs[kCount] = {static_cast<float>(kLongestFrames), 2.0f, kHighestGain, kHighestFineGain};
    parameter.hints = index == kDelay || index == kRoute ? kParameterIsInteger : kParameterIsAutomatable;
    parameter.name = names[index];
    parameter.symbol = symbols[index];
    parameter.ranges.min = lows[index];
    parameter.ranges.max = highs[index];
    parameter.ranges.def = index == kGain ? 1.0f : 0.0f;
  }

  float getParameterValue(uint32_t index) const override {
    if (index == kDelay) return static_cast<float>(delay_);
    if (index == kRoute) return static_cast<float>(route_);
    return index == kGain ? coarse_ : fine_;
  }

  void setParameterValue(uint32_t index, float value) override {
    if (!std::isfinite(value)) return;
    if (index == kGain) coarse_ = value;
    if (index == kFineGain) fine_ = value;
    if (index == kRoute) route_ = static_cast<Route>(std::clamp(static_cast<int>(value), 0, 2));
    if (index == kDelay) {
      delay_ = std::min(static_cast<uint32_t>(std::max(value, 0.0f)), kLongestFrames);
      clear();
    }
    target_ = coarse_ + fine_;
    if (fresh_) gain_ = target_;
  }

  void activate() override {
    clear();
    gain_ = target_;
    step_ = static_cast<float>(1.0 / (kGlide_s * getSampleRate()));
    fresh_ = true;
  }

  // The host works in place: both inputs are read before either output is written.
  void run(const float** x, float** y, uint32_t frames) override {
    fresh_ = false;
    const float* const a = x[route_ == right ? 1 : 0];
    const float* const b = x[route_ == left ? 0 : 1];
    for (uint32_t n = 0; n < frames; ++n) {
      float l = a[n], r = b[n];
      if (delay_ > 0) {
        l = lines_[0].pass(l, at_);
        r = lines_[1].pass(r, at_);
        if (++at_ == delay_) at_ = 0;
      }
      if (gain_ != target_) gain_ += std::clamp(target_ - gain_, -step_, step_);
      y[0][n] = gain_ * l;
      y[1][n] = gain_ * r;
    }
  }

 private:
  void clear() {
    for (Line& line : lines_) line.clear(delay_);
    at_ = 0;
  }

  Line lines_[2];
  uint32_t delay_ = 0, at_ = 0;
  Route route_ = straight;
  float coarse_ = 1.0f, fine_ = 0.0f;
  float gain_ = 1.0f, target_ = 1.0f, step_ = 1.0f;
  bool fresh_ = true;  // nothing has been played since activation: a gain need not glide
};

Plugin* createPlugin() { return new PatchPlugin(); }

END_NAMESPACE_DISTRHO
