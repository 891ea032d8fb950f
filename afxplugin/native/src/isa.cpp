#include "afx/isa.hpp"

#include <cstdlib>
#include <cstring>

namespace afx {
namespace {
constexpr const char* kNames[] = {"baseline", "avx2", "avx512"};
}

const char* isa_name(Isa isa) { return kNames[static_cast<int>(isa)]; }

bool isa_from_name(const char* name, Isa& isa) {
  for (int i = 0; i < 3; ++i) {
    if (std::strcmp(name, kNames[i]) == 0) {
      isa = static_cast<Isa>(i);
      return true;
    }
  }
  return false;
}

bool isa_available(Isa isa) {
  if (isa == Isa::baseline) return true;
#if defined(AFX_X86)
  if (isa == Isa::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#else
  return false;
#endif
}

Isa default_isa() {
  Isa chosen = Isa::baseline;
  if (const char* name = std::getenv("AFX_ISA"); name != nullptr && isa_from_name(name, chosen) && isa_available(chosen)) {
    return chosen;
  }
  if (isa_available(Isa::avx512)) return Isa::avx512;
  return isa_available(Isa::avx2) ? Isa::avx2 : Isa::baseline;
}

}  // namespace afx
