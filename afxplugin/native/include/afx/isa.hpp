// Which instruction sets the core was compiled for, and which one this machine should use.
#pragma once

namespace afx {

enum class Isa { baseline = 0, avx2 = 1, avx512 = 2 };

const char* isa_name(Isa isa);
bool isa_from_name(const char* name, Isa& isa);  // false: unknown name
bool isa_available(Isa isa);                     // compiled in, and this CPU has it
// The fastest available one, unless the environment variable AFX_ISA names another available one.
Isa default_isa();

}  // namespace afx
