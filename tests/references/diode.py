"""Slow, independent answers for the diode clipper: closed form at rest, an adaptive stiff solver in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.devices.diode_clipper import DiodeClipper

Array = NDArray[np.float64]


def static_voltage(clipper: DiodeClipper, u: Array) -> Array:
    """Voltage at rest: one conducting diode by Lambert W, the other's leakage put into the source and repeated.

    u = v + R·Is·(exp(v/nVt) − 1) gives v = u + R·Is − nVt·W(R·Is/nVt·exp((u + R·Is)/nVt)); Werner, Nangia, Bernardini,
    Smith & Sarti, "An improved and generalized diode clipper model for wave digital filters", AES 139 (2015).
    """
    from scipy.special import lambertw

    drop = clipper.resistance_ohm * clipper.saturation_ampere
    nvt = clipper.thermal_volt
    size = np.abs(u)
    v = np.zeros_like(size)
    for _ in range(50):
        source = size - drop * (1.0 - np.exp(-v / nvt))
        v = source + drop - nvt * np.real(lambertw(drop / nvt * np.exp((source + drop) / nvt)))
    return np.copysign(v, u)


def moving_voltage(clipper: DiodeClipper, source: Callable[[float], float], times_s: Array) -> Array:
    """Voltage at `times_s` (ascending, from 0 V at time 0) by scipy's Radau at a relative tolerance of 1e-10."""
    from scipy.integrate import solve_ivp

    def slope(time_s: float, v: Array) -> Array:
        through = (source(time_s) - v) / clipper.resistance_ohm
        diodes = 2.0 * clipper.saturation_ampere * np.sinh(v / clipper.thermal_volt)
        return (through - diodes) / clipper.capacitance_farad

    span = (0.0, float(times_s[-1]))
    answer = solve_ivp(slope, span, [0.0], method="Radau", t_eval=times_s, rtol=1e-10, atol=1e-12, max_step=2e-6)
    return np.asarray(answer.y[0], dtype=np.float64)
