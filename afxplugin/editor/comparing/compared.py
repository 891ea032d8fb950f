"""What comparing finds: a stretch of a stem as every variant plays it, at the session's rate, with its figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.state.session import Region
    from afxplugin.editor.state.variants import PlannedVariant

Signal = NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """What was measured of one variant; None: not measured, or without sense there.

    snr_db: against the capture at its own rate, at the lower of both rates; infinite where no sample differs.
    device_snr_db: against the simulated device. asr_db, nmr_db: of a sine (``probe``). latency: before it was removed.
    times_real_time: of one core. loudness_lufs: None for silence. matching_gain_db: brings it to the loudness of the
    reference.
    """

    snr_db: float | None = None
    device_snr_db: float | None = None
    asr_db: float | None = None
    nmr_db: float | None = None
    latency_frames: int = 0
    latency_ms: float = 0.0
    times_real_time: float | None = None
    loudness_lufs: float | None = None
    matching_gain_db: float = 0.0


@dataclass(frozen=True, eq=False)
class Tone:
    """A second of the response to the sine of ``probe``: y (frames,) at rate_hz; its aliases fold at half kernel_hz."""

    y: NDArray[np.float64]
    rate_hz: int
    kernel_hz: int


@dataclass(frozen=True, eq=False)
class Rendering:
    """One way of playing the stretch: y (channels, frames) float32 at the session's rate; problem: why there is none.

    name: a variant's, "reference" or "device". probe: its response to the sine, None where it was not played.
    """

    name: str
    label: str
    y: Signal | None
    figures: Figures = field(default_factory=Figures)
    planned: PlannedVariant | None = None
    problem: str | None = None
    probe: Tone | None = None


@dataclass(frozen=True, eq=False)
class Compared:
    """The stretch of a stem in all renderings, each of the same shape (channels, frames), aligned to the frame.

    region: the stretch that was taken, the loudest where none was asked for. renderings: the reference, the device
    where there is one, then the variants in the order of their keys, those that cannot be played too.
    """

    stem: Path
    region: Region
    session_hz: int
    capture_hz: int
    renderings: tuple[Rendering, ...]

    def rendering(self, name: str) -> Rendering | None:
        """The rendering of this name, None where there is none."""
        return next((each for each in self.renderings if each.name == name), None)

    @property
    def playable(self) -> dict[str, Signal]:
        """What can be heard, by name, the reference first."""
        return {each.name: each.y for each in self.renderings if each.y is not None}

    @property
    def matching_gains_db(self) -> dict[str, float]:
        """By name, the gain that makes each as loud as the reference."""
        return {each.name: each.figures.matching_gain_db for each in self.renderings if each.y is not None}
