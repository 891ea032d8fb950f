// Feeds the plugins' engine broken states and odd calls; built with sanitizers, which end it at the first mistake.
// Arguments: a file with a good state document, how many rounds.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine.hpp"
#include "sha256.hpp"

namespace {

using afx::plugin::Engine;

std::mt19937 generator(1);
int random(int below) { return static_cast<int>(generator() % static_cast<unsigned>(below)); }

std::string broken(std::string text) {
  switch (random(4)) {
    case 0: return text.substr(0, static_cast<std::size_t>(random(static_cast<int>(text.size()))));
    case 1: return std::string(static_cast<std::size_t>(random(2000)), static_cast<char>(random(256)));
    default:
      for (int k = random(4); k >= 0; --k) text[static_cast<std::size_t>(random(static_cast<int>(text.size())))] = static_cast<char>(random(256));
      return text;
  }
}

// A capture file with a few changed bytes, past the document's own checks.
void read_broken_capture(const std::vector<std::uint8_t>& good) {
  std::vector<std::uint8_t> bytes = good;
  for (int k = random(4); k >= 0; --k) bytes[static_cast<std::size_t>(random(static_cast<int>(std::min<std::size_t>(bytes.size(), 4000))))] = static_cast<std::uint8_t>(random(256));
  if (random(3) == 0) bytes.resize(static_cast<std::size_t>(random(static_cast<int>(bytes.size()))));
  afx::plugin::CaptureFile capture;
  (void)afx::plugin::read_capture(bytes.data(), bytes.size(), capture);
}

void play(Engine& engine, int frames) {
  std::vector<float> memory(static_cast<std::size_t>(2 * frames), 0.1f);
  if (frames > 3) memory[3] = std::nanf("");
  float* y[2] = {memory.data(), memory.data() + frames};
  engine.run(y, y, frames);
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::ifstream capture_file(arguments[2], std::ios::binary);
  const std::string capture((std::istreambuf_iterator<char>(capture_file)), std::istreambuf_iterator<char>());
  const std::vector<std::uint8_t> bytes(capture.begin(), capture.end());
  const double rates[] = {8000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0, 768000.0, 1.0};
  const int frames[] = {0, 1, 17, 64, 512, 8192};
  for (int round = 0; round < std::atoi(arguments[3]); ++round) {
    Engine engine(random(2) == 1, rates[random(8)]);
    if (round % 3 == 0) engine.activate(rates[random(8)]);
    if (const afx::Result loaded = engine.set_document(good); !loaded) return std::puts(loaded.why.c_str()), 1;
    if (round % 3 != 0) engine.activate(rates[random(8)]);
    for (int k = 0; k < 12; ++k) {
      (void)engine.set_document(broken(good));
      read_broken_capture(bytes);
      engine.set_value(random(afx::plugin::kParameterCount), static_cast<float>(random(4000) - 2000) / 100.0f);
      play(engine, frames[random(6)]);
      if (random(5) == 0) engine.activate(rates[random(8)]);
    }
    (void)engine.document();
    engine.deactivate();
  }
  std::puts("survived");
}
