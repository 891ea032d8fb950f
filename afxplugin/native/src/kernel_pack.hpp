// A network's matrices in the order in which the recurrence loop walks them (simd/kernel.hpp).
#pragma once
#include <cstddef>
#include <new>
#include <vector>

#include "afx/network.hpp"

namespace afx {

// Zeroed floats on a cache line's boundary.
class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count = 0) { resize(count); }
  void resize(std::size_t count) {
    const std::size_t lead = 64 / sizeof(float);
    memory_.assign(count + lead, 0.0f);
    const auto address = reinterpret_cast<std::size_t>(memory_.data());
    first_ = (64 - address % 64) % 64 / sizeof(float);
    count_ = count;
  }
  float* data() { return memory_.data() + first_; }
  const float* data() const { return memory_.data() + first_; }
  std::size_t size() const { return count_; }

  AlignedFloats(AlignedFloats&&) noexcept = default;
  AlignedFloats& operator=(AlignedFloats&&) noexcept = default;

 private:
  std::vector<float> memory_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

struct PackedLayer {
  AlignedFloats w_in, w_hh, bias;
  AlignedFloats w_cond;  // (conditions, size of the bias)
  int in_columns = 1;
};

int accumulator_count(Cell cell);

// widest: floats of the widest vector that the copy of the loop uses.
PackedLayer pack_layer(const Network& network, int index, int widest);

}  // namespace afx
