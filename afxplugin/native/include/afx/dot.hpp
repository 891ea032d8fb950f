// The inner loops of the rate converters, one copy per instruction set. Every output is summed in an order that depends
// only on the length of the filter, so the bits do not depend on alignment, block size or position.
#pragma once
#include "afx/isa.hpp"

namespace afx {

// Rows of polyphase taps are padded with zeros to a multiple of this.
constexpr int kDotWidth = 16;

// Coefficients and step of a rational converter. Consecutive outputs lie whole + part / phases input frames apart.
struct Polyphase {
  const float* taps = nullptr;  // rows of `width`, oldest input first
  int width = 0;                // a multiple of kDotWidth
  int offset = 0;               // the newest input that a row reads lies this many frames back
  int phases = 1;
  int whole = 1;
  int part = 0;
  int intervals = 0;  // 0: one row for each phase; else intervals + 1 rows at i / intervals, interpolated linearly
};

// Where the next output stands: `due` input frames after the start of the next block, plus phase / phases.
struct PolyphaseCursor {
  int due = 0;
  int phase = 0;
};

struct DotFunctions {
  // Writes every output that falls into the `frames` inputs at x and moves the cursor to the block after. The
  // offset + width - 1 frames before x must be there too. Returns how many were written.
  int (*polyphase)(const Polyphase& filter, PolyphaseCursor& cursor, const float* x, int frames, float* y) noexcept;
  // y[i] = sum_k taps[k] x[i + k], k < count.
  void (*slide)(const float* taps, int count, const float* x, int frames, float* y) noexcept;
};

// isa must be available on this machine.
const DotFunctions& dot_functions(Isa isa);

}  // namespace afx
