#include "kernel_pack.hpp"

#include "../simd/block_plan.hpp"

namespace afx {
namespace {

constexpr double kLog2E = 1.4426950408889634;

struct Packer {
  const Network& network;
  std::size_t gates, hidden, padded;
  BlockPlan plan;

  // tanh gates become (1 - e) / (1 + e) with e = 2^(-2 log2(e) z), sigmoids 1 / (1 + 2^(-log2(e) z)).
  double scale(std::size_t gate) const {
    const bool tangent = network.cell == Cell::rnn || gate == 2;
    return tangent ? -2.0 * kLog2E : -kLog2E;
  }

  template <class Visit>
  void each_block(Visit visit) const {
    std::size_t unit = 0;
    const int counts[] = {plan.n16, plan.n8, plan.n4};
    for (std::size_t kind = 0; kind < 3; ++kind) {
      const std::size_t width = std::size_t{16} >> kind;
      for (int b = 0; b < counts[kind]; ++b, unit += width) visit(unit, width);
    }
  }

  // Columns [first, first + columns) of a row-major (gates * hidden, stride) matrix.
  AlignedFloats matrix(const std::vector<float>& w, std::size_t stride, std::size_t first, std::size_t columns) const {
    AlignedFloats out(gates * columns * padded);
    each_block([&](std::size_t unit, std::size_t width) {
      float* block = out.data() + gates * columns * unit;
      for (std::size_t j = 0; j < columns; ++j)
        for (std::size_t g = 0; g < gates; ++g)
          for (std::size_t k = 0; k < width && unit + k < hidden; ++k)
            block[(j * gates + g) * width + k] =
                static_cast<float>(scale(g) * static_cast<double>(w[(g * hidden + unit + k) * stride + first + j]));
    });
    return out;
  }

  // One number per row, `row(gate, unit)`, at the accumulator of the gate.
  template <class Row>
  void biases(float* out, std::size_t accumulators, Row row) const {
    each_block([&](std::size_t unit, std::size_t width) {
      for (std::size_t a = 0; a < accumulators; ++a)
        for (std::size_t k = 0; k < width && unit + k < hidden; ++k)
          out[accumulators * unit + a * width + k] =
              static_cast<float>(scale(a < gates ? a : 2) * static_cast<double>(row(a, unit + k)));
    });
  }
};

}  // namespace

int accumulator_count(Cell cell) { return cell == Cell::gru ? 4 : gate_count(cell); }

PackedLayer pack_layer(const Network& network, int index, int widest) {
  const Network::Layer& layer = network.layers[static_cast<std::size_t>(index)];
  const auto hidden = static_cast<std::size_t>(network.hidden);
  const auto gates = static_cast<std::size_t>(gate_count(network.cell));
  const auto accumulators = static_cast<std::size_t>(accumulator_count(network.cell));
  const Packer packer{network, gates, hidden, (hidden + 3) / 4 * 4, block_plan(network.hidden, widest)};
  const std::size_t inputs = index == 0 ? static_cast<std::size_t>(network.inputs) : hidden;
  const std::size_t conditions = index == 0 ? inputs - 1 : 0;

  PackedLayer packed;
  packed.in_columns = static_cast<int>(inputs - conditions);
  packed.w_in = packer.matrix(layer.w_ih, inputs, 0, inputs - conditions);
  packed.w_hh = packer.matrix(layer.w_hh, hidden, 0, hidden);
  packed.bias.resize(accumulators * packer.padded);
  packer.biases(packed.bias.data(), accumulators, [&](std::size_t a, std::size_t unit) {
    return a < gates ? layer.bias[a * hidden + unit] : layer.bias_hn[unit];
  });
  packed.w_cond.resize(conditions * packed.bias.size());
  for (std::size_t k = 0; k < conditions; ++k) {
    packer.biases(packed.w_cond.data() + k * packed.bias.size(), accumulators, [&](std::size_t a, std::size_t unit) {
      return a < gates ? layer.w_ih[(a * hidden + unit) * inputs + 1 + k] : 0.0f;
    });
  }
  return packed;
}

}  // namespace afx
