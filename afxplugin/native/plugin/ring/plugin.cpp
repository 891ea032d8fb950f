// The two ends of a ring in a host's graph: the source plays what another process wrote, the sink hands over what it
// hears. Both sleep until the other side is ready, which makes the host render at that side's pace.
//
// Nothing is taken and nothing is handed over while the host's transport stands still: hosts process blocks of their
// own then, before the first frame and after the last.
#include <cstring>

#include "DistrhoPlugin.hpp"
#include "afx/ring.hpp"

START_NAMESPACE_DISTRHO

namespace {

constexpr uint32_t kRing = 0;
// A power of two: each descriptor is then exact in the host's numbers from 0 to 1.
constexpr float kHighestDescriptor = 65536.0f;
constexpr int64_t kForEver = -1;

}  // namespace

class RingPlugin : public Plugin {
 public:
  RingPlugin() : Plugin(1, 0, 0) {}

 protected:
  const char* getLabel() const override { return AFX_RING_SINK ? "ring_sink" : "ring_source"; }
  const char* getMaker() const override { return "afxplugin"; }
  const char* getLicense() const override { return "GPL-3.0-or-later"; }
  uint32_t getVersion() const override { return d_version(0, 1, 0); }
  int64_t getUniqueId() const override { return d_cconst('a', 'f', 'x', AFX_RING_SINK ? 'o' : 'i'); }

  void initParameter(uint32_t, Parameter& parameter) override {
    parameter.hints = kParameterIsInteger;
    parameter.name = "Ring";
    parameter.symbol = "ring";
    parameter.ranges.min = 0.0f;
    parameter.ranges.max = kHighestDescriptor;
    parameter.ranges.def = 0.0f;
  }
  float getParameterValue(uint32_t) const override { return static_cast<float>(descriptor_); }

  // Descriptor 0 stands for no ring. The mapping is made once, before the stream begins.
  void setParameterValue(uint32_t, float value) override {
    const int descriptor = static_cast<int>(value);
    if (descriptor == descriptor_) return;
    descriptor_ = descriptor;
    ring_.detach();
    if (descriptor > 0 && ring_.attach(descriptor) && ring_.channels() > 2) ring_.detach();
  }

  void run(const float** x, float** y, uint32_t frames) override {
    const bool moves = ring_.attached() && getTimePosition().playing;
#if AFX_RING_SINK
    (void)y;
    if (moves) take(x, static_cast<int>(frames));
#else
    (void)x;
    const int given = moves ? play(y, static_cast<int>(frames)) : 0;
    for (int c = 0; c < 2; ++c) std::memset(y[c] + given, 0, sizeof(float) * (frames - static_cast<uint32_t>(given)));
#endif
  }

 private:
  // A ring of one channel plays to both outputs, and takes from the left input.
#if AFX_RING_SINK
  void take(const float** x, int frames) {
    for (int done = 0; done < frames && !ring_.closed();) {
      const float* rest[2] = {x[0] + done, x[1] + done};
      done += ring_.write(rest, frames - done);
      if (done < frames) ring_.wait_writable(frames - done, kForEver);
    }
  }
#else
  int play(float** y, int frames) {
    int done = 0;
    while (done < frames && !ring_.closed()) {
      float* rest[2] = {y[0] + done, y[1] + done};
      const bool ended = ring_.ended();  // asked first: nothing can come after what is read then
      done += ring_.read(rest, frames - done);
      if (done == frames || ended) break;
      ring_.wait_readable(frames - done, kForEver);
    }
    if (ring_.channels() == 1) std::memcpy(y[1], y[0], sizeof(float) * static_cast<size_t>(done));
    return done;
  }
#endif

  afx::Ring ring_;
  int descriptor_ = 0;
};

Plugin* createPlugin() { return new RingPlugin(); }

END_NAMESPACE_DISTRHO
