#include "DistrhoPlugin.hpp"
START_NAMESPACE_DISTRHO
class AfxPlugin : public Plugin {
 public:
  AfxPlugin() : Plugin(0, 0, 1) {}
 protected:
  const char* getLabel() const override { return "afx"; }
  const char* getMaker() const override { return "afxplugin"; }
  const char* getLicense() const override { return "GPL-3.0-or-later"; }
  uint32_t getVersion() const override { return d_version(0, 1, 0); }
  int64_t getUniqueId() const override { return d_cconst('a', 'f', 'x', 'p'); }
  void initState(uint32_t, State& s) override { s.key = "capture"; }
  String getState(const char*) const override { return String(); }
  void setState(const char*, const char*) override {}
  void run(const float** x, float** y, uint32_t n) override { for (int c = 0; c < 2; ++c) std::memmove(y[c], x[c], n * 4); }
};
Plugin* createPlugin() { return new AfxPlugin(); }
END_NAMESPACE_DISTRHO
