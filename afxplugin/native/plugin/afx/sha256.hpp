// SHA-256 (FIPS 180-4), as lower-case hex digits.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace afx::plugin {

std::string sha256(const std::uint8_t* data, std::size_t size);

}  // namespace afx::plugin
