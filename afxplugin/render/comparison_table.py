"""A comparison as a Markdown table that also reads well on a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from afxplugin.files import shown
from afxplugin.render.comparison_result import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.chain import RatePlan
    from afxplugin.render.comparison_result import Cell, Comparison

_HEAD = ("session rate", "method", "SNR dB", "latency frames", "ms", "x real time", "pole radius", "tau ms", "")


def comparison_markdown(comparison: Comparison) -> str:
    """Title, one row a cell, what ``auto`` takes at each rate and why, and how the figures were made."""
    capture = comparison.source.capture
    until = comparison.from_s + comparison.seconds
    knobs = ", ".join(f"{name} {position:g}" for name, position in comparison.source.knobs.items())
    lines = [
        f"# {shown(comparison.stem.name)} through {comparison.source.label}",
        "",
        f"Capture at {_khz(capture.rate_hz)}{f', {knobs}' if knobs else ''}; "
        f"{comparison.from_s:.2f} s to {until:.2f} s of the stem.",
        "",
        *_table([_HEAD, *(_row(cell, comparison) for cell in comparison.cells)]),
        "",
        "What `auto` takes:",
        "",
        *(f"- {_khz(rate)}: {plan.method}. {plan.reason}" for rate, plan in comparison.choices.items()),
        "",
        PROTOCOL,
        "Times real time are of one core, on the machine that made this table.",
    ]
    return "\n".join(lines) + "\n"


def _row(cell: Cell, comparison: Comparison) -> Sequence[str]:
    plan = cell.plan
    if plan is None or cell.error is not None:
        return (_khz(cell.rate_hz), cell.method, "", "", "", "", "", "", cell.error or "")
    chosen = comparison.choices[cell.rate_hz]
    # At the capture's own rate every method is the plain recurrence, which auto calls direct.
    is_chosen = cell.method == ("naive" if chosen.method == "direct" else chosen.method)
    remarks = ["auto"] if is_chosen else []
    remarks += [] if plan.stable else [_unstable(plan)]
    remarks += [] if cell.note is None else [cell.note]
    return (
        _khz(cell.rate_hz),
        cell.method,
        _decibel(cell.snr_db),
        str(plan.latency_frames),
        f"{cell.latency_ms:.2f}",
        f"{cell.times_real_time:.0f}" if cell.times_real_time is not None else "",
        "unknown" if plan.pole_radius is None else f"{plan.pole_radius:.5f}",
        "unknown" if plan.tau_ms is None else f"{plan.tau_ms:.1f}",
        ", ".join(remarks),
    )


def _unstable(plan: RatePlan) -> str:
    if plan.stable is None:
        return "stability unknown"
    return "not stable" if plan.capture_decays else "capture does not decay"


def _decibel(snr_db: float | None) -> str:
    if snr_db is None:
        return ""
    return "identical" if math.isinf(snr_db) else f"{snr_db:.1f}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a Markdown table with columns padded to one width; the last column may hold a sentence."""
    last = len(rows[0]) - 1
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(last)]
    rule = ["-" * (width - 1) + ":" for width in widths]
    rule[1] = "-" * widths[1]

    def line(row: Sequence[str]) -> str:
        cells = [
            text.ljust(width) if column == 1 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=False))
        ]
        return "| " + " | ".join([*cells, row[last].replace("|", "\\|")]) + " |"

    return [line(rows[0]), line([*rule, "---"]), *(line(row) for row in rows[1:])]


def _khz(rate_hz: int) -> str:
    return f"{rate_hz / 1000:g} kHz"
