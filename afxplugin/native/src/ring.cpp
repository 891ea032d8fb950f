#include "afx/ring.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <new>
#include <string>
#include <utility>

#if defined(__linux__)
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace afx {

namespace {

constexpr std::uint32_t magic = 0x52584641;  // "AFXR"
constexpr std::uint32_t layout = 2;

using Word = std::atomic<std::uint32_t>;
using Count = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && Count::is_always_lock_free && sizeof(Word) == 4, "shared between processes");

// One direction of waiting. `wants` is what the sleeper waits for, 0 while nobody sleeps; `turns` is the futex.
struct Bell {
  Word turns{0};
  Word wants{0};
};

}  // namespace

// The two ends write to cache lines of their own.
struct RingMemory {
  std::uint32_t magic_word = magic;
  std::uint32_t layout_word = layout;
  std::uint32_t channels = 0;
  std::uint32_t capacity = 0;
  alignas(64) Count written{0};
  Count written_ns{0};
  Bell data;
  alignas(64) Count read{0};
  Bell space;
  Count underruns{0};
  alignas(64) Word ended{0};
  Word closed{0};
};

#if defined(__linux__)

namespace {

std::uint64_t bytes_of(int channels, int capacity) {
  return sizeof(RingMemory) + sizeof(float) * static_cast<std::uint64_t>(channels) * static_cast<std::uint64_t>(capacity);
}

std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1000000000 + t.tv_nsec;
}

void ring_bell(Bell& bell) {
  bell.turns.fetch_add(1);
  syscall(SYS_futex, &bell.turns, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// After a move: wake the sleeper only where it has what it wants, so that a small move costs no system call.
void ring_if_wanted(Bell& bell, int available) {
  const std::uint32_t wants = bell.wants.load();
  if (wants != 0 && static_cast<std::uint32_t>(available) >= wants) ring_bell(bell);
}

// `ready` is looked at again after `wants` is stored: with both sides sequentially consistent, either this side sees
// the move or the mover sees `wants`.
template <class Ready>
bool sleep_until(Bell& bell, int wants, std::int64_t timeout_ns, const Ready& ready) {
  const std::int64_t end_ns = timeout_ns < 0 ? 0 : now_ns() + timeout_ns;
  while (!ready()) {
    const std::uint32_t turn = bell.turns.load();
    bell.wants.store(static_cast<std::uint32_t>(wants));
    if (ready()) break;
    timespec rest{};
    if (timeout_ns >= 0) {
      const std::int64_t left_ns = end_ns - now_ns();
      if (left_ns <= 0) {
        bell.wants.store(0);
        return false;
      }
      rest.tv_sec = static_cast<time_t>(left_ns / 1000000000);
      rest.tv_nsec = static_cast<long>(left_ns % 1000000000);
    }
    syscall(SYS_futex, &bell.turns, FUTEX_WAIT, turn, timeout_ns < 0 ? nullptr : &rest, nullptr, 0);
  }
  bell.wants.store(0);
  return true;
}

std::string system_reason() { return std::strerror(errno); }

}  // namespace

Result Ring::create(int channels, int capacity) {
  detach();
  if (channels < 1 || channels > max_channels || capacity < 1 || capacity > max_capacity) {
    return Result::failure("a ring of " + std::to_string(channels) + " channels and " + std::to_string(capacity) +
                           " frames was asked for; allowed: 1 to 64 channels, 1 to 16777216 frames");
  }
  int rounded = 1;
  while (rounded < capacity) rounded *= 2;
  const std::uint64_t bytes = bytes_of(channels, rounded);
  const int descriptor = memfd_create("afx-ring", MFD_CLOEXEC);
  if (descriptor < 0) return Result::failure("no memory for a ring: " + system_reason());
  descriptor_ = descriptor;
  owns_descriptor_ = true;
  if (ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
    const std::string why = system_reason();
    detach();
    return Result::failure("no memory for a ring: " + why);
  }
  const Result mapped = map(descriptor, bytes);
  if (!mapped) return mapped;
  new (memory_) RingMemory;
  memory_->channels = static_cast<std::uint32_t>(channels);
  memory_->capacity = static_cast<std::uint32_t>(rounded);
  channels_ = channels;
  capacity_ = rounded;
  return {};
}

Result Ring::attach(int descriptor) {
  detach();
  struct stat status {};
  const Result refusal = Result::failure("descriptor " + std::to_string(descriptor) + " is not a ring");
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return refusal;
  const std::uint64_t bytes = static_cast<std::uint64_t>(status.st_size);
  if (bytes < sizeof(RingMemory) || bytes > bytes_of(max_channels, max_capacity)) return refusal;
  if (!map(descriptor, bytes)) return refusal;
  const std::uint32_t channels = memory_->channels, capacity = memory_->capacity;
  const bool known = memory_->magic_word == magic && memory_->layout_word == layout;
  const bool sized = channels >= 1 && channels <= max_channels && capacity >= 1 && capacity <= max_capacity &&
                     (capacity & (capacity - 1)) == 0;
  if (!known || !sized || bytes_of(static_cast<int>(channels), static_cast<int>(capacity)) != bytes) {
    detach();
    return refusal;
  }
  channels_ = static_cast<int>(channels);
  capacity_ = static_cast<int>(capacity);
  descriptor_ = descriptor;
  return {};
}

Result Ring::map(int descriptor, std::uint64_t bytes) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) {
    const std::string why = system_reason();
    detach();
    return Result::failure("a ring cannot be mapped: " + why);
  }
  memory_ = static_cast<RingMemory*>(mapped);
  samples_ = reinterpret_cast<float*>(static_cast<char*>(mapped) + sizeof(RingMemory));
  bytes_ = bytes;
  return {};
}

void Ring::detach() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
  if (owns_descriptor_) ::close(descriptor_);
  memory_ = nullptr;
  samples_ = nullptr;
  descriptor_ = -1;
  owns_descriptor_ = false;
  channels_ = capacity_ = 0;
}

int Ring::readable() const { return static_cast<int>(memory_->written.load() - memory_->read.load()); }

int Ring::writable() const { return capacity_ - readable(); }

int Ring::write(const float* const* x, int frames) {
  const int n = std::min(frames, writable());
  if (n <= 0) return 0;
  const std::uint64_t at = memory_->written.load(std::memory_order_relaxed);
  const int start = static_cast<int>(at & static_cast<std::uint64_t>(capacity_ - 1));
  const int first = std::min(n, capacity_ - start);
  for (int c = 0; c < channels_; ++c) {
    float* const row = samples_ + static_cast<std::int64_t>(c) * capacity_;
    std::memcpy(row + start, x[c], sizeof(float) * static_cast<std::size_t>(first));
    std::memcpy(row, x[c] + first, sizeof(float) * static_cast<std::size_t>(n - first));
  }
  memory_->written_ns.store(static_cast<std::uint64_t>(now_ns()), std::memory_order_relaxed);  // before what it tells of
  memory_->written.store(at + static_cast<std::uint64_t>(n));
  ring_if_wanted(memory_->data, readable());
  return n;
}

int Ring::read(float* const* y, int frames) {
  const int n = std::min(frames, readable());
  if (n <= 0) return 0;
  const std::uint64_t at = memory_->read.load(std::memory_order_relaxed);
  const int start = static_cast<int>(at & static_cast<std::uint64_t>(capacity_ - 1));
  const int first = std::min(n, capacity_ - start);
  for (int c = 0; c < channels_; ++c) {
    const float* const row = samples_ + static_cast<std::int64_t>(c) * capacity_;
    std::memcpy(y[c], row + start, sizeof(float) * static_cast<std::size_t>(first));
    std::memcpy(y[c] + first, row, sizeof(float) * static_cast<std::size_t>(n - first));
  }
  memory_->read.store(at + static_cast<std::uint64_t>(n));
  ring_if_wanted(memory_->space, writable());
  return n;
}

bool Ring::wait_readable(int frames, std::int64_t timeout_ns) {
  const int wants = std::clamp(frames, 1, std::max(1, capacity_ / 2));
  return sleep_until(memory_->data, wants, timeout_ns, [&] { return readable() >= wants || ended() || closed(); });
}

bool Ring::wait_writable(int frames, std::int64_t timeout_ns) {
  const int wants = std::clamp(frames, 1, std::max(1, capacity_ / 2));
  return sleep_until(memory_->space, wants, timeout_ns, [&] { return writable() >= wants || closed(); });
}

void Ring::end() {
  memory_->ended.store(1);
  ring_bell(memory_->data);
}

void Ring::close() {
  memory_->closed.store(1);
  ring_bell(memory_->data);
  ring_bell(memory_->space);
}

#else

Result Ring::create(int, int) { return Result::failure("rings between processes are made on Linux only"); }
Result Ring::attach(int) { return Result::failure("rings between processes are made on Linux only"); }
void Ring::detach() {}
int Ring::readable() const { return 0; }
int Ring::writable() const { return 0; }
int Ring::write(const float* const*, int) { return 0; }
int Ring::read(float* const*, int) { return 0; }
bool Ring::wait_readable(int, std::int64_t) { return false; }
bool Ring::wait_writable(int, std::int64_t) { return false; }
void Ring::end() {}
void Ring::close() {}

#endif

void Ring::take(Ring& other) {
  detach();
  std::swap(memory_, other.memory_);
  std::swap(samples_, other.samples_);
  std::swap(bytes_, other.bytes_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(owns_descriptor_, other.owns_descriptor_);
  std::swap(channels_, other.channels_);
  std::swap(capacity_, other.capacity_);
}

bool Ring::ended() const { return memory_->ended.load() != 0; }
bool Ring::closed() const { return memory_->closed.load() != 0; }
std::uint64_t Ring::frames_written() const { return memory_->written.load(); }
std::uint64_t Ring::frames_read() const { return memory_->read.load(); }
std::int64_t Ring::last_write_ns() const { return static_cast<std::int64_t>(memory_->written_ns.load(std::memory_order_relaxed)); }
std::uint64_t Ring::underruns() const { return memory_->underruns.load(); }
void Ring::count_underruns(int frames) { memory_->underruns.fetch_add(static_cast<std::uint64_t>(std::max(frames, 0))); }

}  // namespace afx
