// One frame of one layer for several lanes.
#pragma once
#include "block_plan.hpp"
#include "cells.hpp"
#include "finish.hpp"
#include "kernel.hpp"
#include "tile.hpp"

namespace AFX_SIMD {

// Most blocks of a tile for a number of lanes: what the registers hold (32 of AVX-512, else 16).
constexpr int tile_blocks(int lanes) { return lanes == 1 ? 3 : lanes == 2 && kWidest == 16 ? 2 : 1; }

constexpr int smaller(int a, int b) { return a < b ? a : b; }

// The blocks of H units, cut into tiles of even size.
template <int H, int L>
struct Tiling {
  static constexpr afx::BlockPlan plan = afx::block_plan(H, kWidest);
  static constexpr int blocks = plan.n16 + plan.n8 + plan.n4;
  static constexpr int tiles = (blocks + tile_blocks(L) - 1) / tile_blocks(L);
  static constexpr int first_block(int tile) { return blocks * tile / tiles; }
  static constexpr int count(int tile, int from, int to) {  // blocks of the tile within [from, to)
    const int low = first_block(tile) > from ? first_block(tile) : from;
    const int high = smaller(first_block(tile + 1), to);
    return high > low ? high - low : 0;
  }
  static constexpr int n16(int tile) { return count(tile, 0, plan.n16); }
  static constexpr int n8(int tile) { return count(tile, plan.n16, plan.n16 + plan.n8); }
  static constexpr int n4(int tile) { return count(tile, plan.n16 + plan.n8, blocks); }
};

// Everything that one frame of a layer works on.
template <int L>
struct Frame {
  const afx::KernelLayer& layer;
  const Lane* lanes;
  const float* in[L];
  const float* read[L];
  float* sums[L];  // in the order of the bias
};

template <class Cell, int H, int L>
struct Layer {
  template <int tile, int unit>
  static AFX_INLINE void tiles(const Frame<L>& frame) {
    typedef Tiling<H, L> T;
    Tile<Cell, T::n16(tile), T::n8(tile), T::n4(tile), L> tile_sums;
    tile_sums.start(frame.layer, frame.lanes, unit, frame.in);
    tile_sums.template columns<true>(frame.layer.w_hh, H, unit, frame.read, 0, H);
    tile_sums.put(frame.sums, unit);
    if constexpr (tile + 1 < T::tiles) tiles<tile + 1, unit + tile_sums.units>(frame);
  }

  static AFX_INLINE void step(const Frame<L>& frame) { tiles<0, 0>(frame); }
};

// Any hidden size: the same sums in the same order, tile by tile.
template <class Cell, int L>
struct Layer<Cell, 0, L> {
  template <int N16, int N8, int N4>
  static AFX_INLINE void tiles(int count, const Frame<L>& frame, int& unit) {
    const afx::KernelLayer& layer = frame.layer;
    for (int k = 0; k < count; ++k) {
      Tile<Cell, N16, N8, N4, L> sums;
      sums.start(layer, frame.lanes, unit, frame.in);
      sums.template columns<true>(layer.w_hh, layer.hidden, unit, frame.read, 0, layer.hidden);
      sums.put(frame.sums, unit);
      unit += sums.units;
    }
  }

  static AFX_INLINE void step(const Frame<L>& frame) {
    const afx::BlockPlan plan = afx::block_plan(frame.layer.hidden, kWidest);
    int unit = 0;
    if constexpr (kWidest >= 16) tiles<1, 0, 0>(plan.n16, frame, unit);
    if constexpr (kWidest >= 8) tiles<0, 1, 0>(plan.n8, frame, unit);
    tiles<0, 0, 1>(plan.n4, frame, unit);
  }
};

template <class Cell, int H, int L>
void layer_step(const afx::KernelLayer& layer, const Lane* lanes) {
  constexpr int most = H > 0 ? (H + 3) / 4 * 4 : afx::kMostUnits;
  alignas(64) float sums[L][Cell::accumulators * most];
  Frame<L> frame{layer, lanes, {}, {}, {}};
  for (int l = 0; l < L; ++l) {
    frame.in[l] = lanes[l].in;
    frame.read[l] = lanes[l].read;
    frame.sums[l] = sums[l];
  }
  Layer<Cell, H, L>::step(frame);
  Finish<Cell, L>{lanes, frame.sums, layer.c_offset, afx::block_plan(H > 0 ? H : layer.hidden, kWidest)}.run();
}

template <class Cell, int H>
afx::KernelSteps steps() {
  return {layer_step<Cell, H, 1>, layer_step<Cell, H, 2>};
}

template <class Cell>
afx::KernelSteps steps_for(int hidden) noexcept {
  switch (hidden) {
    case 8: return steps<Cell, 8>();
    case 12: return steps<Cell, 12>();
    case 16: return steps<Cell, 16>();
    case 20: return steps<Cell, 20>();
    case 24: return steps<Cell, 24>();
    case 32: return steps<Cell, 32>();
    case 40: return steps<Cell, 40>();
    case 64: return steps<Cell, 64>();
    default: return steps<Cell, 0>();
  }
}

}  // namespace AFX_SIMD
