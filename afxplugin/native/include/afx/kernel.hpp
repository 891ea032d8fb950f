// One recurrence loop for every cell and method: cell, then a short linear filter over past states, read as the next
// state. Several streams (channels) share each weight load, and where the delay allows it so do the frames of a stream.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "afx/feedback.hpp"
#include "afx/isa.hpp"
#include "afx/network.hpp"
#include "afx/result.hpp"

namespace afx {

// Asked between the pieces of slow work; false ends it.
using GoOn = std::function<bool()>;

class Kernel {
 public:
  Kernel();
  ~Kernel();
  Kernel(Kernel&&) noexcept;
  Kernel& operator=(Kernel&&) noexcept;

  // Allocates everything; state is zero afterwards. streams >= 1.
  Result prepare(const Network& network, const Feedback& feedback, int streams, Isa isa);

  // x[stream][frames] -> y[stream][frames]; they may be the same buffers. conditioning: the inputs - 1 values that hold
  // for the whole call, or with per_frame (frames, inputs - 1) row major; may be null when inputs == 1. No allocation, no lock;
  // denormals are flushed inside and the caller's floating-point flags restored. The same bits for any split into calls,
  // number of streams and stream position; constant conditioning gives the same bits either way.
  void process(const float* const* x, float* const* y, int frames, const float* conditioning, bool per_frame) noexcept;

  // Finds the state at which zero input rests under this conditioning, starting from the stored state (or zero), by
  // running the plain recurrence (delay 1) until it no longer moves, for at most so many frames, a multiple of 4800.
  // Slow: not for the audio thread. False where go_on ended it: nothing has changed.
  static constexpr int kMostSettleFrames = 960'000;
  bool settle(const float* conditioning, int most_frames = kMostSettleFrames, const GoOn& go_on = {});
  float rest_output() const;  // the output at the settled state; 0 before settle()
  std::vector<float> rest_state() const;  // (layers, parts, hidden): h, and for an LSTM c; 0 before settle()

  void reset_zero() noexcept;     // state zero for n < 0, as the papers' conformance tests want
  void reset_settled() noexcept;  // all delay lines at the state that settle() found

  int streams() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sigmoid and tanh of x as the cells compute them with an instruction set that this machine has: for tests of accuracy.
void activations(Isa isa, const float* x, float* sigmoid, float* tangent, int count) noexcept;

}  // namespace afx
