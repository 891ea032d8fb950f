#include "capture_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "afx/plan.hpp"

namespace afx::plugin {
namespace {

using Json = nlohmann::json;
constexpr const char* kSchema = "1";
constexpr double kMaxGainDb = 200.0;
constexpr double kMaxSkip = 1e6;

// Within this file a refusal is an exception; read_capture turns it into a Result.
[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

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
    for (std::size_t k = 0; k < 8; ++k) length |= static_cast<std::uint64_t>(data[k]) << (8 * k);
    if (length > size - 8) refuse("not an .afx file, or truncated: its header is longer than the file");
    header_ = Json::parse(data + 8, data + 8 + length, nullptr, false);
    if (!header_.is_object()) refuse("not an .afx file: its header is not a JSON object");
    tensors_ = data + 8 + length;
    bytes_ = size - 8 - static_cast<std::size_t>(length);
  }

  std::string metadata(const char* key) const {
    const auto found = header_.find("__metadata__");
    if (found == header_.end() || !found->is_object() || !found->contains(key) || !(*found)[key].is_string()) {
      refuse(std::string("not an .afx file: __metadata__ lacks the text ") + key);
    }
    return (*found)[key].get<std::string>();
  }

  bool has(const std::string& name) const { return header_.contains(name); }

  std::vector<float> tensor(const std::string& name, std::vector<std::size_t> shape) const {
    if (!has(name)) refuse(name + ": missing");
    const Json& entry = header_[name];
    if (!entry.is_object() || entry.value("dtype", Json()) != "F32" || entry.value("shape", Json()) != Json(shape)) {
      refuse(name + ": F32 of shape " + Json(shape).dump() + " is needed");
    }
    const Json offsets = entry.value("data_offsets", Json());
    std::size_t count = 1;
    for (const std::size_t side : shape) count *= side;
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
      refuse(name + ": two offsets are needed");
    }
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > bytes_ || end - begin != 4 * count) refuse(name + ": its bytes do not lie in the file");
    std::vector<float> values(count);
    std::memcpy(values.data(), tensors_ + begin, 4 * count);
    return values;
  }

 private:
  Json header_;
  const std::uint8_t* tensors_ = nullptr;
  std::size_t bytes_ = 0;
};

Cell cell_named(const std::string& name) {
  if (name == "lstm") return Cell::lstm;
  if (name == "gru") return Cell::gru;
  if (name == "rnn") return Cell::rnn;
  refuse("cell '" + name + "' is given; lstm, gru and rnn are played");
}

// prefix: of the tensors' names. description: what the header says of this network.
Network network_of(const Container& file, const Json& description, const std::string& prefix) {
  const Json shape = description.value("architecture", Json());
  if (!shape.is_object() || !shape.contains("cell") || !shape["cell"].is_string()) refuse("architecture: missing");
  Network network;
  network.cell = cell_named(shape["cell"].get<std::string>());
  network.hidden = whole(shape, "hidden", 0);
  network.inputs = whole(shape, "inputs", 1);
  const int layers = whole(shape, "layers", 1);
  if (network.hidden < 1 || network.hidden > kMaxHidden || layers < 1 || layers > kMaxLayers || network.inputs < 1 ||
      network.inputs > kMaxInputs) {
    refuse("architecture: 1 to 128 hidden units, 1 to 3 layers and 1 to 8 inputs are played");
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

std::vector<Control> controls_of(const Json& header, int conditions) {
  const Json entries = header.value("controls", Json::array());
  const Json maps = header.value("maps", Json());
  if (!entries.is_array() || static_cast<int>(entries.size()) != conditions) {
    refuse("controls: " + std::to_string(conditions) + " are needed, one for each knob of its networks");
  }
  if (!maps.is_null() && (!maps.is_array() || maps.size() != entries.size())) refuse("maps: one is needed for each control");
  std::vector<Control> controls;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (!entries[k].is_object() || !entries[k].contains("name") || !entries[k]["name"].is_string()) refuse("controls: a name is needed");
    Control control;
    control.name = entries[k]["name"].get<std::string>();
    control.low = finite(number(entries[k], "low", 0.0), control.name + ": low");
    control.high = finite(number(entries[k], "high", 1.0), control.name + ": high");
    control.standard = finite(number(entries[k], "default", 0.5), control.name + ": default");
    if (!(control.low < control.high)) refuse(control.name + ": low must be below high");
    control.standard = std::clamp(control.standard, control.low, control.high);
    control.map.breakpoints = {{control.low, 0.0f}, {control.high, 1.0f}};
    if (!maps.is_null()) {
      if (!maps[k].is_array()) refuse("maps: pairs of numbers are needed");
      control.map.breakpoints.clear();
      for (const Json& pair : maps[k]) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) refuse("maps: pairs of numbers are needed");
        control.map.breakpoints.emplace_back(pair[0].get<float>(), pair[1].get<float>());
      }
    }
    if (const Result checked = validate(control.map); !checked) refuse(control.name + ": " + checked.why);
    controls.push_back(std::move(control));
  }
  return controls;
}

Eigenvalues eigenvalues_of(const Json& description) {
  const Json stored = description.value("loop_eigenvalues", Json());
  if (stored.is_null()) return {};
  std::vector<double> parts[2];
  const char* const keys[2] = {"real", "imag"};
  for (int k = 0; k < 2; ++k) {
    const Json rows = stored.is_object() ? stored.value(keys[k], Json()) : Json();
    if (!rows.is_array()) refuse("loop_eigenvalues: real and imag are needed");
    for (const Json& row : rows) {
      if (!row.is_array()) refuse("loop_eigenvalues: rows of numbers are needed");
      for (const Json& value : row) {
        if (!value.is_number()) refuse("loop_eigenvalues: rows of numbers are needed");
        parts[k].push_back(value.get<double>());
      }
    }
  }
  if (parts[0].size() != parts[1].size()) refuse("loop_eigenvalues: as many real as imaginary parts are needed");
  Eigenvalues values;
  for (std::size_t k = 0; k < parts[0].size(); ++k) {
    if (!std::isfinite(parts[0][k]) || !std::isfinite(parts[1][k])) refuse("loop_eigenvalues are not finite");
    values.emplace_back(parts[0][k], parts[1][k]);
  }
  return values;
}

std::vector<float> place_of(const Json& snapshot, std::size_t knobs) {
  const Json at = snapshot.value("at", Json());
  if (!at.is_array() || at.empty() || at.size() > kMaxBlendKnobs || (knobs != 0 && at.size() != knobs)) {
    refuse("snapshots: as many coordinates as knobs, 1 or 2, are needed");
  }
  std::vector<float> place;
  for (const Json& value : at) {
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
    const std::string schema = file.metadata("schema");
    if (schema.substr(0, schema.find('.')) != kSchema) refuse("schema " + schema.substr(0, 20) + " of .afx is newer than this plugin, which reads 1");
    const Json header = Json::parse(file.metadata("afx"), nullptr, false);
    if (!header.is_object()) refuse("its description is not a JSON object");
    CaptureFile made;
    const Json name = header.value("name", Json(""));
    made.name = name.is_string() ? name.get<std::string>() : "";
    made.rate_hz = whole(header, "rate_hz", 0);
    if (made.rate_hz < kLowestRateHz || made.rate_hz > kHighestRateHz) refuse("rate_hz: 8000 to 384000 Hz are allowed");
    if (header.contains("snapshots")) {
      read_snapshots(file, header["snapshots"], made);
    } else {
      made.model.networks.push_back(network_of(file, header, ""));
      made.eigenvalues = eigenvalues_of(header);
    }
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
