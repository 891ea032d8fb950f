#include "afx/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "in_use.hpp"
#include "register.hpp"

namespace nb = nanobind;

namespace {

using Vector = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using AnyFloats = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Owned = nb::ndarray<nb::numpy, float>;

afx::Cell cell_named(const std::string& name) {
  if (name == "lstm") return afx::Cell::lstm;
  if (name == "gru") return afx::Cell::gru;
  if (name == "rnn") return afx::Cell::rnn;
  refuse("cell is '" + name + "', allowed are lstm, gru, rnn");
}

afx::Feedback feedback_of(int offset, const std::vector<double>& b, double a, const std::string& tap) {
  if (tap != "fresh" && tap != "read") refuse("tap is '" + tap + "', allowed are fresh, read");
  return {offset, b, a, tap == "read" ? afx::Feedback::Tap::read : afx::Feedback::Tap::fresh};
}

std::tuple<int, std::vector<double>, double, std::string> design_feedback(const std::string& name, int order,
                                                                          std::int64_t num, std::int64_t den) {
  afx::Method method{};
  if (name == "naive") method = afx::Method::naive;
  else if (name == "stn") method = afx::Method::stn;
  else if (name == "lagrange") method = afx::Method::lagrange;
  else if (name == "apdl") method = afx::Method::apdl;
  else refuse("method is '" + name + "', allowed are naive, stn, lagrange, apdl");
  if (den <= 0) refuse("the delay's denominator is " + std::to_string(den) + ", must be positive");
  afx::Feedback f;
  require(afx::design_feedback(method, order, afx::Ratio::of(num, den), f));
  return {f.offset, f.b, f.a, f.tap == afx::Feedback::Tap::read ? "read" : "fresh"};
}

std::vector<float> floats(const nb::handle& value) {
  const auto array = nb::cast<AnyFloats>(value);
  return {array.data(), array.data() + array.size()};
}

afx::Network make_network(const std::string& cell, int hidden, int inputs, nb::list layers, Vector head_weight,
                          float head_bias, float skip, std::optional<Vector> h0, std::optional<Vector> c0) {
  afx::Network network;
  network.cell = cell_named(cell);
  network.hidden = hidden;
  network.inputs = inputs;
  for (const nb::handle layer : layers) {
    const auto arrays = nb::cast<nb::tuple>(layer);
    if (arrays.size() < 3 || arrays.size() > 4) refuse("a layer is (w_ih, w_hh, bias) and for a GRU bias_hn");
    network.layers.push_back({floats(arrays[0]), floats(arrays[1]), floats(arrays[2]), {}});
    if (arrays.size() == 4) network.layers.back().bias_hn = floats(arrays[3]);
  }
  network.head_weight.assign(head_weight.data(), head_weight.data() + head_weight.size());
  network.head_bias = head_bias;
  network.skip = skip;
  if (h0) network.h0.assign(h0->data(), h0->data() + h0->size());
  if (c0) network.c0.assign(c0->data(), c0->data() + c0->size());
  require(afx::validate(network));
  return network;
}

// A prepared kernel with the counts that its arguments are checked against.
struct BoundKernel {
  afx::Kernel kernel;
  std::size_t streams, conditions, layers, hidden;
  InUse in_use;

  BoundKernel(const afx::Network& network, int offset, const std::vector<double>& b, double a, const std::string& tap,
              int stream_count, const std::optional<std::string>& isa)
      : streams(static_cast<std::size_t>(stream_count)), conditions(static_cast<std::size_t>(network.inputs - 1)),
        layers(network.layers.size()), hidden(static_cast<std::size_t>(network.hidden)) {
    require(kernel.prepare(network, feedback_of(offset, b, a, tap), stream_count, isa_named(isa)));
  }

  // Pointer and whether it is per frame; null only where the network has no conditioning.
  std::pair<const float*, bool> checked(const std::optional<AnyFloats>& conditioning, std::size_t frames) const {
    const std::string count = std::to_string(conditions);
    const std::string need = "conditioning must be (" + count + ",) or (frames, " + count + ")";
    if (!conditioning) {
      if (conditions > 0) refuse(need + ", is None");
      return {nullptr, false};
    }
    const bool one = conditioning->ndim() == 1 && conditioning->shape(0) == conditions;
    const bool each =
        conditioning->ndim() == 2 && conditioning->shape(0) == frames && conditioning->shape(1) == conditions;
    if (!one && !each) refuse(need + ", is of another shape");
    return {conditioning->data(), each};
  }

  Owned process(Matrix x, std::optional<AnyFloats> conditioning) {
    if (x.shape(0) != streams) {
      refuse("x has " + std::to_string(x.shape(0)) + " streams, the kernel has " + std::to_string(streams));
    }
    const std::size_t frames = x.shape(1);
    const auto [condition, per_frame] = checked(conditioning, frames);
    float* y = new float[streams * frames + 1];
    nb::capsule owner(y, [](void* p) noexcept { delete[] static_cast<float*>(p); });
    std::vector<const float*> in(streams);
    std::vector<float*> out(streams);
    for (std::size_t s = 0; s < streams; ++s) {
      in[s] = x.data() + s * frames;
      out[s] = y + s * frames;
    }
    {
      const Claim claim(in_use, "Kernel");
      nb::gil_scoped_release release;
      kernel.process(in.data(), out.data(), static_cast<int>(frames), condition, per_frame);
    }
    return Owned(y, {streams, frames}, owner);
  }

  void settle(std::optional<AnyFloats> conditioning, int most_frames) {
    const auto [condition, per_frame] = checked(conditioning, 0);
    if (per_frame) refuse("the rest state belongs to one conditioning, (frames, conditioning) was given");
    if (most_frames < 1) refuse("most_frames is " + std::to_string(most_frames) + ", must be at least 1");
    const Claim claim(in_use, "Kernel");
    bool settled = false;
    {
      nb::gil_scoped_release release;
      settled = kernel.settle(condition, most_frames, [] { return !interrupted(); });
    }
    if (!settled) throw nb::python_error();
  }

  void reset(void (afx::Kernel::*how)() noexcept) {
    const Claim claim(in_use, "Kernel");
    (kernel.*how)();
  }

  float rest_output() {
    const Claim claim(in_use, "Kernel");
    return kernel.rest_output();
  }

  Owned rest_state() {
    const Claim claim(in_use, "Kernel");
    const std::vector<float> state = kernel.rest_state();
    float* values = new float[state.size()];
    nb::capsule owner(values, [](void* p) noexcept { delete[] static_cast<float*>(p); });
    std::copy(state.begin(), state.end(), values);
    return Owned(values, {layers, state.size() / (layers * hidden), hidden}, owner);
  }
};

Owned activations(Vector x, const std::optional<std::string>& name) {
  const std::size_t count = x.size();
  const afx::Isa isa = isa_named(name);
  float* both = new float[2 * count + 1];
  nb::capsule owner(both, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  afx::activations(isa, x.data(), both, both + count, static_cast<int>(count));
  return Owned(both, {2, count}, owner);
}

}  // namespace

void register_kernel(nb::module_& m) {
  m.def("design_feedback", &design_feedback, nb::arg("method"), nb::arg("order"), nb::arg("num"), nb::arg("den"),
        "(offset, b, a, tap) of a method naive, stn, lagrange or apdl at the delay num/den frames; ValueError says why "
        "not.");
  m.def("activations", &activations, nb::arg("x"), nb::arg("isa") = nb::none(),
        "Sigmoid and tanh (2, n) of x (n,) as the cells compute them with an instruction set.");
  nb::class_<afx::Network>(m, "Network", "A recurrent network as plain arrays, in PyTorch's layout and gate order.")
      .def("__init__",
           [](afx::Network* self, const std::string& cell, int hidden, int inputs, nb::list layers, Vector head_weight,
              float head_bias, float skip, std::optional<Vector> h0, std::optional<Vector> c0) {
             new (self) afx::Network(make_network(cell, hidden, inputs, layers, head_weight, head_bias, skip, h0, c0));
           },
           nb::arg("cell"), nb::arg("hidden"), nb::arg("inputs"), nb::arg("layers"), nb::arg("head_weight"),
           nb::arg("head_bias"), nb::arg("skip"), nb::arg("h0") = nb::none(), nb::arg("c0") = nb::none())
      .def_ro("hidden", &afx::Network::hidden)
      .def_ro("inputs", &afx::Network::inputs);
  nb::class_<BoundKernel>(m, "Kernel", "The recurrence of a network with a feedback filter, for a number of streams.")
      .def(nb::init<const afx::Network&, int, const std::vector<double>&, double, const std::string&, int,
                    const std::optional<std::string>&>(),
           nb::arg("network"), nb::arg("offset"), nb::arg("b"), nb::arg("a"), nb::arg("tap"), nb::arg("streams") = 1,
           nb::arg("isa") = nb::none())
      .def("process", &BoundKernel::process, nb::arg("x"), nb::arg("conditioning") = nb::none(),
           "x (streams, n) float32 -> (streams, n); conditioning (inputs - 1,) or (n, inputs - 1).")
      .def("settle", &BoundKernel::settle, nb::arg("conditioning") = nb::none(),
           nb::arg("most_frames") = afx::Kernel::kMostSettleFrames,
           "Finds the state at which zero input rests under this conditioning, within so many frames of it.")
      .def("reset_zero", [](BoundKernel& self) { self.reset(&afx::Kernel::reset_zero); })
      .def("reset_settled", [](BoundKernel& self) { self.reset(&afx::Kernel::reset_settled); })
      .def_prop_ro("rest_output", &BoundKernel::rest_output)
      .def_prop_ro("rest_state", &BoundKernel::rest_state, nb::rv_policy::automatic,
                   "State (layers, parts, hidden) that settle() found: h, and for an LSTM c; zero before.")
      .def_prop_ro("streams", [](const BoundKernel& self) { return self.streams; });
}
