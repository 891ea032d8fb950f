"""Change of rate by an integer factor through the Fourier transform: zero phase, nothing folds over.

Interpolation keeps every frequency as it is. Decimation fades out from 0.9 of the outer Nyquist frequency to it along a
raised cosine, whose ringing falls with the third power of time, so that the padding holds all of it that float32 shows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PADDING_FRAMES = 1024
FADE_FROM = 0.9


def interpolate(x: Array, factor: int) -> Array:
    """x (frames,) at the outer rate -> the padded signal at `factor` times the rate, for `decimate`."""
    from scipy.fft import irfft, next_fast_len, rfft

    frames = next_fast_len(len(x) + 2 * PADDING_FRAMES, real=True)
    frames += frames % 2
    padded = np.zeros(frames)
    padded[PADDING_FRAMES : PADDING_FRAMES + len(x)] = x
    spectrum = rfft(padded)
    spectrum[-1] *= 0.5
    return np.asarray(irfft(spectrum, frames * factor), dtype=np.float64) * factor


def decimate(y: Array, factor: int, frames: int) -> Array:
    """Undo `interpolate`: y at the inner rate, padding included -> (frames,) at the outer rate."""
    from scipy.fft import irfft, rfft

    outer = len(y) // factor
    spectrum = rfft(y)[: outer // 2 + 1]
    position = np.clip((np.linspace(0.0, 1.0, len(spectrum)) - FADE_FROM) / (1.0 - FADE_FROM), 0.0, 1.0)
    faded = spectrum * (0.5 + 0.5 * np.cos(np.pi * position))
    x = np.asarray(irfft(faded, outer), dtype=np.float64) / factor
    return x[PADDING_FRAMES : PADDING_FRAMES + frames]
