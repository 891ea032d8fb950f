"""
The C++ core of afxplugin: kernels, rates, chains, meters, rings and the callback of audio devices. Its documented faces are the rooms' modules.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import numpy
from numpy.typing import NDArray


def default_isa() -> str:
    """
    Name of the instruction set in use: the fastest of this machine, unless AFX_ISA names another.
    """

def isa_available(name: str) -> bool:
    """
    Whether this build and this machine have the instruction set baseline, avx2 or avx512.
    """

def design_feedback(method: str, order: int, num: int, den: int) -> tuple[int, list[float], float, str]:
    """
    (offset, b, a, tap) of a method naive, stn, lagrange or apdl at the delay num/den frames; ValueError says why not.
    """

def activations(x: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], isa: str | None = None) -> NDArray[numpy.float32]:
    """
    Sigmoid and tanh (2, n) of x (n,) as the cells compute them with an instruction set.
    """

class Network:
    """
    A recurrent network as plain arrays, in PyTorch's layout and gate order.
    """

    def __init__(self, cell: str, hidden: int, inputs: int, layers: list, head_weight: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], head_bias: float, skip: float, h0: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None, c0: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> None: ...

    @property
    def hidden(self) -> int: ...

    @property
    def inputs(self) -> int: ...

class Kernel:
    """
    The recurrence of a network with a feedback filter, for a number of streams.
    """

    def __init__(self, network: Network, offset: int, b: Sequence[float], a: float, tap: str, streams: int = 1, isa: str | None = None) -> None: ...

    def process(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], conditioning: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None) -> NDArray[numpy.float32]:
        """
        x (streams, n) float32 -> (streams, n); conditioning (inputs - 1,) or (n, inputs - 1).
        """

    def settle(self, conditioning: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None, most_frames: int = 960000) -> None:
        """
        Finds the state at which zero input rests under this conditioning, within so many frames of it.
        """

    def reset_zero(self) -> None: ...

    def reset_settled(self) -> None: ...

    @property
    def rest_output(self) -> float: ...

    @property
    def rest_state(self) -> NDArray[numpy.float32]:
        """
        State (layers, parts, hidden) that settle() found: h, and for an LSTM c; zero before.
        """

    @property
    def streams(self) -> int: ...

def resampler_half_length(in_hz: int, out_hz: int, filters: str) -> float:
    """Half the length of the resampling filter, in frames of the input rate."""

def round_trip(session_hz: int, capture_hz: int, filters: str, inner_frames: int = 0) -> tuple[int, int, int, int, int]:
    """
    Latency in session frames, then numerator and denominator of the delays in and out, in input frames of each.
    """

def oversampler_latency_frames(factor: int, filters: str) -> int:
    """Latency of up followed by down, in frames of the base rate."""

def resampler_response(in_hz: int, out_hz: int, filters: str, t: float) -> float:
    """The continuous impulse response at t input frames from its centre."""

def half_band_fir(stage: int) -> list[float]:
    """
    Taps at odd distance from the centre of the linear half-band stage (0: next to the base rate).
    """

def half_band_iir(stage: int) -> list[float]:
    """
    All-pass coefficients of the low-latency half-band stage (0: next to the base rate).
    """

class Resampler:
    """Streamed conversion of one channel between two rates."""

    def __init__(self, in_hz: int, out_hz: int, filters: str, delay_num: int, delay_den: int, isa: str | None = None) -> None: ...

    def process(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float32], dict(shape=(None,))]:
        """Feeds (frames,) float32, returns the outputs that became due."""

    def reset(self, fill: float = 0.0) -> None:
        """Back to frame 0, as if the input had been `fill` for ever."""

class Oversampler:
    """Streamed oversampling of one channel by 1, 2, 4 or 8."""

    def __init__(self, factor: int, filters: str, isa: str | None = None) -> None: ...

    def up(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float32], dict(shape=(None,))]:
        """(frames,) float32 -> (factor * frames,)."""

    def down(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float32], dict(shape=(None,))]:
        """(factor * frames,) float32 -> (frames,)."""

    def reset(self, up_fill: float = 0.0, down_fill: float = 0.0) -> None:
        """As if the inputs had been these for ever."""

    @property
    def latency_frames(self) -> int:
        """Latency of up followed by down, in frames of the base rate."""

class Plan:
    """How a capture is played in a session; made by plan()."""

    @property
    def session_hz(self) -> int: ...

    @property
    def capture_hz(self) -> int: ...

    @property
    def kernel_hz(self) -> int: ...

    @property
    def delay(self) -> tuple[int, int]: ...

    @property
    def method(self) -> str: ...

    @property
    def oversampling(self) -> int: ...

    @property
    def filters(self) -> str: ...

    @property
    def resampled(self) -> bool: ...

    @property
    def latency_frames(self) -> int: ...

    @property
    def judged(self) -> bool:
        """
        Whether there were eigenvalues to tell radius, decay and stability from.
        """

    @property
    def pole_radius(self) -> float: ...

    @property
    def tau_s(self) -> float: ...

    @property
    def stable(self) -> bool: ...

    @property
    def capture_decays(self) -> bool: ...

    @property
    def decays_as_capture(self) -> bool: ...

    @property
    def reason(self) -> str: ...

def plan(session_hz: int, capture_hz: int, method: str, oversampling: int, filters: str, eigenvalues: Sequence[complex]) -> Plan:
    """
    Decides the path. ValueError for rates, methods and factors that are not allowed or cannot be realised.
    """

def loop_radius(eigenvalues: Sequence[complex], offset: int, b: Sequence[float], a: float) -> float:
    """
    Largest pole radius of a linearised recurrence through a feedback filter.
    """

class Model:
    """
    What a chain plays: one network with its knobs, or snapshots on a grid over knobs, the last axis fastest.
    """

    def __init__(self, networks: Sequence[Network], axes: Sequence[Sequence[float]], delay_frames: Sequence[int]) -> None:
        """
        ValueError where they do not fit together. delay_frames: of each, in the capture's frames; empty: none.
        """

    def weights(self, coordinates: Sequence[float]) -> list[float]:
        """How much of each snapshot is heard there."""

class Chain:
    """The stages of one capture at one session rate."""

    def __init__(self, model: Model, plan: Plan, channels: int, controls: Sequence[Sequence[tuple[float, float]]], positions: Sequence[float], input_gain: float, output_gain: float, mix: float, knobs_move: bool) -> None: ...

    def process(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """(channels, frames) float32 -> the same shape, late by latency_frames."""

    def set_position(self, knob: int, position: float) -> None:
        """From any thread; the knob moves with the next frames."""

    def reset(self, settled: bool) -> None: ...

    @property
    def latency_frames(self) -> int: ...

def first_bad(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> tuple[int, int] | None:
    """
    (frame, channel) of the first sample of a block (channels, frames) that is infinite or not a number, or None.
    """

class Meter:
    """
    Streaming peak, loudness (ITU-R BS.1770-4) and scan for non-finite samples; constant memory.

    Five channels are weighted as left, right, centre and two surrounds, any other number equally.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        """
        Raises ValueError for a rate outside 8 to 384 kHz or a channel count outside 1 to 1024.
        """

    def process(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)]) -> None:
        """
        Add a block (channels, frames) of float32, each channel contiguous; TypeError or ValueError otherwise.
        """

    def reset(self) -> None:
        """Forget everything heard."""

    @property
    def peak(self) -> float:
        """Largest finite magnitude over all channels."""

    @property
    def loudness_lufs(self) -> float:
        """
        Integrated loudness in LUFS; -infinity where no block of 400 ms passes the gate of -70 LUFS.
        """

    @property
    def frames(self) -> int:
        """Frames heard."""

    @property
    def first_bad(self) -> tuple[int, int] | None:
        """
        (frame, channel) of the first sample that is infinite or not a number, or None.
        """

class Ring:
    """
    A ring of audio frames that two processes share; one writes, the other reads.
    """

    def __init__(self, channels: int, capacity_frames: int) -> None:
        """
        ValueError for a size that is not allowed; the capacity is rounded up to a power of two.
        """

    @staticmethod
    def attach(descriptor: int) -> Ring:
        """
        The ring behind an inherited descriptor; ValueError where there is none.
        """

    def write(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)]) -> int:
        """
        (channels, frames) float32 -> how many of its frames fitted; never waits.
        """

    def read(self, frames: int) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """
        (channels, n) float32, n at most `frames` and what is there; never waits.
        """

    def wait_readable(self, frames: int, timeout_s: float) -> bool:
        """
        Sleeps until so many frames are there, the stream has ended or is closed; False: the time was over.
        """

    def wait_writable(self, frames: int, timeout_s: float) -> bool:
        """
        Sleeps until so many frames fit or the ring is closed; False: the time was over.
        """

    def end(self) -> None:
        """Nothing follows what has been written."""

    def close(self) -> None:
        """Nobody waits any more, on either side."""

    @property
    def descriptor(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def capacity_frames(self) -> int: ...

    @property
    def readable(self) -> int: ...

    @property
    def writable(self) -> int: ...

    @property
    def ended(self) -> bool: ...

    @property
    def closed(self) -> bool: ...

    @property
    def frames_written(self) -> int: ...

    @property
    def frames_read(self) -> int: ...

    @property
    def underruns(self) -> int:
        """Frames that a reader in a hurry had to do without."""

def exit_at_end_of(descriptor: int) -> None:
    """
    Ends this process as soon as nobody holds the other end of a socket or pipe.
    """

class LinkStats:
    """
    What has happened between a device and a graph since the start; see device_link.hpp.
    """

    @property
    def callbacks(self) -> int: ...

    @property
    def frames(self) -> int: ...

    @property
    def input_underflows(self) -> int: ...

    @property
    def input_overflows(self) -> int: ...

    @property
    def output_underflows(self) -> int: ...

    @property
    def output_overflows(self) -> int: ...

    @property
    def underruns(self) -> int: ...

    @property
    def underrun_frames(self) -> int: ...

    @property
    def overruns(self) -> int: ...

    @property
    def overrun_frames(self) -> int: ...

    @property
    def responses(self) -> int: ...

    @property
    def callback_mean_ns(self) -> float: ...

    @property
    def callback_highest_ns(self) -> float: ...

    @property
    def response_mean_ns(self) -> float: ...

    @property
    def response_median_ns(self) -> float:
        """Rounded up to 20 us, as the 99th percentile is."""

    @property
    def response_99_ns(self) -> float: ...

    @property
    def response_highest_ns(self) -> float: ...

    @property
    def interval_highest_ns(self) -> float: ...

    @property
    def device_latency_s(self) -> float:
        """0 where the device does not say."""

    @property
    def longest_frames(self) -> int:
        """Of one callback."""

    @property
    def least_ready_frames(self) -> int:
        """-1 before the first callback."""

    @property
    def last_callback_ns(self) -> int:
        """Of the clock that time.monotonic_ns shows; 0 before the first."""

class DeviceLink:
    """
    What a device's callback does: feeds one ring, plays from another, counts and times both.
    """

    def __init__(self, to_graph: Ring, from_graph: Ring, *, input_channels: int, output_channels: int, first_input: int, block_frames: int, prefill_frames: int) -> None:
        """
        Writes the prefill for the graph; ValueError for what cannot be. first_input: from 0, the device's channel that feeds the graph's first.
        """

    def process(self, x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], output_channels: int, flags: int = 0) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """
        (frames, channels) float32 -> (frames, output_channels): what one callback does, for tests; the channels are those of the link.
        """

    def stats(self) -> LinkStats: ...

    def take_peaks(self) -> tuple[float, float, float]:
        """
        Highest magnitudes of input, left and right output since the last call.
        """

    @property
    def user_data(self) -> int:
        """Address for PortAudio's user data."""

    callback: Final[int] = ...
    """Address of the PaStreamCallback."""
