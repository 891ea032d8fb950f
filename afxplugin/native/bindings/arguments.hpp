// Arguments as Python gives them -> the core's own types; ValueError says what was given and what is allowed.
#pragma once
#include <optional>
#include <string>

#include <nanobind/nanobind.h>

#include "afx/filter_design.hpp"
#include "afx/isa.hpp"
#include "afx/result.hpp"

[[noreturn]] inline void refuse(const std::string& why) { throw nanobind::value_error(why.c_str()); }

inline void require(const afx::Result& result) {
  if (!result) refuse(result.why);
}

inline afx::Filters filters_named(const std::string& name) {
  if (name == "linear") return afx::Filters::linear;
  if (name == "low-latency") return afx::Filters::low_latency;
  refuse("filters: '" + name + "' was given, 'linear' and 'low-latency' are allowed");
}

inline afx::Isa isa_named(const std::optional<std::string>& name) {
  afx::Isa isa = afx::default_isa();
  if (name && !afx::isa_from_name(name->c_str(), isa)) {
    refuse("instruction set: '" + *name + "' was given, 'baseline', 'avx2' and 'avx512' are allowed");
  }
  if (!afx::isa_available(isa)) refuse("this machine has no " + *name);
  return isa;
}

// Whether a signal such as Ctrl-C ends what this thread does; called without the GIL. The error then waits in Python.
inline bool interrupted() {
  const nanobind::gil_scoped_acquire acquire;
  return PyErr_CheckSignals() != 0;
}
