#include "afx/network.hpp"

#include <cmath>
#include <cstddef>

namespace afx {
namespace {

// Sums of 128 such numbers stay finite in float32.
constexpr float kLargestWeight = 1e30f;

Result check(const std::vector<float>& values, std::size_t expected, const std::string& name) {
  if (values.size() != expected) {
    return Result::failure(name + " has " + std::to_string(values.size()) + " numbers, needs " +
                           std::to_string(expected));
  }
  for (const float v : values) {
    if (std::fabs(v) <= kLargestWeight) continue;
    return Result::failure(name + " holds a number that is not finite or above 1e30");
  }
  return Result::success();
}

Result check_range(int value, int high, const char* name) {
  if (value >= 1 && value <= high) return Result::success();
  const std::string given = std::string(name) + " is " + std::to_string(value);
  return Result::failure(given + ", allowed are 1 to " + std::to_string(high));
}

}  // namespace

Result validate(const Network& network) {
  if (Result r = check_range(network.hidden, kMaxHidden, "hidden size"); !r) return r;
  if (Result r = check_range(static_cast<int>(network.layers.size()), kMaxLayers, "number of layers"); !r) return r;
  if (Result r = check_range(network.inputs, kMaxInputs, "number of inputs"); !r) return r;
  const auto hidden = static_cast<std::size_t>(network.hidden);
  const std::size_t rows = hidden * static_cast<std::size_t>(gate_count(network.cell));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Network::Layer& layer = network.layers[k];
    const std::string suffix = " of layer " + std::to_string(k);
    const std::size_t inputs = k == 0 ? static_cast<std::size_t>(network.inputs) : hidden;
    if (Result r = check(layer.w_ih, rows * inputs, "input weight" + suffix); !r) return r;
    if (Result r = check(layer.w_hh, rows * hidden, "recurrent weight" + suffix); !r) return r;
    if (Result r = check(layer.bias, rows, "bias" + suffix); !r) return r;
    const std::size_t inside = network.cell == Cell::gru ? hidden : 0;
    if (Result r = check(layer.bias_hn, inside, "recurrent bias of n" + suffix); !r) return r;
  }
  if (Result r = check(network.head_weight, hidden, "head weight"); !r) return r;
  if (Result r = check({network.head_bias, network.skip}, 2, "head bias or skip"); !r) return r;
  const std::size_t states = hidden * network.layers.size();
  if (Result r = check(network.h0, network.h0.empty() ? 0 : states, "initial h"); !r) return r;
  const bool has_c = network.cell == Cell::lstm;
  return check(network.c0, network.c0.empty() || !has_c ? 0 : states, "initial c");
}

}  // namespace afx
