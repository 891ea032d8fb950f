// The stages of one capture at one session rate: gain, resample, oversample, kernel, and back; mix and knobs.
#pragma once
#include <memory>
#include <vector>

#include "afx/blend.hpp"
#include "afx/control_map.hpp"
#include "afx/isa.hpp"
#include "afx/kernel.hpp"
#include "afx/plan.hpp"
#include "afx/result.hpp"

namespace afx {

// zero: all states are zero until frame 0 of the stem reaches the kernel, as the papers have it.
enum class Start { settled, zero };

struct ChainSettings {
  int channels = 1;
  std::vector<ControlMap> controls;  // one for each knob of the model
  std::vector<float> positions;      // of the knobs, in the user's units
  float input_gain = 1.0f;           // before the network, linear
  float output_gain = 1.0f;          // after it, linear
  float mix = 1.0f;                  // 0 dry .. 1 wet
  bool dry_path = true;              // false: mix stays 1, so that no dry path need be kept
  bool knobs_move = true;            // false: set_position is not called, so that of a blend only what is heard is run
};

class Chain {
 public:
  Chain();
  ~Chain();
  Chain(Chain&&) noexcept;
  Chain& operator=(Chain&&) noexcept;

  // Allocates everything; call reset before the first process.
  Result prepare(const Model& model, const Plan& plan, const ChainSettings& settings, Isa isa);

  // Targets; they are reached in 20 ms. Not to be called while process runs on another thread.
  void set_position(int knob, float position) noexcept;
  void set_input_gain(float linear) noexcept;
  void set_output_gain(float linear) noexcept;
  void set_mix(float mix) noexcept;
  void snap_levels() noexcept;  // gains and mix jump to theirs

  // x[channel][frames] -> y[channel][frames], late by plan.latency_frames; may be the same buffers, any number of frames.
  // No allocation, no lock; the same bits for any split into calls.
  void process(const float* const* x, float* const* y, int frames) noexcept;

  // Parameters jump to their targets, delay lines hold the start state; before frame 0 the input was silence for ever.
  // Settled: finds the rest state when the knobs have moved since the last time, which is slow: not for the audio thread.
  // False where go_on ended it: then another reset is needed before process.
  bool reset(Start start, const GoOn& go_on = {});

  float rest_output() const;  // what came out before the first frame: the networks' answer to silence; 0 from zero
  int latency_frames() const;
  int channels() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace afx
