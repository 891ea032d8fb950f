// What a DAW session keeps of the plugin beside its parameters: the capture's content and where its knobs stand.
//
// One line of JSON: {"version": 1, "name": .., "sha256": of the .afx bytes, "path": where they came from, relative,
// "positions": [knob positions in the user's units], "start": "settled" | "zero", "afx": the .afx file in base64}.
#pragma once
#include <string>
#include <vector>

#include "afx/chain.hpp"
#include "afx/result.hpp"
#include "capture_file.hpp"

namespace afx::plugin {

struct Document {
  std::string sha256, path;
  std::vector<float> positions;  // one for each control
  Start start = Start::settled;
  std::string content;  // base64
  CaptureFile capture;
};

// Refuses, with the reason, what is malformed, of a newer version, or whose content is not what its sha256 says.
Result read_document(const std::string& text, Document& document);

std::string write_document(const Document& document, const std::vector<float>& positions);

}  // namespace afx::plugin
