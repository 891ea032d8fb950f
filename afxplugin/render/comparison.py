"""``compare``: one excerpt by every method at every rate, each held against the capture run at its own rate."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.audio import check_rate, replace_file
from afxplugin.errors import MethodError, RenderError
from afxplugin.files import why
from afxplugin.render.comparison_result import Cell, Comparison
from afxplugin.render.comparison_table import comparison_markdown
from afxplugin.render.naming import clean
from afxplugin.render.options import METHODS
from afxplugin.render.source import open_source
from afxplugin.render.stems import COMPARISON_NAME
from afxplugin.render.workers import check_workers

if TYPE_CHECKING:
    from afxplugin.audio.source import Truncated
    from afxplugin.captures import AnyCapture

PathLike = str | os.PathLike[str]
RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
COMPARED_METHODS = METHODS[1:]
EXCERPT_S = 20.0
DEFAULT_FOLDER = "compared"
TABLE_NAME = "comparison.md"


CellListener = Callable[[Cell, int, int], None]
"""Called with each cell that is done, how many are, and how many there will be."""


def ignore_cell(cell: Cell, done: int, total: int) -> None:
    """Listen to nothing."""
    del cell, done, total


def compare(
    stem: PathLike,
    *,
    capture: AnyCapture | PathLike | None = None,
    preset: str | None = None,
    knobs: Mapping[str, float] | None = None,
    rates_hz: Sequence[int] = RATES_HZ,
    methods: Sequence[str] = COMPARED_METHODS,
    from_s: float | None = None,
    seconds: float = EXCERPT_S,
    out: PathLike | None = None,
    truncated: Truncated = "fail",
    capture_rate_hz: int | None = None,
    jobs: int | None = None,
    listener: CellListener = ignore_cell,
    stop: threading.Event | None = None,
) -> Comparison:
    """Render an excerpt (the loudest ``seconds``, or those from ``from_s``) by every method at every rate.

    Writes a WAV per cell, the reference, and the table as Markdown and JSON into ``out`` (default: a folder named for
    stem and capture in ``compared`` beside the stem). truncated: as for ``render``.
    Raises as ``render`` does, and AudioError for the stem.
    """
    from afxplugin.render.comparing import Bench

    source = open_source(
        capture=capture, preset=preset, knobs=knobs, capture_rate_hz=capture_rate_hz, beside=[Path(stem).parent]
    )
    rates_hz, methods = _checked(rates_hz, methods)
    workers, stop = check_workers(jobs), stop or threading.Event()
    stem = Path(stem)
    folder = stem.parent / DEFAULT_FOLDER / clean(f"{stem.stem} [{source.label}]") if out is None else Path(out)
    bench = Bench.open(
        stem, source, rates_hz, from_s=from_s, seconds=seconds, folder=folder, stop=stop, truncated=truncated
    )
    wanted = [(rate_hz, method) for rate_hz in rates_hz for method in methods]
    cells = bench.run(wanted, workers=workers, ended=listener, stop=stop)
    comparison = Comparison(
        stem, source, bench.from_s, bench.seconds, bench.x.shape[0], bench.reference_wav, tuple(cells),
        bench.choices(rates_hz), folder / TABLE_NAME, bench.notes,
    )  # fmt: skip
    write_comparison(comparison)
    return comparison


def write_comparison(comparison: Comparison) -> None:
    """Write the table beside the WAVs, as Markdown and as JSON. Raises RenderError where it cannot be written."""
    text = json.dumps(comparison.as_dict(), indent=1, allow_nan=False)
    try:
        replace_file(comparison.table.with_name(COMPARISON_NAME), f"{text}\n".encode())
        replace_file(comparison.table, comparison_markdown(comparison).encode())
    except OSError as error:
        raise RenderError(f"the table cannot be written: {why(error)}", path=comparison.table) from error


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
