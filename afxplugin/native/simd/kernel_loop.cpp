// The recurrence: read state by the feedback filter, cell by cell through the layers, output, for groups of lanes.
#include "kernel.hpp"
#include "vector.hpp"

namespace AFX_SIMD {
namespace {

#if defined(AFX_SIMD_avx512)
typedef F16 Widest;
#elif defined(AFX_SIMD_avx2)
typedef F8 Widest;
#else
typedef F4 Widest;
#endif

constexpr int kMaxLanes = 4;

constexpr int smaller(int a, int b) { return a < b ? a : b; }

AFX_INLINE float* past_state(const afx::KernelView& view, int stream, std::int64_t frame) {
  return view.ring + static_cast<std::size_t>(stream) * view.ring_stride +
         static_cast<std::size_t>((frame & view.slot_mask) * view.row);
}

AFX_INLINE float* read_slot(const afx::KernelView& view, int stream, std::int64_t frame) {
  return view.reads + static_cast<std::size_t>(stream) * view.reads_stride +
         static_cast<std::size_t>((frame & view.read_mask) * view.row);
}

// TAPS 0: counted at run time. The newest tap comes in last, so that the sum waits for it as little as possible.
template <int TAPS>
AFX_INLINE void filter_state(const afx::KernelView& view, const float* const* tap, float* out) {
  const int taps = TAPS > 0 ? TAPS : view.taps;
  for (int k = 0; k < view.row; k += Widest::width) {
    const Widest newest = Widest::load(tap[0] + k);
    if (!view.normalised) {
      Widest sum = Widest::all(view.weight[0]) * newest;
      for (int j = 1; j < taps; ++j) sum = fma(Widest::all(view.weight[j]), Widest::load(tap[j] + k), sum);
      sum.store(out + k);
      continue;
    }
    Widest sum = newest;
    const Widest second = Widest::load(tap[1] + k);
    if (taps > 2) {
      Widest younger = second;
      Widest old = Widest::all(0.0f);
      for (int j = 2; j < taps; ++j) {
        const Widest tapped = Widest::load(tap[j] + k);
        old = fma(Widest::all(view.weight[j]), tapped - younger, old);
        younger = tapped;
      }
      sum = newest + old;
    }
    fma(Widest::all(view.weight[1]), second - newest, sum).store(out + k);
  }
}

// The state that frame `frame` of the stream reads; all states that it is made of exist already.
AFX_INLINE const float* read_state(const afx::KernelView& view, int stream, std::int64_t frame) {
  const float* tap[afx::kMaxTaps];
  const int past = view.taps - (view.recursive ? 1 : 0);
  if (view.taps == 1 && view.normalised) return past_state(view, stream, frame - view.offset);
  for (int j = 0; j < past; ++j) tap[j] = past_state(view, stream, frame - view.offset - j);
  if (view.recursive) tap[past] = read_slot(view, stream, frame - 1);
  float* out = read_slot(view, stream, frame);
  switch (view.taps) {
    case 2: filter_state<2>(view, tap, out); break;
    case 3: filter_state<3>(view, tap, out); break;
    case 4: filter_state<4>(view, tap, out); break;
    case 6: filter_state<6>(view, tap, out); break;
    default: filter_state<0>(view, tap, out); break;
  }
  return out;
}

// Layer 0's bias under this conditioning, folded anew only when it has changed.
AFX_INLINE const float* folded_bias(afx::KernelView& view, int slot, const float* conditioning) {
  if (view.conditions == 0) return view.layer[0].bias;
  float* const out = view.folded + slot * view.bias_size;
  float* const known = view.folded_for + slot * view.conditions;
  bool same = view.folded_valid[slot];
  for (int k = 0; k < view.conditions; ++k) same = same && known[k] == conditioning[k];
  if (same) return out;
  for (int i = 0; i < view.bias_size; i += 4) {
    F4 sum = F4::load(view.layer[0].bias + i);
    for (int k = 0; k < view.conditions; ++k) {
      sum = fma(F4::load(view.w_cond + k * view.bias_size + i), F4::all(conditioning[k]), sum);
    }
    sum.store(out + i);
  }
  for (int k = 0; k < view.conditions; ++k) known[k] = conditioning[k];
  view.folded_valid[slot] = true;
  return out;
}

AFX_INLINE float head(const afx::KernelView& view, const float* h, float x) {
  const int padded = view.padded;
  F4 total = F4::all(0.0f);
  int u = 0;
#if defined(AFX_SIMD_avx512) || defined(AFX_SIMD_avx2)
  F8 wide = F8::all(0.0f);
  for (; u + 8 <= padded; u += 8) wide = fma(F8::load(view.head + u), F8::load(h + u), wide);
  total = low_half(wide) + high_half(wide);
#endif
  for (; u < padded; u += 4) total = fma(F4::load(view.head + u), F4::load(h + u), total);
  return (sum(total) + view.head_bias) + view.skip * x;
}

// The next frame's read state, put where that frame will look for it.
AFX_INLINE const float* keep_read(const afx::KernelView& view, int stream, std::int64_t frame) {
  const float* const made = read_state(view, stream, frame);
  float* const slot = read_slot(view, stream, frame);
  if (made != slot) __builtin_memcpy(slot, made, static_cast<std::size_t>(view.row) * sizeof(float));
  return slot;
}

template <int L>
AFX_INLINE void step_layer(const afx::KernelView& view, const afx::KernelLayer& layer, const afx::KernelLane* lanes) {
  if constexpr (L == 1) view.steps.one(layer, lanes);
  if (L == 4 && view.steps.four != nullptr) return view.steps.four(layer, lanes);
  for (int l = 0; l + 2 <= L; l += 2) view.steps.two(layer, lanes + l);
}

struct Call {
  const float* const* x;
  float* const* y;
  const float* conditioning;
  bool per_frame;
};

// L lanes: `wide` frames from frame n of the call on, of L / wide streams from `stream` on.
template <int L>
AFX_INLINE void step(afx::KernelView& view, const Call& call, int stream, int wide, int n) {
  afx::KernelLane lanes[L];
  float audio[L];
  const int streams = L / wide;
  for (int l = 0; l < L; ++l) {
    const int f = l / streams, s = stream + l % streams;
    const std::int64_t now = view.frame + n + f;
    const float* cond = call.conditioning;
    if (call.per_frame) cond += static_cast<std::int64_t>(n + f) * view.conditions;
    audio[l] = call.x[s][n + f];
    lanes[l].in = &audio[l];
    lanes[l].bias = folded_bias(view, call.per_frame ? f : 0, cond);
    lanes[l].read = view.tap_read ? read_slot(view, s, now) : read_state(view, s, now);
    lanes[l].fresh = past_state(view, s, now);
  }
  step_layer<L>(view, view.layer[0], lanes);
  if (view.layers == 2) {
    for (int l = 0; l < L; ++l) {
      lanes[l] = {lanes[l].fresh, view.layer[1].bias, lanes[l].read + view.layer_stride, lanes[l].fresh + view.layer_stride};
    }
    step_layer<L>(view, view.layer[1], lanes);
  }
  for (int l = 0; l < L; ++l) {
    const int f = l / streams, s = stream + l % streams;
    const float* seen = lanes[l].fresh;
    if (view.tap_read) seen = keep_read(view, s, view.frame + n + 1) + (view.layers - 1) * view.layer_stride;
    call.y[s][n + f] = head(view, seen, audio[l]);
  }
}

// One group of streams through all frames of the call.
template <int STREAMS>
void run_group(afx::KernelView& view, const Call& call, int stream, int frames) {
  // Frames may be computed side by side as long as the last of them reads no state that the first has yet to make.
  const int allowed = view.tap_read ? 1 : smaller(view.offset, kMaxLanes / STREAMS);
  int n = 0;
  if constexpr (STREAMS == 1) {
    for (; allowed >= 4 && n + 4 <= frames; n += 4) step<4>(view, call, stream, 4, n);
  }
  if constexpr (STREAMS <= 2) {
    for (; allowed >= 2 && n + 2 <= frames; n += 2) step<2 * STREAMS>(view, call, stream, 2, n);
  }
  for (; n < frames; ++n) step<STREAMS>(view, call, stream, 1, n);
}

}  // namespace

void process(afx::KernelView& view, int streams, const float* const* x, float* const* y, int frames,
             const float* conditioning, bool per_frame) noexcept {
  const Call call{x, y, conditioning, per_frame};
  int s = 0;
  for (; s + 4 <= streams; s += 4) run_group<4>(view, call, s, frames);
  for (; s + 2 <= streams; s += 2) run_group<2>(view, call, s, frames);
  for (; s < streams; ++s) run_group<1>(view, call, s, frames);
  view.frame += frames;
}

}  // namespace AFX_SIMD
