#include "ensemble.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace afx {

Result Ensemble::prepare(const Model& model, const Feedback& feedback, double delay, int streams, int max_frames, const float* fixed, Isa isa) {
  if (Result checked = validate(model); !checked) return checked;
  grid_ = model.grid;
  knobs_ = model.knobs();
  is_settled_ = false;
  const bool blended = !grid_.axes.empty();
  std::vector<float> heard(grid_.size(), 1.0f);
  if (blended && fixed != nullptr) grid_.weights(fixed, heard.data());
  members_.clear();
  for (std::size_t k = 0; k < model.networks.size(); ++k) {
    if (heard[k] == 0.0f) continue;
    Member member;
    member.place = k;
    member.skip = model.networks[k].skip;
    if (Result made = member.kernel.prepare(model.networks[k], feedback, streams, isa); !made) return made;
    const int late = model.delay_frames.empty() ? 0 : model.delay_frames[k];
    if (late > 0) member.late.assign(static_cast<std::size_t>(streams), FractionalDelay(late * delay));
    members_.push_back(std::move(member));
  }
  const std::size_t mixed = blended ? static_cast<std::size_t>(streams) : 0;
  const auto frames = static_cast<std::size_t>(max_frames);
  input_.assign(mixed, std::vector<float>(frames));
  mixed_.assign(mixed, std::vector<float>(frames));
  weights_.assign(blended ? frames * grid_.size() : 0, 0.0f);
  pointers_.assign(static_cast<std::size_t>(streams), nullptr);
  shifted_.assign(static_cast<std::size_t>(streams), nullptr);
  return Result::success();
}

void Ensemble::run(Member& member, std::vector<float*>& pointers, int frames, int passed, const float* values, bool moving) noexcept {
  for (std::size_t c = 0; c < pointers.size(); ++c) {
    for (int n = 0; n < passed; ++n) pointers[c][n] *= member.skip;
    shifted_[c] = pointers[c] + passed;
  }
  const float* const from = values + (moving ? static_cast<std::ptrdiff_t>(passed) * knobs_ : 0);
  if (passed < frames) member.kernel.process(shifted_.data(), shifted_.data(), frames - passed, from, moving);
  for (std::size_t c = 0; c < member.late.size(); ++c) member.late[c].process(pointers[c], frames);
}

void Ensemble::process(Channels& buffers, int frames, int passed, const float* values, bool moving) noexcept {
  if (grid_.axes.empty()) {
    for (std::size_t c = 0; c < buffers.size(); ++c) pointers_[c] = buffers[c].data();
    run(members_.front(), pointers_, frames, passed, values, moving);
    return;
  }
  for (int n = 0; n < (moving ? frames : 1); ++n) {
    grid_.weights(values + static_cast<std::ptrdiff_t>(n) * knobs_, weights_.data() + static_cast<std::size_t>(n) * grid_.size());
  }
  for (std::size_t c = 0; c < buffers.size(); ++c) {
    std::copy_n(buffers[c].data(), frames, input_[c].data());
    std::fill_n(buffers[c].data(), frames, 0.0f);
    pointers_[c] = mixed_[c].data();
  }
  for (Member& member : members_) {
    for (std::size_t c = 0; c < buffers.size(); ++c) std::copy_n(input_[c].data(), frames, mixed_[c].data());
    run(member, pointers_, frames, passed, nullptr, false);
    mix(buffers, member.place, frames, moving);
  }
}

// A snapshot of no weight adds nothing at all: where one alone is heard, its bits are.
void Ensemble::mix(Channels& buffers, std::size_t place, int frames, bool moving) noexcept {
  const std::size_t count = grid_.size();
  if (!moving && weights_[place] == 0.0f) return;
  for (std::size_t c = 0; c < buffers.size(); ++c) {
    float* const y = buffers[c].data();
    for (int n = 0; n < frames; ++n) {
      const float weight = weights_[(moving ? static_cast<std::size_t>(n) * count : 0) + place];
      y[n] += weight * mixed_[c][static_cast<std::size_t>(n)];
    }
  }
}

// Snapshots rest where they rest whatever the knobs: those only decide how much of each is heard.
bool Ensemble::settle(const std::vector<float>& values, const GoOn& go_on) {
  const bool conditioned = grid_.axes.empty();
  if (is_settled_ && (!conditioned || values == settled_for_)) return true;
  is_settled_ = false;
  for (Member& member : members_) {
    if (!member.kernel.settle(conditioned ? values.data() : nullptr, Kernel::kMostSettleFrames, go_on)) return false;
  }
  settled_for_ = values;
  is_settled_ = true;
  return true;
}

float Ensemble::rest_output(const std::vector<float>& values) const {
  if (grid_.axes.empty()) return members_.front().kernel.rest_output();
  std::vector<float> weights(grid_.size());
  grid_.weights(values.data(), weights.data());
  float rest = 0.0f;
  for (const Member& member : members_) rest += weights[member.place] * member.kernel.rest_output();
  return rest;
}

void Ensemble::reset_zero() noexcept {
  for (Member& member : members_) {
    member.kernel.reset_zero();
    for (auto& late : member.late) late.reset(0.0f);
  }
}

void Ensemble::reset_settled() noexcept {
  for (Member& member : members_) {
    member.kernel.reset_settled();
    for (auto& late : member.late) late.reset(member.kernel.rest_output());
  }
}

}  // namespace afx
