// A recurrent network as plain arrays, in PyTorch's layout and gate order (LSTM i, f, g, o; GRU r, z, n).
#pragma once
#include <vector>

#include "afx/result.hpp"

namespace afx {

enum class Cell { lstm, gru, rnn };

constexpr int kMaxHidden = 128;
constexpr int kMaxLayers = 3;
constexpr int kMaxInputs = 8;

inline int gate_count(Cell cell) { return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1; }

// y[n] = head_weight . h[n] + head_bias + skip * x[n], x the audio (input 0); inputs 1.. are conditioning.
struct Network {
  struct Layer {
    std::vector<float> w_ih;     // (gates * hidden, inputs of this layer), row major
    std::vector<float> w_hh;     // (gates * hidden, hidden)
    std::vector<float> bias;     // (gates * hidden): b_ih + b_hh; for the GRU's n gate b_ih alone
    std::vector<float> bias_hn;  // (hidden), GRU only: b_hh of the n gate, inside the reset product
  };
  Cell cell = Cell::lstm;
  int hidden = 0;
  int inputs = 1;
  std::vector<Layer> layers;
  std::vector<float> head_weight;  // (hidden)
  float head_bias = 0.0f;
  float skip = 0.0f;
  std::vector<float> h0, c0;  // (layers * hidden) each, or empty: zero
};

Result validate(const Network& network);  // sizes against the limits above and each other, and finiteness

}  // namespace afx
