"""Filter designs in closed form, float64: the specification that the core's coefficients are held to.

Two sets. `linear`: linear phase, flat to 20 kHz of a 44.1 kHz rate, 100 dB. `low-latency`: shorter filters that let
images fall above 16 kHz, and all-pass half-bands whose delay is a few frames but varies with frequency.

Kaiser window (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", ISCAS 1974): for
attenuation A > 50 dB and a transition of `width` cycles per sample,

    beta = 0.1102 (A - 8.7),    order = (A - 7.95) / (14.36 width).

Its window is w(u) = I0(beta sqrt(1 - u²)) / I0(beta), |u| <= 1, u the distance from the centre over half the length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Filters = Literal["linear", "low-latency"]

LINEAR_PASS = 20_000 / 44_100  # of the lower rate: 0.4535
LINEAR_ATTENUATION_DB = 100.0


@dataclass(frozen=True)
class LowPass:
    """Edges of a low-pass, in the unit of its rate (Hz, or fractions of the rate), and its stop-band attenuation."""

    pass_edge: float
    stop_edge: float
    attenuation_db: float


def resampler_low_pass(in_hz: int, out_hz: int, filters: Filters) -> LowPass:
    """Low-pass of a converter between two rates, edges in Hz; it scales with the lower rate."""
    rate_hz = min(in_hz, out_hz)
    if filters == "linear":
        return LowPass(LINEAR_PASS * rate_hz, (1 - LINEAR_PASS) * rate_hz, LINEAR_ATTENUATION_DB)
    return LowPass(11_500 / 44_100 * rate_hz, 28_100 / 44_100 * rate_hz, 120.0)


def half_band_low_pass(stage: int, filters: Filters) -> LowPass:
    """Low-pass of the half-band stage between 2**stage and 2**(stage + 1) times the base rate.

    Edges are fractions of the higher rate. Every stage passes the same band in Hz; its stop edge mirrors the pass edge
    at a quarter of the higher rate, so that later stages have wide transitions and are short.
    """
    higher = 2.0 ** (stage + 1)
    if filters == "linear":
        edge = LINEAR_PASS / higher
        return LowPass(edge, 0.5 - edge, LINEAR_ATTENUATION_DB)
    edge = 16_000 / 44_100 / higher
    return LowPass(edge, 0.5 - edge, 118.0)


def kaiser_beta(attenuation_db: float) -> float:
    """Shape of the Kaiser window for an attenuation above 50 dB (Kaiser 1974)."""
    return 0.1102 * (attenuation_db - 8.7)


def kaiser_order(attenuation_db: float, width: float) -> float:
    """Order (length - 1) of a Kaiser design; width: the transition as a fraction of the rate (Kaiser 1974)."""
    return (attenuation_db - 7.95) / (14.36 * width)


def kaiser_window(u: NDArray[np.float64], attenuation_db: float) -> NDArray[np.float64]:
    """Kaiser window at distances u (...,) from its centre, 1 at the edge, zero beyond."""
    beta = kaiser_beta(attenuation_db)
    inside = np.clip(1.0 - u**2, 0.0, None)
    return np.where(np.abs(u) <= 1.0, np.i0(beta * np.sqrt(inside)) / np.i0(beta), 0.0)


def kaiser_half_length(spec: LowPass, rate_hz: float) -> float:
    """Half the length of the continuous impulse response, in frames of rate_hz."""
    return 0.5 * kaiser_order(spec.attenuation_db, (spec.stop_edge - spec.pass_edge) / rate_hz)


def kaiser_sinc(t: NDArray[np.float64], spec: LowPass, rate_hz: float) -> NDArray[np.float64]:
    """Continuous impulse response of the low-pass at t (...,) frames of rate_hz from its centre.

    The ideal low-pass of cut-off fc cycles per frame is 2 fc sinc(2 fc t), of unit gain at 0 Hz; fc lies in the middle
    of the transition, where a windowed design is 6 dB down.
    """
    cutoff = 0.5 * (spec.pass_edge + spec.stop_edge) / rate_hz
    window = kaiser_window(t / kaiser_half_length(spec, rate_hz), spec.attenuation_db)
    return 2 * cutoff * np.sinc(2 * cutoff * t) * window


def design_half_band_fir(spec: LowPass) -> NDArray[np.float64]:
    """Whole impulse response (4K + 3,) of a linear-phase Kaiser half-band filter; edges as fractions of its rate.

    Cut off at a quarter of the rate, h[n] = 1/2 sinc(n/2) vanishes at every even n but 0. The order 4K + 2 makes both
    ends odd, hence not zero. The odd taps are scaled to sum to 1/2, as the centre tap is, so that both phases of an
    interpolator have the same gain at 0 Hz and a constant stays a constant.

    Kaiser's estimate is optimistic for short filters (by 10 dB at order 18): the order grows from there until the
    stop band is as deep as asked. The window's attenuation is what the estimate promises for that order.
    """
    width = spec.stop_edge - spec.pass_edge
    k = max(0, math.ceil((kaiser_order(spec.attenuation_db, width) - 2) / 4))
    while True:
        half = 2 * k + 1
        n = np.arange(-half, half + 1)
        h = 0.5 * np.sinc(0.5 * n) * kaiser_window(n / half, 7.95 + 14.36 * width * 2 * half)
        h[n % 2 == 0] = 0.0
        h *= 0.5 / h.sum()
        h[half] = 0.5
        grid = np.linspace(spec.stop_edge, 0.5, 16 * half + 1)
        gain = np.cos(2 * np.pi * np.outer(grid, n)) @ h
        if -20 * np.log10(np.abs(gain).max()) >= spec.attenuation_db:
            return h
        k += 1


def elliptic_nome(k: float) -> float:
    """Nome q = exp(-π K'/K) of modulus k; K and K' by the arithmetic-geometric mean (Gauss): K = π / (2 agm(1, k'))."""
    return math.exp(-math.pi * _agm(1.0, math.sqrt(1.0 - k * k)) / _agm(1.0, k))


def _agm(a: float, b: float) -> float:
    while abs(a - b) > 1e-15 * a:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


def design_half_band_iir(spec: LowPass) -> NDArray[np.float64]:
    """Coefficients, rising, of an elliptic power-symmetric half-band filter; edges as fractions of its rate.

        H(z) = (A0(z²) + z⁻¹ A1(z²)) / 2,  A_p(z) = Π (a_i + z⁻¹) / (1 + a_i z⁻¹) over i = p, p + 2, …

    R. A. Valenzuela and A. G. Constantinides, "Digital signal processing schemes for efficient interpolation and
    decimation", IEE Proc. G 130(6), 1983; P. P. Vaidyanathan, "Multirate Systems and Filter Banks", 1993, section 5.3.

    The bilinear transform turns mirrored edges into reciprocal ones, Ωp = tan(π f_pass) = 1/Ωs, so the modulus is
    k = Ωp/Ωs = tan²(π f_pass) with nome q. Power symmetry, |H(f)|² + |H(1/2 - f)|² = 1, ties the ripples: the stop band
    lies at k1 / (1 + k1), and the degree equation gives k1 = 4 q^(N/2) for an odd order N. The poles then lie on the
    imaginary z axis: one real coefficient in z² each, from the zeros' frequencies Ω_i by theta series.
    """
    k = math.tan(math.pi * spec.pass_edge) ** 2
    q = elliptic_nome(k)
    k1 = 1.0 / (10.0 ** (spec.attenuation_db / 10.0) - 1.0)
    order = math.ceil(2.0 * math.log(k1 / 4.0) / math.log(q)) | 1
    i = np.arange(1, (order - 1) // 2 + 1)[:, np.newaxis]
    m = np.arange(8)
    sign = (-1.0) ** m
    top = (sign * q ** (m * (m + 1.0)) * np.sin((2 * m + 1) * np.pi * i / order)).sum(axis=1)
    bottom = 0.5 + (sign * q ** (m**2.0) * np.cos(2 * m * np.pi * i / order))[:, 1:].sum(axis=1)
    square = (q**0.25 * top / bottom) ** 2
    x = np.sqrt((1 - square * k) * (1 - square / k)) / (1 + square)
    return (1 - x) / (1 + x)


def allpass_group_delay(a: float, omega: float) -> float:
    """Group delay in frames of (a + z⁻¹) / (1 + a z⁻¹) at omega radians per frame."""
    return (1 - a * a) / (1 + 2 * a * math.cos(omega) + a * a)


def design_fractional_allpass(delay_frames: float, omega: float) -> float:
    """The a whose all-pass (a + z⁻¹) / (1 + a z⁻¹) has the group delay delay_frames at omega radians per frame.

    Thiran's first-order all-pass (1971), a = (1 - D) / (1 + D), is exact at 0; `allpass_group_delay` = D solved for a
    is exact at omega: (D + 1) a² + 2 D cos(omega) a + (D - 1) = 0.
    """
    b = delay_frames * math.cos(omega)
    return (math.sqrt(b * b - (delay_frames**2 - 1)) - b) / (delay_frames + 1)
