// How the units of a layer are cut into blocks of one vector each: as many of the widest, then the narrower ones.
#pragma once

namespace afx {

struct BlockPlan {
  int n16 = 0;
  int n8 = 0;
  int n4 = 0;
};

// widest: floats in the widest vector, 4, 8 or 16.
constexpr BlockPlan block_plan(int hidden, int widest) {
  const int padded = (hidden + 3) / 4 * 4;
  BlockPlan plan;
  plan.n16 = widest >= 16 ? padded / 16 : 0;
  plan.n8 = widest >= 8 ? (padded - 16 * plan.n16) / 8 : 0;
  plan.n4 = (padded - 16 * plan.n16 - 8 * plan.n8) / 4;
  return plan;
}

}  // namespace afx
