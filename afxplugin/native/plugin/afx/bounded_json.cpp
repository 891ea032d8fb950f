#include "bounded_json.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace afx::plugin {
namespace {

// A number costs 16 bytes once parsed, a string or an empty container up to 100, which a text buys with three bytes.
constexpr std::size_t kMaxValues = std::size_t{1} << 22;  // a million moves have three million
constexpr std::size_t kMaxStrings = std::size_t{1} << 18;
constexpr std::size_t kMaxContainers = std::size_t{1} << 18;  // a large capture's eigenvalues stand in some thousand rows
constexpr std::size_t kMaxDigits = 1000;

Result too_many(std::size_t most, const char* what) {
  return Result::failure("JSON of more than " + std::to_string(most) + " " + what + "; allowed: at most that");
}

// One pass that knows strings and brackets alone. Text that is not JSON may be counted wrongly, but only from the first
// error on, where the parser stops too.
Result check_cost(const char* text, std::size_t size) {
  std::size_t depth = 0, values = 0, strings = 0, containers = 0, digits = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const char c = text[k];
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > kMaxDigits) return too_many(kMaxDigits, "digits in a row");
    switch (c) {
      case '"':
        if (++strings > kMaxStrings) return too_many(kMaxStrings, "strings");
        for (++k; k < size && text[k] != '"'; ++k) k += text[k] == '\\' ? 1 : 0;
        break;
      case '[':
      case '{':
        if (++depth > static_cast<std::size_t>(kMaxJsonDepth)) {
          return Result::failure("JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels; allowed: at most that");
        }
        if (++containers > kMaxContainers) return too_many(kMaxContainers, "arrays and objects");
        break;
      case ']':
      case '}':
        depth -= depth > 0 ? 1 : 0;
        break;
      case ',':
        if (++values > kMaxValues) return too_many(kMaxValues, "values");
        break;
      default:
        break;
    }
  }
  return Result::success();
}

}  // namespace

Result parse_json(const char* text, std::size_t size, nlohmann::json& value) {
  if (size > kMaxJsonBytes) {
    return Result::failure("JSON of " + std::to_string(size) + " bytes; allowed: at most " + std::to_string(kMaxJsonBytes >> 20) + " MB");
  }
  if (Result checked = check_cost(text, size); !checked) return checked;
  value = nlohmann::json::parse(text, text + size, nullptr, false);
  return value.is_discarded() ? Result::failure("not JSON, or truncated") : Result::success();
}

}  // namespace afx::plugin
