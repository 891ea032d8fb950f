"""The rate that a capture was trained at: stored, said by the user, or assumed with a warning."""

from __future__ import annotations

from typing import Any

from afxplugin.captures.document import shown
from afxplugin.errors import RateError

LOWEST_HZ = 8_000
HIGHEST_HZ = 384_000


class CaptureRateWarning(UserWarning):
    """A capture states no sample rate, so that its format's usual one is assumed."""


def checked_rate_hz(rate: Any, *, what: str) -> int:
    """Return a rate as whole Hz; text is read as a number. Raises RateError outside 8 to 384 kHz."""
    try:
        number = None if isinstance(rate, bool) else float(rate)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not LOWEST_HZ <= number <= HIGHEST_HZ or number != int(number):
        raise RateError(f"{what}: given {shown(rate)}, needs a whole number of Hz from {LOWEST_HZ} to {HIGHEST_HZ}")
    return int(number)


def capture_rate(stored: object, *, given_hz: int | None, usual_hz: int) -> tuple[int, bool]:
    """Return (rate_hz, whether it was assumed): the given rate, else the stored one, else the format's usual one.

    Raises RateError for a rate outside 8 to 384 kHz.
    """
    if given_hz is not None:
        return checked_rate_hz(given_hz, what="capture rate"), False
    if stored is not None:
        return checked_rate_hz(stored, what="sample rate"), False
    return usual_hz, True
