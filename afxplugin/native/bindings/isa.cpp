#include "afx/isa.hpp"

#include <string>

#include <nanobind/stl/string.h>

#include "register.hpp"

namespace nb = nanobind;

void register_isa(nb::module_& m) {
  m.def("default_isa", [] { return std::string(afx::isa_name(afx::default_isa())); },
        "Name of the instruction set in use: the fastest of this machine, unless AFX_ISA names another.");
  m.def("isa_available", [](const std::string& name) {
    afx::Isa isa{};
    return afx::isa_from_name(name.c_str(), isa) && afx::isa_available(isa);
  }, nb::arg("name"), "Whether this build and this machine have the instruction set baseline, avx2 or avx512.");
}
