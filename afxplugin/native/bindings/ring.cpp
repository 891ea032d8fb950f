
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#if defined(__linux__)
#include <poll.h>
#include <thread>
#include <unistd.h>
#endif

#include "arguments.hpp"
#include "bound_ring.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Block = nb::ndarray<const float, nb::ndim<2>, nb::device::cpu>;

std::int64_t nanoseconds(double seconds) {
  if (std::isnan(seconds)) refuse("a timeout that is not a number is given; seconds, or a negative number for ever");
  return seconds < 0.0 ? -1 : static_cast<std::int64_t>(std::fmin(seconds, 1e9) * 1e9);
}

int write_block(BoundRing& ring, const Block& x) {
  if (x.shape(0) != static_cast<std::size_t>(ring.channels()) || (x.shape(1) > 1 && x.stride(1) != 1)) {
    refuse("a block of shape (" + std::to_string(x.shape(0)) + ", " + std::to_string(x.shape(1)) + ") is given; (" +
           std::to_string(ring.channels()) + ", frames), each channel contiguous, is needed");
  }
  const float* rows[afx::Ring::max_channels];
  for (std::size_t c = 0; c < x.shape(0); ++c) rows[c] = x.data() + static_cast<std::int64_t>(c) * x.stride(0);
  const int frames = static_cast<int>(std::min<std::size_t>(x.shape(1), 0x7fffffff));
  const Claim claim(ring.writer, "Ring's writing end");
  const nb::gil_scoped_release release;
  return ring.write(rows, frames);
}

nb::ndarray<nb::numpy, float, nb::ndim<2>> read_block(BoundRing& ring, int frames) {
  const Claim claim(ring.reader, "Ring's reading end");
  const std::size_t channels = static_cast<std::size_t>(ring.channels());
  const std::size_t n = static_cast<std::size_t>(std::max(0, std::min(frames, ring.readable())));
  float* data = new float[channels * n + 1];
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  float* rows[afx::Ring::max_channels];
  for (std::size_t c = 0; c < channels; ++c) rows[c] = data + c * n;
  {
    const nb::gil_scoped_release release;
    ring.read(rows, static_cast<int>(n));
  }
  return {data, {channels, n}, owner};
}

// A child that ends with its parent however that one ends: the parent holds the other end of a socket, and nothing in
// this thread waits for Python or for a plugin that hangs.
void exit_at_end_of(int descriptor) {
#if defined(__linux__)
  std::thread([descriptor] {
    pollfd watched{descriptor, 0, 0};  // the end is always reported
    while (poll(&watched, 1, -1) < 0 || (watched.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0) {
    }
    _exit(0);
  }).detach();
#else
  (void)descriptor;
  refuse("a process is ended with its parent on Linux only");
#endif
}

}  // namespace

void register_ring(nb::module_& m) {
  nb::class_<BoundRing>(m, "Ring", "A ring of audio frames that two processes share; one writes, the other reads.")
      .def("__init__", [](BoundRing* self, int channels, int capacity_frames) {
        afx::Ring made;
        require(made.create(channels, capacity_frames));
        new (self) BoundRing;
        self->take(made);
      }, "channels"_a, "capacity_frames"_a, "ValueError for a size that is not allowed; the capacity is rounded up to a power of two.")
      .def_static("attach", [](int descriptor) {
        auto ring = std::make_unique<BoundRing>();
        require(ring->attach(descriptor));
        return ring;
      }, "descriptor"_a, "The ring behind an inherited descriptor; ValueError where there is none.")
      .def("write", &write_block, "x"_a.noconvert(), "(channels, frames) float32 -> how many of its frames fitted; never waits.")
      .def("read", &read_block, "frames"_a, "(channels, n) float32, n at most `frames` and what is there; never waits.")
      .def("wait_readable", [](BoundRing& ring, int frames, double timeout_s) {
        const std::int64_t timeout_ns = nanoseconds(timeout_s);
        const nb::gil_scoped_release release;
        return ring.wait_readable(frames, timeout_ns);
      }, "frames"_a, "timeout_s"_a, "Sleeps until so many frames are there, the stream has ended or is closed; False: the time was over.")
      .def("wait_writable", [](BoundRing& ring, int frames, double timeout_s) {
        const std::int64_t timeout_ns = nanoseconds(timeout_s);
        const nb::gil_scoped_release release;
        return ring.wait_writable(frames, timeout_ns);
      }, "frames"_a, "timeout_s"_a, "Sleeps until so many frames fit or the ring is closed; False: the time was over.")
      .def("end", &afx::Ring::end, "Nothing follows what has been written.")
      .def("close", &afx::Ring::close, "Nobody waits any more, on either side.")
      .def_prop_ro("descriptor", &afx::Ring::descriptor)
      .def_prop_ro("channels", &afx::Ring::channels)
      .def_prop_ro("capacity_frames", &afx::Ring::capacity)
      .def_prop_ro("readable", &afx::Ring::readable)
      .def_prop_ro("writable", &afx::Ring::writable)
      .def_prop_ro("ended", &afx::Ring::ended)
      .def_prop_ro("closed", &afx::Ring::closed)
      .def_prop_ro("frames_written", &afx::Ring::frames_written)
      .def_prop_ro("frames_read", &afx::Ring::frames_read)
      .def_prop_ro("underruns", &afx::Ring::underruns, "Frames that a reader in a hurry had to do without.");
  m.def("exit_at_end_of", &exit_at_end_of, "descriptor"_a, "Ends this process as soon as nobody holds the other end of a socket or pipe.");
}
