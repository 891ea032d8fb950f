#include "voice.hpp"

#include <algorithm>
#include <cmath>

#include "latency.hpp"

namespace afx::plugin {
namespace {

float linear(float gain_db, double capture_gain_db) {
  return static_cast<float>(std::pow(10.0, (static_cast<double>(gain_db) + capture_gain_db) / 20.0));
}

int choice(float value) { return static_cast<int>(std::lround(value)); }

float position_of(const Document& document, int knob, float value) {
  const auto k = static_cast<std::size_t>(knob);
  const Control& control = document.capture.controls[k];
  if (value == knob_value(control, document.positions[k])) return document.positions[k];
  return control.low + value * (control.high - control.low);
}

PlanRequest plan_request(const VoiceRequest& request) {
  const CaptureFile& capture = request.document->capture;
  PlanRequest plan;
  plan.session_hz = request.session_hz;
  plan.capture_hz = capture.rate_hz;
  plan.method = method_named(choice(request.values[kMethod]), request.live);
  plan.oversampling = request.live ? 1 : 1 << choice(request.values[kOversampling]);
  plan.filters = request.live || choice(request.values[kFilters]) == 1 ? Filters::low_latency : Filters::linear;
  plan.eigenvalues = capture.eigenvalues;
  const bool judged = !capture.eigenvalues.empty() || Ratio::of(plan.session_hz, plan.capture_hz).whole();
  if (plan.method == "auto" && !judged) plan.method = request.live ? "lidl" : "resample";  // stability is not known
  return plan;
}

// The plan that is asked for if it fits the latency, else the nearest that does: auto, then delay lines from the best
// down to the one that is always possible.
Status choose_plan(const VoiceRequest& request, Plan& plan) {
  PlanRequest wanted = plan_request(request);
  const bool possible = static_cast<bool>(make_plan(wanted, plan));
  const auto fits = [&] { return plan.latency_frames <= request.latency_frames && !(request.live && plan.resampled); };
  // Where the file does not tell, what decays as the capture itself does is taken to be stable.
  const auto calm = [&] { return plan.stable || (!plan.judged && plan.decays_as_capture); };
  if (possible && fits()) return calm() ? Status::playing : Status::unstable;
  wanted.method = "auto";
  if (!possible && make_plan(wanted, plan) && fits()) return Status::replaced;
  const int oversampling = wanted.oversampling;
  for (const int factor : {oversampling, 1}) {
    for (const char* const method : {"lagrange5", "lagrange4", "lagrange3", "lagrange2", "lidl", "stn", "naive"}) {
      wanted.oversampling = factor;
      wanted.method = method;
      if (make_plan(wanted, plan) && calm() && fits()) return Status::delay_line;
    }
  }
  return make_plan(wanted, plan) ? Status::unstable : Status::rate;
}

}  // namespace

Shape Shape::of(const Values& values) {
  return {choice(values[kMethod]), choice(values[kOversampling]), choice(values[kFilters]), choice(values[kChannels])};
}

bool Shape::operator==(const Shape& other) const {
  return method == other.method && oversampling == other.oversampling && filters == other.filters && channels == other.channels;
}

float knob_value(const Control& control, float position) { return (position - control.low) / (control.high - control.low); }

std::vector<float> positions_at(const Document& document, const Values& values) {
  std::vector<float> positions = document.positions;
  for (int k = 0; k < std::min(kKnobs, static_cast<int>(positions.size())); ++k) {
    positions[static_cast<std::size_t>(k)] = position_of(document, k, values[static_cast<std::size_t>(kKnob1 + k)]);
  }
  return positions;
}

std::unique_ptr<Voice> Voice::build(const VoiceRequest& request) {
  std::unique_ptr<Voice> voice(new Voice());
  voice->shape_ = Shape::of(request.values);
  voice->document_ = request.document;
  voice->aimed_ = request.values;
  voice->channels_ = voice->shape_.channels == 1 && request.document ? 1 : kPluginChannels;
  int missing_frames = request.latency_frames;
  const bool played = request.session_hz >= kLowestRateHz && request.session_hz <= kHighestRateHz;
  if (!played) voice->status_ = Status::rate;
  if (request.document && played) {
    Plan plan;
    voice->status_ = choose_plan(request, plan);
    if (voice->prepare(request, plan)) {
      missing_frames -= plan.latency_frames;
    } else {
      voice->chain_.reset();
      voice->status_ = Status::rate;
    }
  }
  for (auto& pad : voice->pad_) pad = DelayLine(missing_frames);
  voice->reset();
  return voice;
}

Result Voice::prepare(const VoiceRequest& request, const Plan& plan) {
  const CaptureFile& capture = document_->capture;
  ChainSettings settings;
  settings.channels = channels_;
  for (const Control& control : capture.controls) settings.controls.push_back(control.map);
  settings.positions = positions_at(*document_, request.values);
  settings.input_gain = linear(request.values[kInputGain], capture.input_gain_db);
  settings.output_gain = linear(request.values[kOutputGain], capture.output_gain_db);
  settings.mix = request.values[kMix];
  lead_frames_ = plan.latency_frames / 2;  // half of the latency is that of the stages before the network
  chain_ = std::make_unique<Chain>();
  return chain_->prepare(capture.model, plan, settings, default_isa());
}

void Voice::aim(const Values& values) noexcept {
  if (!chain_) return;
  const CaptureFile& capture = document_->capture;
  const int knobs = std::min(kKnobs, static_cast<int>(capture.controls.size()));
  for (int parameter = kInputGain; parameter < kKnob1 + knobs; ++parameter) {
    const float value = values[static_cast<std::size_t>(parameter)];
    if (value == aimed_[static_cast<std::size_t>(parameter)]) continue;
    aimed_[static_cast<std::size_t>(parameter)] = value;
    if (parameter == kInputGain) chain_->set_input_gain(linear(value, capture.input_gain_db));
    if (parameter == kOutputGain) chain_->set_output_gain(linear(value, capture.output_gain_db));
    if (parameter == kMix) chain_->set_mix(value);
    const int knob = parameter - kKnob1;
    if (knob >= 0) chain_->set_position(knob, position_of(*document_, knob, value));
  }
}

void Voice::snap_levels() noexcept {
  if (!chain_) return;
  chain_->snap_levels();
  for (auto& pad : pad_) pad.reset(chain_->rest_output());
}

void Voice::reset() {
  played_frames_ = 0;
  next_move_ = 0;
  if (chain_ && !document_->moves.empty()) {
    const std::vector<float> positions = positions_at(*document_, aimed_);
    for (std::size_t k = 0; k < positions.size(); ++k) chain_->set_position(static_cast<int>(k), positions[k]);
  }
  if (chain_) chain_->reset(document_->start);
  for (auto& pad : pad_) pad.reset(chain_ ? chain_->rest_output() : 0.0f);
}

// Cut where a knob moves, as a render without a host does it: the bits are the same.
void Voice::play(const float* const* x, float* const* y, int frames) noexcept {
  const std::vector<Move>& moves = document_->moves;
  for (int at = 0; at < frames;) {
    for (; next_move_ < moves.size() && moves[next_move_].frame + lead_frames_ <= played_frames_; ++next_move_) {
      chain_->set_position(moves[next_move_].knob, moves[next_move_].position);
    }
    std::int64_t count = frames - at;
    if (next_move_ < moves.size()) count = std::min(count, moves[next_move_].frame + lead_frames_ - played_frames_);
    const float* const from[kPluginChannels] = {x[0] + at, x[1] + at};
    float* const to[kPluginChannels] = {y[0] + at, y[1] + at};
    chain_->process(from, to, static_cast<int>(count));
    at += static_cast<int>(count);
    played_frames_ += count;
  }
}

void Voice::process(const float* const* x, float* const* y, int frames) noexcept {
  const float* const* from = x;
  if (chain_) {
    play(x, y, frames);
    from = y;
  }
  for (int c = 0; c < channels_; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    pad_[channel].process(from[c], frames, y[c]);
  }
  if (channels_ == 1) std::copy_n(y[0], frames, y[1]);
}

}  // namespace afx::plugin
