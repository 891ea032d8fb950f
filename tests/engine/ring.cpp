// A ring between two processes: every frame arrives once and in order, waiting ends when it must, nothing is allocated.
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include <sys/wait.h>
#include <unistd.h>

#include "../allocation_counter.hpp"
#include "afx/ring.hpp"

namespace {

constexpr std::int64_t kMs = 1000000;
constexpr int kFrames = 200000;

// Sample c of frame n is n + c / 2: exact in float, so that a lost or repeated frame is seen.
int produce(int descriptor, int block) {
  afx::Ring ring;
  if (!ring.attach(descriptor)) return 1;
  float left[4096], right[4096];
  for (int sent = 0; sent < kFrames;) {
    const int wanted = block < kFrames - sent ? block : kFrames - sent;
    for (int i = 0; i < wanted; ++i) left[i] = static_cast<float>(sent + i), right[i] = left[i] + 0.5f;
    for (int done = 0; done < wanted;) {
      const float* rest[2] = {left + done, right + done};
      done += ring.write(rest, wanted - done);
      if (done < wanted && !ring.wait_writable(wanted - done, 5000 * kMs)) return 2;
    }
    sent += wanted;
  }
  ring.end();
  return 0;
}

bool consume(afx::Ring& ring, int block) {
  static float left[4096], right[4096];
  int expected = 0;
  count = 0;
  counting = true;
  while (true) {
    if (!ring.wait_readable(block, 5000 * kMs)) return std::puts("waited too long"), false;
    const bool ended = ring.ended();
    float* rows[2] = {left, right};
    const int n = ring.read(rows, block);
    for (int i = 0; i < n; ++i, ++expected) {
      if (left[i] != static_cast<float>(expected) || right[i] != static_cast<float>(expected) + 0.5f) {
        return std::printf("frame %d is another\n", expected), false;
      }
    }
    if (n == 0 && ended) break;
  }
  counting = false;
  if (count != 0) std::printf("%ld allocations\n", count);
  return count == 0 && expected == kFrames;
}

bool carries(int capacity, int written, int read) {
  afx::Ring ring;
  if (!ring.create(2, capacity)) return false;
  const pid_t child = fork();
  if (child == 0) _exit(produce(ring.descriptor(), written));
  const bool whole = consume(ring, read);
  int status = 1;
  waitpid(child, &status, 0);
  return whole && status == 0 && ring.frames_read() == kFrames && ring.frames_written() == kFrames;
}

bool refuses() {
  afx::Ring ring;
  int pipes[2];
  if (pipe(pipes) != 0) return false;
  return !ring.create(0, 10) && !ring.create(2, 0) && !ring.create(65, 10) && !ring.create(1, afx::Ring::max_capacity + 1) &&
         !ring.attach(-1) && !ring.attach(pipes[0]) && !ring.attach(9999) && !ring.attached();
}

bool waits_no_longer_than_asked() {
  afx::Ring ring;
  if (!ring.create(1, 8)) return false;
  if (ring.wait_readable(1, 20 * kMs)) return false;
  const pid_t child = fork();
  if (child == 0) {
    afx::Ring other;
    if (!other.attach(ring.descriptor())) _exit(1);
    usleep(20000);
    other.close();
    _exit(0);
  }
  const bool woken = ring.wait_readable(1, 5000 * kMs) && ring.closed();
  int status = 1;
  waitpid(child, &status, 0);
  return woken && status == 0;
}

}  // namespace

int main() {
  if (!counter_counts()) return std::puts("the counter does not count"), 1;
  int failed = 0;
  for (const int capacity : {1, 64, 1000, 4096})
    for (const int written : {1, 17, 512, 4096})
      for (const int read : {1, 100, 4096}) {
        if (capacity == 1 && (written > 17 || read > 1)) continue;  // a system call a frame: slow and no more telling
        if (!carries(capacity, written, read)) ++failed, std::printf("%d %d %d fails\n", capacity, written, read);
      }
  if (!refuses()) ++failed, std::puts("takes what is no ring");
  if (!waits_no_longer_than_asked()) ++failed, std::puts("waits wrongly");
  std::puts("done");
  return failed == 0 ? 0 : 1;
}
