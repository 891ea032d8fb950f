// What a DAW session keeps of the plugin beside its parameters: the capture's content and where its knobs stand.
//
// One line of JSON: {"version": 1, "name": .., "sha256": of the .afx bytes, "path": where they came from, relative,
// "positions": [knob positions in the user's units], "start": "settled" | "zero", "afx": the .afx file in base64}.
// Renders add "moves": {"frames": [..], "knobs": [..], "positions": [..]}; what a session keeps does not have them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "afx/chain.hpp"
#include "afx/result.hpp"
#include "capture_file.hpp"

namespace afx::plugin {

// A knob goes to a position, in the user's units, at a frame of the session's rate, counted from the first one played.
struct Move {
  std::int64_t frame = 0;
  int knob = 0;
  float position = 0.0f;
};

struct Document {
  std::string sha256, path;
  std::vector<float> positions;  // one for each control
  std::vector<Move> moves;       // in the order of their frames
  Start start = Start::settled;
  std::string content;  // base64
  CaptureFile capture;
};

// Refuses, with the reason, what is malformed, of a newer version, or whose content is not what its sha256 says.
Result read_document(const std::string& text, Document& document);

std::string write_document(const Document& document, const std::vector<float>& positions);

}  // namespace afx::plugin
