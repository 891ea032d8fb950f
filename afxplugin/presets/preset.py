"""A preset: one device's capture with knob positions, gains and the way it is played."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from afxplugin.captures import Capture, knob_positions, read_capture
from afxplugin.errors import CaptureError, KnobError, PresetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Preset:
    """Settings of one device, by name.

    knobs: positions in the units of the capture's controls; those not named stand at their default. Gains in dB, mix
    0 (dry) to 1. method, oversampling and filters are what a render takes under the same names.
    """

    name: str
    device: str
    capture_path: Path
    capture_sha256: str
    knobs: Mapping[str, float] = field(default_factory=dict[str, float])
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float = 1.0
    method: str = "auto"
    oversampling: int = 1
    filters: str = "linear"

    @property
    def label(self) -> str:
        """The name that finds this preset among all devices: "Green Overdrive/Crunch"."""
        return f"{self.device}/{self.name}"

    def read_capture(self, *, rate_hz: int | None = None) -> Capture:
        """Read the capture and check that it is the one that the preset was made for and has the preset's knobs.

        Raises PresetError if it is missing, unreadable, another than the preset's, or without one of its knobs.
        """
        try:
            capture = read_capture(self.capture_path, rate_hz=rate_hz)
            knob_positions(capture, self.knobs)
        except (CaptureError, KnobError) as error:
            raise PresetError(f"preset {self.label}: {error}") from error
        self.check_capture(capture.sha256)
        return capture

    def check_capture(self, sha256: str) -> None:
        """Raise PresetError unless this is the sha256 of the capture that the preset was made for."""
        if sha256 != self.capture_sha256:
            raise PresetError(
                f"preset {self.label}: {self.capture_path} is not the capture that it was made for: "
                f"given sha256 {sha256}, needs {self.capture_sha256}"
            )
