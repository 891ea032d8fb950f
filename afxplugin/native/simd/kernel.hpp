// What the recurrence loop needs, as plain numbers and pointers: the face between the kernel and its copies per
// instruction set. Nothing here owns memory.
#pragma once
#include <cstddef>
#include <cstdint>

namespace afx {

// Most frames of one stream that are computed side by side, or that wait for their output.
constexpr int kLaneFrames = 4;
constexpr int kMostUnits = 128;  // of a layer
constexpr int kMostLayers = 3;
constexpr int kMaxTaps = 16;    // feedback taps, the recursive one included

// One layer's matrices in packed order. Units stand in blocks as wide as a vector (block_plan.hpp); of a block that
// begins at unit u, matrix column j, gate g and unit k of the block lie at (gates * columns * u) + (j * gates + g) *
// width + k. Biases likewise: accumulators * u + accumulator * width + k.
struct KernelLayer {
  const float* w_in = nullptr;   // columns: the audio (layer 0) or the h of the layer below
  const float* w_hh = nullptr;
  const float* bias = nullptr;
  int in_columns = 1;
  int hidden = 0;
  int c_offset = 0;  // floats from h to c in a state
};

// One lane: a frame of a stream, where its inputs come from and where its states of one layer lie.
struct KernelLane {
  const float* in;
  const float* bias;
  const float* read;  // h, then c at c_offset
  float* fresh;
};

// One frame of one layer for as many lanes as the function is made for.
using KernelStep = void (*)(const KernelLayer& layer, const KernelLane* lanes);
struct KernelSteps {
  KernelStep one = nullptr;
  KernelStep two = nullptr;
};

struct KernelView {
  int hidden = 0;
  int padded = 0;  // hidden rounded up to 4
  int layers = 1;
  int layer_stride = 0;  // floats of one layer's state
  int part = 0;          // floats from one vector of a state (h or c) to the next
  int row = 0;           // floats of a state of all layers
  KernelLayer layer[kMostLayers];
  KernelSteps steps;

  int conditions = 0;             // conditioning inputs
  const float* w_cond = nullptr;  // (conditions, accumulators * padded) in the order of the bias
  int bias_size = 0;              // accumulators * padded
  float* folded = nullptr;        // (kLaneFrames, bias_size): layer 0's bias with the conditioning folded in
  float* folded_for = nullptr;    // (kLaneFrames, conditions): what it was folded for
  bool folded_valid[kLaneFrames] = {};

  const float* head = nullptr;  // (padded), zero beyond hidden
  float head_bias = 0.0f;
  float skip = 0.0f;

  // Read state from the taps t[0..taps): past states, then, if recursive, the previous read state. With `normalised`
  // (the filter's weights sum to 1): t[base] + sum_j weight[j] t[j], base the tap that weighs most and weight[base] its
  // weight less 1. That sum nearly vanishes at rest, so a resting state comes out as it went in; a capture's long
  // memory would add up the rounding errors. Else sum_j weight[j] t[j].
  int offset = 1;
  int taps = 1;
  int base = 0;
  bool recursive = false;
  bool normalised = true;
  bool tap_read = false;
  float weight[kMaxTaps] = {};

  float* ring = nullptr;  // (streams, slots, row): past states
  std::size_t ring_stride = 0;
  std::int64_t slot_mask = 0;
  float* reads = nullptr;  // (streams, read slots, row): read states
  std::size_t reads_stride = 0;
  std::int64_t read_mask = 0;
  std::int64_t frame = 0;  // frames since the reset
};

}  // namespace afx

// process: x[stream][frames] -> y[stream][frames]; conditioning (conditions) or with per_frame (frames, conditions).
#define AFX_DECLARE_KERNEL(NAMESPACE)                                                                    \
  namespace NAMESPACE {                                                                                  \
  afx::KernelSteps lstm_steps(int hidden) noexcept;                                                      \
  afx::KernelSteps gru_steps(int hidden) noexcept;                                                       \
  afx::KernelSteps rnn_steps(int hidden) noexcept;                                                       \
  void process(afx::KernelView& view, int streams, const float* const* x, float* const* y, int frames,   \
               const float* conditioning, bool per_frame) noexcept;                                      \
  void activations(const float* x, float* sigmoid, float* tangent, int count) noexcept;                  \
  }
AFX_DECLARE_KERNEL(simd_baseline)
AFX_DECLARE_KERNEL(simd_avx2)
AFX_DECLARE_KERNEL(simd_avx512)
#undef AFX_DECLARE_KERNEL
