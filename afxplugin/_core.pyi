"""
The C++ core of afxplugin: kernels, rates, chains and meters. Its documented faces are the rooms' modules.
"""

from typing import Annotated

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

def resampler_half_length(in_hz: int, out_hz: int, filters: str) -> float:
    """Half the length of the resampling filter, in frames of the input rate."""

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
