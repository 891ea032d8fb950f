#include "capture_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "afx/plan.hpp"
#include "bounded_json.hpp"

namespace afx::plugin {
namespace {

using Json = nlohmann::json;
constexpr const char* kSchema = "1";
constexpr double kMaxGainDb = 200.0;
constexpr double kMaxSkip = 1e6;
constexpr std::size_t kMaxBytes = std::size_t{32} << 20;   // as captures are read elsewhere; the largest have a few MB
constexpr std::size_t kMaxNameBytes = 800;                 // 200 characters
constexpr std::size_t kMaxBreakpoints = 4096;              // searched by the audio thread
constexpr std::size_t kMaxEigenvalues = std::size_t{1} << 17;  // 125 grid points of the largest network have 96000

// Within this file a refusal is an exception; read_capture turns it into a Result.
[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

// Values of a parsed text are looked at where they stand, never copied.
const Json* member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const std::string* text(const Json& object, const char* key) {
  const Json* const found = member(object, key);
  return found != nullptr && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

double number(const Json& object, const char* key, double fallback) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  if (!found->is_number()) refuse(std::string(key) + ": a number is needed");
  return found->get<double>();
}

int whole(const Json& object, const char* key, int fallback) {
  const double value = number(object, key, fallback);
  if (!(value >= 0.0 && value <= 1e6) || value != std::floor(value)) refuse(std::string(key) + ": a whole number is needed");
  return static_cast<int>(value);
}

float finite(double value, const std::string& what) {
  const auto narrow = static_cast<float>(value);  // 1e39 is infinite from here on
  if (!std::isfinite(narrow)) refuse(what + " is not finite");
  return narrow;
}

// The container: metadata, and tensors as views into the bytes.
class Container {
 public:
  Container(const std::uint8_t* data, std::size_t size) {
    std::uint64_t length = 0;
    if (size < 8) refuse("not an .afx file: shorter than its header");
    if (size > kMaxBytes) refuse("an .afx file of " + std::to_string(size) + " bytes; allowed: at most 32 MB");
    for (std::size_t k = 0; k < 8; ++k) length |= static_cast<std::uint64_t>(data[k]) << (8 * k);
    if (length > size - 8) refuse("not an .afx file, or truncated: its header is longer than the file");
    const Result parsed = parse_json(reinterpret_cast<const char*>(data + 8), static_cast<std::size_t>(length), header_);
    if (!parsed) refuse("not an .afx file: its header: " + parsed.why);
    if (!header_.is_object()) refuse("not an .afx file: its header is not a JSON object");
    tensors_ = data + 8 + length;
    bytes_ = size - 8 - static_cast<std::size_t>(length);
  }

  const std::string& metadata(const char* key) const {
    const Json* const found = member(header_, "__metadata__");
    const std::string* const value = found != nullptr && found->is_object() ? text(*found, key) : nullptr;
    if (value == nullptr) refuse(std::string("not an .afx file: __metadata__ lacks the text ") + key);
    return *value;
  }

  bool has(const std::string& name) const { return header_.contains(name); }

  std::vector<float> tensor(const std::string& name, const std::vector<std::size_t>& shape) const {
    if (!has(name)) refuse(name + ": missing");
    const Json& entry = header_[name];
    const std::string* const type = entry.is_object() ? text(entry, "dtype") : nullptr;
    if (type == nullptr || *type != "F32" || !is_shape(member(entry, "shape"), shape)) {
      refuse(name + ": F32 of shape " + Json(shape).dump() + " is needed");
    }
    const Json* const offsets = member(entry, "data_offsets");
    std::size_t count = 1;  // of sides that the architecture's limits bound
    for (const std::size_t side : shape) count *= side;
    if (offsets == nullptr || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
        !(*offsets)[1].is_number_unsigned()) {
      refuse(name + ": two offsets are needed");
    }
    const auto begin = (*offsets)[0].get<std::uint64_t>(), end = (*offsets)[1].get<std::uint64_t>();
    if (begin > end || end > bytes_ || end - begin != 4 * count) refuse(name + ": its bytes do not lie in the file");
    std::vector<float> values(count);
    std::memcpy(values.data(), tensors_ + begin, 4 * count);
    return values;
  }

 private:
  static bool is_shape(const Json* given, const std::vector<std::size_t>& shape) {
    if (given == nullptr || !given->is_array() || given->size() != shape.size()) return false;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      if (!(*given)[k].is_number_unsigned() || (*given)[k].get<std::uint64_t>() != shape[k]) return false;
    }
    return true;
  }

  Json header_;
  const std::uint8_t* tensors_ = nullptr;
  std::size_t bytes_ = 0;
};

Cell cell_named(const std::string& name) {
  if (name == "lstm") return Cell::lstm;
  if (name == "gru") return Cell::gru;
  if (name == "rnn") return Cell::rnn;
  refuse("cell '" + name.substr(0, 40) + "' is given; lstm, gru and rnn are played");
}

// prefix: of the tensors' names. description: what the header says of this network.
Network network_of(const Container& file, const Json& description, const std::string& prefix) {
  const Json* const given = member(description, "architecture");
  const std::string* const cell = given != nullptr && given->is_object() ? text(*given, "cell") : nullptr;
  if (cell == nullptr) refuse("architecture: missing");
  const Json& shape = *given;
  Network network;
  network.cell = cell_named(*cell);
  network.hidden = whole(shape, "hidden", 0);
  network.inputs = whole(shape, "inputs", 1);
  const int layers = whole(shape, "layers", 1);
  if (network.hidden < 1 || network.hidden > kMaxHidden || layers < 1 || layers > kMaxLayers || network.inputs < 1 ||
      network.inputs > kMaxInputs) {
    refuse("architecture: 1 to " + std::to_string(kMaxHidden) + " hidden units, 1 to " + std::to_string(kMaxLayers) +
           " layers and 1 to " + std::to_string(kMaxInputs) + " inputs are played");
  }
  const auto hidden = static_cast<std::size_t>(network.hidden);
  const auto rows = hidden * static_cast<std::size_t>(gate_count(network.cell));
  for (int k = 0; k < layers; ++k) {
    const std::string suffix = "_l" + std::to_string(k);
    Network::Layer layer;
    layer.w_ih = file.tensor(prefix + "rec.weight_ih" + suffix, {rows, k == 0 ? static_cast<std::size_t>(network.inputs) : hidden});
    layer.w_hh = file.tensor(prefix + "rec.weight_hh" + suffix, {rows, hidden});
    layer.bias = file.tensor(prefix + "rec.bias" + suffix, {rows});
    if (network.cell == Cell::gru) layer.bias_hn = file.tensor(prefix + "rec.bias_hn" + suffix, {hidden});
    network.layers.push_back(std::move(layer));
  }
  network.head_weight = file.tensor(prefix + "head.weight", {1, hidden});
  network.head_bias = file.tensor(prefix + "head.bias", {1}).front();
  const std::size_t states = hidden * static_cast<std::size_t>(layers);
  if (file.has(prefix + "rec.h0")) network.h0 = file.tensor(prefix + "rec.h0", {states});
  if (file.has(prefix + "rec.c0")) network.c0 = file.tensor(prefix + "rec.c0", {states});
  const double skip = number(description, "skip", 0.0);
  if (!(std::fabs(skip) <= kMaxSkip)) refuse("skip: a gain of at most 1e6 is needed");
  network.skip = static_cast<float>(skip);
  return network;
}

std::vector<std::pair<float, float>> breakpoints_of(const Json& map) {
  const char* const needed = "maps: pairs of numbers are needed";
  if (!map.is_array()) refuse(needed);
  if (map.size() > kMaxBreakpoints) {
    refuse("maps: " + std::to_string(map.size()) + " breakpoints are given; at most " + std::to_string(kMaxBreakpoints) + " are played");
  }
  std::vector<std::pair<float, float>> breakpoints;
  for (const Json& pair : map) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) refuse(needed);
    breakpoints.emplace_back(pair[0].get<float>(), pair[1].get<float>());
  }
  return breakpoints;
}

Control control_of(const Json& entry, const Json* map) {
  const std::string* const name = entry.is_object() ? text(entry, "name") : nullptr;
  if (name == nullptr) refuse("controls: a name is needed");
  Control control;
  control.name = name->substr(0, kMaxNameBytes);
  control.low = finite(number(entry, "low", 0.0), control.name + ": low");
  control.high = finite(number(entry, "high", 1.0), control.name + ": high");
  control.standard = finite(number(entry, "default", 0.5), control.name + ": default");
  if (!(control.low < control.high)) refuse(control.name + ": low must be below high");
  finite(static_cast<double>(control.high) - control.low, control.name + ": its range");
  control.standard = std::clamp(control.standard, control.low, control.high);
  control.map.breakpoints = {{control.low, 0.0f}, {control.high, 1.0f}};
  if (map != nullptr) control.map.breakpoints = breakpoints_of(*map);
  if (const Result checked = validate(control.map); !checked) refuse(control.name + ": " + checked.why);
  return control;
}

std::vector<Control> controls_of(const Json& header, int conditions) {
  const Json* const entries = member(header, "controls");
  const Json* const maps = member(header, "maps");
  const std::size_t count = entries == nullptr ? 0 : entries->size();
  if ((entries != nullptr && !entries->is_array()) || count != static_cast<std::size_t>(conditions)) {
    refuse("controls: " + std::to_string(conditions) + " are needed, one for each knob of its networks");
  }
  if (maps != nullptr && (!maps->is_array() || maps->size() != count)) refuse("maps: one is needed for each control");
  std::vector<Control> controls;
  for (std::size_t k = 0; k < count; ++k) controls.push_back(control_of((*entries)[k], maps == nullptr ? nullptr : &(*maps)[k]));
  return controls;
}

std::vector<double> eigenvalue_parts(const Json& stored, const char* key) {
  const Json* const rows = stored.is_object() ? member(stored, key) : nullptr;
  if (rows == nullptr || !rows->is_array()) refuse("loop_eigenvalues: real and imag are needed");
  std::vector<double> parts;
  for (const Json& row : *rows) {
    if (!row.is_array()) refuse("loop_eigenvalues: rows of numbers are needed");
    for (const Json& value : row) {
      if (!value.is_number()) refuse("loop_eigenvalues: rows of numbers are needed");
      parts.push_back(value.get<double>());
    }
  }
  return parts;
}

Eigenvalues eigenvalues_of(const Json& description) {
  const Json* const stored = member(description, "loop_eigenvalues");
  if (stored == nullptr) return {};
  const std::vector<double> real = eigenvalue_parts(*stored, "real"), imag = eigenvalue_parts(*stored, "imag");
  if (real.size() != imag.size()) refuse("loop_eigenvalues: as many real as imaginary parts are needed");
  Eigenvalues values;
  for (std::size_t k = 0; k < real.size(); ++k) {
    if (!std::isfinite(real[k]) || !std::isfinite(imag[k])) refuse("loop_eigenvalues are not finite");
    values.emplace_back(real[k], imag[k]);
  }
  return values;
}

std::vector<float> place_of(const Json& snapshot, std::size_t knobs) {
  const Json* const at = member(snapshot, "at");
  if (at == nullptr || !at->is_array() || at->empty() || at->size() > kMaxBlendKnobs || (knobs != 0 && at->size() != knobs)) {
    refuse("snapshots: as many coordinates as knobs, 1 or 2, are needed");
  }
  std::vector<float> place;
  for (const Json& value : *at) {
    if (!value.is_number()) refuse("snapshots: coordinates are numbers");
    place.push_back(finite(value.get<double>(), "snapshots: a coordinate"));
  }
  return place;
}

// Snapshots stand in the order of their grid, the last knob running fastest.
BlendGrid grid_of(const std::vector<std::vector<float>>& places) {
  BlendGrid grid;
  grid.axes.resize(places.front().size());
  for (std::size_t k = 0; k < grid.axes.size(); ++k) {
    for (const auto& place : places) grid.axes[k].push_back(place[k]);
    std::sort(grid.axes[k].begin(), grid.axes[k].end());
    grid.axes[k].erase(std::unique(grid.axes[k].begin(), grid.axes[k].end()), grid.axes[k].end());
  }
  bool ordered = grid.size() == places.size();
  for (std::size_t n = 0; ordered && n < places.size(); ++n) {
    std::size_t rest = n;
    for (std::size_t k = grid.axes.size(); k-- > 0; rest /= grid.axes[k].size()) {
      ordered = ordered && places[n][k] == grid.axes[k][rest % grid.axes[k].size()];
    }
  }
  if (!ordered) refuse("snapshots: a full grid in order, the last knob running fastest, is needed");
  return grid;
}

void read_snapshots(const Container& file, const Json& snapshots, CaptureFile& capture) {
  if (!snapshots.is_array() || snapshots.size() < 2 || snapshots.size() > kMaxSnapshots) refuse("snapshots: 2 to 64 are played");
  std::vector<std::vector<float>> places;
  bool judged = true;
  for (std::size_t k = 0; k < snapshots.size(); ++k) {
    if (!snapshots[k].is_object()) refuse("snapshots: objects are needed");
    places.push_back(place_of(snapshots[k], places.empty() ? 0 : places.front().size()));
    capture.model.networks.push_back(network_of(file, snapshots[k], "c" + std::to_string(k) + "."));
    capture.model.delay_frames.push_back(whole(snapshots[k], "delay_frames", 0));
    const Eigenvalues own = eigenvalues_of(snapshots[k]);
    judged = judged && !own.empty();
    capture.eigenvalues.insert(capture.eigenvalues.end(), own.begin(), own.end());
  }
  if (!judged) capture.eigenvalues.clear();
  capture.model.grid = grid_of(places);
}

double gain_of(const Json& header, const char* key) {
  const double gain_db = number(header, key, 0.0);
  if (!(std::fabs(gain_db) <= kMaxGainDb)) refuse(std::string(key) + ": -200 to 200 dB are allowed");
  return gain_db;
}

}  // namespace

Result read_capture(const std::uint8_t* data, std::size_t size, CaptureFile& capture) {
  try {
    const Container file(data, size);
    const std::string& schema = file.metadata("schema");
    if (schema.compare(0, schema.find('.'), kSchema) != 0) refuse("schema " + schema.substr(0, 20) + " of .afx is newer than this plugin, which reads 1");
    const std::string& described = file.metadata("afx");
    Json header;
    if (const Result parsed = parse_json(described.data(), described.size(), header); !parsed) refuse("its description: " + parsed.why);
    if (!header.is_object()) refuse("its description is not a JSON object");
    CaptureFile made;
    if (const std::string* const name = text(header, "name")) made.name = name->substr(0, kMaxNameBytes);
    made.rate_hz = whole(header, "rate_hz", 0);
    if (made.rate_hz < kLowestRateHz || made.rate_hz > kHighestRateHz) refuse("rate_hz: 8000 to 384000 Hz are allowed");
    if (header.contains("snapshots")) {
      read_snapshots(file, header["snapshots"], made);
    } else {
      made.model.networks.push_back(network_of(file, header, ""));
      made.eigenvalues = eigenvalues_of(header);
    }
    // Each costs a search for roots wherever a voice is built; without them stability is not known.
    if (made.eigenvalues.size() > kMaxEigenvalues) made.eigenvalues.clear();
    made.controls = controls_of(header, made.model.knobs());
    made.input_gain_db = gain_of(header, "input_gain_db");
    made.output_gain_db = gain_of(header, "output_gain_db");
    if (Result checked = validate(made.model); !checked) return checked;
    capture = std::move(made);
    return Result::success();
  } catch (const std::exception& error) {  // also what the JSON library or memory throws
    return Result::failure(error.what());
  }
}

}  // namespace afx::plugin
