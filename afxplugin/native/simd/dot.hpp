#pragma once
#include "afx/dot.hpp"

namespace simd_baseline {
extern const afx::DotFunctions dot_functions;
}
namespace simd_avx2 {
extern const afx::DotFunctions dot_functions;
}
namespace simd_avx512 {
extern const afx::DotFunctions dot_functions;
}
