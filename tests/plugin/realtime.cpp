// Counts the audio thread's allocations and locks while the plugins' engine plays and changes; there must be none.
// Argument: a file with a state document.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <pthread.h>

#include "../allocation_counter.hpp"
#include "engine.hpp"

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using Lock = int (*)(pthread_mutex_t*);
  static const Lock real = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (counting) count = count + 1;
  return real(mutex);
}

namespace {

bool counter_counts_locks() {
  std::mutex mutex;
  count = 0;
  counting = true;
  mutex.lock();
  counting = false;
  mutex.unlock();
  return count == 1;
}

void play(afx::plugin::Engine& engine, int blocks, int frames) {
  std::vector<float> memory(static_cast<std::size_t>(2 * frames), 0.1f);
  float* y[2] = {memory.data(), memory.data() + frames};
  for (int k = 0; k < blocks; ++k) {
    counting = true;
    engine.run(y, y, frames);
    counting = false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  const std::string document((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!counter_counts() || !counter_counts_locks()) return std::puts("the counter does not count"), 1;
  std::puts("the counter counts");
  count = 0;
  for (const bool live : {false, true}) {
    afx::plugin::Engine engine(live, 48000.0);
    if (const afx::Result loaded = engine.set_document(document); !loaded) return std::puts(loaded.why.c_str()), 1;
    engine.activate(48000.0);
    play(engine, 20, 64);
    for (const int method : {2, 5, 0}) {  // each builds another voice, which fades in
      engine.set_value(afx::plugin::kMethod, static_cast<float>(method));
      play(engine, 300, 64);
    }
    for (int p = 0; p < afx::plugin::kKnob1 + 2; ++p) {
      engine.set_value(p, 0.7f);
      play(engine, 10, 333);
    }
    engine.set_document(document);
    play(engine, 30, 512);
    engine.set_document("");
    play(engine, 30, 512);
  }
  std::printf("%ld allocations and locks\n", static_cast<long>(count));
  return count == 0 ? 0 : 1;
}
