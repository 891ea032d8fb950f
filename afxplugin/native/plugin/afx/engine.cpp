#include "engine.hpp"

#include <algorithm>
#include <cmath>

#include "latency.hpp"

namespace afx::plugin {
namespace {

constexpr double kFadeSeconds = 0.020;
constexpr double kWarmSeconds = 0.050;  // a new voice listens for this long, and its latency, before it is heard

template <class Buffers>
std::array<float*, kPluginChannels> pointers(Buffers& buffers) {
  return {buffers[0].data(), buffers[1].data()};
}

}  // namespace

Engine::Engine(bool live, double session_hz) : live_(live) {
  for (int p = 0; p < kParameterCount; ++p) values_[static_cast<std::size_t>(p)] = parameter_info(p).standard;
  session_hz_ = static_cast<int>(std::lround(session_hz));
  latency_frames_ = live_ ? 0 : reported_latency_frames(session_hz_);
  sem_init(&wake_, 0, 0);
}

Engine::~Engine() {
  if (worker_.joinable()) {
    quit_ = true;
    sem_post(&wake_);
    worker_.join();
  }
  delete next_.load();
  delete retired_.load();
  sem_destroy(&wake_);
}

void Engine::set_value(int parameter, float value) noexcept {
  auto& stored = values_[static_cast<std::size_t>(parameter)];
  stored = checked_value(parameter, live_, value, stored);
}

float Engine::value(int parameter) const noexcept { return values_[static_cast<std::size_t>(parameter)]; }

Values Engine::values() const noexcept {
  Values now;
  for (std::size_t p = 0; p < now.size(); ++p) now[p] = values_[p];
  return now;
}

// Hosts are C: whatever goes wrong while a document is read or a voice built, memory that is not there among it, ends here.
Result Engine::set_document(const std::string& text) noexcept {
  try {
    return load(text);
  } catch (...) {
    return {false, "out of memory"};  // short enough that it needs none
  }
}

Result Engine::load(const std::string& text) {
  auto document = std::make_shared<Document>();
  if (!text.empty()) {
    if (Result read = read_document(text, *document); !read) return read;
  }
  const std::lock_guard<std::mutex> guard(mutex_);
  std::shared_ptr<const Document> before = text.empty() ? nullptr : std::move(document);
  document_.swap(before);
  const Values values_before = values();
  if (document_) {
    const std::size_t knobs = std::min<std::size_t>(kKnobs, document_->positions.size());
    for (std::size_t k = 0; k < knobs; ++k) {
      values_[kKnob1 + k] = knob_value(document_->capture.controls[k], document_->positions[k]);
    }
  }
  try {
    rebuild();
  } catch (...) {
    document_.swap(before);
    for (std::size_t p = 0; p < values_before.size(); ++p) values_[p] = values_before[p];
    throw;
  }
  return Result::success();
}

std::string Engine::document() const noexcept {
  try {
    const std::lock_guard<std::mutex> guard(mutex_);
    return document_ ? write_document(*document_, positions_at(*document_, values())) : std::string();
  } catch (...) {
    return {};
  }
}

// Without the memory for a voice the sound passes unchanged.
void Engine::activate(double session_hz) noexcept {
  try {
    start(session_hz);
  } catch (...) {
    const std::lock_guard<std::mutex> guard(mutex_);
    now_.reset();
    values_[kStatus] = static_cast<float>(Status::empty);
    active_ = true;  // run() is called from here on, whatever has come of this
  }
}

void Engine::start(double session_hz) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const int rate_hz = static_cast<int>(std::lround(session_hz));
  const bool stale = !now_ || rate_hz != session_hz_ || built_ != Shape::of(values());
  session_hz_ = rate_hz;
  latency_frames_ = live_ ? 0 : reported_latency_frames(rate_hz);
  fade_frames_ = std::max(1, static_cast<int>(kFadeSeconds * rate_hz));
  for (auto& line : dry_delay_) line = DelayLine(latency_frames_);
  active_ = false;
  coming_.reset();
  change_ = Change::none;
  if (Voice* const waiting = next_.exchange(nullptr)) now_.reset(waiting);
  if (stale) {
    rebuild();
  } else {
    now_->aim(values());
    now_->reset();
  }
  asked_ = built_;
  wet_ = values_[kBypass] < 0.5f ? 1.0f : 0.0f;
  fresh_ = true;
  active_ = true;
  if (!worker_.joinable()) worker_ = std::thread(&Engine::work, this);
}

void Engine::deactivate() {
  const std::lock_guard<std::mutex> guard(mutex_);
  active_ = false;
}

void Engine::rebuild() {
  VoiceRequest request;
  request.document = document_;
  request.values = values();
  request.session_hz = session_hz_;
  request.latency_frames = latency_frames_;
  request.live = live_;
  std::unique_ptr<Voice> voice = Voice::build(request);
  built_ = voice->shape();
  values_[kStatus] = static_cast<float>(voice->status());
  if (active_) {
    delete next_.exchange(voice.release());
  } else {
    now_ = std::move(voice);
  }
}

void Engine::work() {
  for (;;) {
    while (sem_wait(&wake_) != 0) {
    }
    delete retired_.exchange(nullptr);
    if (quit_) return;
    const std::lock_guard<std::mutex> guard(mutex_);
    try {
      if (active_ && built_ != Shape::of(values())) rebuild();
    } catch (...) {  // no memory: what plays goes on playing
    }
  }
}

// Between changes a voice that has been built comes in: at once where nothing has been heard yet, else by a fade.
void Engine::take_next() noexcept {
  if (change_ != Change::none || retired_.load() != nullptr) return;
  Voice* const voice = next_.exchange(nullptr);
  if (voice == nullptr) return;
  coming_.reset(voice);
  if (fresh_) {
    std::swap(now_, coming_);
    retire();
    return;
  }
  change_ = Change::warming;
  change_frames_ = latency_frames_ + static_cast<int>(kWarmSeconds * session_hz_);
}

void Engine::retire() noexcept {
  retired_ = coming_.release();
  change_ = Change::none;
  sem_post(&wake_);
}

void Engine::run(const float* const* x, float* const* y, int frames) noexcept {
  const Values now = values();
  if (const Shape shape = Shape::of(now); shape != asked_) {
    asked_ = shape;
    sem_post(&wake_);
  }
  take_next();
  if (now_) now_->aim(now);
  if (coming_) coming_->aim(now);
  if (fresh_ && frames > 0) {  // hosts hand over what was set before the first frame with it: nothing has been heard to move from
    if (now_) now_->snap_levels();
    wet_ = now[kBypass] < 0.5f ? 1.0f : 0.0f;
  }
  for (int at = 0; at < frames; at += kChunk) {
    const float* const from[kPluginChannels] = {x[0] + at, x[1] + at};
    float* const to[kPluginChannels] = {y[0] + at, y[1] + at};
    chunk(from, to, std::min(kChunk, frames - at));
  }
  fresh_ = fresh_ && frames <= 0;
}

void Engine::chunk(const float* const* x, float* const* y, int frames) noexcept {
  for (std::size_t c = 0; c < kPluginChannels; ++c) {
    for (int n = 0; n < frames; ++n) {
      in_[c][static_cast<std::size_t>(n)] = std::isfinite(x[c][n]) ? x[c][n] : 0.0f;  // filters would never forget it
    }
    dry_delay_[c].process(in_[c].data(), frames, dry_[c].data());
  }
  const auto in = pointers(in_), out = pointers(out_), other = pointers(other_);
  if (now_) {
    now_->process(in.data(), out.data(), frames);
  } else {
    out_ = dry_;
  }
  if (change_ != Change::none) {
    coming_->process(in.data(), other.data(), frames);
    fade(frames);
  }
  const float aim = values_[kBypass] < 0.5f ? 1.0f : 0.0f;
  const float step = 1.0f / static_cast<float>(fade_frames_);
  for (int n = 0; n < frames; ++n) {
    const auto i = static_cast<std::size_t>(n);
    if (wet_ != aim) wet_ = aim > wet_ ? std::min(aim, wet_ + step) : std::max(aim, wet_ - step);
    for (std::size_t c = 0; c < kPluginChannels; ++c) {
      const float mixed = wet_ == 1.0f ? out_[c][i] : dry_[c][i] + wet_ * (out_[c][i] - dry_[c][i]);
      y[c][n] = std::isfinite(mixed) ? mixed : 0.0f;  // a method that was forced may diverge: a mixer must not hear that
    }
  }
}

// Leaves in out_ what is heard of the two voices. The change moves on in whole chunks: a frame's weight follows from how
// many are left, so that block sizes matter to its beginning alone.
void Engine::fade(int frames) noexcept {
  for (int n = 0; n < frames; ++n) {
    if (change_frames_ == 0 && change_ == Change::warming) {
      change_ = Change::fading;
      change_frames_ = fade_frames_;
    }
    if (change_frames_ > 0) --change_frames_;
    if (change_ == Change::warming) continue;
    const auto i = static_cast<std::size_t>(n);
    const float share = 1.0f - static_cast<float>(change_frames_) / static_cast<float>(fade_frames_);
    for (std::size_t c = 0; c < kPluginChannels; ++c) out_[c][i] += share * (other_[c][i] - out_[c][i]);
  }
  if (change_ == Change::fading && change_frames_ == 0) {
    std::swap(now_, coming_);
    retire();
  }
}

}  // namespace afx::plugin
