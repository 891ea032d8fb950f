// An .afx capture (a safetensors container) as the core's own types.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "afx/blend.hpp"
#include "afx/control_map.hpp"
#include "afx/result.hpp"
#include "afx/stability.hpp"

namespace afx::plugin {

struct Control {
  std::string name;
  float low = 0.0f;
  float high = 1.0f;
  float standard = 0.5f;  // where the knob stands unless told otherwise
  ControlMap map;
};

struct CaptureFile {
  std::string name;
  int rate_hz = 0;
  Model model;
  std::vector<Control> controls;  // one for each knob of the model
  double input_gain_db = 0.0;
  double output_gain_db = 0.0;
  Eigenvalues eigenvalues;  // of the linearised recurrences; empty where the file lacks some
};

// Every shape, size and number is checked before the capture is built; no content can crash the reader.
Result read_capture(const std::uint8_t* data, std::size_t size, CaptureFile& capture);

}  // namespace afx::plugin
