#include "document.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>

#include <nlohmann/json.hpp>

#include "base64.hpp"
#include "bounded_json.hpp"
#include "sha256.hpp"

namespace afx::plugin {
namespace {

using Json = nlohmann::json;
constexpr int kVersion = 1;
constexpr std::uint64_t kLastFrame = std::uint64_t{1} << 52;

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result read_positions(const Json& object, const std::vector<Control>& controls, std::vector<float>& positions) {
  positions.clear();
  for (const Control& control : controls) positions.push_back(control.standard);
  const auto found = object.find("positions");
  if (found == object.end()) return Result::success();
  if (!found->is_array() || found->size() != controls.size()) {
    return Result::failure("positions: " + std::to_string(controls.size()) + " numbers are needed, one for each knob");
  }
  for (std::size_t k = 0; k < controls.size(); ++k) {
    const Json& value = (*found)[k];
    if (!value.is_number() || !std::isfinite(value.get<float>())) return Result::failure("positions: finite numbers are needed");
    positions[k] = std::clamp(value.get<float>(), controls[k].low, controls[k].high);
  }
  return Result::success();
}

const Json* column(const Json& moves, const char* key) {
  const auto found = moves.find(key);
  return found != moves.end() && found->is_array() ? &*found : nullptr;
}

Result read_moves(const Json& object, const std::vector<Control>& controls, std::vector<Move>& moves) {
  const auto found = object.find("moves");
  if (found == object.end()) return Result::success();
  const Result failure = Result::failure("moves: columns of equal length are needed: frames that do not fall, knobs that exist, positions");
  const Json* const frames = column(*found, "frames");
  const Json* const knobs = column(*found, "knobs");
  const Json* const positions = column(*found, "positions");
  if (!frames || !knobs || !positions || frames->size() != knobs->size() || frames->size() != positions->size()) return failure;
  moves.reserve(frames->size());
  for (std::size_t k = 0; k < frames->size(); ++k) {
    const Json &frame = (*frames)[k], &knob = (*knobs)[k], &position = (*positions)[k];
    if (!frame.is_number_unsigned() || frame.get<std::uint64_t>() > kLastFrame) return failure;
    if (!knob.is_number_unsigned() || knob.get<std::uint64_t>() >= controls.size()) return failure;
    if (!position.is_number() || !std::isfinite(position.get<float>())) return failure;
    const Control& control = controls[knob.get<std::size_t>()];
    const Move move{frame.get<std::int64_t>(), knob.get<int>(), std::clamp(position.get<float>(), control.low, control.high)};
    if (!moves.empty() && move.frame < moves.back().frame) return failure;
    moves.push_back(move);
  }
  return Result::success();
}

Result read_checked(const std::string& text, Document& document) {
  Json object;
  if (const Result parsed = parse_json(text.data(), text.size(), object); !parsed) return Result::failure("not a state of this plugin: " + parsed.why);
  if (!object.is_object()) return Result::failure("not a state of this plugin: a JSON object is needed");
  const auto version = object.find("version");
  if (version == object.end() || !version->is_number_unsigned()) return Result::failure("not a state of this plugin: it has no version");
  if (*version != kVersion) {
    return Result::failure("a state of version " + version->dump() + "; this plugin reads version 1");
  }
  Document made;
  made.path = text_at(object, "path");
  if (const auto content = object.find("afx"); content != object.end() && content->is_string()) {
    made.content = std::move(content->get_ref<std::string&>());  // up to 48 MB
  }
  std::vector<std::uint8_t> bytes;
  if (!decode_base64(made.content, bytes)) return Result::failure("afx: not base64");
  made.sha256 = sha256(bytes.data(), bytes.size());
  if (made.sha256 != text_at(object, "sha256")) return Result::failure("afx: damaged, its sha256 is not the one stated");
  if (Result read = read_capture(bytes.data(), bytes.size(), made.capture); !read) return read;
  if (Result read = read_positions(object, made.capture.controls, made.positions); !read) return read;
  if (Result read = read_moves(object, made.capture.controls, made.moves); !read) return read;
  made.start = text_at(object, "start") == "zero" ? Start::zero : Start::settled;
  document = std::move(made);
  return Result::success();
}

}  // namespace

Result read_document(const std::string& text, Document& document) {
  try {
    return read_checked(text, document);
  } catch (const std::exception& error) {
    return Result::failure(error.what());
  }
}

std::string write_document(const Document& document, const std::vector<float>& positions) {
  const Json object = {{"version", kVersion},
                       {"name", document.capture.name},
                       {"sha256", document.sha256},
                       {"path", document.path},
                       {"positions", positions},
                       {"start", document.start == Start::zero ? "zero" : "settled"},
                       {"afx", document.content}};
  return object.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace afx::plugin
