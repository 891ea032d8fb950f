"""What stems are played through: a capture, or a preset with the capture and the settings it names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.captures import AnyCapture, knob_positions, read_capture
from afxplugin.errors import RenderError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from afxplugin.presets.knob_map import KnobMap

HIGHEST_DBU = 60.0


@dataclass(frozen=True, eq=False)
class Source:
    """A capture with the settings that come with it; ``preset`` is None where it was named directly.

    knobs: position of every knob, by the names of the device's knobs or else the capture's. calibration_gain_db: how
    much of output_gain_db is the preset's loudness calibration. knob_maps: the device's knobs over the capture's.
    """

    capture: AnyCapture
    preset: str | None = None
    knobs: Mapping[str, float] = field(default_factory=dict[str, float])
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float = 1.0
    method: str = "auto"
    oversample: int = 1
    filters: str = "linear"
    calibration_gain_db: float = 0.0
    knob_maps: tuple[KnobMap, ...] = ()

    @property
    def label(self) -> str:
        """The preset's name, the capture's where no preset is used."""
        return self.preset or self.capture.name


def open_source(
    *,
    capture: AnyCapture | str | os.PathLike[str] | None,
    preset: str | None,
    knobs: Mapping[str, float] | None = None,
    capture_rate_hz: int | None = None,
    calibration: bool = True,
    beside: Sequence[Path] = (),
) -> Source:
    """The capture or preset asked for, with ``knobs`` set over those of the preset.

    calibration: whether the preset's loudness calibration is part of the output gain; a capture has none.
    beside: folders of stems, beside which presets may be.

    Raises RenderError unless exactly one of ``capture`` and ``preset`` is given, CaptureError or PresetError where it
    cannot be used, KnobError for a knob or position that it does not have.
    """
    from afxplugin.chain import with_eigenvalues

    if (capture is None) == (preset is None):
        given = "neither" if capture is None else "both"
        raise RenderError(f"a capture or a preset is needed, {given} given; allowed: one of the two")
    if preset is not None:
        source = _from_preset(preset, knobs or {}, capture_rate_hz, beside)
        if not calibration:
            gain_db = source.output_gain_db - source.calibration_gain_db
            source = replace(source, output_gain_db=gain_db, calibration_gain_db=0.0)
    else:
        if not isinstance(capture, AnyCapture):
            capture = read_capture(Path(capture or ""), rate_hz=capture_rate_hz)
        elif capture_rate_hz is not None:
            raise RenderError("a rate is given for a capture in memory, which has one; allowed: a rate for a file")
        source = Source(capture, knobs=_all_knobs(capture, knobs or {}))
    # Once for all stems: where a file does not store them they take as long as a second of rendering.
    return replace(source, capture=with_eigenvalues(source.capture))


def input_level_gain_db(capture: AnyCapture, input_dbu: float | None) -> float:
    """Gain in dB before the network that gives it the volts it was captured with; 0 for None.

    input_dbu: level of a sine at full scale in the stems, that of the interface they were recorded with. NAM's plugin
    calibrates its input in the same way. Raises RenderError where the capture does not state its own level, or for a
    level beyond 60 dBu.
    """
    if input_dbu is None:
        return 0.0
    if not abs(input_dbu) <= HIGHEST_DBU:
        raise RenderError(f"input level is {input_dbu:g} dBu; allowed: -60 to 60 dBu at full scale")
    own_dbu = capture.calibration.input_dbu
    if own_dbu is None:
        raise RenderError(
            f"input level is {input_dbu:g} dBu, but {capture.name} does not state which level it was captured with; "
            "allowed: an input gain set by ear"
        )
    return input_dbu - own_dbu


def _from_preset(name: str, knobs: Mapping[str, float], capture_rate_hz: int | None, beside: Sequence[Path]) -> Source:
    from afxplugin.presets import PresetStore
    from afxplugin.presets.store import search_path

    preset = PresetStore(search_path(beside)).find(name)
    capture = preset.read_capture(rate_hz=capture_rate_hz)
    set_here = {each.casefold() for each in knobs}
    kept = {each: position for each, position in preset.knobs.items() if each.casefold() not in set_here}
    return Source(
        capture,
        preset=preset.name,
        knobs=_all_knobs(capture, {**kept, **knobs}),
        input_gain_db=preset.input_gain_db,
        output_gain_db=preset.output_gain_db,
        mix=preset.mix,
        method=preset.method,
        oversample=preset.oversampling,
        filters=preset.filters,
        calibration_gain_db=preset.calibration_gain_db,
        knob_maps=preset.knob_maps,
    )


def _all_knobs(capture: AnyCapture, knobs: Mapping[str, float]) -> dict[str, float]:
    names = [control.name for control in capture.controls]
    return dict(zip(names, map(float, knob_positions(capture, knobs)), strict=True))
