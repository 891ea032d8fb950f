// Passes on what it hears, 100 frames late and says so, or says nothing of it (AFX_TEST_FUSE=silent); aborts when its fuse
// is blown, as a plugin of somebody else may, or aborts or hangs while it is loaded.
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "DistrhoPlugin.hpp"

START_NAMESPACE_DISTRHO

class Fuse : public Plugin {
 public:
  Fuse() : Plugin(1, 0, 0) {
    const char* const when = std::getenv("AFX_TEST_FUSE");
    const auto is = [when](const char* word) { return when != nullptr && std::strcmp(when, word) == 0; };
    setLatency(is("silent") ? 0 : kLate);
    if (is("load")) std::abort();
    while (is("hang")) pause();
  }

 protected:
  const char* getLabel() const override { return "fuse"; }
  const char* getMaker() const override { return "afxplugin"; }
  const char* getLicense() const override { return "GPL-3.0-or-later"; }
  uint32_t getVersion() const override { return d_version(0, 1, 0); }
  int64_t getUniqueId() const override { return d_cconst('f', 'u', 's', 'e'); }
  void initParameter(uint32_t, Parameter& parameter) override {
    parameter.hints = kParameterIsAutomatable;
    parameter.name = "Fuse";
    parameter.symbol = "fuse";
    parameter.ranges = ParameterRanges(0.0f, 0.0f, 1.0f);
  }
  float getParameterValue(uint32_t) const override { return blown_; }
  void setParameterValue(uint32_t, float value) override { blown_ = value; }
  void activate() override { std::memset(line_, 0, sizeof(line_)); }
  void run(const float** x, float** y, uint32_t frames) override {
    if (blown_ > 0.5f && getTimePosition().playing && (loud(x[0], frames) || blown_ > 0.9f)) std::abort();
    for (uint32_t n = 0; n < frames; ++n) {
      for (int c = 0; c < 2; ++c) {
        const float now = x[c][n];
        y[c][n] = line_[c][at_];
        line_[c][at_] = now;
      }
      at_ = (at_ + 1) % kLate;
    }
  }

 private:
  static constexpr uint32_t kLate = 100;
  static bool loud(const float* x, uint32_t frames) {
    for (uint32_t n = 0; n < frames; ++n)
      if (x[n] > 0.9f) return true;
    return false;
  }
  float line_[2][kLate] = {};
  uint32_t at_ = 0;
  float blown_ = 0.0f;
};

Plugin* createPlugin() { return new Fuse(); }

END_NAMESPACE_DISTRHO
