"""Diode clipper: a resistor into a capacitor with two antiparallel diodes across it.

    u ──R──┬─────┬──── v          C·dv/dt = (u − v)/R − 2·Is·sinh(v / (n·Vt))
           C   D↑↓D
           └─────┴──── 0

Yeh, Abel & Smith, "Simulation of the diode limiter in guitar distortion circuits by numerical solution of ordinary
differential equations", DAFx-07, equation 3 (the Shockley law of both diodes added).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Newton stops when no voltage of the batch moves by more than this; quadratic convergence makes the error far smaller.
TOLERANCE_VOLT = 1e-10
MAX_NEWTON_STEPS = 60
# e^-40 = 4e-18: after this many time constants nothing in float64 is left of an unknown initial voltage.
SETTLED_TIME_CONSTANTS = 40.0
MIN_SEGMENT_FRAMES = 256
MAX_WIDTH = 4096


@dataclass(frozen=True)
class DiodeClipper:
    """Component values: resistance, capacitance, the diodes' saturation current and n·Vt (both diodes alike)."""

    resistance_ohm: float = 2200.0
    capacitance_farad: float = 10e-9
    saturation_ampere: float = 2.52e-9
    thermal_volt: float = 0.0453

    @property
    def time_constant_s(self) -> float:
        """R·C: conducting diodes only make it shorter, so any two solutions approach each other at least this fast."""
        return self.resistance_ohm * self.capacitance_farad

    def process(self, u: Array, rate_hz: float) -> Array:
        """Voltage over the diodes, (channels, frames), for source voltages u (channels, frames), starting at 0 V.

        Time is cut into segments that run side by side, each started early enough to have forgotten its start: one
        wide step costs little more than a narrow one.
        """
        channels, frames = u.shape
        warm = int(np.ceil(SETTLED_TIME_CONSTANTS * self.time_constant_s * rate_hz))
        body = max(frames * channels // MAX_WIDTH, warm, MIN_SEGMENT_FRAMES)
        count = max(1, -(-frames // body))
        padded = np.zeros((channels, warm + count * body))
        padded[:, warm : warm + frames] = u
        starts = body * np.arange(count)
        segments = np.stack([padded[:, s : s + warm + body] for s in starts], axis=1)
        lanes = np.ascontiguousarray(segments.reshape(channels * count, -1).T)
        v = self._integrate(lanes, rate_hz)[warm:]
        return np.ascontiguousarray(v.T).reshape(channels, count * body)[:, :frames]

    def _integrate(self, u: Array, rate_hz: float) -> Array:
        """Trapezoidal rule over u (frames, lanes): a·v + b·sinh(v/nVt) = rhs at every step, solved by Newton."""
        half_step = 0.5 / rate_hz
        slope = half_step / self.time_constant_s
        a = 1.0 + slope
        b = half_step * 2.0 * self.saturation_ampere / self.capacitance_farad
        out = np.empty_like(u)
        v = np.zeros(u.shape[1])
        sinh = np.zeros(u.shape[1])
        previous = np.zeros(u.shape[1])
        for n, now in enumerate(u):
            rhs = (1.0 - slope) * v - b * sinh + slope * (now + previous)
            v, sinh = self._solve(a, b, rhs)
            out[n] = v
            previous = now
        return out

    def _solve(self, a: float, b: float, rhs: Array) -> tuple[Array, Array]:
        """Root v of a·v + b·sinh(v/nVt) = rhs, and sinh(v/nVt).

        Both a·v = rhs and b·sinh = rhs alone overshoot the root; from the nearer of the two the function is convex
        towards the root, so Newton falls on it from one side and can neither overflow nor cycle.
        """
        nvt = self.thermal_volt
        size = np.abs(rhs)
        v = np.minimum(size / a, nvt * np.arcsinh(size / b))
        for _ in range(MAX_NEWTON_STEPS):
            e = np.exp(v / nvt)
            inverse = 1.0 / e
            step = (a * v + (0.5 * b) * (e - inverse) - size) / (a + (0.5 * b / nvt) * (e + inverse))
            v = v - step
            if np.max(np.abs(step)) < TOLERANCE_VOLT:
                break
        v = np.copysign(v, rhs)
        return v, np.sinh(v / nvt)
