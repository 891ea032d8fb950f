"""What a comparison finds: a cell for every method at every rate, and what ``auto`` would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from afxplugin.files import shown
from afxplugin.render.job import capture_digest, tool_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afxplugin.chain import RatePlan
    from afxplugin.render.source import Source

PROTOCOL = (
    "The excerpt is brought to the capture's rate and the capture run there: the reference. For each cell the same "
    "signal is brought to the session rate, rendered, and its output held against the reference at the lower of both "
    "rates. Every conversion for measuring is ideal (one Fourier transform of the whole); 2000 frames at each end are "
    "left out. SNR = 10 log10(energy of the reference / energy of the difference)."
)


@dataclass(frozen=True)
class Cell:
    """One method at one session rate; ``error`` says why there are no figures where it cannot be realised.

    snr_db: against the capture run at its own rate; infinite where not one sample differs; None where there is none to
    tell, which ``note`` explains. times_real_time: of one core, from CPU time.
    """

    rate_hz: int
    method: str
    plan: RatePlan | None = None
    snr_db: float | None = None
    times_real_time: float | None = None
    wav: Path | None = None
    error: str | None = None
    note: str | None = None

    @property
    def latency_ms(self) -> float | None:
        """What the plan's latency is in time."""
        return None if self.plan is None else 1000.0 * self.plan.latency_frames / self.rate_hz

    def as_dict(self) -> dict[str, Any]:
        """The cell as plain JSON values."""
        plan = self.plan
        identical = self.snr_db is not None and math.isinf(self.snr_db)
        return {
            "rate_hz": self.rate_hz,
            "method": self.method,
            "snr_db": None if self.snr_db is None or not math.isfinite(self.snr_db) else self.snr_db,
            "identical": identical,
            "latency_frames": None if plan is None else plan.latency_frames,
            "latency_ms": self.latency_ms,
            "times_real_time": self.times_real_time,
            "pole_radius": None if plan is None else plan.pole_radius,
            "stable": None if plan is None else plan.stable,
            "plan": None if plan is None else plan.as_dict(),
            "wav": None if self.wav is None else shown(self.wav.name),
            "error": self.error,
            "note": self.note,
        }


@dataclass(frozen=True)
class Comparison:
    """Every method at every rate on one excerpt, and what ``auto`` would take at each rate."""

    stem: Path
    source: Source
    from_s: float
    seconds: float
    channels: int
    reference_wav: Path
    cells: tuple[Cell, ...]
    choices: Mapping[int, RatePlan]
    table: Path
    notes: tuple[str, ...] = ()

    @property
    def wavs(self) -> tuple[Path, ...]:
        """The reference and every cell that could be rendered."""
        return (self.reference_wav, *(each.wav for each in self.cells if each.wav is not None))

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        capture = self.source.capture
        return {
            "tool_version": tool_version(),
            "stem": shown(self.stem),
            "capture": {"name": capture.name, "sha256": capture_digest(capture), "rate_hz": capture.rate_hz},
            "preset": self.source.preset,
            "knobs": dict(self.source.knobs),
            "excerpt": {"from_s": self.from_s, "seconds": self.seconds, "channels": self.channels},
            "protocol": PROTOCOL,
            "notes": list(self.notes),
            "reference_wav": shown(self.reference_wav.name),
            "auto": {str(rate_hz): plan.as_dict() for rate_hz, plan in self.choices.items()},
            "cells": [each.as_dict() for each in self.cells],
            "folder": shown(self.table.parent),
        }
