"""Change of rate by an integer factor through the Fourier transform: zero phase, nothing folds over.

Interpolation keeps every frequency as it is. Decimation fades out from 0.9 of the outer Nyquist frequency to it along a
raised cosine, whose ringing falls with the third power of time, so that the padding holds all of it that float32 shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PADDING_FRAMES = 1024
FADE_FROM = 0.9


def interpolate(x: Array, factor: int) -> Array:
    """Padded signal at `factor` times the rate, for `decimate`, from x (frames,) at the outer rate."""
    # A power of two times at most 32 keeps the transforms fast and the padding small.
    least = len(x) + 2 * PADDING_FRAMES
    grain = 1 << (least.bit_length() - 5)
    frames = -(-least // grain) * grain
    padded = np.zeros(frames)
    padded[PADDING_FRAMES : PADDING_FRAMES + len(x)] = x
    spectrum = np.fft.rfft(padded)
    spectrum[-1] *= 0.5
    return np.fft.irfft(spectrum, frames * factor) * factor


def decimate(y: Array, factor: int, frames: int) -> Array:
    """Undo `interpolate`: y at the inner rate, padding included -> (frames,) at the outer rate."""
    outer = len(y) // factor
    spectrum = np.fft.rfft(y)[: outer // 2 + 1]
    position = np.clip((np.linspace(0.0, 1.0, len(spectrum)) - FADE_FROM) / (1.0 - FADE_FROM), 0.0, 1.0)
    faded = spectrum * (0.5 + 0.5 * np.cos(np.pi * position))
    x = np.fft.irfft(faded, outer) / factor
    return x[PADDING_FRAMES : PADDING_FRAMES + frames]
