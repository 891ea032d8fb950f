#include "afx/device_link.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include "arguments.hpp"
#include "bound_ring.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Interleaved = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// What the device would do, for tests: the audio call itself needs no Python.
nb::ndarray<nb::numpy, float, nb::ndim<2>> process_block(afx::DeviceLink& link, const Interleaved& x, int output_channels, unsigned long flags) {
  const std::size_t frames = x.shape(0), channels = static_cast<std::size_t>(output_channels);
  float* data = new float[frames * channels + 1];
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  link.process(x.data(), data, static_cast<int>(frames), flags, 0.0);
  return {data, {frames, channels}, owner};
}

void register_stats(nb::module_& m) {
  using Stats = afx::LinkStats;
  nb::class_<Stats>(m, "LinkStats", "What has happened between a device and a graph since the start; see device_link.hpp.")
      .def_ro("callbacks", &Stats::callbacks)
      .def_ro("frames", &Stats::frames)
      .def_ro("input_underflows", &Stats::input_underflows)
      .def_ro("input_overflows", &Stats::input_overflows)
      .def_ro("output_underflows", &Stats::output_underflows)
      .def_ro("output_overflows", &Stats::output_overflows)
      .def_ro("underruns", &Stats::underruns)
      .def_ro("underrun_frames", &Stats::underrun_frames)
      .def_ro("overruns", &Stats::overruns)
      .def_ro("overrun_frames", &Stats::overrun_frames)
      .def_ro("responses", &Stats::responses)
      .def_ro("callback_mean_ns", &Stats::callback_mean_ns)
      .def_ro("callback_highest_ns", &Stats::callback_highest_ns)
      .def_ro("response_mean_ns", &Stats::response_mean_ns)
      .def_ro("response_median_ns", &Stats::response_median_ns, "Rounded up to 20 us, as the 99th percentile is.")
      .def_ro("response_99_ns", &Stats::response_99_ns)
      .def_ro("response_highest_ns", &Stats::response_highest_ns)
      .def_ro("interval_highest_ns", &Stats::interval_highest_ns)
      .def_ro("device_latency_s", &Stats::device_latency_s, "0 where the device does not say.")
      .def_ro("longest_frames", &Stats::longest_frames, "Of one callback.")
      .def_ro("least_ready_frames", &Stats::least_ready_frames, "-1 before the first callback.")
      .def_ro("last_callback_ns", &Stats::last_callback_ns, "Of the clock that time.monotonic_ns shows; 0 before the first.");
}

}  // namespace

void register_device(nb::module_& m) {
  register_stats(m);
  nb::class_<afx::DeviceLink>(m, "DeviceLink", "What a device's callback does: feeds one ring, plays from another, counts and times both.")
      .def("__init__", [](afx::DeviceLink* self, BoundRing& to_graph, BoundRing& from_graph, int input_channels, int output_channels, int first_input,
                          int block_frames, int prefill_frames) {
        new (self) afx::DeviceLink;
        const afx::LinkOptions options{input_channels, output_channels, first_input, block_frames, prefill_frames};
        const afx::Result prepared = self->prepare(to_graph, from_graph, options);
        if (!prepared) {
          self->~DeviceLink();
          refuse(prepared.why);
        }
      }, "to_graph"_a, "from_graph"_a, nb::kw_only(), "input_channels"_a, "output_channels"_a, "first_input"_a, "block_frames"_a, "prefill_frames"_a,
         nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(),
         "Writes the prefill for the graph; ValueError for what cannot be. first_input: from 0, the device's channel that feeds the graph's first.")
      .def("process", &process_block, "x"_a.noconvert(), "output_channels"_a, "flags"_a = 0,
           "(frames, channels) float32 -> (frames, output_channels): what one callback does, for tests; the channels are those of the link.")
      .def("stats", &afx::DeviceLink::stats)
      .def("take_peaks", [](afx::DeviceLink& link) {
        float input = 0.0f, left = 0.0f, right = 0.0f;
        link.take_peaks(input, left, right);
        return nb::make_tuple(input, left, right);
      }, nb::sig("def take_peaks(self) -> tuple[float, float, float]"), "Highest magnitudes of input, left and right output since the last call.")
      .def_prop_ro("user_data", [](afx::DeviceLink& link) { return reinterpret_cast<std::uintptr_t>(&link); }, "Address for PortAudio's user data.")
      .def_prop_ro_static("callback", [](nb::handle) { return reinterpret_cast<std::uintptr_t>(&afx::afx_device_callback); }, "Address of the PaStreamCallback.");
}
