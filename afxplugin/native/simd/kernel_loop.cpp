// The recurrence: read state by the feedback filter, cell by cell through the layers, output, for groups of lanes.
#include "kernel.hpp"
#include "vector.hpp"

namespace AFX_SIMD {
namespace {

constexpr int kMaxLanes = 4;

constexpr int smaller(int a, int b) { return a < b ? a : b; }

// Where the states of one stream lie.
struct Memory {
  float* ring;
  float* reads;
  std::int64_t slot_mask, read_mask;
  int row, part, padded;

  AFX_INLINE float* past(std::int64_t frame) const { return scalar(ring + (frame & slot_mask) * row); }
  AFX_INLINE float* read(std::int64_t frame) const { return scalar(reads + (frame & read_mask) * row); }

  // Hides from the compiler that taps are evenly spaced, or it computes their few addresses in vectors, which is slow.
  static AFX_INLINE float* scalar(float* address) {
    asm("" : "+r"(address));
    return address;
  }
};

Memory memory_of(const afx::KernelView& view, int stream) {
  return {view.ring + static_cast<std::size_t>(stream) * view.ring_stride,
          view.reads + static_cast<std::size_t>(stream) * view.reads_stride, view.slot_mask, view.read_mask, view.row,
          view.part, view.padded};
}

// The feedback filter, copied out of the view so that it stays in registers. TAPS and RECURSIVE: of a filter of gain 1;
// TAPS 0 for any filter.
template <int TAPS, bool RECURSIVE>
struct Filter {
  int any_taps, offset, base;
  bool any_recursive, any_normalised;
  float weight[afx::kMaxTaps];

  explicit Filter(const afx::KernelView& view)
      : any_taps(view.taps),
        offset(view.offset),
        base(view.base),
        any_recursive(view.recursive),
        any_normalised(view.normalised) {
    for (int j = 0; j < afx::kMaxTaps; ++j) weight[j] = view.weight[j];
  }
  AFX_INLINE int taps() const { return TAPS > 0 ? TAPS : any_taps; }
  AFX_INLINE int states() const { return taps() - (recursive() ? 1 : 0); }
  AFX_INLINE bool recursive() const { return TAPS > 0 ? RECURSIVE : any_recursive; }
  AFX_INLINE bool normalised() const { return TAPS > 0 || any_normalised; }

  // Units [u, end) as far as vectors of this width reach; the newest tap comes in last, so that as much as possible is
  // ready when it appears.
  template <class V>
  AFX_INLINE int combine(const float* const* tap, const float* heaviest, float* out, int u, int end) const {
    constexpr int held = TAPS > 0 ? TAPS : afx::kMaxTaps;
    if (u + V::width > end) return u;
    V w[held];
    for (int j = 0; j < taps(); ++j) w[j] = V::all(weight[j]);
    for (; u + V::width <= end; u += V::width) {
      V sum = w[taps() - 1] * V::load(tap[taps() - 1] + u);
      for (int j = taps() - 2; j >= 0; --j) sum = fma(w[j], V::load(tap[j] + u), sum);
      if (normalised()) sum = V::load(heaviest + u) + sum;
      sum.store(out + u);
    }
    return u;
  }

  // In the same pieces in which the cells load and store: a load that spans two fresh stores would wait for both.
  AFX_INLINE void combine_all(const float* const* tap, const Memory& memory, float* out) const {
    const float* const heaviest = tap[base];
    for (int part = 0; part < memory.row; part += memory.part) {
      int u = part;
      const int end = part + memory.padded;
#if defined(AFX_SIMD_avx512)
      u = combine<F16>(tap, heaviest, out, u, end);
#endif
#if defined(AFX_SIMD_avx512) || defined(AFX_SIMD_avx2)
      u = combine<F8>(tap, heaviest, out, u, end);
#endif
      combine<F4>(tap, heaviest, out, u, end);
    }
  }

  // The state that frame `frame` reads; all states that it is made of exist already.
  AFX_INLINE const float* read(const Memory& memory, std::int64_t frame) const {
    if (taps() == 1 && normalised()) return memory.past(frame - offset);
    const float* tap[afx::kMaxTaps];
    for (int j = 0; j < states(); ++j) tap[j] = memory.past(frame - offset - j);
    if (recursive()) tap[states()] = memory.read(frame - 1);
    float* const out = memory.read(frame);
    combine_all(tap, memory, out);
    return out;
  }
};

// Layer 0's bias under this conditioning, folded anew only when it has changed.
const float* folded_bias(afx::KernelView& view, int slot, const float* conditioning) {
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

struct Head {
  const float* weight;
  float bias, skip;
  int padded;

  AFX_INLINE float output(const float* h, float x) const {
    F4 total = F4::all(0.0f);
    int u = 0;
#if defined(AFX_SIMD_avx512) || defined(AFX_SIMD_avx2)
    F8 wide = F8::all(0.0f);
    for (; u + 8 <= padded; u += 8) wide = fma(F8::load(weight + u), F8::load(h + u), wide);
    total = low_half(wide) + high_half(wide);
#endif
    for (; u < padded; u += 4) total = fma(F4::load(weight + u), F4::load(h + u), total);
    return (sum(total) + bias) + skip * x;
  }
};

struct Call {
  const float* const* x;
  float* const* y;
  int frames;
  const float* conditioning;
  bool per_frame;
};

// A group of STREAMS streams from `stream` on, through all frames of a call.
template <int STREAMS, int TAPS, bool RECURSIVE>
struct Group {
  afx::KernelView& view;
  const Call call;
  const int stream;
  const Filter<TAPS, RECURSIVE> filter;
  const Head head;
  const bool tap_read;
  const float* bias;  // of layer 0, where it holds for the whole call

  Group(afx::KernelView& v, const Call& c, int first)
      : view(v), call(c), stream(first), filter(v), head{v.head, v.head_bias, v.skip, v.padded}, tap_read(v.tap_read),
        bias(c.per_frame ? nullptr : folded_bias(v, 0, c.conditioning)) {}

  template <int L>
  AFX_INLINE void step_layer(const afx::KernelLayer& layer, const afx::KernelLane* lanes) const {
    if constexpr (L == 1) view.steps.one(layer, lanes);
    for (int l = 0; l + 2 <= L; l += 2) view.steps.two(layer, lanes + l);
  }

  // The next frame's read state, put where that frame will look for it.
  AFX_INLINE void keep_read(const Memory& memory, std::int64_t frame) const {
    const float* const made = filter.read(memory, frame);
    float* const slot = memory.read(frame);
    if (made != slot) __builtin_memcpy(slot, made, static_cast<std::size_t>(memory.row) * sizeof(float));
  }

  // WIDE frames from frame n of the call on, of every stream.
  template <int WIDE>
  AFX_INLINE void step(const Memory* memory, int n) const {
    constexpr int L = STREAMS * WIDE;
    const std::int64_t now = view.frame + n;
    afx::KernelLane lanes[L];
    float audio[L];
    for (int l = 0; l < L; ++l) {
      const int f = l / STREAMS, s = l % STREAMS;
      audio[l] = call.x[stream + s][n + f];
      lanes[l].in = &audio[l];
      lanes[l].bias = bias;
      if (call.per_frame) {
        lanes[l].bias = folded_bias(view, f, call.conditioning + static_cast<std::int64_t>(n + f) * view.conditions);
      }
      lanes[l].read = tap_read ? memory[s].read(now + f) : filter.read(memory[s], now + f);
      lanes[l].fresh = memory[s].past(now + f);
    }
    step_layer<L>(view.layer[0], lanes);
    for (int k = 1; k < view.layers; ++k) {
      for (int l = 0; l < L; ++l) {
        lanes[l] = {lanes[l].fresh, view.layer[k].bias, lanes[l].read + view.layer_stride,
                    lanes[l].fresh + view.layer_stride};
      }
      step_layer<L>(view.layer[k], lanes);
    }
    if (tap_read) {
      for (int s = 0; s < STREAMS; ++s) keep_read(memory[s], now + 1);
    }
  }

  // The outputs of `frames` frames from frame n of the call on: several at once, because so short a piece of work after
  // every frame would hold up the next one by more than it takes.
  AFX_INLINE void outputs(const Memory* memory, int n, int frames) const {
    const int top = (view.layers - 1) * view.layer_stride;
    for (int f = 0; f < frames; ++f) {
      for (int s = 0; s < STREAMS; ++s) {
        const std::int64_t now = view.frame + n + f;
        const float* const seen = tap_read ? memory[s].read(now + 1) : memory[s].past(now);
        call.y[stream + s][n + f] = head.output(seen + top, call.x[stream + s][n + f]);
      }
    }
  }

  AFX_INLINE void run(const Memory* memory) const {
    // Frames may be computed side by side as long as the last of them reads no state that the first has yet to make.
    const int allowed = tap_read ? 1 : smaller(view.offset, kMaxLanes / STREAMS);
    int n = 0;
    if constexpr (STREAMS == 1) {
      for (; allowed >= 4 && n + 4 <= call.frames; n += 4) {
        step<4>(memory, n);
        outputs(memory, n, 4);
      }
    }
    if constexpr (STREAMS <= 2) {
      for (; allowed >= 2 && n + 4 <= call.frames; n += 4) {
        step<2>(memory, n);
        step<2>(memory, n + 2);
        outputs(memory, n, 4);
      }
    }
    for (; n < call.frames; n += 4) {
      const int frames = smaller(4, call.frames - n);
      for (int f = 0; f < frames; ++f) step<1>(memory, n + f);
      outputs(memory, n, frames);
    }
  }
};

template <int STREAMS, int TAPS, bool RECURSIVE>
void run_group(afx::KernelView& view, const Call& call, int stream) {
  Memory memory[STREAMS];
  for (int s = 0; s < STREAMS; ++s) memory[s] = memory_of(view, stream + s);
  Group<STREAMS, TAPS, RECURSIVE>(view, call, stream).run(memory);
}

template <int TAPS, bool RECURSIVE>
void run(afx::KernelView& view, const Call& call, int streams) {
  int s = 0;
  for (; s + 4 <= streams; s += 4) run_group<4, TAPS, RECURSIVE>(view, call, s);
  for (; s + 2 <= streams; s += 2) run_group<2, TAPS, RECURSIVE>(view, call, s);
  for (; s < streams; ++s) run_group<1, TAPS, RECURSIVE>(view, call, s);
}

}  // namespace

void process(afx::KernelView& view, int streams, const float* const* x, float* const* y, int frames,
             const float* conditioning, bool per_frame) noexcept {
  const Call call{x, y, frames, conditioning, per_frame};
  // The filters of the methods are templates; all others share one.
  switch (view.normalised ? 2 * view.taps + (view.recursive ? 1 : 0) : 0) {
    case 2: run<1, false>(view, call, streams); break;
    case 4: run<2, false>(view, call, streams); break;
    case 5: run<2, true>(view, call, streams); break;
    case 6: run<3, false>(view, call, streams); break;
    case 7: run<3, true>(view, call, streams); break;
    case 8: run<4, false>(view, call, streams); break;
    case 10: run<5, false>(view, call, streams); break;
    case 12: run<6, false>(view, call, streams); break;
    default: run<0, false>(view, call, streams); break;
  }
  view.frame += frames;
}

}  // namespace AFX_SIMD
