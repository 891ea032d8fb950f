#include "afx/chain.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "afx/delay_line.hpp"
#include "afx/oversampler.hpp"
#include "afx/resampler.hpp"
#include "afx/smoothing.hpp"
#include "ensemble.hpp"
#include "flush_denormals.hpp"

namespace afx {
namespace {

constexpr int kBlock = 256;  // session frames per turn of the stages: buffers stay in cache, calls stay few

// Delay of the stages before the kernel, in kernel frames; half of the oversampler's round trip is its way up.
int lead_in_frames(const Plan& plan) {
  const Ratio in = plan.delay_in * Ratio::of(plan.capture_hz, plan.session_hz);
  const double up = 0.5 * oversampler_latency_frames(plan.oversampling, plan.filters);
  return static_cast<int>(std::lround(plan.oversampling * (in.value() + up)));
}

// Rate conversion of one channel around the kernel: there and back.
struct RateStages {
  std::vector<Resampler> in, out;  // one each, or none
  Oversampler over;
  std::vector<float> between;  // at the capture's rate
  std::vector<float> ready;    // session frames that came out of the second resampler, some before they are due
  int early = 0;               // how many of them wait for the next block: less than a capture frame's worth

  Result prepare(const Plan& plan, const std::shared_ptr<const ResamplerTable>& table_in,
                 const std::shared_ptr<const ResamplerTable>& table_out, Isa isa) {
    int base_frames = kBlock;
    if (plan.resampled) {
      in.emplace_back(table_in);
      out.emplace_back(table_out);
      base_frames = in.front().max_output(kBlock);
      const int frame_ratio = plan.session_hz / plan.capture_hz + 1;
      ready.assign(static_cast<std::size_t>(out.front().max_output(base_frames) + frame_ratio), 0.0f);
    }
    between.assign(static_cast<std::size_t>(base_frames), 0.0f);
    return over.prepare(plan.oversampling, plan.filters, base_frames, isa);
  }

  int up(const float* x, int frames, float* kernel_x) noexcept {
    if (in.empty()) {
      over.up(x, frames, kernel_x);
      return frames;
    }
    const int base_frames = in.front().process(x, frames, between.data());
    over.up(between.data(), base_frames, kernel_x);
    return base_frames;
  }

  // Writes as many frames as went up.
  void down(const float* kernel_y, int base_frames, float* y, int frames) noexcept {
    if (out.empty()) {
      over.down(kernel_y, base_frames, y);
      return;
    }
    over.down(kernel_y, base_frames, between.data());
    const int made = early + out.front().process(between.data(), base_frames, ready.data() + early);
    std::copy_n(ready.data(), frames, y);
    std::copy(ready.data() + frames, ready.data() + made, ready.data());
    early = made - frames;
  }

  void reset(float rest_output) noexcept {
    over.reset(0.0f, rest_output);
    if (!in.empty()) in.front().reset(0.0f);
    if (!out.empty()) out.front().reset(rest_output);
    early = 0;
  }
};

}  // namespace

struct Chain::Impl {
  Plan plan;
  ChainSettings settings;
  Ensemble networks;
  std::vector<RateStages> wet, dry_stages;
  std::vector<DelayLine> dry_delay;
  Ramp input_gain, output_gain, mix;
  std::vector<Ramp> knobs;
  Channels scaled, kernel_buffer, dry;
  std::vector<float> input_gains, output_gains, mixes;  // of one block
  std::vector<float> conditioning;                      // (kernel frames, knobs), or its first row alone
  float rest = 0.0f;           // what came out of the networks before frame 0
  int lead_in = 0;             // kernel frames that come out of the first stages before the stem's frame 0 does
  int held = 0;                // how many of them a start from zero has yet to pass over
  std::vector<float> dry_kernel;

  // A delay keeps a linear-phase path aligned; the low-latency filters bend phase, so the dry path takes them too.
  bool dry_through_stages() const {
    return plan.filters == Filters::low_latency && (plan.resampled || plan.oversampling > 1);
  }

  Result prepare_stages(Isa isa);
  void prepare_buffers();
  int kernel_frames_max() const { return plan.oversampling * static_cast<int>(wet.front().between.size()); }
  bool fill_conditioning(int kernel_frames) noexcept;
  void run_networks(int frames) noexcept;
  void wet_block(const float* const* x, float* const* y, int frames, int at) noexcept;
  void dry_block(const float* const* x, int frames, int at) noexcept;
  void block(const float* const* x, float* const* y, int frames, int at) noexcept;
};

Result Chain::Impl::prepare_stages(Isa isa) {
  std::shared_ptr<const ResamplerTable> table_in, table_out;
  if (plan.resampled) {
    Result made = design_resampler(plan.session_hz, plan.capture_hz, plan.filters, plan.delay_in, isa, table_in);
    if (!made) return made;
    made = design_resampler(plan.capture_hz, plan.session_hz, plan.filters, plan.delay_out, isa, table_out);
    if (!made) return made;
  }
  const auto channels = static_cast<std::size_t>(settings.channels);
  wet = std::vector<RateStages>(channels);
  dry_stages = std::vector<RateStages>(settings.dry_path && dry_through_stages() ? channels : 0);
  for (auto* group : {&wet, &dry_stages}) {
    for (auto& stages : *group) {
      if (Result made = stages.prepare(plan, table_in, table_out, isa); !made) return made;
    }
  }
  const bool delayed = settings.dry_path && !dry_through_stages();
  dry_delay.assign(delayed ? channels : 0, DelayLine(plan.latency_frames));  // the unprocessed signal, as late
  return Result::success();
}

void Chain::Impl::prepare_buffers() {
  const auto channels = static_cast<std::size_t>(settings.channels);
  const auto kernel_frames = static_cast<std::size_t>(kernel_frames_max());
  scaled.assign(channels, std::vector<float>(kBlock));
  dry.assign(settings.dry_path ? channels : 0, std::vector<float>(kBlock));
  dry_kernel.assign(dry_stages.empty() ? 0 : kernel_frames, 0.0f);
  kernel_buffer.assign(channels, std::vector<float>(kernel_frames));
  conditioning.assign(kernel_frames * knobs.size(), 0.0f);
  for (auto* values : {&input_gains, &output_gains, &mixes}) values->assign(kBlock, 0.0f);
}

// Returns whether the values move within the block; if not, the first row holds for all of it.
bool Chain::Impl::fill_conditioning(int kernel_frames) noexcept {
  const std::size_t count = knobs.size();
  bool moving = false;
  for (const auto& knob : knobs) moving = moving || knob.moving();
  const int rows = moving ? kernel_frames : 1;
  for (std::size_t k = 0; k < count; ++k) {
    for (int n = 0; n < rows; ++n) {
      const float position = moving ? knobs[k].next() : knobs[k].value();
      conditioning[static_cast<std::size_t>(n) * count + k] = settings.controls[k].conditioning(position);
    }
  }
  return moving;
}

void Chain::Impl::wet_block(const float* const* x, float* const* y, int frames, int at) noexcept {
  int base_frames = 0;
  for (std::size_t c = 0; c < wet.size(); ++c) {
    for (int n = 0; n < frames; ++n) scaled[c][static_cast<std::size_t>(n)] = x[c][at + n] * input_gains[static_cast<std::size_t>(n)];
    base_frames = wet[c].up(scaled[c].data(), frames, kernel_buffer[c].data());
  }
  const int kernel_frames = base_frames * plan.oversampling;
  if (kernel_frames > 0) run_networks(kernel_frames);
  for (std::size_t c = 0; c < wet.size(); ++c) wet[c].down(kernel_buffer[c].data(), base_frames, y[c] + at, frames);
}

// From zero the states stay zero until the stem's frame 0 arrives; what rings before it only skips the networks.
void Chain::Impl::run_networks(int frames) noexcept {
  const bool moving = fill_conditioning(frames);
  const int passed = std::min(held, frames);
  held -= passed;
  networks.process(kernel_buffer, frames, passed, conditioning.data(), moving);
}

void Chain::Impl::dry_block(const float* const* x, int frames, int at) noexcept {
  for (std::size_t c = 0; c < dry.size(); ++c) {
    if (!dry_delay.empty()) {
      dry_delay[c].process(x[c] + at, frames, dry[c].data());
      continue;
    }
    const int base_frames = dry_stages[c].up(x[c] + at, frames, dry_kernel.data());
    dry_stages[c].down(dry_kernel.data(), base_frames, dry[c].data(), frames);
  }
}

void Chain::Impl::block(const float* const* x, float* const* y, int frames, int at) noexcept {
  for (int n = 0; n < frames; ++n) {
    const auto i = static_cast<std::size_t>(n);
    input_gains[i] = input_gain.next();
    output_gains[i] = output_gain.next();
    mixes[i] = mix.next();
  }
  dry_block(x, frames, at);  // before the wet path, which may write where it reads
  wet_block(x, y, frames, at);
  for (std::size_t c = 0; c < wet.size(); ++c) {
    float* out = y[c] + at;
    for (int n = 0; n < frames; ++n) out[n] *= output_gains[static_cast<std::size_t>(n)];
    if (dry.empty()) continue;
    for (int n = 0; n < frames; ++n) {
      const auto i = static_cast<std::size_t>(n);
      out[n] = mixes[i] == 1.0f ? out[n] : mixes[i] * out[n] + (1.0f - mixes[i]) * dry[c][i];
    }
  }
}

Chain::Chain() : impl_(std::make_unique<Impl>()) {}
Chain::~Chain() = default;
Chain::Chain(Chain&&) noexcept = default;
Chain& Chain::operator=(Chain&&) noexcept = default;

Result Chain::prepare(const Model& model, const Plan& plan, const ChainSettings& settings, Isa isa) {
  if (settings.channels < 1) {
    return Result::failure(std::to_string(settings.channels) + " channels are given; at least 1 is needed");
  }
  const auto knobs = static_cast<std::size_t>(model.knobs());
  if (settings.controls.size() != knobs || settings.positions.size() != knobs) {
    return Result::failure(std::to_string(settings.controls.size()) + " controls and " +
                           std::to_string(settings.positions.size()) + " positions are given; the capture has " +
                           std::to_string(knobs) + " knobs");
  }
  for (const auto& control : settings.controls) {
    if (Result checked = validate(control); !checked) return checked;
  }
  Impl& s = *impl_;
  s.plan = plan;
  s.settings = settings;
  s.lead_in = lead_in_frames(plan);
  if (Result made = s.prepare_stages(isa); !made) return made;
  std::vector<float> fixed;
  for (std::size_t k = 0; k < knobs && !settings.knobs_move; ++k) fixed.push_back(settings.controls[k].conditioning(settings.positions[k]));
  if (Result made = s.networks.prepare(model, plan.feedback, plan.delay.value(), settings.channels, s.kernel_frames_max(),
                                       settings.knobs_move ? nullptr : fixed.data(), isa); !made) return made;
  s.input_gain = Ramp(settings.input_gain);
  s.output_gain = Ramp(settings.output_gain);
  s.mix = Ramp(settings.mix);
  for (Ramp* ramp : {&s.input_gain, &s.output_gain, &s.mix}) ramp->set_length(plan.session_hz);
  s.knobs.clear();
  for (const float position : settings.positions) {
    s.knobs.emplace_back(position);
    s.knobs.back().set_length(plan.kernel_hz);
  }
  s.prepare_buffers();
  return Result::success();
}

void Chain::set_position(int knob, float position) noexcept { impl_->knobs[static_cast<std::size_t>(knob)].aim(position); }
void Chain::set_input_gain(float linear) noexcept { impl_->input_gain.aim(linear); }
void Chain::set_output_gain(float linear) noexcept { impl_->output_gain.aim(linear); }
void Chain::set_mix(float mix) noexcept { impl_->mix.aim(mix); }
void Chain::snap_levels() noexcept {
  for (Ramp* ramp : {&impl_->input_gain, &impl_->output_gain, &impl_->mix}) ramp->snap();
}

// A host may or may not flush denormals itself; the bits are the same either way.
void Chain::process(const float* const* x, float* const* y, int frames) noexcept {
  const FlushDenormals flush;
  for (int at = 0; at < frames; at += kBlock) impl_->block(x, y, std::min(kBlock, frames - at), at);
}

bool Chain::reset(Start start, const GoOn& go_on) {
  Impl& s = *impl_;
  for (Ramp* ramp : {&s.input_gain, &s.output_gain, &s.mix}) ramp->snap();
  for (auto& knob : s.knobs) knob.snap();
  s.rest = 0.0f;
  s.held = 0;
  if (start == Start::settled) {
    std::vector<float> now;
    for (std::size_t k = 0; k < s.knobs.size(); ++k) now.push_back(s.settings.controls[k].conditioning(s.knobs[k].value()));
    if (!s.networks.settle(now, go_on)) return false;
    s.networks.reset_settled();
    s.rest = s.networks.rest_output(now);
  } else {
    s.networks.reset_zero();
    s.held = s.lead_in;
  }
  for (auto& stages : s.wet) stages.reset(s.rest);
  for (auto& stages : s.dry_stages) stages.reset(0.0f);
  for (auto& line : s.dry_delay) line.reset(0.0f);
  return true;
}

float Chain::rest_output() const { return impl_->rest * impl_->output_gain.target() * impl_->mix.target(); }
int Chain::latency_frames() const { return impl_->plan.latency_frames; }
int Chain::channels() const { return impl_->settings.channels; }

}  // namespace afx
