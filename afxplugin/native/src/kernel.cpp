#include "afx/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../simd/kernel.hpp"
#include "flush_denormals.hpp"
#include "kernel_pack.hpp"

namespace afx {
namespace {

static_assert(kMaxHidden <= kMostUnits && kMaxLayers <= kMostLayers);

constexpr int kLongestDelay = 8192;     // frames that the feedback filter may look back
constexpr int kSettleFrames = 4800;     // the state is at rest when it repeats after so many frames
constexpr float kSettled = 1e-7f;       // to within this, relative to the larger of 1 and the state

using Process = void (*)(KernelView&, int, const float* const*, float* const*, int, const float*, bool) noexcept;

// The copy of the loop for an instruction set.
struct Loop {
  int widest;  // floats of its widest vector
  Process process;
  KernelSteps (*lstm)(int) noexcept;
  KernelSteps (*gru)(int) noexcept;
  KernelSteps (*rnn)(int) noexcept;
  void (*activations)(const float*, float*, float*, int) noexcept;

  KernelSteps steps(Cell cell, int hidden) const {
    return cell == Cell::lstm ? lstm(hidden) : cell == Cell::gru ? gru(hidden) : rnn(hidden);
  }
};

#define AFX_LOOP(widest, copy) \
  Loop { widest, copy::process, copy::lstm_steps, copy::gru_steps, copy::rnn_steps, copy::activations }

Loop choose_loop(Isa isa) {
#if defined(AFX_X86)
  if (isa == Isa::avx512) return AFX_LOOP(16, simd_avx512);
  if (isa == Isa::avx2) return AFX_LOOP(8, simd_avx2);
#endif
  (void)isa;
  return AFX_LOOP(4, simd_baseline);
}

std::int64_t power_of_two(std::int64_t at_least) {
  std::int64_t n = 1;
  while (n < at_least) n *= 2;
  return n;
}

Result check(const Feedback& feedback) {
  const std::string offset = "feedback offset is " + std::to_string(feedback.offset);
  if (feedback.offset < 1) return Result::failure(offset + ", must be at least 1");
  if (feedback.offset > kLongestDelay) {
    return Result::failure(offset + ", allowed are up to " + std::to_string(kLongestDelay));
  }
  if (feedback.b.empty() || feedback.b.size() >= kMaxTaps) {
    return Result::failure("feedback has " + std::to_string(feedback.b.size()) + " taps, allowed are 1 to " +
                           std::to_string(kMaxTaps - 1));
  }
  bool finite = std::isfinite(feedback.a);
  for (const double b : feedback.b) finite = finite && std::isfinite(b);
  return finite ? Result::success() : Result::failure("feedback holds a coefficient that is not finite");
}

// Rounds weights that sum to 0 so that they still do: what is left over goes to the smallest, whose steps are finest.
void round_balanced(const std::vector<double>& w, float* rounded) {
  std::size_t least = 0;
  double left = 0.0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    rounded[j] = static_cast<float>(w[j]);
    left += static_cast<double>(rounded[j]);
    if (std::fabs(w[j]) < std::fabs(w[least])) least = j;
  }
  rounded[least] = static_cast<float>(static_cast<double>(rounded[least]) - left);
}

// The filter as the loop has it (KernelView): weights of the taps, the recursive one last.
void set_filter(const Feedback& feedback, KernelView& view) {
  std::vector<double> w = feedback.b;
  if (feedback.a != 0.0) w.push_back(-feedback.a);
  double sum = 0.0;
  std::size_t base = 0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    sum += w[j];
    if (std::fabs(w[j]) > std::fabs(w[base])) base = j;
  }
  view.offset = feedback.offset;
  view.taps = static_cast<int>(w.size());
  view.base = static_cast<int>(base);
  view.recursive = feedback.a != 0.0;
  view.normalised = std::fabs(sum - 1.0) < 1e-9;
  view.tap_read = feedback.tap == Feedback::Tap::read;
  if (view.normalised) {
    w[base] -= 1.0;
    round_balanced(w, view.weight);
  } else {
    for (std::size_t j = 0; j < w.size(); ++j) view.weight[j] = static_cast<float>(w[j]);
  }
}

}  // namespace

struct Kernel::Impl {
  KernelView view;
  Process process = nullptr;
  int streams = 0;
  bool settled = false;
  float rest_output = 0.0f;
  std::vector<PackedLayer> layers;
  AlignedFloats head, folded, folded_for, ring, reads, start, rest;

  void set_network(const Network& network, int widest);
  void set_memory(int stream_count);
  void fill(const float* state) noexcept;
  AlignedFloats stored_state(const Network& network) const;
};

void Kernel::Impl::set_network(const Network& network, int widest) {
  for (int k = 0; k < static_cast<int>(network.layers.size()); ++k) layers.push_back(pack_layer(network, k, widest));
  view.hidden = network.hidden;
  view.padded = (network.hidden + 3) / 4 * 4;
  view.part = (network.hidden + 15) / 16 * 16;
  view.layers = static_cast<int>(layers.size());
  view.layer_stride = view.part * (network.cell == Cell::lstm ? 2 : 1);
  view.row = view.layer_stride * view.layers;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    view.layer[k] = {layers[k].w_in.data(), layers[k].w_hh.data(), layers[k].bias.data(), layers[k].in_columns,
                     network.hidden, view.part};
  }
  view.conditions = network.inputs - 1;
  view.w_cond = layers[0].w_cond.data();
  view.bias_size = static_cast<int>(layers[0].bias.size());
  folded.resize(layers[0].bias.size() * kLaneFrames);
  folded_for.resize(static_cast<std::size_t>(view.conditions * kLaneFrames));
  view.folded = folded.data();
  view.folded_for = folded_for.data();
  head.resize(static_cast<std::size_t>(view.padded));
  std::copy(network.head_weight.begin(), network.head_weight.end(), head.data());
  view.head = head.data();
  view.head_bias = network.head_bias;
  view.skip = network.skip;
}

void Kernel::Impl::set_memory(int stream_count) {
  const int past = view.taps - (view.recursive ? 1 : 0);
  const std::int64_t slots = power_of_two(view.offset + past - 1 + kLaneFrames);
  const std::int64_t read_slots = view.offset > 1 || view.tap_read ? 2 * kLaneFrames : 2;
  const auto row = static_cast<std::size_t>(view.row);
  const auto count = static_cast<std::size_t>(stream_count);
  streams = stream_count;
  view.slot_mask = slots - 1;
  view.ring_stride = static_cast<std::size_t>(slots) * row;
  ring.resize(count * view.ring_stride);
  view.ring = ring.data();
  view.read_mask = read_slots - 1;
  view.reads_stride = static_cast<std::size_t>(read_slots) * row;
  reads.resize(count * view.reads_stride);
  view.reads = reads.data();
}

AlignedFloats Kernel::Impl::stored_state(const Network& network) const {
  AlignedFloats state(static_cast<std::size_t>(view.row));
  const auto hidden = static_cast<std::size_t>(network.hidden);
  for (std::size_t k = 0; k < layers.size(); ++k) {
    float* const h = state.data() + k * static_cast<std::size_t>(view.layer_stride);
    float* const c = h + view.part;
    const bool has_c = network.cell == Cell::lstm && !network.c0.empty();
    for (std::size_t u = 0; u < hidden && !network.h0.empty(); ++u) h[u] = network.h0[k * hidden + u];
    for (std::size_t u = 0; u < hidden && has_c; ++u) c[u] = network.c0[k * hidden + u];
  }
  return state;
}

void Kernel::Impl::fill(const float* state) noexcept {
  const auto row = static_cast<std::size_t>(view.row);
  for (std::size_t k = 0; k < ring.size(); ++k) ring.data()[k] = state == nullptr ? 0.0f : state[k % row];
  for (std::size_t k = 0; k < reads.size(); ++k) reads.data()[k] = state == nullptr ? 0.0f : state[k % row];
  view.frame = 0;
}

Kernel::Kernel() = default;
Kernel::~Kernel() = default;
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;

Result Kernel::prepare(const Network& network, const Feedback& feedback, int streams, Isa isa) {
  if (Result r = validate(network); !r) return r;
  if (Result r = check(feedback); !r) return r;
  if (streams < 1) return Result::failure("number of streams is " + std::to_string(streams) + ", must be at least 1");
  if (!isa_available(isa)) return Result::failure(std::string("this machine has no ") + isa_name(isa));
  const Loop loop = choose_loop(isa);
  auto impl = std::make_unique<Impl>();
  impl->process = loop.process;
  impl->set_network(network, loop.widest);
  impl->view.steps = loop.steps(network.cell, network.hidden);
  set_filter(feedback, impl->view);
  impl->set_memory(streams);
  impl->start = impl->stored_state(network);
  impl->rest.resize(static_cast<std::size_t>(impl->view.row));
  impl_ = std::move(impl);
  return Result::success();
}

void Kernel::process(const float* const* x, float* const* y, int frames, const float* conditioning,
                     bool per_frame) noexcept {
  const FlushDenormals flush;
  impl_->process(impl_->view, impl_->streams, x, y, frames, conditioning, per_frame);
}

bool Kernel::settle(const float* conditioning, int most_frames, const GoOn& go_on) {
  const FlushDenormals flush;
  Impl& impl = *impl_;
  KernelView view = impl.view;  // the same network with the plain recurrence and memory of its own
  set_filter(Feedback{}, view);
  const auto row = static_cast<std::size_t>(view.row);
  AlignedFloats ring(2 * row);
  view.ring = ring.data();
  view.slot_mask = 1;
  view.frame = 0;
  std::copy_n(impl.start.data(), row, ring.data() + row);  // frame -1
  std::vector<float> signal(kSettleFrames), before(row);
  for (int played = 0; played < most_frames; played += kSettleFrames) {
    const float* state = ring.data() + row;  // kSettleFrames is even, so the last frame of a stretch lies there
    std::copy_n(state, row, before.data());
    std::fill(signal.begin(), signal.end(), 0.0f);
    float* const buffer = signal.data();
    impl.process(view, 1, &buffer, &buffer, kSettleFrames, conditioning, false);
    float moved = 0.0f;
    for (std::size_t k = 0; k < row; ++k) {
      moved = std::max(moved, std::fabs(state[k] - before[k]) / std::max(1.0f, std::fabs(state[k])));
    }
    if (moved < kSettled) break;
    if (go_on && !go_on()) {
      std::fill_n(impl.view.folded_valid, kLaneFrames, false);
      return false;
    }
  }
  std::copy_n(ring.data() + row, row, impl.rest.data());
  std::copy_n(view.folded_valid, kLaneFrames, impl.view.folded_valid);  // both views fold into the same memory
  impl.rest_output = signal.back();
  impl.settled = true;
  return true;
}

float Kernel::rest_output() const { return impl_->settled ? impl_->rest_output : 0.0f; }

std::vector<float> Kernel::rest_state() const {
  const KernelView& view = impl_->view;
  std::vector<float> state;
  for (int at = 0; at < view.row; at += view.part) {  // without the padding of each part
    const float* const part = impl_->rest.data() + at;
    state.insert(state.end(), part, part + view.hidden);
  }
  return state;
}

void Kernel::reset_zero() noexcept { impl_->fill(nullptr); }

void Kernel::reset_settled() noexcept { impl_->fill(impl_->rest.data()); }

int Kernel::streams() const { return impl_ ? impl_->streams : 0; }

void activations(Isa isa, const float* x, float* sigmoid, float* tangent, int count) noexcept {
  choose_loop(isa).activations(x, sigmoid, tangent, count);
}

}  // namespace afx
