"""Training data: segments of the training signal through the virtual device, every one at its own knob setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afxplugin.devices.overdrive import KNOB_HIGH, OverdriveDevice
from afxplugin.measure.accuracy import linear_fit
from afxplugin.train.signals import make_segments

if TYPE_CHECKING:
    from collections.abc import Sequence

Array32 = NDArray[np.float32]

# The device is simulated for so many segments at a time, which bounds memory (705.6 kHz, float64).
BATCH_SEGMENTS = 16
# The acceptance asks for ESR <= 1 % and, without the linear part, <= 5 %: one error energy, two allowances.
LINEAR_ALLOWANCE = 5.0
LINEAR_TAPS = 64
# No segment counts more than this many times a plain ESR: a quiet, almost linear one would otherwise rule the loss.
LARGEST_WEIGHT = 100.0
FLOOR_POWER = 3e-6


@dataclass(frozen=True)
class Segments:
    """Input x, target y (segments, frames); knobs (segments, 2) drive and tone in [0, 1]; scale (segments,) power."""

    x: Array32
    y: Array32
    knobs: Array32
    scale: Array32


def make_data(
    seed: int,
    count: int,
    *,
    frames: int,
    rate_hz: int,
    shares: Sequence[float] | None = None,
    drives: Sequence[float] | None = None,
    tone: float | None = None,
) -> Segments:
    """`count` segments through the overdrive, each at a knob position of its own.

    drives: the settings (0 to 1) that Drive is drawn from; tone: where Tone (0 to 1) stands. None: anywhere, but for a
    fifth of the positions at each end.
    scale is the mean power that an error is divided by: the smaller of the target's power and five times the power
    of its nonlinear part, so that both acceptance figures weigh alike.
    """
    x = make_segments(seed, count, frames=frames, rate_hz=rate_hz, shares=shares)
    random = np.random.default_rng(seed + 1)
    knobs = np.clip(random.uniform(-1.0 / 3.0, 4.0 / 3.0, (count, 2)), 0.0, 1.0).astype(np.float32)
    if drives is not None:
        knobs[:, 0] = random.choice(np.asarray(drives), count)
    if tone is not None:
        knobs[:, 1] = tone
    y = np.empty_like(x)
    for start in range(0, count, BATCH_SEGMENTS):
        part = slice(start, start + BATCH_SEGMENTS)
        settings = knobs[part].astype(np.float64) * KNOB_HIGH
        y[part] = OverdriveDevice(settings[:, 0], settings[:, 1]).process(x[part].astype(np.float64), rate_hz)
    scale = np.array([_error_scale(*pair) for pair in zip(x.astype(np.float64), y.astype(np.float64), strict=True)])
    return Segments(x, y, knobs, scale.astype(np.float32))


def _error_scale(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    power = float(np.mean(y**2))
    curved = LINEAR_ALLOWANCE * float(np.mean((y - linear_fit(target=y, input=x, taps=LINEAR_TAPS)) ** 2))
    return max(min(power, curved), power / LARGEST_WEIGHT, FLOOR_POWER)
