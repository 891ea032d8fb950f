// A ring of audio frames in memory that two processes share: one writes, the other reads, neither ever holds a lock.
//
// The memory is an anonymous file (memfd) made by one process and inherited by the other, so a ring is named by a file
// descriptor. Waiting is a futex on that memory: no polling. Linux only; elsewhere create and attach say so.
#pragma once
#include <cstdint>

#include "afx/result.hpp"

namespace afx {

struct RingMemory;

class Ring {
 public:
  static constexpr int max_channels = 64;
  static constexpr int max_capacity = 1 << 24;

  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { detach(); }

  // Makes the memory: channels 1 to 64, capacity in frames, rounded up to a power of two.
  Result create(int channels, int capacity);
  // Maps the ring behind a descriptor that stays the caller's; refuses a descriptor that is not a ring.
  Result attach(int descriptor);
  void detach();
  void take(Ring& other);  // becomes the other, which is left detached

  bool attached() const { return memory_ != nullptr; }
  int descriptor() const { return descriptor_; }
  int channels() const { return channels_; }
  int capacity() const { return capacity_; }

  // Frames that can be read or written now. Each end may only rely on its own number not to shrink.
  int readable() const;
  int writable() const;

  // The audio calls: no lock, no allocation, no waiting. They return how many frames were moved, from 0 to `frames`.
  int write(const float* const* x, int frames);
  int read(float* const* y, int frames);

  // Sleep until so many frames can be moved, but for more than half the capacity, which is waited for no longer: with that
  // both ends can never wait for each other. Waiting also ends where the stream has ended (readers only), the
  // ring is closed, or the time is over; a negative timeout waits for ever. False where the time was over.
  bool wait_readable(int frames, std::int64_t timeout_ns);
  bool wait_writable(int frames, std::int64_t timeout_ns);

  void end();    // the writer: nothing will follow what has been written
  void close();  // either side, or a third that saw one die: nobody waits for the other any more
  bool ended() const;
  bool closed() const;

  std::uint64_t frames_written() const;
  std::uint64_t frames_read() const;
  // When the last frames were written, by std::chrono::steady_clock, which the processes of a machine share; 0: none yet.
  std::int64_t last_write_ns() const;
  // Frames that a reader in a hurry had to do without; it counts them itself.
  std::uint64_t underruns() const;
  void count_underruns(int frames);

 private:
  Result map(int descriptor, std::uint64_t bytes);

  RingMemory* memory_ = nullptr;
  float* samples_ = nullptr;  // [channel][frame modulo capacity]
  std::uint64_t bytes_ = 0;
  int descriptor_ = -1;
  bool owns_descriptor_ = false;
  int channels_ = 0;
  int capacity_ = 0;
};

}  // namespace afx
