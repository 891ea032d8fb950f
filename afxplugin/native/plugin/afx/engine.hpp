// The plugin without its format: parameters, the state, and voices that change without a glitch.
//
// Threads: run() is the audio thread's; set_value() and value() are anybody's; everything else is called outside the audio
// thread and may be slow. A voice is built outside the audio thread, by who asks for it or by a thread of the engine's own
// where a parameter changed, handed over through one pointer, and comes back through another to be freed.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <semaphore.h>

#include "afx/delay_line.hpp"
#include "parameters.hpp"
#include "voice.hpp"

namespace afx::plugin {

class Engine {
 public:
  Engine(bool live, double session_hz);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  int latency_frames() const { return latency_frames_; }

  void set_value(int parameter, float value) noexcept;  // checked; what is not a number changes nothing
  float value(int parameter) const noexcept;

  // Loads a document (document.hpp); on failure the sound stays as it is. Empty text takes the capture out.
  Result set_document(const std::string& text) noexcept;
  std::string document() const noexcept;  // with the knobs where they stand; empty without a capture, or without memory

  void activate(double session_hz) noexcept;  // from here on run() may be called; starts from silence
  void deactivate();

  // x, y: two channels; may be the same buffers; any number of frames. No allocation, no lock.
  void run(const float* const* x, float* const* y, int frames) noexcept;

 private:
  enum class Change { none, warming, fading };
  static constexpr int kChunk = 256;

  Values values() const noexcept;
  Result load(const std::string& text);
  void start(double session_hz);
  void rebuild();  // under mutex_
  void work();
  void take_next() noexcept;
  void chunk(const float* const* x, float* const* y, int frames) noexcept;
  void fade(int frames) noexcept;
  void retire() noexcept;

  const bool live_;
  int session_hz_ = 0;
  int latency_frames_ = 0;
  std::array<std::atomic<float>, kParameterCount> values_;

  mutable std::mutex mutex_;  // never taken by the audio thread
  std::shared_ptr<const Document> document_;
  Shape built_;  // of the newest voice
  bool active_ = false;
  std::thread worker_;
  sem_t wake_;
  std::atomic<bool> quit_{false};
  std::atomic<Voice*> next_{nullptr};     // built, not yet taken by the audio thread
  std::atomic<Voice*> retired_{nullptr};  // no longer played, to be freed

  // The audio thread's own.
  std::unique_ptr<Voice> now_, coming_;
  Change change_ = Change::none;
  int change_frames_ = 0;  // left of the change
  int fade_frames_ = 1;
  bool fresh_ = true;  // nothing has been played since activate
  Shape asked_;        // what the worker was last woken for
  float wet_ = 1.0f;   // 0 while bypassed
  std::array<DelayLine, kPluginChannels> dry_delay_;
  using Buffers = std::array<std::array<float, kChunk>, kPluginChannels>;
  Buffers in_{}, dry_{}, out_{}, other_{};
};

}  // namespace afx::plugin
