"""A virtual overdrive pedal: op-amp drive stage, diode clipper, passive tone, level.

    in ──▶ 1 + s·C1·Rf/(1 + s·C1·R1) ──▶ R–C–diodes ──▶ Rt–Ct low-pass ──▶ level ──▶ out
              Rf: drive pot                               Rt: tone pot

Simulated from component values, so it gives the truth at every sample rate and for every knob position.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin.audio import float_samples
from afxplugin.devices.band_limit import decimate, interpolate
from afxplugin.devices.diode_clipper import DiodeClipper
from afxplugin.devices.first_order import FirstOrderSection
from afxplugin.errors import KnobError, RateError

Array = NDArray[np.float64]

KNOB_HIGH = 10.0
AMBER_TONE = 7.0  # where Tone is held in the factory's Amber devices, which have no such knob
# From this internal rate on, doubling changes the output by less than -60 dB at the highest drive (tests/devices).
MIN_INTERNAL_HZ = 705_600
LARGEST_BATCH = 1 << 22
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 384_000


@dataclass(frozen=True)
class OverdriveCircuit:
    """Component values. The pots have audio taper: gain in dB and corner in octaves are linear in the knob."""

    volts_at_full_scale: float = 2.0
    r1_ohm: float = 4_700.0
    c1_farad: float = 100e-9
    drive_pot_ohm: float = 220_000.0
    clipper: DiodeClipper = field(default_factory=DiodeClipper)
    tone_c_farad: float = 22e-9
    tone_dark_ohm: float = 10_334.0
    tone_bright_ohm: float = 1_206.0

    def drive_gain(self, drive: float) -> float:
        """Gain of the drive stage far above its corner: 1 at knob 0, 1 + pot/R1 at knob 10."""
        return float((1.0 + self.drive_pot_ohm / self.r1_ohm) ** (drive / KNOB_HIGH))

    def drive_stage(self, drive: float) -> FirstOrderSection:
        """Non-inverting amplifier, R1 and C1 in series from its inverting input to ground."""
        rf_ohm = self.r1_ohm * (self.drive_gain(drive) - 1.0)
        return FirstOrderSection(self.c1_farad * (self.r1_ohm + rf_ohm), 1.0, self.c1_farad * self.r1_ohm, 1.0)

    def tone_stage(self, tone: float) -> FirstOrderSection:
        """RC low-pass: about 700 Hz at knob 0, 6 kHz at knob 10."""
        ratio = self.tone_dark_ohm / self.tone_bright_ohm
        resistance_ohm = self.tone_bright_ohm * ratio ** (1.0 - tone / KNOB_HIGH)
        return FirstOrderSection(0.0, 1.0, resistance_ohm * self.tone_c_farad, 1.0)


@dataclass(frozen=True)
class OverdriveDevice:
    """The pedal with its knobs set, each 0 to 10: one number, or one per channel (many settings at once).

    level: at 5, one volt leaves as full scale; 10 is +6 dB, 0 silence. oversampling: None chooses the internal rate.
    Raises KnobError for a position outside 0 to 10.
    """

    drive: ArrayLike = 5.0
    tone: ArrayLike = 5.0
    level: ArrayLike = 5.0
    circuit: OverdriveCircuit = field(default_factory=OverdriveCircuit)
    oversampling: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("drive", self.drive), ("tone", self.tone), ("level", self.level)):
            positions = np.asarray(value, dtype=np.float64)
            if positions.ndim > 1 or not np.all((positions >= 0.0) & (positions <= KNOB_HIGH)):
                raise KnobError(f"{name} is {value!r}; allowed: 0 to {KNOB_HIGH:g}, one number or one per channel")

    def process(self, x: Array, rate_hz: int) -> Array:
        """Output (channels, frames) for input x (channels, frames), full scale 1.0, at `rate_hz`; no latency.

        Up and down at zero phase, so the output holds nothing that folded over. Raises RateError, and
        BlockError for samples that are not floating point.
        """
        float_samples(x)
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise RateError(f"rate is {rate_hz} Hz; allowed: {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz")
        factor = self._factor(rate_hz)
        drive, tone, level = (
            np.broadcast_to(np.asarray(k, dtype=np.float64), (x.shape[0],)) for k in (self.drive, self.tone, self.level)
        )
        out = np.empty(x.shape)
        # So many channels at a time that their signals at the internal rate take about 32 MB each way.
        width = max(1, LARGEST_BATCH // max(1, x.shape[1] * factor))
        for start in range(0, x.shape[0], width):
            part = slice(start, start + width)
            out[part] = self._process_batch(np.asarray(x[part], dtype=np.float64), rate_hz, drive[part], tone[part])
        return out * (2.0 / KNOB_HIGH * level)[:, None]

    def _process_batch(self, x: Array, rate_hz: int, drive: Array, tone: Array) -> Array:
        factor = self._factor(rate_hz)
        inner_hz = rate_hz * factor
        up = np.stack([interpolate(channel, factor) for channel in self.circuit.volts_at_full_scale * x])
        for channel, knob in zip(up, drive, strict=True):
            channel[:] = self.circuit.drive_stage(knob).process(channel, inner_hz)
        clipped = self.circuit.clipper.process(up, inner_hz)
        for channel, knob in zip(clipped, tone, strict=True):
            channel[:] = self.circuit.tone_stage(knob).process(channel, inner_hz)
        return np.stack([decimate(channel, factor, x.shape[1]) for channel in clipped])

    def _factor(self, rate_hz: int) -> int:
        return self.oversampling or max(2, -(-MIN_INTERNAL_HZ // rate_hz))
