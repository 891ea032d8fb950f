// Streaming meters of a render: peak, BS.1770-4 integrated loudness, and where the first non-finite sample stands.
#pragma once
#include <cstdint>
#include <memory>

#include "afx/result.hpp"

namespace afx {

class Meter {
 public:
  Meter();
  ~Meter();
  Meter(Meter&&) noexcept;
  Meter& operator=(Meter&&) noexcept;

  Result prepare(int rate_hz, int channels);
  void process(const float* const* x, int frames) noexcept;  // constant memory, no allocation
  void reset() noexcept;

  float peak() const;             // largest magnitude over all channels
  double loudness_lufs() const;   // -infinity where nothing passes the gate
  std::int64_t frames() const;
  std::int64_t first_bad_frame() const;  // -1: every sample so far is finite
  int first_bad_channel() const;         // -1 likewise

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace afx
