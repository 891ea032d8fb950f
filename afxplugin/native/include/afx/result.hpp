// Outcome of an operation that may be refused: nothing in the core throws across its interface.
#pragma once
#include <string>
#include <utility>

namespace afx {

struct Result {
  bool ok = true;
  std::string why;  // what, given, allowed; empty when ok

  static Result success() { return {}; }
  static Result failure(std::string reason) { return {false, std::move(reason)}; }
  explicit operator bool() const { return ok; }
};

}  // namespace afx
