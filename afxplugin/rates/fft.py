"""Ideal conversion of a whole signal by one Fourier transform: the yardstick, not a stage of the player."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import float_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def resample_fft(x: ArrayLike, in_hz: int, out_hz: int) -> NDArray[np.float64]:
    """Signal (..., frames) at in_hz as float64 (..., int(frames * out_hz / in_hz)) at out_hz.

    The spectrum is cut or padded with zeros, so the signal is taken as periodic: drop the edges before measuring. The
    bin that becomes or was the Nyquist bin of an even length stands for both of its mirror images: it is halved when
    split and their sum when joined. Raises BlockError for samples that are not floating point.
    """
    signal = np.asarray(float_samples(x), dtype=np.float64)
    frames = signal.shape[-1]
    count = frames * out_hz // in_hz
    if frames == 0 or count == 0:
        return np.zeros((*signal.shape[:-1], count))
    spectrum = np.fft.rfft(signal)
    kept = min(frames, count)
    bins = np.zeros((*signal.shape[:-1], count // 2 + 1), dtype=np.complex128)
    bins[..., : kept // 2 + 1] = spectrum[..., : kept // 2 + 1]
    if kept % 2 == 0 and count != frames:
        bins[..., kept // 2] *= 0.5 if count > frames else 2.0
    return np.fft.irfft(bins, n=count) * (count / frames)
