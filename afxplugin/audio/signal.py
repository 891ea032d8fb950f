"""A piece of audio in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio.samples import samples_needed
from afxplugin.errors import AudioError, RateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 384_000


def check_rate(rate_hz: int, *, what: str = "the sample rate") -> None:
    """Refuse a rate that the program does not handle.

    Raises:
        RateError: `rate_hz` is outside 8 000 to 384 000 Hz; `what` names whose rate it is.

    """
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise RateError(f"{what} is {rate_hz} Hz; allowed: {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz")


@dataclass(frozen=True)
class Audio:
    """Samples and their rate.

    `x` is (channels, frames), float32 or float64, full scale ±1; `rate_hz` is in Hz.

    Raises:
        AudioError: `x` is not two-dimensional, or neither float32 nor float64.
        RateError: the rate is outside 8 to 384 kHz.

    """

    x: NDArray[np.float32] | NDArray[np.float64]
    rate_hz: int

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.x.shape[0] < 1:
            raise AudioError(f"audio has shape {self.x.shape}; allowed: (channels, frames) with a channel or more")
        if self.x.dtype not in (np.float32, np.float64):  # pyright: ignore[reportUnnecessaryContains]
            raise AudioError(f"audio has samples of type {self.x.dtype}; {samples_needed(self.x.dtype)}")
        check_rate(self.rate_hz)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.x.shape[0]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.x.shape[1]

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz
