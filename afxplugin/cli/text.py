"""Numbers and descriptions as people read them."""

from __future__ import annotations

import math


def rate_text(rate_hz: int) -> str:
    """``44.1 kHz``."""
    return f"{rate_hz / 1000:g} kHz"


def length_text(seconds: float) -> str:
    """``0:03.2``, ``12:00.0``, ``1:00:00.0``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{head}:{rest // 10:02d}.{rest % 10}"


def level_text(peak: float | None) -> str:
    """A linear peak in dB re full scale."""
    if not peak:
        return "silent"
    return f"peak {20 * math.log10(peak):+.1f} dBFS"


def loudness_text(loudness_lufs: float | None) -> str:
    """An integrated loudness; None is what no gate lets through."""
    return "no loudness" if loudness_lufs is None else f"{loudness_lufs:.1f} LUFS"


def speed_text(times_real_time: float) -> str:
    """``41x real time``."""
    return f"{times_real_time:.{0 if times_real_time >= 10 else 1}f}x real time"


def count_text(count: int, noun: str) -> str:
    """``1 stem``, ``3 stems``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def joined_lines(text: str) -> str:
    """Text of any number of lines as one, so that none of a file's lines passes for one of ours."""
    return " ".join(text.split())
