"""The loudness calibration of presets: the output gain that brings each to one loudness, computed once, on adding it.

A reference DI made by the program, the same bars of guitar for ever, is played through the preset at the capture's own
rate; what comes out is measured by ITU-R BS.1770-4 and brought to ``TARGET_LUFS``. Stems are never measured for it: a
preset is as loud as it is loud, and quiet stems stay quiet.
"""

from __future__ import annotations

import functools
import math
import warnings
from typing import TYPE_CHECKING

from afxplugin._core import Meter
from afxplugin.captures import CaptureRateWarning
from afxplugin.errors import AfxError, RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from afxplugin.captures import AnyCapture
    from afxplugin.presets import Preset, PresetStore
    from afxplugin.presets.addition import Draft

TARGET_LUFS = -18.0  # what NAM's trainer, from which most public captures with a stated loudness come, aims at
REFERENCE_SECONDS = 4.8  # two bars: chords, palm mutes and single notes
LIMIT_DB = 60.0  # what a plugin's output gain has; beyond it nothing is left to hear


@functools.lru_cache(maxsize=2)
def reference_di(rate_hz: int) -> NDArray[np.float32]:
    """The reference, (1, frames) float32, peak -6 dBFS: two bars of the guitar of ``measure.stems``, seed 0."""
    from afxplugin.measure.stems import guitar_di

    x = guitar_di(rate_hz, REFERENCE_SECONDS, seed=0).x.astype("float32", copy=False)
    x.flags.writeable = False
    return x


def reference_loudness(
    capture: AnyCapture, *, knobs: Mapping[str, float] | None = None, input_gain_db: float = 0.0, mix: float = 1.0
) -> float:
    """Integrated loudness in LUFS of the reference played through a capture; -inf where nothing is to be heard.

    Raises KnobError, MethodError for settings that the capture does not take, RenderError where its output is not
    finite.
    """
    from afxplugin.chain import Player, UnstablePlanWarning

    x = reference_di(capture.rate_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnstablePlanWarning)  # at its own rate it is what it is
        player = Player(
            capture,
            rate_hz=capture.rate_hz,
            knobs=knobs,
            input_gain_db=input_gain_db,
            mix=mix,
            channels=1,
            fixed_knobs=True,
        )
    meter = Meter(capture.rate_hz, 1)
    try:
        meter.process(player.process(x))
    except RenderError as error:
        raise RenderError(f"{error.reason}; nothing is added") from None
    return float(meter.loudness_lufs)


def calibration_gain_db(
    capture: AnyCapture, *, knobs: Mapping[str, float] | None = None, input_gain_db: float = 0.0, mix: float = 1.0
) -> float:
    """Output gain in dB, to hundredths, that brings the reference to ``TARGET_LUFS``; 0 for a silent preset.

    Errors as ``reference_loudness``.
    """
    loudness = reference_loudness(capture, knobs=knobs, input_gain_db=input_gain_db, mix=mix)
    if not math.isfinite(loudness):
        return 0.0
    return round(min(max(TARGET_LUFS - loudness, -LIMIT_DB), LIMIT_DB), 2)


def preset_loudness(preset: Preset) -> float:
    """Integrated loudness in LUFS of the reference through a preset as it stands, its output gain included.

    Raises PresetError where its capture cannot be used, else as ``reference_loudness``.
    """
    capture = preset.read_capture()
    level = reference_loudness(capture, knobs=preset.knobs, input_gain_db=preset.input_gain_db, mix=preset.mix)
    return level + preset.output_gain_db


def calibrated(draft: Draft) -> Draft:
    """A draft of a preset with its calibration as part of its output gain. Errors as ``reference_loudness``."""
    entry = draft.entry
    gain_db = calibration_gain_db(
        draft.capture,
        knobs=entry.get("knobs"),
        input_gain_db=entry.get("input_gain_db", 0.0),
        mix=entry.get("mix", 1.0),
    )
    return draft.calibrated(gain_db)


def check_preset(store: PresetStore, preset: Preset) -> list[str]:
    """What keeps a preset from being played as it was made: its capture, its knobs, its loop. Empty: nothing."""
    from afxplugin.chain import plan_rates

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CaptureRateWarning)  # no fault of the preset's
            capture = store.located(preset).read_capture()
        for rate_hz in (44_100, 48_000, 96_000):
            plan = plan_rates(
                capture, rate_hz, method=preset.method, oversample=preset.oversampling, filters=preset.filters
            )
            if not plan.stable:
                return [f"preset {preset.label}: {plan.method} at {rate_hz} Hz: {plan.reason}"]
    except AfxError as problem:
        told = str(problem)
        return [told if told.startswith("preset ") else f"preset {preset.label}: {told}"]
    return []
