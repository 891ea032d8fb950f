"""How close an output is to its target.

All figures take arrays whose last axis is frames, such as (channels, frames), in float64; errors and powers are summed
over all channels. `target` is what is wanted, `output` what came; both must have the same shape. Samples that are not
floating point raise BlockError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import float_samples
from afxplugin.measure.harmonics import analyse_harmonics

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# FFT size, hop and window of the three resolutions of R. Yamamoto, E. Song, J.-M. Kim, "Parallel WaveGAN" (ICASSP
# 2020).
_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
_LEAST_MAGNITUDE = 1e-4  # -80 dB re a magnitude of 1 in the transform: keeps silence out of the logarithm


def esr(*, target: ArrayLike, output: ArrayLike, pre_emphasis: float = 0.0) -> float:
    """Error-to-signal ratio, linear: 0 is perfect, 1 as bad as silence; nan where both are silent.

    With `pre_emphasis` a, both are first filtered by 1 - a z^-1; a = 0.85 is that of A. Wright, V. Välimäki,
    "Perceptual loss function for neural modeling of audio systems" (ICASSP 2020).
    """
    t, y = _pair(target, output)
    if pre_emphasis:
        t, y = _emphasised(t, pre_emphasis), _emphasised(y, pre_emphasis)
    return _ratio(np.sum((t - y) ** 2), np.sum(t**2))


def snr_db(*, target: ArrayLike, output: ArrayLike) -> float:
    """Signal-to-noise ratio in dB, -10 log10 of the error-to-signal ratio; inf where they are equal."""
    with np.errstate(divide="ignore"):
        return float(-10 * np.log10(esr(target=target, output=output)))


def mae(*, target: ArrayLike, output: ArrayLike) -> float:
    """Mean absolute error, in the unit of the samples."""
    t, y = _pair(target, output)
    return float(np.mean(np.abs(t - y)))


def mesr(*, target: ArrayLike, output: ArrayLike, frequency_hz: float, rate_hz: int) -> float:
    """Error-to-signal ratio of the magnitudes of DC and harmonics of a tone, linear: blind to phase and delay.

    Both are (frames,) responses to a sine of `frequency_hz`. A. Carson, V. Välimäki, A. Wright, S. Bilbao, "Resampling
    filter design for multirate neural audio effect processing" (2025).
    """
    t, y = _pair(target, output)
    wanted = np.abs(analyse_harmonics(t, frequency_hz=frequency_hz, rate_hz=rate_hz).amplitudes)
    came = np.abs(analyse_harmonics(y, frequency_hz=frequency_hz, rate_hz=rate_hz).amplitudes)
    return _ratio(np.sum((wanted - came) ** 2), np.sum(wanted**2))


def mr_stft(*, target: ArrayLike, output: ArrayLike) -> float:
    """Multi-resolution spectral distance: spectral convergence plus mean log-magnitude difference, 0 is perfect.

    Mean over the three resolutions of Yamamoto et al. (2020); natural logarithm; 2048 frames are needed at least.
    """
    t, y = _pair(target, output)
    parts: list[float] = []
    for size, hop, window in _RESOLUTIONS:
        wanted, came = _magnitudes(t, size, hop, window), _magnitudes(y, size, hop, window)
        convergence = _ratio(float(np.linalg.norm(wanted - came)), float(np.linalg.norm(wanted)))
        parts.append(convergence + float(np.mean(np.abs(np.log(wanted) - np.log(came)))))
    return float(np.mean(parts))


def esr_without_linear(
    *,
    target: ArrayLike,
    output: ArrayLike,
    input: ArrayLike,  # noqa: A002
    taps: int = 128,
) -> float:
    """Error-to-signal ratio of what a linear filter cannot explain, linear.

    The causal FIR filter of `taps` coefficients that turns `input` into `target` with the least square error is fitted
    per channel, and what it makes of the input is taken out of target and output alike. The error is that of `esr`; it
    is set against the energy of the distortion alone, so a capture that only got the tone right scores 1 or worse.
    All three are (channels, frames) or (frames,), silent before the first frame.
    """
    t, y = _pair(target, output)
    x, _ = _pair(input, target)
    rows = zip(t.reshape(-1, t.shape[-1]), x.reshape(-1, x.shape[-1]), strict=True)
    residual = sum(float(np.sum((row - linear_fit(target=row, input=source, taps=taps)) ** 2)) for row, source in rows)
    return _ratio(np.sum((t - y) ** 2), residual)


def linear_fit(*, target: ArrayLike, input: ArrayLike, taps: int) -> NDArray[np.float64]:  # noqa: A002
    """Output (frames,) of the causal FIR filter of `taps` coefficients that fits `target` best, from `input` (frames,).

    Least squares over all frames, through the normal equations R h = p with R[i, j] = sum_n x[n-i] x[n-j]. Only their
    first row needs sums over the signal: R[i+1, j+1] = R[i, j] - x[N-1-i] x[N-1-j].

    Raises:
        ValueError: the shapes differ, or `taps` is not between 1 and half the frames.

    """
    t, x = _pair(target, input)
    frames = t.shape[-1]
    if not 1 <= taps <= frames // 2:
        raise ValueError(f"given {taps} coefficients for {frames} frames; allowed: 1 to half as many as frames")
    size = 1 << (2 * frames - 1).bit_length()
    spectrum = np.fft.rfft(x, size)
    first = np.fft.irfft(np.abs(spectrum) ** 2, size)[:taps]
    p = np.fft.irfft(spectrum.conj() * np.fft.rfft(t, size), size)[:taps]
    last = x[::-1][:taps]
    R = np.empty((taps, taps))
    R[0] = R[:, 0] = first
    for i in range(1, taps):
        R[i, i:] = R[i - 1, i - 1 : -1] - last[i - 1] * last[i - 1 : -1]
        R[i:, i] = R[i, i:]
    h = np.linalg.lstsq(R, p, rcond=1e-13)[0]  # singular where the input lacks a band
    return np.fft.irfft(spectrum * np.fft.rfft(h, size), size)[:frames]


def _pair(target: ArrayLike, output: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    t, y = np.asarray(float_samples(target), np.float64), np.asarray(float_samples(output), np.float64)
    if t.shape != y.shape or t.size == 0:
        raise ValueError(f"given signals of shapes {t.shape} and {y.shape}; allowed: two of the same shape, not empty")
    return t, y


def _ratio(error: float, signal: float) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(error) / np.float64(signal))


def _emphasised(x: NDArray[np.float64], coefficient: float) -> NDArray[np.float64]:
    y = x.copy()
    y[..., 1:] -= coefficient * x[..., :-1]
    return y


def _magnitudes(x: NDArray[np.float64], size: int, hop: int, window: int) -> NDArray[np.float64]:
    """(..., windows, bins), periodic Hann, no padding."""
    if x.shape[-1] < 2048:
        raise ValueError(f"given {x.shape[-1]} frames; allowed: 2048 or more")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    frames = np.lib.stride_tricks.sliding_window_view(x, window, axis=-1)[..., ::hop, :]
    return np.maximum(np.abs(np.fft.rfft(frames * hann, size)), _LEAST_MAGNITUDE)
