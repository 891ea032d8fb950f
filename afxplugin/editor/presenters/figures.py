"""From what the engine found to what widgets show: plain functions, one for each view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from afxplugin.editor.state.variants import DEVICE, REFERENCE
from afxplugin.editor.widgets.difference_plot import Difference as DifferenceShown
from afxplugin.editor.widgets.figures_table import FigureRow
from afxplugin.editor.widgets.spectrogram_plot import SpectrogramImage
from afxplugin.editor.widgets.spectrum_plot import Marks, SpectrumLine
from afxplugin.editor.widgets.words import decibel_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afxplugin.editor.comparing.compared import Rendering
    from afxplugin.editor.comparing.probe import Probe
    from afxplugin.editor.comparing.spectra import Mark, Spectrogram
    from afxplugin.editor.desks.comparison import Look
    from afxplugin.editor.state.variants import PlannedVariant


def figure_rows(
    renderings: Mapping[str, Rendering], plans: Sequence[PlannedVariant], heard: str
) -> tuple[FigureRow, ...]:
    """A row for the reference and the device where they are there, and one for every variant, rendered yet or not."""
    rows: list[FigureRow] = []
    for name, reason in ((REFERENCE, _tr("the capture at its own rate")), (DEVICE, _tr("the simulated device"))):
        rendering = renderings.get(name)
        if rendering is not None:
            rows.append(_row(name, label_of(name), rendering, None, reason, heard))
        elif name == REFERENCE and plans:
            rows.append(_row(name, label_of(name), None, None, reason, heard))
    for plan in plans:
        rendering = renderings.get(plan.name)
        reason = plan.reason
        if rendering is not None and rendering.problem is not None:
            reason = rendering.problem
        rows.append(_row(plan.name, plan.variant.label, rendering, plan, reason, heard))
    return tuple(rows)


def label_of(name: str) -> str:
    """What a rendering that is no variant is called."""
    return {REFERENCE: _tr("Reference"), DEVICE: _tr("Device")}.get(name, name)


def spectrum_shown(
    look: Look, probe: Probe
) -> tuple[SpectrumLine | None, SpectrumLine | None, Marks | None, Marks | None, str]:
    """What is heard, the reference behind it, harmonics, aliases, and what was played."""
    tone, behind = look.tone, look.reference_tone
    heard = None
    if tone is not None:
        heard = SpectrumLine(look.label, tone.spectrum.frequency_hz, tone.spectrum.level_dbfs)
    reference = None
    if behind is not None and look.name != REFERENCE:
        reference = SpectrumLine(label_of(REFERENCE), behind.spectrum.frequency_hz, behind.spectrum.level_dbfs)
    note = _tr("sine of {frequency} Hz at {level}").format(
        frequency=f"{probe.frequency_hz:.0f}", level=decibel_text(20 * np.log10(probe.amplitude), unit="dBFS")
    )
    if tone is None:
        return heard, reference, None, None, note
    return heard, reference, _marks(tone.harmonics), _marks(tone.aliases), note


def stem_spectra_shown(look: Look) -> tuple[SpectrumLine | None, SpectrumLine | None]:
    """Of what is heard, and of the reference behind it."""
    heard = None if look.stem is None else SpectrumLine(look.label, look.stem.frequency_hz, look.stem.level_dbfs)
    behind = look.reference_stem
    if behind is None or look.name == REFERENCE:
        return heard, None
    return heard, SpectrumLine(label_of(REFERENCE), behind.frequency_hz, behind.level_dbfs)


def stem_note(seconds: float) -> str:
    """Of what a stem's spectrum is the mean."""
    return _tr("mean over {seconds} s of the stem").format(seconds=f"{seconds:.1f}")


def sweeps_shown(look: Look) -> tuple[SpectrogramImage | None, SpectrogramImage | None]:
    """The reference's image, and that of what is heard."""
    return _image(label_of(REFERENCE), look.reference_sweep), _image(look.label, look.sweep)


def difference_shown(look: Look) -> DifferenceShown | None:
    """What is heard less the reference."""
    found = look.difference
    if found is None or len(found.time_s) < 2:
        return None
    seconds = float(found.time_s[-1] + found.time_s[0])
    label = _tr("{name} minus reference").format(name=look.label)
    return DifferenceShown(label, seconds, found.low, found.high, found.reference_dbfs, found.difference_dbfs)


def _row(
    name: str, label: str, rendering: Rendering | None, plan: PlannedVariant | None, reason: str, heard: str
) -> FigureRow:
    playable = plan is None or plan.playable
    if rendering is None or rendering.y is None:
        late = (None, None) if plan is None else (plan.latency_frames, plan.latency_ms)
        failed = rendering is not None and rendering.problem is not None
        return FigureRow(
            name, label, latency_frames=late[0], latency_ms=late[1], reason=reason,
            playable=playable and not failed, heard=name == heard,
        )  # fmt: skip
    figures = rendering.figures
    own = name in (REFERENCE, DEVICE)
    return FigureRow(
        name,
        label,
        snr_db=None if name == REFERENCE else figures.snr_db,
        device_snr_db=None if name == DEVICE else figures.device_snr_db,
        asr_db=figures.asr_db,
        nmr_db=figures.nmr_db,
        latency_frames=None if own else figures.latency_frames,
        latency_ms=None if own else figures.latency_ms,
        times_real_time=figures.times_real_time,
        loudness_lufs=figures.loudness_lufs,
        gain_db=figures.matching_gain_db,
        reason=reason,
        playable=playable,
        heard=name == heard,
    )


def _marks(marks: Sequence[Mark]) -> Marks:
    return Marks(
        np.array([each.frequency_hz for each in marks], np.float64),
        np.array([each.level_dbfs for each in marks], np.float64),
    )


def _image(label: str, found: Spectrogram | None) -> SpectrogramImage | None:
    if found is None:
        return None
    step_hz = float(found.frequency_hz[1] - found.frequency_hz[0])
    highest_hz = float(found.frequency_hz[-1]) + step_hz / 2
    return SpectrogramImage(label, found.level_dbfs, float(found.time_s[-1] + found.time_s[0]), highest_hz)


def _tr(text: str) -> str:
    return QCoreApplication.translate("presenting", text)
