#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "afx/filter_design.hpp"
#include "afx/oversampler.hpp"
#include "afx/resampler.hpp"
#include "afx/round_trip.hpp"
#include "arguments.hpp"
#include "in_use.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Input = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Output = nb::ndarray<nb::numpy, float, nb::ndim<1>>;

int checked_factor(int factor) {
  if (factor == 1 || factor == 2 || factor == 4 || factor == 8) return factor;
  throw nb::value_error(("oversampling: " + std::to_string(factor) + " was given, 1, 2, 4, 8 are allowed").c_str());
}

int checked_stage(int stage) {
  if (stage >= 0 && stage <= 2) return stage;
  throw nb::value_error(("half-band stage: " + std::to_string(stage) + " was given, 0 to 2 are allowed").c_str());
}

int checked_rate(int rate_hz) {
  if (rate_hz >= afx::kMinRateHz && rate_hz <= afx::kMaxRateHz) return rate_hz;
  throw nb::value_error(("rate: " + std::to_string(rate_hz) + " Hz was given, 8000 to 768000 Hz are allowed").c_str());
}

int checked_frames(std::size_t frames) {
  constexpr std::size_t kMost = std::size_t{1} << 24;  // outputs of the steepest ratio still count in an int
  if (frames > kMost) throw nb::value_error("rates: at most 16777216 frames a call are allowed");
  return static_cast<int>(frames);
}

using RoundTripTuple = std::tuple<int, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

RoundTripTuple round_trip(int session_hz, int capture_hz, const std::string& filters, int inner_frames) {
  constexpr int kMost = 1 << 20;
  if (inner_frames < 0 || inner_frames > kMost) {
    throw nb::value_error(("round trip: " + std::to_string(inner_frames) + " inner frames were given, 0 to " +
                           std::to_string(kMost) + " are allowed").c_str());
  }
  const afx::RoundTrip plan =
      afx::plan_round_trip(checked_rate(session_hz), checked_rate(capture_hz), filters_named(filters), inner_frames);
  return {plan.latency_frames, plan.in_delay.num, plan.in_delay.den, plan.out_delay.num, plan.out_delay.den};
}

// An array of the first `used` floats; Python frees it.
Output array_of(std::unique_ptr<float[]> data, std::size_t used) {
  float* raw = data.release();
  const nb::capsule owner(raw, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return Output(raw, {used}, owner);
}

struct PyResampler {
  explicit PyResampler(std::shared_ptr<const afx::ResamplerTable> table) : resampler(std::move(table)) {}

  Output process(const Input& x) {
    const int frames = checked_frames(x.shape(0));
    std::unique_ptr<float[]> y(new float[static_cast<std::size_t>(resampler.max_output(frames))]);
    int written = 0;
    {
      const Claim claim(in_use, "Resampler");
      const nb::gil_scoped_release released;
      written = resampler.process(x.data(), frames, y.get());
    }
    return array_of(std::move(y), static_cast<std::size_t>(written));
  }

  void reset(float fill) {
    const Claim claim(in_use, "Resampler");
    resampler.reset(fill);
  }

  afx::Resampler resampler;
  InUse in_use;
};

PyResampler* new_resampler(int in_hz, int out_hz, const std::string& filters, std::int64_t delay_num,
                           std::int64_t delay_den, const std::optional<std::string>& isa) {
  if (delay_den <= 0) throw nb::value_error("resampler: the delay's denominator must be above 0");
  std::shared_ptr<const afx::ResamplerTable> table;
  require(afx::design_resampler(in_hz, out_hz, filters_named(filters), afx::Ratio::of(delay_num, delay_den),
                                isa_named(isa), table));
  return new PyResampler(std::move(table));
}

struct PyOversampler {
  PyOversampler(int factor_, const std::string& filters, const std::optional<std::string>& isa) : factor(factor_) {
    require(oversampler.prepare(factor, filters_named(filters), 4096, isa_named(isa)));
  }

  Output up(const Input& x) {
    const int frames = checked_frames(x.shape(0));
    const std::size_t outputs = static_cast<std::size_t>(frames) * static_cast<std::size_t>(factor);
    std::unique_ptr<float[]> y(new float[outputs + 1]);
    {
      const Claim claim(in_use, "Oversampler");
      const nb::gil_scoped_release released;
      oversampler.up(x.data(), frames, y.get());
    }
    return array_of(std::move(y), outputs);
  }

  Output down(const Input& x) {
    const std::size_t step = static_cast<std::size_t>(factor);
    if (x.shape(0) % step != 0) {
      throw nb::value_error(("oversampler: " + std::to_string(x.shape(0)) + " frames were given, multiples of " +
                             std::to_string(factor) + " are allowed").c_str());
    }
    const int frames = checked_frames(x.shape(0) / step);
    std::unique_ptr<float[]> y(new float[static_cast<std::size_t>(frames) + 1]);
    {
      const Claim claim(in_use, "Oversampler");
      const nb::gil_scoped_release released;
      oversampler.down(x.data(), frames, y.get());
    }
    return array_of(std::move(y), static_cast<std::size_t>(frames));
  }

  void reset(float up_fill, float down_fill) {
    const Claim claim(in_use, "Oversampler");
    oversampler.reset(up_fill, down_fill);
  }

  int factor;
  afx::Oversampler oversampler;
  InUse in_use;
};

void register_design(nb::module_& m) {
  m.def("resampler_half_length",
        [](int in_hz, int out_hz, const std::string& filters) {
          return afx::resampler_half_length(checked_rate(in_hz), checked_rate(out_hz), filters_named(filters));
        },
        "in_hz"_a, "out_hz"_a, "filters"_a, "Half the length of the resampling filter, in frames of the input rate.");
  m.def("round_trip", &round_trip, "session_hz"_a, "capture_hz"_a, "filters"_a, "inner_frames"_a = 0,
        "Latency in session frames, then numerator and denominator of the delays in and out, in input frames of each.");
  m.def("oversampler_latency_frames",
        [](int factor, const std::string& filters) {
          return afx::oversampler_latency_frames(checked_factor(factor), filters_named(filters));
        },
        "factor"_a, "filters"_a, "Latency of up followed by down, in frames of the base rate.");
  m.def("resampler_response",
        [](int in_hz, int out_hz, const std::string& filters, double t) {
          const afx::Filters kind = filters_named(filters);
          return afx::KaiserSinc(afx::resampler_low_pass(checked_rate(in_hz), checked_rate(out_hz), kind), in_hz)(t);
        },
        "in_hz"_a, "out_hz"_a, "filters"_a, "t"_a,
        "The continuous impulse response at t input frames from its centre.");
  m.def("half_band_fir", [](int stage) {
    return afx::design_half_band_fir(afx::half_band_low_pass(checked_stage(stage), afx::Filters::linear));
  }, "stage"_a, "Taps at odd distance from the centre of the linear half-band stage (0: next to the base rate).");
  m.def("half_band_iir", [](int stage) {
    return afx::design_half_band_iir(afx::half_band_low_pass(checked_stage(stage), afx::Filters::low_latency));
  }, "stage"_a, "All-pass coefficients of the low-latency half-band stage (0: next to the base rate).");
}

}  // namespace

void register_rates(nb::module_& m) {
  register_design(m);
  nb::class_<PyResampler>(m, "Resampler", "Streamed conversion of one channel between two rates.")
      .def(nb::new_(&new_resampler), "in_hz"_a, "out_hz"_a, "filters"_a, "delay_num"_a, "delay_den"_a,
           "isa"_a = nb::none())
      .def("process", &PyResampler::process, "x"_a, "Feeds (frames,) float32, returns the outputs that became due.")
      .def("reset", &PyResampler::reset, "fill"_a = 0.0f,
           "Back to frame 0, as if the input had been `fill` for ever.");
  nb::class_<PyOversampler>(m, "Oversampler", "Streamed oversampling of one channel by 1, 2, 4 or 8.")
      .def(nb::init<int, const std::string&, const std::optional<std::string>&>(), "factor"_a, "filters"_a,
           "isa"_a = nb::none())
      .def("up", &PyOversampler::up, "x"_a, "(frames,) float32 -> (factor * frames,).")
      .def("down", &PyOversampler::down, "x"_a, "(factor * frames,) float32 -> (frames,).")
      .def("reset", &PyOversampler::reset, "up_fill"_a = 0.0f, "down_fill"_a = 0.0f, "As if the inputs had been these for ever.")
      .def_prop_ro("latency_frames", [](const PyOversampler& self) { return self.oversampler.latency_frames(); },
                   "Latency of up followed by down, in frames of the base rate.");
}
