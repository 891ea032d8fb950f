"""One stem to render and what came of it: plain data that threads, processes and machines can pass on."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from afxplugin.captures.capture import Capture
from afxplugin.errors import AfxError, AudioError
from afxplugin.files import shown, why
from afxplugin.render.naming import spelled
from afxplugin.render.options import RenderOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afxplugin.audio import FileFacts
    from afxplugin.captures.blend import AnyCapture
    from afxplugin.presets.knob_map import KnobMap

Status = Literal["done", "skipped", "failed", "interrupted"]
_KEY_CHARACTERS = 32


@dataclass(frozen=True, eq=False)
class RenderJob:
    """A stem, where its render goes, and everything that decides how it sounds.

    stem_bytes, stem_mtime_ns: size and age of the stem when the job was planned; they find it in older manifests.
    knob_maps: the device's knobs over the capture's controls, where a preset has such.
    overwrite: whether any file that stands at ``output`` may be replaced; no part of the key.
    replaces: sha256 of the one file at ``output`` that may be replaced all the same; no part of the key.
    settings: hashes of everything but stem and output, where they are known already.
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
    replaces: str | None = None
    settings: Settings | None = None

    @functools.cached_property
    def key(self) -> str:
        """Hash of the job (32 hex digits): names of stem and output, capture and options, wherever the files stand.

        What identifies the content of the two files is no part of it; the manifest records that.
        """
        parts = {
            "schema": 2,
            "stem": spelled(self.stem.name),
            "output": spelled(self.output.name),
            "settings": self._settings.sha256,
        }
        return _digest(parts)[:_KEY_CHARACTERS]

    @property
    def legacy_key(self) -> str:
        """The key of this job in manifests that do not say what identifies the files."""
        parts: dict[str, object] = {
            "schema": 1,
            "stem": [shown(self.stem.name), self.stem_bytes, self.stem_mtime_ns],
            "output": shown(self.output.name),
            **_settings_parts(self.capture, self.capture_sha256, self.preset, self.options, self.knob_maps),
        }
        return _digest(parts)[:_KEY_CHARACTERS]

    @property
    def capture_sha256(self) -> str:
        """Hash of the capture, see ``capture_digest``."""
        return self._settings.capture_sha256

    @functools.cached_property
    def _settings(self) -> Settings:
        return self.settings or read_settings(self.capture, self.preset, self.options, self.knob_maps)


@dataclass(frozen=True)
class Settings:
    """Hashes of a capture, and of it with everything else that decides how a stem is rendered through it."""

    capture_sha256: str
    sha256: str


def read_settings(
    capture: AnyCapture, preset: str | None, options: RenderOptions, knob_maps: tuple[KnobMap, ...]
) -> Settings:
    """The hashes of what all jobs of a batch have in common."""
    capture_sha256 = capture_digest(capture)
    return Settings(capture_sha256, _digest(_settings_parts(capture, capture_sha256, preset, options, knob_maps)))


@dataclass(frozen=True)
class RenderResult:
    """What came of one job.

    frames: written, tail included. peak: largest magnitude, linear. loudness_lufs: BS.1770-4 integrated, None for
    silence. seconds: time taken. plan: the rate plan as the manifest states it. error: the reason without the stem's
    path; None unless it failed. stem_file, output_file: what was read and written.
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
    stem_file: FileFacts | None = None
    output_file: FileFacts | None = None

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
        raise AudioError(f"cannot be read: {why(error)}", path=stem) from error
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


def told_error(error: AfxError, stem: Path) -> str:
    """An error as a result has it: with the file that it is about, unless that is the stem."""
    about_stem = error.path is None or error.path == os.fspath(stem)
    return error.reason if about_stem else str(error)


def _settings_parts(
    capture: AnyCapture,
    capture_sha256: str,
    preset: str | None,
    options: RenderOptions,
    knob_maps: tuple[KnobMap, ...],
) -> dict[str, object]:
    parts: dict[str, object] = {
        "capture": [capture_sha256, capture.rate_hz],
        "preset": preset,
        "options": options.as_dict(),
    }
    if knob_maps:  # a knob's position says nothing without them
        parts["knob_maps"] = [asdict(each) for each in knob_maps]
    return parts


def _digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
