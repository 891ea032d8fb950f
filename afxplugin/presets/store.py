"""Finding presets by name over the folders that hold devices."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from afxplugin.errors import CaptureError, PresetError
from afxplugin.presets.device_file import (
    DEVICE_NAME,
    PRESET_NAME,
    Device,
    PresetFile,
    build_device,
    build_presets,
)
from afxplugin.presets.index import Content, Index, file_stamp, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from afxplugin.presets.preset import Preset

PACKAGE = Path(__file__).resolve().parents[1]
CAPTURE_SUFFIXES = frozenset({".afx", ".json", ".nam"})
_MOST_CAPTURES = 20_000  # how many files are looked at for one that has moved


def user_folder() -> Path:
    """Where the user's own devices and presets are kept."""
    return platformdirs.user_data_path("afxplugin", appauthor=False) / "presets"


def search_path(beside: Iterable[Path] = ()) -> tuple[Path, ...]:
    """Where devices are looked for: the user's folder, the installed factory, a source tree's presets/.

    beside: folders of stems, whose ``presets`` folder is searched last, where it is there.
    """
    paths = [user_folder(), PACKAGE / "factory"]
    if (PACKAGE.parent / "pyproject.toml").is_file():
        paths.append(PACKAGE.parent / "presets")
    for folder in beside:
        if (folder / "presets").is_dir() and folder / "presets" not in paths:
            paths.append(folder / "presets")
    return tuple(paths)


@dataclass(frozen=True)
class Found:
    """All that is on a search path: devices with all their presets, and what is wrong with files."""

    devices: tuple[Device, ...]
    problems: tuple[PresetError, ...]
    stamp: str

    @property
    def presets(self) -> list[Preset]:
        """The presets of all devices."""
        return [preset for device in self.devices for preset in device.presets]


class PresetStore:
    """The presets of every ``<folder>/<any>/device.toml`` and ``preset.toml`` on a search path.

    Earlier folders hide later ones: a device of a name, and a preset of a name of one device, count where first met.
    index: what speeds up finding; None: the user's own.
    """

    def __init__(self, paths: Iterable[Path] | None = None, *, index: Index | None = None) -> None:
        self.paths = search_path() if paths is None else tuple(paths)
        self.index = Index() if index is None else index

    def look(self) -> Found:
        """Read what is there now; files that have not changed come from the index."""
        files = [entry for folder in self.paths for entry in _preset_files(folder)]
        contents = self.index.contents(files, _parsed)
        devices: dict[str, Device] = {}
        problems: list[PresetError] = []
        apart: list[PresetFile] = []
        for (path, _, _), remembered in zip(files, contents, strict=True):
            try:
                made = _built(remembered, path)
            except PresetError as problem:
                problems.append(problem)
                continue
            if isinstance(made, Device):
                devices.setdefault(made.name.casefold(), made)
            else:
                apart.append(made)
        for file in apart:
            device = devices.get(file.device.casefold())
            if device is None:
                problems.append(
                    PresetError(f"{file.path}: device: there is no device {file.device!r} on the search path")
                )
            else:
                devices[file.device.casefold()] = device.with_presets(file.entries, file.path)
        stamp = hashlib.sha256("\n".join(f"{path}\t{stamp}" for path, stamp, _ in files).encode("utf-8", "replace"))
        return Found(tuple(devices.values()), tuple(problems), stamp.hexdigest())

    def devices(self) -> tuple[list[Device], list[PresetError]]:
        """Return the devices, and what is wrong with those that cannot be read; a name counts once, where first met."""
        found = self.look()
        return list(found.devices), list(found.problems)

    def list(self) -> Sequence[Preset]:
        """Return the presets of all readable devices, in the order of the search path."""
        return self.look().presets

    def search(self, text: str) -> Sequence[Preset]:
        """Presets in which every word of ``text`` begins some word, the best first; all of them for no word.

        Names, descriptions, tags, licences, authors and names of knobs are searched.
        """
        found = self.look()
        words = words_of(text)
        if not words:
            return found.presets
        by_label = {preset.label: preset for preset in found.presets}

        def texts() -> Iterator[tuple[str, str, str]]:
            return (
                (preset.label, f"{device.name} {preset.name}", _about(device, preset))
                for device in found.devices
                for preset in device.presets
            )

        shelf = "\n".join(map(str, self.paths)).encode("utf-8", "replace").decode()
        labels = self.index.search(words, shelf=shelf, stamp=found.stamp, texts=texts)
        if labels is None:
            labels = [label for label, name, about in texts() if _has_words(f"{name} {about}", words)]
        return [by_label[label] for label in labels if label in by_label]

    def device(self, name: str) -> Device:
        """Return the device of this name, whatever its case. Raises PresetError with those that come close."""
        found = self.look()
        for device in found.devices:
            if device.name.casefold() == name.strip().casefold():
                return device
        raise PresetError(_unknown(name, found, what="device"))

    def find(self, name: str) -> Preset:
        """Return the preset called "Device/Preset", or by its name alone, or the first of a device of that name.

        Case does not matter. The capture is checked to be there and to be the one that the preset was made for; where
        it is not, it is looked for by its hash over the search path. Raises PresetError for an unknown name (with those
        that come close), one that fits several, or a capture that is not to be found.
        """
        found = self.look()
        wanted = name.strip().casefold()
        presets = found.presets
        matches = [preset for preset in presets if preset.label.casefold() == wanted]
        matches = matches or [preset for preset in presets if preset.name.casefold() == wanted]
        matches = matches or [d.presets[0] for d in found.devices if d.presets and d.name.casefold() == wanted]
        if not matches:
            raise PresetError(_unknown(name, found))
        if len(matches) > 1:
            raise PresetError(f"preset {name!r}: fits {', '.join(preset.label for preset in matches)}; say which")
        return self.located(matches[0])

    def located(self, preset: Preset) -> Preset:
        """``preset`` with the path where its capture is now. Raises PresetError where it is not on the search path."""
        try:
            preset.check_file()
        except PresetError:
            moved = self.find_capture(preset.capture_sha256, near=preset.capture_path.parent)
            if moved is None:
                raise
            return replace(preset, capture_path=moved, capture_name=preset.capture_path.stem)
        return preset

    def capture_file(self, device: Device) -> Path:
        """Where a device's capture is now. Raises PresetError where it is not on the search path."""
        if _digest(device.capture_path) == device.capture_sha256:
            return device.capture_path
        found = self.find_capture(device.capture_sha256, near=device.path.parent)
        if found is None:
            raise PresetError(
                f"device {device.name!r}: its capture, {device.capture_path}, is not to be found; "
                f"needs a file of sha256 {device.capture_sha256}"
            )
        return found

    def find_capture(self, sha256: str, *, near: Path | None = None) -> Path | None:
        """A capture of this hash anywhere on the search path; None where there is none.

        near: where it is looked for first, if that is on the search path: a file may name any place, but it is not to
        make us search that.
        """
        inside = near is not None and any(_within(near, folder) for folder in self.paths)
        folders = (near, *self.paths) if near is not None and inside else self.paths
        for folder in folders:
            hashes = self.index.hashes(dict(_capture_files(folder)), _digest)
            for path, found in hashes.items():
                if found == sha256.lower():
                    return path
        return None


def _preset_files(folder: Path) -> Iterator[tuple[Path, str, Path]]:
    """(file, stamp, folder) of the device and preset files in the folders of ``folder``, by name."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())
    except OSError:  # not there, or not ours to read
        return
    for name in names:
        for kind in (DEVICE_NAME, PRESET_NAME):
            path = folder / name / kind
            try:
                yield path, file_stamp(path.stat()), folder
            except OSError:
                continue


def _within(path: Path, folder: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(folder))


def _capture_files(folder: Path) -> Iterator[tuple[Path, str]]:
    seen = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if path.suffix.lower() not in CAPTURE_SUFFIXES or name.startswith("."):
                continue
            seen += 1
            if seen > _MOST_CAPTURES:
                return
            try:
                yield path, file_stamp(path.stat())
            except OSError:
                continue


def _digest(path: Path) -> str:
    from afxplugin.captures.document import read_bytes

    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except CaptureError:
        return ""


def _parsed(path: Path) -> Content:
    """The checked content of a file, or what is wrong with it, as plain JSON values."""
    from afxplugin.presets.toml_file import read_document

    kind = "device" if path.name == DEVICE_NAME else "preset"
    try:
        return {"kind": kind, "content": read_document(path, kind)}
    except PresetError as problem:
        return {"kind": "problem", "content": str(problem)}


def _built(remembered: Content, path: Path) -> Device | PresetFile:
    try:
        kind, content = remembered["kind"], remembered["content"]
        if kind == "problem":
            raise PresetError(content)
        return build_device(content, path) if kind == "device" else build_presets(content, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, PresetError):
            raise
        return _built(_parsed(path), path)  # the index was tampered with; the file is the truth


def _about(device: Device, preset: Preset) -> str:
    knobs = [*preset.knobs, *(knob.name for knob in device.knob_maps)]
    licence = device.licence or device.capture_licence
    about = [device.description, preset.description, licence, device.author, device.capture_author]
    return " ".join([*about, *device.tags, *preset.tags, *knobs])


def _has_words(text: str, words: Sequence[str]) -> bool:
    there = words_of(text)
    return all(any(word.startswith(wanted) for word in there) for wanted in words)


def _unknown(name: str, found: Found, *, what: str = "preset") -> str:
    labels = [preset.label for preset in found.presets]
    names = {text.casefold(): text for text in labels} if what == "preset" else {}
    if what == "preset":
        names |= {preset.name.casefold(): preset.label for preset in found.presets}
    names |= {device.name.casefold(): device.name for device in found.devices}
    close = [names[match] for match in difflib.get_close_matches(name.casefold(), list(names), n=3, cutoff=0.5)]
    there = labels if what == "preset" else [device.name for device in found.devices]
    if close:
        hint = f"did you mean {' or '.join(dict.fromkeys(close))}?"
    else:
        hint = f"there are {', '.join(there[:10])}{', …' if len(there) > 10 else ''}" if there else "there are none"
    problems = found.problems
    broken = f" ({len(problems)} device file(s) cannot be read; the first: {problems[0]})" if problems else ""
    return f"{what} {name!r}: unknown; {hint}{broken}"
