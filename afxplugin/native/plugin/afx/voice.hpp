// One capture playing with one choice of method, as late as the plugin says, whatever the choice needs itself.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "afx/chain.hpp"
#include "afx/delay_line.hpp"
#include "document.hpp"
#include "parameters.hpp"

namespace afx::plugin {

constexpr int kPluginChannels = 2;
using Values = std::array<float, kParameterCount>;

// What a voice is built for; a change of any of these needs another voice, everything else moves within one.
struct Shape {
  int method = 0;
  int oversampling = 0;
  int filters = 0;
  int channels = 0;

  static Shape of(const Values& values);
  bool operator==(const Shape& other) const;
  bool operator!=(const Shape& other) const { return !(*this == other); }
};

struct VoiceRequest {
  std::shared_ptr<const Document> document;  // none: the sound passes unchanged
  Values values{};
  int session_hz = 0;
  int latency_frames = 0;
  bool live = false;
};

class Voice {
 public:
  // Always gives a voice: what cannot be played as asked plays as near as it can, and status() says so. Slow.
  static std::unique_ptr<Voice> build(const VoiceRequest& request);

  Status status() const { return status_; }
  const Shape& shape() const { return shape_; }

  void aim(const Values& values) noexcept;  // gains, mix and knobs move there
  void snap_levels() noexcept;              // gains and mix are there at once: for before the first frame
  void reset();                             // as before the first frame, at the present parameters; slow
  // x, y: [channel][frames]; may be the same buffers. No allocation, no lock.
  void process(const float* const* x, float* const* y, int frames) noexcept;

 private:
  Voice() = default;
  Result prepare(const VoiceRequest& request, const Plan& plan);
  void play(const float* const* x, float* const* y, int frames) noexcept;

  std::shared_ptr<const Document> document_;
  std::unique_ptr<Chain> chain_;  // none: the sound passes unchanged
  Shape shape_;
  Status status_ = Status::empty;
  int channels_ = kPluginChannels;
  std::array<DelayLine, kPluginChannels> pad_;
  Values aimed_{};
  int lead_frames_ = 0;  // from a frame's arrival to the network's playing it
  std::int64_t played_frames_ = 0;
  std::size_t next_move_ = 0;
};

// The parameter value of knob k at a position in the user's units.
float knob_value(const Control& control, float position);

// Where the capture's knobs stand, in the user's units: exactly where the document says as long as a knob's parameter has
// not moved from there.
std::vector<float> positions_at(const Document& document, const Values& values);

}  // namespace afx::plugin
