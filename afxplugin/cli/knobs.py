"""``--set KNOB=VALUE`` and ``--at KNOB=VALUE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afxplugin.errors import KnobError

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_knobs(settings: Iterable[str], *, option: str = "--set") -> dict[str, float]:
    """Knob positions by name; KnobError where one is not NAME=NUMBER or a name comes twice."""
    knobs: dict[str, float] = {}
    for setting in settings:
        name, equals, value = setting.rpartition("=")
        try:
            position = float(value)
        except ValueError:
            equals = ""
            position = 0.0
        if not equals or not name.strip():
            raise KnobError(f"{option} {setting!r} is not understood; allowed: KNOB=NUMBER, as in {option} drive=0.7")
        if name.strip() in knobs:
            raise KnobError(f"{option} gives knob {name.strip()!r} twice; allowed: once")
        knobs[name.strip()] = position
    return knobs
