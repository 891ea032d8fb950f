"""What AFX is told: the document with the capture that its state holds, and the values of its parameters."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from afxplugin.captures import AnyCapture, knob_positions
from afxplugin.captures.afx import afx_bytes
from afxplugin.chain import with_eigenvalues
from afxplugin.chain.plan import FILTERS, METHODS, OVERSAMPLING
from afxplugin.errors import MethodError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afxplugin.presets import Preset

LIVE_METHODS: Final = tuple(method for method in METHODS if method != "resample")
GAIN_LIMIT_DB: Final = 60.0
KNOBS: Final = 4
VERSION: Final = 1


@dataclass(frozen=True)
class KnobMove:
    """The capture's control of this number, from 0, goes to a position, in its units, within 20 ms.

    frame: of the session's rate, counted from the first that AFX is given.
    """

    frame: int
    knob: int
    position: float


@dataclass(frozen=True)
class PluginSettings:
    """How AFX plays a capture; knobs by name in the capture's units, defaults where not given.

    mono: the left input is played, to both outputs. start: ``settled``, or ``zero`` as the papers have it.
    moves: of the knobs while it plays, in the order of their frames; for one render, a host does not keep them.
    """

    method: str = "auto"
    oversample: int = 1
    filters: str = "linear"
    knobs: Mapping[str, float] = field(default_factory=dict[str, float])
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float = 1.0
    bypass: bool = False
    mono: bool = False
    start: str = "settled"
    moves: tuple[KnobMove, ...] = ()


def preset_settings(preset: Preset) -> PluginSettings:
    """What the plugin is set to by a preset."""
    return PluginSettings(
        method=preset.method,
        oversample=preset.oversampling,
        filters=preset.filters,
        knobs=preset.knobs,
        input_gain_db=preset.input_gain_db,
        output_gain_db=preset.output_gain_db,
        mix=preset.mix,
    )


def with_knobs(settings: PluginSettings, knobs: Mapping[str, float]) -> PluginSettings:
    """``settings`` with these knobs moved, whatever the case of their names."""
    moved = {name.casefold() for name in knobs}
    kept = {name: position for name, position in settings.knobs.items() if name.casefold() not in moved}
    return replace(settings, knobs={**kept, **knobs})


def capture_document(capture: AnyCapture, settings: PluginSettings, *, path: str = "") -> str:
    """One line of JSON: the capture's content, its knobs' exact positions, where it came from (informational).

    Raises CaptureError for a capture that cannot be written, KnobError for a knob or position that it does not have.
    """
    content = afx_bytes(with_eigenvalues(capture))
    document: dict[str, object] = {
        "version": VERSION,
        "name": capture.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "path": path,
        "positions": [float(position) for position in knob_positions(capture, settings.knobs)],
        "afx": base64.b64encode(content).decode("ascii"),
    }
    if settings.start != "settled":
        document["start"] = settings.start
    if settings.moves:
        document["moves"] = {
            "frames": [move.frame for move in settings.moves],
            "knobs": [move.knob for move in settings.moves],
            "positions": [move.position for move in settings.moves],
        }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True)


def parameter_values(capture: AnyCapture, settings: PluginSettings, *, live: bool = False) -> dict[str, float]:
    """Values of AFX's parameters by their symbols, in the plugin's units; with ``live`` those of AFX Live.

    AFX Live neither resamples nor oversamples: such a method becomes auto there, and the rest does not apply.
    Raises MethodError for a choice or gain that the plugin does not have, KnobError as ``capture_document``.
    """
    values = {
        "bypass": float(settings.bypass),
        "input_gain": _gain("input gain", settings.input_gain_db),
        "output_gain": _gain("output gain", settings.output_gain_db),
        "mix": settings.mix,
        "method": _choice("method", settings.method, METHODS),
        "oversampling": _choice("oversampling", settings.oversample, OVERSAMPLING),
        "filters": _choice("filters", settings.filters, FILTERS),
        "channels": float(settings.mono),
    }
    if live:
        del values["oversampling"], values["filters"]
        method = settings.method if settings.method in LIVE_METHODS else "auto"
        values["method"] = float(LIVE_METHODS.index(method))
    if not 0.0 <= settings.mix <= 1.0:
        raise MethodError(f"a mix of {settings.mix:g} is given; 0 (dry) to 1 (wet) are allowed")
    positions = knob_positions(capture, settings.knobs)
    for k, (control, position) in enumerate(zip(capture.controls[:KNOBS], positions, strict=False), 1):
        values[f"knob{k}"] = float(np.float32((position - control.low) / (control.high - control.low)))
    return values


def _choice(what: str, given: object, allowed: tuple[object, ...]) -> float:
    if given not in allowed:
        raise MethodError(f"{what} {given!r} is given; AFX has {', '.join(map(str, allowed))}")
    return float(allowed.index(given))


def _gain(what: str, gain_db: float) -> float:
    if not abs(gain_db) <= GAIN_LIMIT_DB:
        raise MethodError(f"an {what} of {gain_db:g} dB is given; AFX has -60 to 60 dB")
    return float(np.float32(gain_db))
