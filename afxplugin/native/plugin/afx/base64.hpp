// Base64 (RFC 4648, section 4) to bytes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace afx::plugin {

// False where a character is none of the alphabet's, or the length none that an encoder makes.
bool decode_base64(const std::string& text, std::vector<std::uint8_t>& bytes);

}  // namespace afx::plugin
