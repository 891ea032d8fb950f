#include "afx/dot.hpp"

#include "../simd/dot.hpp"

namespace afx {

const DotFunctions& dot_functions(Isa isa) {
#if defined(AFX_X86)
  if (isa == Isa::avx512) return simd_avx512::dot_functions;
  if (isa == Isa::avx2) return simd_avx2::dot_functions;
#endif
  (void)isa;
  return simd_baseline::dot_functions;
}

}  // namespace afx
