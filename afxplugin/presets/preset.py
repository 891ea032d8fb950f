"""A preset: one device's capture with knob positions, gains and the way it is played."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.captures import AnyCapture, knob_positions, read_capture
from afxplugin.captures.document import read_bytes
from afxplugin.errors import CaptureError, KnobError, PresetError
from afxplugin.presets.knob_map import KnobMap, with_knob_maps

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Preset:
    """Settings of one device, by name.

    knobs: positions in the units of the device's knobs; those not named stand at their default. Gains in dB, mix
    0 (dry) to 1. calibration_gain_db: how much of output_gain_db brings the preset to the loudness that all have.
    method, oversampling and filters are what a render takes under the same names.
    knob_maps: the device's knobs over the capture's controls. capture_rate_hz: the capture's rate where its file does
    not state it; capture_name: what it is called where its file does not say; file: where the preset is written.
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
    description: str = ""
    tags: tuple[str, ...] = ()
    calibration_gain_db: float = 0.0
    knob_maps: tuple[KnobMap, ...] = ()
    capture_rate_hz: int | None = None
    capture_name: str = field(default="", compare=False)
    capture_link: str = field(default="", compare=False)
    file: Path = field(default_factory=Path, compare=False)

    @property
    def label(self) -> str:
        """The name that finds this preset among all devices: "Green Overdrive/Crunch"."""
        return f"{self.device}/{self.name}"

    def read_capture(self, *, rate_hz: int | None = None) -> AnyCapture:
        """Read the capture, with the device's knobs, and check that it is the preset's own and has its knobs.

        rate_hz: in the place of the device's or the capture's own. Raises PresetError if the capture is missing,
        unreadable, another than the preset's, or without one of its knobs.
        """
        rate_hz = self.capture_rate_hz if rate_hz is None else rate_hz
        try:
            capture = read_capture(self.capture_path, rate_hz=rate_hz, name=self.capture_name or None)
            capture = with_knob_maps(capture, self.knob_maps)
            knob_positions(capture, self.knobs)
        except (CaptureError, KnobError, PresetError) as error:
            raise PresetError(f"preset {self.label}: {error.reason}", path=error.path or self.capture_path) from error
        self.check_capture(capture.sha256)
        return capture

    def check_capture(self, sha256: str) -> None:
        """Raise PresetError unless this is the sha256 of the capture that the preset was made for.

        The sha256 itself is not told: it may be that of any file, which whoever wrote the preset wants to know.
        """
        if sha256 != self.capture_sha256:
            raise PresetError(
                f"preset {self.label}: not the capture that it was made for; needs one of sha256 {self.capture_sha256}",
                path=self.capture_path,
            )

    def check_file(self) -> None:
        """Raise PresetError unless the capture can be read and is the one that the preset was made for."""
        try:
            self.check_capture(hashlib.sha256(read_bytes(self.capture_path)).hexdigest())
        except CaptureError as error:
            hint = f"; it may be had at {self.capture_link}" if self.capture_link else ""
            raise PresetError(
                f"preset {self.label}: {error.reason}{hint}", path=error.path or self.capture_path
            ) from error
