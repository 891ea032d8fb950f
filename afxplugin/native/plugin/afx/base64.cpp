#include "base64.hpp"

namespace afx::plugin {
namespace {

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

bool decode_base64(const std::string& text, std::vector<std::uint8_t>& bytes) {
  if (text.size() % 4 != 0) return false;
  std::size_t characters = text.size();
  for (int k = 0; k < 2 && characters > 0 && text[characters - 1] == '='; ++k) --characters;
  bytes.clear();
  bytes.reserve(characters * 3 / 4);
  unsigned pending = 0;
  int bits = 0;
  for (std::size_t k = 0; k < characters; ++k) {
    const int value = value_of(text[k]);
    if (value < 0) return false;
    pending = (pending << 6 | static_cast<unsigned>(value)) & 0xffffffu;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(pending >> bits & 0xffu));
    }
  }
  return true;
}

}  // namespace afx::plugin
