"""How much of a response to a sine is aliasing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.measure.harmonics import analyse_harmonics, last_second

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def asr_db(x: ArrayLike, *, frequency_hz: float, rate_hz: int) -> float:
    """Aliasing-to-signal ratio in dB of the response (frames,) to a sine, over its last second; lower is better.

    Signal is DC and the harmonics below half the rate, aliasing all the rest (so noise too). A. Carson, A. Wright,
    S. Bilbao, "Anti-aliasing of neural distortion effects via model fine tuning" (DAFx 2025).

    Raises:
        ValueError: the tone is not between 12 bins and half the rate.

    """
    wanted = analyse_harmonics(x, frequency_hz=frequency_hz, rate_hz=rate_hz).signal()
    aliasing = last_second(x, rate_hz) - wanted
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.sum(aliasing**2) / np.sum(wanted**2)))
