"""From what a session names to what is played: presets and captures opened, settings laid over them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afxplugin.editor.state.stored_paths import is_foreign

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from pathlib import Path

    from afxplugin.captures import Control
    from afxplugin.editor.state.session import Choice, KnobSettings
    from afxplugin.render.source import Source


@dataclass(frozen=True)
class KnobView:
    """A knob to show: its range and where it stands, in its own units.

    preset: where the preset, or else the capture, has it: where a double click returns to.
    """

    name: str
    unit: str
    low: float
    high: float
    preset: float
    position: float


def open_choice(choice: Choice, beside: Iterable[Path] = ()) -> Source:
    """What a choice names, as its preset sets it; slow enough (files are read and checked) for a worker.

    beside: folders of stems, beside which presets may be. Raises PresetError, CaptureError.
    """
    from afxplugin.captures import CaptureRateWarning
    from afxplugin.errors import CaptureError
    from afxplugin.render.source import open_source

    if choice.capture is not None and is_foreign(choice.capture):
        reason = "missing: a path of Windows, which this system does not have; allowed: to open the capture anew"
        raise CaptureError(reason, path=choice.capture)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)  # the window shows the rate beside the name
        return open_source(capture=choice.capture, preset=choice.preset, beside=list(beside))


def with_settings(source: Source, settings: KnobSettings) -> Source:
    """A source as a user has set it: knobs in the place of the preset's, gains added to its own, mix replaced.

    Raises KnobError for a knob that it does not have, or a position outside its range.
    """
    from afxplugin.captures import knob_positions

    moved = {name.casefold() for name in settings.positions}
    kept = {name: position for name, position in source.knobs.items() if name.casefold() not in moved}
    positions = knob_positions(source.capture, {**kept, **settings.positions})
    names = [control.name for control in source.capture.controls]
    return replace(
        source,
        knobs=dict(zip(names, positions, strict=True)),
        input_gain_db=source.input_gain_db + settings.input_gain_db,
        output_gain_db=source.output_gain_db + settings.output_gain_db,
        mix=source.mix if settings.mix is None else settings.mix,
    )


def sound_of(source: Source) -> tuple[Hashable, ...]:
    """All of a source that decides how it sounds at a rate and by a method: two with the same sound the same."""
    from afxplugin.render.job import capture_digest

    capture = source.capture
    # A device's own knobs say something else of the same capture.
    controls = tuple(control.breakpoints for control in capture.controls)
    knobs = tuple(sorted(source.knobs.items()))
    gains = (source.input_gain_db, source.output_gain_db, source.mix)
    return capture_digest(capture), capture.rate_hz, controls, knobs, gains


def knob_views(source: Source, settings: KnobSettings) -> tuple[KnobView, ...]:
    """The knobs of a source in the capture's order. Raises as ``with_settings``."""
    positions = with_settings(source, settings).knobs
    return tuple(_view(control, source.knobs[control.name], positions[control.name]) for control in _controls(source))


def _controls(source: Source) -> tuple[Control, ...]:
    return source.capture.controls


def _view(control: Control, preset: float, position: float) -> KnobView:
    return KnobView(control.name, control.unit, control.low, control.high, preset, position)
