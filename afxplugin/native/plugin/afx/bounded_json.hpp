// JSON from a stranger's session, preset or capture: its cost is bounded before anything is built of it.
#pragma once
#include <cstddef>

#include <nlohmann/json_fwd.hpp>

#include "afx/result.hpp"

namespace afx::plugin {

constexpr std::size_t kMaxJsonBytes = std::size_t{48} << 20;  // the largest captures are a few MB, a million moves 35
constexpr int kMaxJsonDepth = 64;                             // as captures are read elsewhere; real files nest about ten deep

// Parses a text into a value, after one linear pass over it that refuses what would cost too much: depth beyond
// kMaxJsonDepth, more bytes, values, strings or containers than any capture or state has, a number of endless digits.
// Refuses what is not JSON too. May throw std::bad_alloc.
Result parse_json(const char* text, std::size_t size, nlohmann::json& value);

}  // namespace afx::plugin
