"""Finding presets by name over the folders that hold devices."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from afxplugin.errors import AfxError, CaptureError, PresetError
from afxplugin.files import why
from afxplugin.presets.device_file import (
    DEVICE_NAME,
    PRESET_NAME,
    Device,
    PresetFile,
    build_device,
    build_presets,
)
from afxplugin.presets.index import PASSING, Content, Index, file_stamp
from afxplugin.presets.names import CAPTURE_SUFFIXES, name_key
from afxplugin.presets.places import leads_into, lies_in
from afxplugin.presets.search import preset_words, search, words_of
from afxplugin.presets.staging import completed, is_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from afxplugin.presets.preset import Preset

PACKAGE = Path(__file__).resolve().parents[1]
_LEADS_OUT = "its capture leads out of the folders of presets by a link; allowed: a file in them"
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


@dataclass(frozen=True)
class _Entry:
    """A preset with the words that find it."""

    preset: Preset
    words: Sequence[str]

    @property
    def label(self) -> str:
        return self.preset.label


class PresetStore:
    """The presets of every ``<folder>/<any>/device.toml`` and ``preset.toml`` on a search path.

    Earlier folders hide later ones: a device of a name, and a preset of a name of one device, count where first met.
    own: the folder that the user adds to and removes from, where a change that a killed program left is completed;
    None: ``user_folder()``. Nothing is ever written into the others, which may be anybody's.
    index: what speeds up finding; None: the user's own.
    """

    def __init__(
        self, paths: Iterable[Path] | None = None, *, own: Path | None = None, index: Index | None = None
    ) -> None:
        self.paths = search_path() if paths is None else tuple(paths)
        self.own = user_folder() if own is None else own
        self.index = Index() if index is None else index

    def look(self) -> Found:
        """Read what is there now; files that have not changed come from the index.

        A file that cannot be read, whatever the reason, is a problem and hides no other.
        """
        unfinished = self.own in self.paths and is_unfinished(self.own)
        problems = [problem] if unfinished and (problem := completed(self.own)) else []
        files: list[tuple[Path, str, Path]] = []
        for folder in self.paths:
            try:
                files += _preset_files(folder)
            except OSError as error:
                problems.append(PresetError(f"cannot be read: {why(error)}", path=folder))
        contents = self.index.contents(files, _parsed)
        devices: dict[str, Device] = {}
        apart: list[PresetFile] = []
        for (path, _, _), remembered in zip(files, contents, strict=True):
            made = _built(remembered, path)
            if isinstance(made, Device):
                devices.setdefault(name_key(made.name), made)
            elif isinstance(made, PresetFile):
                apart.append(made)
            else:
                problems.append(made)
        for file in apart:
            device = devices.get(name_key(file.device))
            if device is None:
                problems.append(
                    PresetError(f"device: there is no device {file.device!r} on the search path", path=file.path)
                )
            else:
                devices[name_key(file.device)] = device.with_presets(file.entries, file.path)
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
        """Presets in which every word of ``text`` begins some word, the best first, as ``presets.search`` has it."""
        found = self.look()
        wanted = words_of(text)
        if not wanted:
            return found.presets
        presets = [(device, preset) for device in found.devices for preset in device.presets]

        def words() -> Iterator[tuple[str, ...]]:
            return (preset_words(device, preset) for device, preset in presets)

        paths = "\n".join(map(str, self.paths)).encode("utf-8", "replace").decode()
        likely = self.index.candidates(wanted, paths=paths, stamp=found.stamp, words=words)
        numbered = enumerate(words()) if likely is None else likely
        entries = [_Entry(presets[number][1], said) for number, said in numbered if number < len(presets)]
        return [entry.preset for entry in search(entries, text)]

    def device(self, name: str) -> Device:
        """Return the device of this name, whatever its case. Raises PresetError with those that come close."""
        found = self.look()
        for device in found.devices:
            if name_key(device.name) == name_key(name):
                return device
        raise PresetError(_unknown(name, found, what="device"))

    def find(self, name: str) -> Preset:
        """Return the preset called "Device/Preset", or by its name alone, or the first of a device of that name.

        Case does not matter. The capture is checked to be there and to be the one that the preset was made for; where
        it is not, it is looked for by its hash over the search path. Raises PresetError for an unknown name (with those
        that come close), one that fits several, or a capture that is not to be found.
        """
        found = self.look()
        wanted = name_key(name)
        presets = found.presets
        matches = [preset for preset in presets if name_key(preset.label) == wanted]
        matches = matches or [preset for preset in presets if name_key(preset.name) == wanted]
        matches = matches or [d.presets[0] for d in found.devices if d.presets and name_key(d.name) == wanted]
        if not matches:
            raise PresetError(_unknown(name, found))
        if len(matches) > 1:
            raise PresetError(f"preset {name!r}: fits {', '.join(preset.label for preset in matches)}; say which")
        return self.located(matches[0])

    def located(self, preset: Preset) -> Preset:
        """``preset`` with the path where its capture is now. Raises PresetError where it is not on the search path."""
        try:
            if not self._holds(preset.capture_path):
                raise PresetError(f"preset {preset.label}: {_LEADS_OUT}", path=preset.capture_path)
            preset.check_file()
        except PresetError:
            moved = self.find_capture(preset.capture_sha256, near=preset.capture_path.parent)
            if moved is None:
                raise
            return replace(preset, capture_path=moved, capture_name=preset.capture_path.stem)
        return preset

    def capture_file(self, device: Device) -> Path:
        """Where a device's capture is now. Raises PresetError where it is not on the search path."""
        if self._holds(device.capture_path) and _digest(device.capture_path) == device.capture_sha256:
            return device.capture_path
        found = self.find_capture(device.capture_sha256, near=device.path.parent)
        if found is None:
            raise PresetError(
                f"device {device.name!r}: its capture is not to be found; needs a file of sha256 "
                f"{device.capture_sha256}",
                path=device.capture_path,
            )
        return found

    def _holds(self, path: Path) -> bool:
        """Whether a capture is on the search path, links followed; the folder of a device may itself be a link."""
        for folder in self.paths:
            if leads_into(path, folder):
                return True
            if lies_in(path, folder):
                home = folder / Path(os.path.normpath(path)).relative_to(os.path.normpath(folder)).parts[0]
                if os.path.lexists(home / DEVICE_NAME) and leads_into(path, home):
                    return True
        return False

    def find_capture(self, sha256: str, *, near: Path | None = None) -> Path | None:
        """A capture of this hash anywhere on the search path; None where there is none.

        near: where it is looked for first, if that is on the search path: a file may name any place, but it is not to
        make us search that.
        """
        inside = near is not None and self._holds(near)
        folders = (near, *self.paths) if near is not None and inside else self.paths
        for folder in folders:
            files = {
                path: stamp for path, stamp in _capture_files(folder) if not path.is_symlink() or self._holds(path)
            }
            for path, found in self.index.hashes(files, _digest).items():
                if found == sha256.lower():
                    return path
        return None


def _preset_files(folder: Path) -> Iterator[tuple[Path, str, Path]]:
    """(file, stamp, folder) of the device and preset files in the folders of ``folder``, by name.

    Raises OSError where ``folder`` is there but cannot be listed. A file that cannot be looked at has no stamp.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and _may_be_folder(entry))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        for kind in (DEVICE_NAME, PRESET_NAME):
            path = folder / name / kind
            try:
                yield path, file_stamp(path.stat()), folder
            except (FileNotFoundError, NotADirectoryError):
                if path.is_symlink():
                    yield path, PASSING, folder
            except OSError:
                yield path, PASSING, folder


def _may_be_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle: named when its files are read
        return True


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
    except (CaptureError, OSError, MemoryError):
        return ""


def _parsed(path: Path) -> Content:
    """The checked content of a file, or what is wrong with it, as plain JSON values.

    Whatever goes wrong is this file's problem alone, so that the others are still found.
    """
    from afxplugin.presets.toml_file import read_document

    kind = "device" if path.name == DEVICE_NAME else "preset"
    try:
        return {"kind": kind, "content": read_document(path, kind)}
    except AfxError as problem:
        passing = isinstance(problem.__cause__, (OSError, MemoryError))
        return {"kind": "problem", "content": problem.reason, PASSING: passing}
    except Exception as error:
        return {"kind": "problem", "content": f"cannot be read: {type(error).__name__}: {error}"[:300], PASSING: True}


def _built(remembered: Content, path: Path, *, again: bool = True) -> Device | PresetFile | PresetError:
    try:
        kind, content = remembered["kind"], remembered["content"]
        if kind == "problem":
            return PresetError(str(content), path=path)
        return build_device(content, path) if kind == "device" else build_presets(content, path)
    except Exception as error:
        if again:
            return _built(_parsed(path), path, again=False)  # the index was tampered with; the file is the truth
        return PresetError(f"cannot be read: {type(error).__name__}: {error}"[:300], path=path)


def _unknown(name: str, found: Found, *, what: str = "preset") -> str:
    labels = [preset.label for preset in found.presets]
    names = {name_key(text): text for text in labels} if what == "preset" else {}
    if what == "preset":
        names |= {name_key(preset.name): preset.label for preset in found.presets}
    names |= {name_key(device.name): device.name for device in found.devices}
    close = [names[match] for match in difflib.get_close_matches(name_key(name)[:200], list(names), n=3, cutoff=0.5)]
    there = labels if what == "preset" else [device.name for device in found.devices]
    if close:
        hint = f"did you mean {' or '.join(dict.fromkeys(close))}?"
    else:
        hint = f"there are {', '.join(there[:10])}{', …' if len(there) > 10 else ''}" if there else "there are none"
    problems = found.problems
    broken = f" ({len(problems)} device file(s) cannot be read; the first: {problems[0]})" if problems else ""
    return f"{what} {name!r}: unknown; {hint}{broken}"
