#include "afx/chain.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/complex.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "in_use.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Frames = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Curves = std::vector<std::vector<std::pair<float, float>>>;

afx::Plan plan(int session_hz, int capture_hz, const std::string& method, int oversampling, const std::string& filters,
               const afx::Eigenvalues& eigenvalues) {
  afx::Plan made;
  afx::PlanRequest request;
  request.session_hz = session_hz;
  request.capture_hz = capture_hz;
  request.method = method;
  request.oversampling = oversampling;
  request.filters = filters_named(filters);
  request.eigenvalues = eigenvalues;
  require(afx::make_plan(request, made));
  return made;
}

// A chain that serves one thread at a time. Knobs may be moved from another meanwhile: such moves wait until the chain is
// next at rest between two pieces.
struct BoundChain {
  afx::Chain chain;
  InUse in_use;
  std::mutex moves_lock;
  std::vector<std::optional<float>> moves;  // of each knob, where one waits

  explicit BoundChain(afx::Chain&& prepared, std::size_t knobs) : chain(std::move(prepared)), moves(knobs) {}

  void take_moves() {
    const std::lock_guard<std::mutex> lock(moves_lock);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k]) chain.set_position(static_cast<int>(k), *moves[k]);
      moves[k].reset();
    }
  }

  void set_position(int knob, float position) {
    if (knob < 0 || static_cast<std::size_t>(knob) >= moves.size()) refuse("the chain has no knob " + std::to_string(knob));
    if (in_use.claim()) {
      take_moves();
      chain.set_position(knob, position);
      in_use.release();
      return;
    }
    const std::lock_guard<std::mutex> lock(moves_lock);
    moves[static_cast<std::size_t>(knob)] = position;
  }

  void reset(bool settled) {
    const Claim claim(in_use, "Chain");
    bool done = false;
    {
      nb::gil_scoped_release release;
      take_moves();
      done = chain.reset(settled ? afx::Start::settled : afx::Start::zero, [] { return !interrupted(); });
    }
    if (!done) throw nb::python_error();
  }

  nb::ndarray<nb::numpy, float, nb::ndim<2>> process(const Frames& x);
  bool play(const Frames& x, float* y);
};

// In pieces, between which Ctrl-C is heard; the bits are the same for any pieces.
bool BoundChain::play(const Frames& x, float* y) {
  constexpr std::size_t piece = std::size_t{1} << 14;
  const std::size_t frames = x.shape(1);
  std::vector<const float*> in(x.shape(0));
  std::vector<float*> out(x.shape(0));
  for (std::size_t at = 0; at < frames; at += piece) {
    if (at > 0 && interrupted()) return false;
    take_moves();
    for (std::size_t c = 0; c < in.size(); ++c) {
      in[c] = x.data() + c * frames + at;
      out[c] = y + c * frames + at;
    }
    chain.process(in.data(), out.data(), static_cast<int>(std::min(piece, frames - at)));
  }
  return true;
}

nb::ndarray<nb::numpy, float, nb::ndim<2>> BoundChain::process(const Frames& x) {
  const Claim claim(in_use, "Chain");
  const std::size_t channels = x.shape(0);
  const std::size_t frames = x.shape(1);
  if (channels != static_cast<std::size_t>(chain.channels())) {
    refuse(std::to_string(channels) + " channels are given; the chain has " +
                           std::to_string(chain.channels()));
  }
  float* data = new float[channels * frames + 1];
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  bool done = false;
  {
    nb::gil_scoped_release release;
    done = play(x, data);
  }
  if (!done) throw nb::python_error();
  return {data, {channels, frames}, owner};
}

}  // namespace

void register_chain(nb::module_& m) {
  nb::class_<afx::Plan>(m, "Plan", "How a capture is played in a session; made by plan().")
      .def_ro("session_hz", &afx::Plan::session_hz)
      .def_ro("capture_hz", &afx::Plan::capture_hz)
      .def_ro("kernel_hz", &afx::Plan::kernel_hz)
      .def_prop_ro("delay", [](const afx::Plan& p) { return std::make_pair(p.delay.num, p.delay.den); })
      .def_ro("method", &afx::Plan::method)
      .def_ro("oversampling", &afx::Plan::oversampling)
      .def_prop_ro("filters", [](const afx::Plan& p) {
        return std::string(p.filters == afx::Filters::linear ? "linear" : "low-latency");
      })
      .def_ro("resampled", &afx::Plan::resampled)
      .def_ro("latency_frames", &afx::Plan::latency_frames)
      .def_ro("judged", &afx::Plan::judged, "Whether there were eigenvalues to tell radius, decay and stability from.")
      .def_ro("pole_radius", &afx::Plan::pole_radius)
      .def_ro("tau_s", &afx::Plan::tau_s)
      .def_ro("stable", &afx::Plan::stable)
      .def_ro("capture_decays", &afx::Plan::capture_decays)
      .def_ro("decays_as_capture", &afx::Plan::decays_as_capture)
      .def_ro("reason", &afx::Plan::reason);
  m.def("plan", &plan, "session_hz"_a, "capture_hz"_a, "method"_a, "oversampling"_a, "filters"_a, "eigenvalues"_a,
        "Decides the path. ValueError for rates, methods and factors that are not allowed or cannot be realised.");
  m.def("loop_radius", [](const afx::Eigenvalues& eigenvalues, int offset, std::vector<double> b, double a) {
    afx::Feedback feedback;
    feedback.offset = offset;
    feedback.b = std::move(b);
    feedback.a = a;
    return afx::loop_radius(eigenvalues, feedback);
  }, "eigenvalues"_a, "offset"_a, "b"_a, "a"_a, "Largest pole radius of a linearised recurrence through a feedback filter.");

  nb::class_<afx::Model>(m, "Model", "What a chain plays: one network with its knobs, or snapshots on a grid over knobs, the last axis fastest.")
      .def("__init__", [](afx::Model* self, std::vector<afx::Network> networks, std::vector<std::vector<float>> axes, std::vector<int> delay_frames) {
        afx::Model model{std::move(networks), {std::move(axes)}, std::move(delay_frames)};
        require(afx::validate(model));
        new (self) afx::Model(std::move(model));
      }, "networks"_a, "axes"_a, "delay_frames"_a,
           "ValueError where they do not fit together. delay_frames: of each, in the capture's frames; empty: none.")
      .def("weights", [](const afx::Model& model, const std::vector<float>& coordinates) {
        if (coordinates.size() != model.grid.axes.size()) refuse("one coordinate is needed for each axis");
        std::vector<float> weights(model.grid.size());
        model.grid.weights(coordinates.data(), weights.data());
        return weights;
      }, "coordinates"_a, "How much of each snapshot is heard there.");

  nb::class_<BoundChain>(m, "Chain", "The stages of one capture at one session rate.")
      .def("__init__", [](BoundChain* self, const afx::Model& model, const afx::Plan& plan_, int channels, const Curves& controls,
                          const std::vector<float>& positions, float input_gain, float output_gain, float mix, bool knobs_move) {
        afx::ChainSettings settings;
        settings.channels = channels;
        for (const auto& breakpoints : controls) settings.controls.push_back({breakpoints});
        settings.positions = positions;
        settings.input_gain = input_gain;
        settings.output_gain = output_gain;
        settings.mix = mix;
        settings.dry_path = mix != 1.0f;
        settings.knobs_move = knobs_move;
        afx::Chain chain;
        require(chain.prepare(model, plan_, settings, afx::default_isa()));
        new (self) BoundChain(std::move(chain), positions.size());
      }, "model"_a, "plan"_a, "channels"_a, "controls"_a, "positions"_a, "input_gain"_a, "output_gain"_a, "mix"_a, "knobs_move"_a)
      .def("process", &BoundChain::process, "x"_a, "(channels, frames) float32 -> the same shape, late by latency_frames.")
      .def("set_position", &BoundChain::set_position, "knob"_a, "position"_a, "From any thread; the knob moves with the next frames.")
      .def("reset", &BoundChain::reset, "settled"_a)
      .def_prop_ro("latency_frames", [](const BoundChain& self) { return self.chain.latency_frames(); });
}
