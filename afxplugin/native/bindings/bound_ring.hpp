#pragma once
#include "afx/ring.hpp"
#include "in_use.hpp"

// A ring as Python has it: each of its two ends serves one thread at a time.
struct BoundRing : afx::Ring {
  InUse reader, writer;
};
