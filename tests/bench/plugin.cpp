// Time of the plugins' engine at small blocks and of the bare kernel over the same frames, in turn, in one process.
// Arguments: a file with a state document, channels (1 or 2), frames a block, rounds. Prints both, ns a frame and round.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "afx/feedback.hpp"
#include "afx/kernel.hpp"
#include "document.hpp"
#include "engine.hpp"

namespace {

constexpr int kFrames = 1 << 15;

double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

template <class Run>
double ns_per_frame(Run run) {
  const double started = thread_ns();
  run();
  return (thread_ns() - started) / kFrames;
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const int channels = std::atoi(arguments[2]), block = std::atoi(arguments[3]);
  afx::plugin::Document document;
  if (const afx::Result read = afx::plugin::read_document(text, document); !read) return std::puts(read.why.c_str()), 1;
  const afx::Network& network = document.capture.model.networks.front();

  afx::plugin::Engine engine(false, document.capture.rate_hz);
  engine.set_value(afx::plugin::kChannels, channels == 1 ? 1.0f : 0.0f);
  engine.set_document(text);
  engine.activate(document.capture.rate_hz);
  afx::Kernel kernel;
  if (const afx::Result made = kernel.prepare(network, afx::Feedback{}, channels, afx::default_isa()); !made) return std::puts(made.why.c_str()), 1;
  kernel.settle(nullptr);
  kernel.reset_settled();

  std::vector<float> x[2], y[2];
  for (auto& channel : x) {
    for (int n = 0; n < kFrames; ++n) channel.push_back(0.1f * static_cast<float>(std::rand()) / static_cast<float>(RAND_MAX) - 0.05f);
  }
  for (auto& channel : y) channel.assign(kFrames, 0.0f);
  for (int round = 0; round < std::atoi(arguments[4]); ++round) {
    const double engine_ns = ns_per_frame([&] {
      for (int at = 0; at < kFrames; at += block) {
        const float* const from[2] = {x[0].data() + at, x[1].data() + at};
        float* const to[2] = {y[0].data() + at, y[1].data() + at};
        engine.run(from, to, std::min(block, kFrames - at));
      }
    });
    const double kernel_ns = ns_per_frame([&] {
      const float* const from[2] = {x[0].data(), x[1].data()};
      float* const to[2] = {y[0].data(), y[1].data()};
      kernel.process(from, to, kFrames, nullptr, false);
    });
    std::printf("%.2f %.2f\n", engine_ns, kernel_ns);
  }
}
