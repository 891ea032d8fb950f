"""``compare``: one excerpt by every method at every rate, each held against the capture run at its own rate."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afxplugin.audio import check_rate, replace_file
from afxplugin.errors import MethodError, RenderError
from afxplugin.render.job import capture_digest, tool_version
from afxplugin.render.naming import clean, shown
from afxplugin.render.options import METHODS
from afxplugin.render.source import Source, open_source
from afxplugin.render.stems import COMPARISON_NAME
from afxplugin.render.workers import check_workers

if TYPE_CHECKING:
    from afxplugin.captures import Capture
    from afxplugin.chain import RatePlan

PathLike = str | os.PathLike[str]
RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
COMPARED_METHODS = METHODS[1:]
EXCERPT_S = 20.0
DEFAULT_FOLDER = "compared"
TABLE_NAME = "comparison.md"


@dataclass(frozen=True)
class Cell:
    """One method at one session rate; ``error`` says why there are no figures where it cannot be realised.

    snr_db: against the capture run at its own rate; infinite where not one sample differs. times_real_time: of one
    core, from CPU time.
    """

    rate_hz: int
    method: str
    plan: RatePlan | None = None
    snr_db: float | None = None
    times_real_time: float | None = None
    wav: Path | None = None
    error: str | None = None

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
            "reference_wav": shown(self.reference_wav.name),
            "auto": {str(rate_hz): plan.as_dict() for rate_hz, plan in self.choices.items()},
            "cells": [each.as_dict() for each in self.cells],
            "folder": shown(self.table.parent),
        }


PROTOCOL = (
    "The excerpt is brought to the capture's rate and the capture run there: the reference. For each cell the same "
    "signal is brought to the session rate, rendered, and its output held against the reference at the lower of both "
    "rates. Every conversion for measuring is ideal (one Fourier transform of the whole); 2000 frames at each end are "
    "left out. SNR = 10 log10(energy of the reference / energy of the difference)."
)
CellListener = Callable[[Cell, int, int], None]
"""Called with each cell that is done, how many are, and how many there will be."""


def ignore_cell(cell: Cell, done: int, total: int) -> None:
    """Listen to nothing."""
    del cell, done, total


def compare(
    stem: PathLike,
    *,
    capture: Capture | PathLike | None = None,
    preset: str | None = None,
    knobs: Mapping[str, float] | None = None,
    rates_hz: Sequence[int] = RATES_HZ,
    methods: Sequence[str] = COMPARED_METHODS,
    from_s: float | None = None,
    seconds: float = EXCERPT_S,
    out: PathLike | None = None,
    capture_rate_hz: int | None = None,
    jobs: int | None = None,
    listener: CellListener = ignore_cell,
    stop: threading.Event | None = None,
) -> Comparison:
    """Render an excerpt (the loudest ``seconds``, or those from ``from_s``) by every method at every rate.

    Writes a WAV per cell, the reference, and the table as Markdown and JSON into ``out`` (default: a folder named for
    stem and capture in ``compared`` beside the stem). Raises as ``render`` does, and AudioError for the stem.
    """
    from afxplugin.render.comparing import Bench

    source = open_source(capture=capture, preset=preset, knobs=knobs, capture_rate_hz=capture_rate_hz)
    rates_hz, methods = _checked(rates_hz, methods)
    workers, stop = check_workers(jobs), stop or threading.Event()
    stem = Path(stem)
    folder = stem.parent / DEFAULT_FOLDER / clean(f"{stem.stem} [{source.label}]") if out is None else Path(out)
    bench = Bench.open(stem, source, rates_hz, from_s=from_s, seconds=seconds, folder=folder, stop=stop)
    wanted = [(rate_hz, method) for rate_hz in rates_hz for method in methods]
    cells = bench.run(wanted, workers=workers, ended=listener, stop=stop)
    comparison = Comparison(
        stem, source, bench.from_s, bench.seconds, bench.x.shape[0], bench.reference_wav, tuple(cells),
        bench.choices(rates_hz), folder / TABLE_NAME,
    )  # fmt: skip
    write_comparison(comparison)
    return comparison


def write_comparison(comparison: Comparison) -> None:
    """Write the table beside the WAVs, as Markdown and as JSON. Raises RenderError where it cannot be written."""
    from afxplugin.render.comparison_table import comparison_markdown

    text = json.dumps(comparison.as_dict(), indent=1, allow_nan=False)
    try:
        replace_file(comparison.table.with_name(COMPARISON_NAME), f"{text}\n".encode())
        replace_file(comparison.table, comparison_markdown(comparison).encode())
    except OSError as error:
        raise RenderError(f"{comparison.table}: cannot be written: {error.strerror or error}") from error


def _checked(rates_hz: Sequence[int], methods: Sequence[str]) -> tuple[list[int], list[str]]:
    """Both without repetitions."""
    for rate_hz in rates_hz:
        check_rate(rate_hz, what="a session rate")
    for method in methods:
        if method not in METHODS:
            raise MethodError(f"unknown method {method!r}; allowed: {', '.join(METHODS)}")
    if not rates_hz or not methods:
        raise RenderError("nothing to compare: no rate or no method given; allowed: one or more of each")
    return list(dict.fromkeys(rates_hz)), list(dict.fromkeys(methods))
