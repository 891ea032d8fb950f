// Loads states that a stranger made, each on a stack as small as hosts give their workers, and says what came of each.
// Argument: a file of states, each after its length in 8 bytes. Prints a line for each: the reason of a refusal, or "played".
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <pthread.h>

#include "engine.hpp"

namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

struct Load {
  std::string text, told;
};

void* load(void* given) {
  Load& job = *static_cast<Load*>(given);
  afx::plugin::Engine engine(false, 48000.0);
  const afx::Result loaded = engine.set_document(job.text);
  job.told = loaded ? "played" : loaded.why;
  if (!loaded) return nullptr;
  engine.activate(48000.0);
  float left[64] = {0.5f}, right[64] = {0.5f};
  float* y[2] = {left, right};
  engine.run(y, y, 64);
  (void)engine.document();
  return nullptr;
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1], std::ios::binary);
  std::uint64_t size = 0;
  while (file.read(reinterpret_cast<char*>(&size), sizeof size)) {
    Load job;
    job.text.resize(static_cast<std::size_t>(size));
    file.read(job.text.data(), static_cast<std::streamsize>(size));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, &load, &job) != 0) return std::puts("no thread"), 1;
    pthread_join(thread, nullptr);
    for (char& c : job.told) c = c == '\n' ? ' ' : c;
    std::puts(job.told.c_str());
  }
}
