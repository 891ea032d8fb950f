"""What stems are played through: a capture, or a preset with the capture, knobs and gains it names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from afxplugin.captures import Capture, knob_vector, read_capture
from afxplugin.errors import RenderError


@dataclass(frozen=True, eq=False)
class Source:
    """A capture with the settings that come with it; ``preset`` is None where it was named directly."""

    capture: Capture
    preset: str | None = None
    knobs: Mapping[str, float] = field(default_factory=dict[str, float])
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float = 1.0


def open_source(
    *,
    capture: Capture | str | os.PathLike[str] | None,
    preset: str | None,
    knobs: Mapping[str, float] | None = None,
    capture_rate_hz: int | None = None,
) -> Source:
    """The capture or preset asked for, with ``knobs`` set over those of the preset.

    Raises RenderError unless exactly one of ``capture`` and ``preset`` is given, CaptureError or PresetError where it
    cannot be used, KnobError for a knob or position that it does not have.
    """
    if (capture is None) == (preset is None):
        given = "neither" if capture is None else "both"
        raise RenderError(f"a capture or a preset is needed, {given} given; allowed: one of the two")
    if preset is not None:
        source = _from_preset(preset, capture_rate_hz)
    elif isinstance(capture, Capture):
        source = Source(capture)
    else:
        source = Source(read_capture(Path(os.fspath(capture or "")), rate_hz=capture_rate_hz))
    return replace(source, knobs={**source.knobs, **_named(source.capture, knobs or {})})


def _named(capture: Capture, knobs: Mapping[str, float]) -> dict[str, float]:
    """``knobs`` under the names that the capture gives them. Raises KnobError for any it does not have."""
    knob_vector(capture, knobs)
    names = {control.name.casefold(): control.name for control in capture.controls}
    return {names[name.casefold()]: float(position) for name, position in knobs.items()}


def _from_preset(name: str, capture_rate_hz: int | None) -> Source:
    from afxplugin.presets import PresetStore

    preset = PresetStore().find(name)
    raise NotImplementedError(preset, capture_rate_hz)
