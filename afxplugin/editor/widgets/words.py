"""Numbers as people read them, in the language of the desktop."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLocale


def rate_text(rate_hz: int) -> str:
    """``44.1 kHz``."""
    decimals = 0 if rate_hz % 1000 == 0 else 1 if rate_hz % 100 == 0 else 3
    return _tr("{number} kHz").format(number=_number(rate_hz / 1000, decimals))


def length_text(seconds: float) -> str:
    """``0:03.2``, ``12:00.0``, ``1:00:00.0``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{head}:{rest // 10:02d}{QLocale().decimalPoint()}{rest % 10}"


def channels_text(channels: int) -> str:
    """``mono``, ``stereo``, ``6 channels``."""
    if channels == 1:
        return _tr("mono")
    return _tr("stereo") if channels == 2 else _tr("{count} channels").format(count=channels)


def decibel_text(decibels: float | None, *, signed: bool = False, unit: str = "dB") -> str:
    """``-12.3 dB``; a dash where there is none, words for the infinite."""
    if decibels is None or math.isnan(decibels):
        return "–"
    if math.isinf(decibels):
        return _tr("identical") if decibels > 0 else _tr("none")
    rounded = round(decibels, 1) + 0.0
    sign = "+" if signed and rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{_number(abs(rounded), 1)} {unit}".rstrip()


def milliseconds_text(milliseconds: float) -> str:
    """``1.58 ms``."""
    return _tr("{number} ms").format(number=_number(milliseconds, 2 if milliseconds else 0))


def speed_text(times_real_time: float | None) -> str:
    """``41×``: times real time."""
    if times_real_time is None:
        return "–"
    return f"{_number(times_real_time, 0 if times_real_time >= 10 else 1)}×"


def percent_text(share: float) -> str:
    """``43 %``."""
    return _tr("{number} %").format(number=_number(100 * share, 0))


def left_text(seconds: float | None) -> str:
    """``12 s left``, ``3 min left``; nothing where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 90:
        return _tr("{count} s left").format(count=max(1, round(seconds)))
    if seconds < 5400:
        return _tr("{count} min left").format(count=round(seconds / 60))
    return _tr("{count} h left").format(count=_number(seconds / 3600, 1))


def _number(value: float, decimals: int) -> str:
    return QLocale().toString(float(value), "f", decimals)


def _tr(text: str) -> str:
    return QCoreApplication.translate("words", text)
