// Parameters that move without clicks: a straight line to the new value, by counted frames so that block sizes do not matter.
#pragma once

namespace afx {

constexpr double kSmoothingSeconds = 0.020;

class Ramp {
 public:
  explicit Ramp(float value = 0.0f) : target_(value) {}
  void set_length(double rate_hz) {
    const int frames = static_cast<int>(kSmoothingSeconds * rate_hz + 0.5);
    length_ = frames > 1 ? frames : 1;
  }
  void aim(float target) {
    if (target == target_) return;
    span_ = value() - target;
    target_ = target;
    remaining_ = length_;
  }
  void snap() { remaining_ = 0; }
  bool moving() const { return remaining_ > 0; }
  float target() const { return target_; }
  float value() const {
    return remaining_ == 0 ? target_ : target_ + span_ * (static_cast<float>(remaining_) / static_cast<float>(length_));
  }
  float next() {  // this frame's value, then one frame on
    if (remaining_ > 0) --remaining_;
    return value();
  }

 private:
  float target_ = 0.0f;
  float span_ = 0.0f;
  int length_ = 1;
  int remaining_ = 0;
};

}  // namespace afx
