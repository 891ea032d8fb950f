#include "afx/meters.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include "in_use.hpp"
#include "register.hpp"

namespace nb = nanobind;

namespace {

using Block = nb::ndarray<const float, nb::ndim<2>, nb::device::cpu>;
using Rows = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// The meter with the channel count that Python's blocks are checked against.
struct PyMeter {
  afx::Meter meter;
  int channels;
  InUse in_use;

  PyMeter(int rate_hz, int channel_count) : channels(channel_count) {
    const afx::Result result = meter.prepare(rate_hz, channel_count);
    if (!result) throw nb::value_error(result.why.c_str());
  }

  void process(const Block& x) {
    if (x.shape(0) != static_cast<std::size_t>(channels) || (x.shape(1) > 1 && x.stride(1) != 1) ||
        x.shape(1) > 0x7fffffff) {
      const std::string why = "given a block of shape (" + std::to_string(x.shape(0)) + ", " +
                              std::to_string(x.shape(1)) + "); allowed: (" + std::to_string(channels) +
                              ", frames), each channel contiguous, below 2^31 frames";
      throw nb::value_error(why.c_str());
    }
    std::vector<const float*> rows(x.shape(0));
    for (std::size_t c = 0; c < rows.size(); ++c) rows[c] = x.data() + static_cast<std::int64_t>(c) * x.stride(0);
    const int frames = static_cast<int>(x.shape(1));
    const Claim claim(in_use, "Meter");
    const nb::gil_scoped_release release;
    meter.process(rows.data(), frames);
  }

  std::optional<std::pair<std::int64_t, int>> first_bad() {
    const Claim claim(in_use, "Meter");
    if (meter.first_bad_frame() < 0) return std::nullopt;
    return std::pair(meter.first_bad_frame(), meter.first_bad_channel());
  }

  template <class Value>
  Value read(Value (afx::Meter::*value)() const) {
    const Claim claim(in_use, "Meter");
    return (meter.*value)();
  }
};

bool finite(const float* x, std::size_t count) {
  std::uint32_t bad = 0;
  for (std::size_t k = 0; k < count; ++k) {
    std::uint32_t bits;
    std::memcpy(&bits, x + k, sizeof bits);
    bad |= (bits & 0x7f800000u) == 0x7f800000u ? 1u : 0u;  // a full exponent: infinite or not a number
  }
  return bad == 0;
}

// In pieces, so that a bad sample is looked for one by one only in the piece that holds it.
std::size_t first_bad_of(const float* x, std::size_t count) {
  constexpr std::size_t piece = 512;
  for (std::size_t at = 0; at < count; at += piece) {
    const std::size_t end = std::min(count, at + piece);
    if (finite(x + at, end - at)) continue;
    for (std::size_t k = at; k < end; ++k) {
      if (!std::isfinite(x[k])) return k;
    }
  }
  return count;
}

std::optional<std::pair<std::int64_t, int>> first_bad(const Rows& x) {
  const std::size_t frames = x.shape(1);
  std::size_t first = frames, channel = 0;
  for (std::size_t c = 0; c < x.shape(0); ++c) {
    const std::size_t bad = first_bad_of(x.data() + c * frames, first);
    if (bad < first) {
      first = bad;
      channel = c;
    }
  }
  if (first == frames) return std::nullopt;
  return std::pair(static_cast<std::int64_t>(first), static_cast<int>(channel));
}

}  // namespace

void register_meters(nb::module_& m) {
  m.def("first_bad", &first_bad, nb::arg("x").noconvert(),
        "(frame, channel) of the first sample of a block (channels, frames) that is infinite or not a number, or None.");
  nb::class_<PyMeter>(m, "Meter",
                      "Streaming peak, loudness (ITU-R BS.1770-4) and scan for non-finite samples; constant memory.\n\n"
                      "Five channels are weighted as left, right, centre and two surrounds, any other number equally.")
      .def(nb::init<int, int>(), nb::arg("rate_hz"), nb::arg("channels"),
           "Raises ValueError for a rate outside 8 to 384 kHz or a channel count outside 1 to 1024.")
      .def("process", &PyMeter::process, nb::arg("x").noconvert(),
           "Add a block (channels, frames) of float32, each channel contiguous; TypeError or ValueError otherwise.")
      .def("reset", [](PyMeter& self) {
        const Claim claim(self.in_use, "Meter");
        self.meter.reset();
      }, "Forget everything heard.")
      .def_prop_ro("peak", [](PyMeter& self) { return self.read(&afx::Meter::peak); },
                   "Largest finite magnitude over all channels.")
      .def_prop_ro("loudness_lufs", [](PyMeter& self) { return self.read(&afx::Meter::loudness_lufs); },
                   "Integrated loudness in LUFS; -infinity where no block of 400 ms passes the gate of -70 LUFS.")
      .def_prop_ro("frames", [](PyMeter& self) { return self.read(&afx::Meter::frames); }, "Frames heard.")
      .def_prop_ro("first_bad", &PyMeter::first_bad,
                   "(frame, channel) of the first sample that is infinite or not a number, or None.");
}
