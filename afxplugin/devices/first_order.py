"""First-order sections: one pole, one zero, given by the coefficients of their circuit's transfer function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FirstOrderSection:
    """H(s) = (b1·s + b0) / (a1·s + a0); s in rad/s, a0 and a1 positive (a stable, passive pole)."""

    b1: float
    b0: float
    a1: float
    a0: float

    def response(self, frequency_hz: Array) -> NDArray[np.complex128]:
        """Analogue transfer function at `frequency_hz` (any shape)."""
        s = 2j * np.pi * np.asarray(frequency_hz, dtype=np.float64)
        return (self.b1 * s + self.b0) / (self.a1 * s + self.a0)

    def discretise(self, rate_hz: float) -> tuple[Array, Array]:
        """Trapezoidal rule, s -> 2·rate·(1 - z^-1)/(1 + z^-1): numerator and denominator, each (2,), a[0] = 1."""
        k = 2.0 * rate_hz
        b = np.array([self.b0 + k * self.b1, self.b0 - k * self.b1])
        a = np.array([self.a0 + k * self.a1, self.a0 - k * self.a1])
        return b / a[0], a / a[0]

    def process(self, x: Array, rate_hz: float) -> Array:
        """Filter x (frames,) from rest; same shape."""
        from scipy.signal import lfilter

        b, a = self.discretise(rate_hz)
        return np.asarray(lfilter(b, a, x), dtype=np.float64)
