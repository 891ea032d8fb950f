"""One stem to render and what came of it: plain data that threads, processes and machines can pass on."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from afxplugin.captures.capture import Capture
from afxplugin.errors import AudioError
from afxplugin.render.naming import shown
from afxplugin.render.options import RenderOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afxplugin.captures.blend import AnyCapture
    from afxplugin.presets.knob_map import KnobMap

Status = Literal["done", "skipped", "failed", "interrupted"]
_KEY_CHARACTERS = 32


@dataclass(frozen=True, eq=False)
class RenderJob:
    """A stem, where its render goes, and everything that decides how it sounds.

    stem_bytes, stem_mtime_ns: size and age of the stem when the job was planned; a stem edited since is another job.
    knob_maps: the device's knobs over the capture's controls, where a preset has such.
    overwrite: whether a file that stands at ``output`` may be replaced; no part of the key.
    """

    stem: Path
    output: Path
    capture: AnyCapture
    options: RenderOptions = field(default_factory=RenderOptions)
    preset: str | None = None
    stem_bytes: int = 0
    stem_mtime_ns: int = 0
    overwrite: bool = False
    knob_maps: tuple[KnobMap, ...] = ()

    @property
    def key(self) -> str:
        """Hash of the job (32 hex digits): that of the same stem, capture and options wherever the folder stands."""
        parts: dict[str, object] = {
            "schema": 1,
            "stem": [shown(self.stem.name), self.stem_bytes, self.stem_mtime_ns],
            "output": shown(self.output.name),
            "capture": [capture_digest(self.capture), self.capture.rate_hz],
            "preset": self.preset,
            "options": self.options.as_dict(),
        }
        if self.knob_maps:  # a knob's position says nothing without them
            parts["knob_maps"] = [asdict(each) for each in self.knob_maps]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_KEY_CHARACTERS]


@dataclass(frozen=True)
class RenderResult:
    """What came of one job.

    frames: written, tail included. peak: largest magnitude, linear. loudness_lufs: BS.1770-4 integrated, None for
    silence. seconds: time taken. plan: the rate plan as the manifest states it. error: None unless it failed.
    """

    key: str
    stem: Path
    output: Path
    status: Status
    frames: int | None = None
    rate_hz: int | None = None
    channels: int | None = None
    peak: float | None = None
    loudness_lufs: float | None = None
    seconds: float | None = None
    times_real_time: float | None = None
    plan: Mapping[str, Any] | None = None
    error: str | None = None
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The result as plain JSON values; paths as text."""
        return {
            "job": self.key,
            "stem": shown(self.stem),
            "output": shown(self.output),
            "status": self.status,
            "error": self.error,
            "notes": list(self.notes),
            "frames": self.frames,
            "rate_hz": self.rate_hz,
            "channels": self.channels,
            "peak": self.peak,
            "loudness_lufs": self.loudness_lufs,
            "seconds": self.seconds,
            "times_real_time": self.times_real_time,
            "plan": None if self.plan is None else dict(self.plan),
        }


@functools.cache
def tool_version() -> str:
    """Version of the program that renders."""
    try:
        return importlib.metadata.version("afxplugin")
    except importlib.metadata.PackageNotFoundError:  # run from a source tree
        return "0+source"


def stem_stamp(stem: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns of a stem. Raises AudioError where there is none."""
    try:
        status = stem.stat()
    except (OSError, ValueError) as error:
        raise AudioError(f"{stem}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return status.st_size, status.st_mtime_ns


def capture_digest(capture: AnyCapture) -> str:
    """sha256 of the file a capture came from; of its numbers where it came from none."""
    if capture.sha256:
        return capture.sha256
    digest = hashlib.sha256()
    if isinstance(capture, Capture):
        about = (capture.architecture, capture.skip, capture.input_gain_db, capture.output_gain_db)
        digest.update(repr(about).encode())
        for name in sorted(capture.weights):
            digest.update(name.encode())
            digest.update(capture.weights[name].tobytes())
    else:
        digest.update(repr((capture.input_gain_db, capture.output_gain_db)).encode())
        for snapshot in capture.snapshots:
            about = (snapshot.at, snapshot.delay_frames, capture_digest(snapshot.capture))
            digest.update(repr(about).encode())
    return digest.hexdigest()
