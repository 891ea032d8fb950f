"""The user's own folder of devices and presets: added to and removed from, by any number of processes at a time.

A device has a folder of its own with ``device.toml``, its capture, and ``preset.toml``, to which the program adds.
Every change is made under one lock, whole or not at all (``staging``), so that neither two writers nor the end of one
at any moment lose or halve anything. What people wrote into the files stays as they wrote it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from afxplugin.audio import remove_abandoned
from afxplugin.captures.document import read_bytes
from afxplugin.errors import CaptureError, PresetError
from afxplugin.files import why
from afxplugin.presets.device_file import DEVICE_NAME, PRESET_NAME, SCHEMA
from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.names import is_windows_device, name_key
from afxplugin.presets.places import leads_into, lies_in
from afxplugin.presets.schema import Preset2
from afxplugin.presets.staging import Change, locked
from afxplugin.presets.toml_edit import with_tables, without_table
from afxplugin.presets.toml_file import parse_document, read_document, read_text
from afxplugin.presets.toml_text import device_text, value_text

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from afxplugin.presets.preset import Preset

_LOCK_WAIT_S = 60.0
_LONGEST = 48  # characters of a folder's name, at most 4 bytes each, so that 255 bytes are never reached
Table = dict[str, Any]
_KEYS = frozenset(Preset2.model_fields)


class PresetFolder:
    """One folder of the search path, that may be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Generator[str]:
        """Alone with the folder, which is made where it is missing. Raises PresetError where that cannot be.

        Gives the purpose of a change that a killed program left, and that is complete now; empty for none.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder, wait_s=_LOCK_WAIT_S) as completed:
                yield completed
        except Timeout as error:
            raise PresetError(f"locked by another program for {_LOCK_WAIT_S:g} s", path=self.folder) from error
        except OSError as error:
            raise PresetError(f"cannot be written: {why(error)}", path=self.folder) from error

    @contextlib.contextmanager
    def changing(self) -> Generator[Change]:
        """Alone with the folder, with a change that is made, whole, where the block ends without an error.

        Raises PresetError, with nothing changed, where it cannot be made.
        """
        with self.locked():
            change = Change(self.folder)
            try:
                yield change
                change.commit()
            finally:
                change.discard()

    def home(self, device: str, taken: Mapping[Path, str] | None = None) -> Path:
        """The folder of a device: the one that holds it, else one named after it that holds no other.

        taken: folders that are to hold devices of these names. Raises PresetError where there is none to be had.
        """
        for name in (folder_name(device), folder_name(device, unique=True)):
            home = self.folder / name
            there = (taken or {}).get(home) or _device_in(home)
            if there is None or name_key(there) == name_key(device):
                return home
        raise PresetError(f"holds another device than {device!r}", path=home)

    def put_device(
        self, change: Change, home: Path, tables: DeviceTables, entries: Sequence[Table], data: bytes | None
    ) -> None:
        """Add a new device, its presets and its capture (None: it is elsewhere) to a change.

        Raises PresetError where its file would not be a good one.
        """
        remove_abandoned(home)
        source = tables.capture
        if data is not None:
            source = {**source, "path": _free_name(home, source["path"], data)}
            change.write(home / source["path"], data)
        text = device_text(SCHEMA, tables.about, source, tables.knobs)
        file = home / DEVICE_NAME
        parse_document(text, "device", path=file)
        if entries:
            self.put_presets(change, home, tables.about["name"], entries)
        change.write(file, text.encode())

    def put_presets(self, change: Change, home: Path, device: str, entries: Sequence[Table]) -> Path:
        """Add presets to the ``preset.toml`` in a device's folder by a change. Returns the file.

        Raises PresetError where a file of that place cannot be read, or where it cannot take these presets.
        """
        remove_abandoned(home)
        file = home / PRESET_NAME
        if os.path.lexists(file):
            text = read_text(file)
            content = parse_document(text, "preset", path=file)
            if name_key(content["device"]) != name_key(device):
                raise PresetError(f"holds presets of {content['device']!r}, not of {device!r}", path=file)
            before: list[Table] = content["preset"]
        else:
            text, before = f"schema = {SCHEMA}\ndevice = {value_text(device)}\n", []
        there = {name_key(each["name"]): each for each in before}
        entries = [entry for entry in entries if not _is_there(entry, there.get(name_key(entry["name"])), file)]
        try:
            text = with_tables(text, "preset", entries)
        except PresetError as problem:
            raise PresetError(f"cannot take presets: {problem.reason}", path=file) from problem
        after = parse_document(text, "preset", path=file)["preset"]
        if after[: len(before)] != before or len(after) != len(before) + len(entries):
            raise PresetError("cannot take presets by the program; edit the file", path=file)
        change.write(file, text.encode())
        return file

    def remove_preset(self, preset: Preset) -> None:
        """Take a preset out of its file; only while ``locked``. As ``remove_all``."""
        self.remove_all([], [preset])

    def remove_device(self, path: Path, capture: Path | None) -> list[Path]:
        """Remove a device; only while ``locked``. As ``remove_all``."""
        return self.remove_all([(path, capture)], [])

    def remove_all(
        self, devices: Sequence[tuple[Path, Path | None]], presets: Sequence[Preset], *, purpose: str = ""
    ) -> list[Path]:
        """Remove devices and presets, all of them or none; only while ``locked``.

        Of a device go its files, its capture and its folder, where nothing else is in it; presets of another device,
        and a file that cannot be read, stay. A preset is taken out of its file, the rest of which stays as it is.
        devices: (its device.toml, its capture; None where that is to stay, as does one not in the device's folder).
        purpose: as of ``Change``. Returns the files of devices that were removed.
        Raises PresetError where something is not in this folder, or a preset cannot be taken out of its file.
        """
        removed = list(dict.fromkeys(file for path, capture in devices for file in self._files_of(path, capture)))
        names: dict[Path, list[str]] = {}
        for preset in presets:
            self._check_inside(preset.file)
            if preset.file not in removed:
                names.setdefault(preset.file, []).append(preset.name)
        shorter = {file: _text_without(file, left_out) for file, left_out in names.items()}
        change = Change(self.folder, purpose=purpose)
        try:
            for file in removed:
                change.remove(file)
            for file, text in shorter.items():
                if text is None:
                    change.remove(file)
                else:
                    change.write(file, text.encode())
            change.commit()
        finally:
            change.discard()
        for home in {path.parent for path, _ in devices}:
            remove_abandoned(home)
            with contextlib.suppress(OSError):
                home.rmdir()
        return removed

    def _files_of(self, path: Path, capture: Path | None) -> list[Path]:
        """The files of a device that are there."""
        self._check_inside(path)
        home = path.parent
        files = [path]
        if _is_of(path.with_name(PRESET_NAME), read_document(path, "device")["device"]["name"]):
            files.append(path.with_name(PRESET_NAME))
        if capture is not None and lies_in(capture, home) and leads_into(capture.parent, home):
            inside = Path(os.path.realpath(Path(os.path.normpath(capture)).parent))
            files.append(home / inside.relative_to(os.path.realpath(home)) / capture.name)
        return [file for file in files if file.is_file() or file.is_symlink()]

    def _check_inside(self, file: Path) -> None:
        if file.parent.parent != self.folder:
            raise PresetError(f"is not in your own folder, {self.folder}; allowed: what you have added", path=file)
        if file.parent.is_symlink():
            raise PresetError("its folder is a link to one elsewhere; remove the link", path=file)


@dataclass(frozen=True)
class DeviceTables:
    """The tables of a new ``device.toml`` that are not presets."""

    about: Table
    capture: Table
    knobs: Sequence[Table] = ()


def _text_without(file: Path, names: Sequence[str]) -> str | None:
    """The text of a file without presets of these names; None where nothing worth a file is left.

    Raises PresetError where one is not there, or is written in a way that it cannot be taken out.
    """
    kind = "device" if file.name == DEVICE_NAME else "preset"
    text = read_text(file)
    content = parse_document(text, kind, path=file)
    for name in names:
        there = [entry["name"] for entry in content["preset"]]
        if name not in there:
            raise PresetError(f"preset {name!r} is not in the file any more", path=file)
        if len(there) == 1 and kind == "preset":
            return None
        number = there.index(name)
        expected = {**content, "preset": [entry for k, entry in enumerate(content["preset"]) if k != number]}
        try:
            text = without_table(text, "preset", number)
            content = parse_document(text, kind)
        except PresetError as problem:
            raise PresetError(f"preset {name!r} cannot be taken out: {problem.reason}", path=file) from problem
        if content != expected:
            raise PresetError(f"preset {name!r} cannot be taken out by the program; edit the file", path=file)
    return text


def _device_in(home: Path) -> str | None:
    """The name of the device that a folder is of; None: of none; empty: it is not to be touched."""
    if os.path.lexists(home) and (home.is_symlink() or not home.is_dir()):
        return ""
    for kind, file in (("device", home / DEVICE_NAME), ("preset", home / PRESET_NAME)):
        if os.path.lexists(file):
            try:
                content = read_document(file, kind)
            except PresetError:
                return ""
            return content["device"]["name"] if kind == "device" else content["device"]
    return None


def _is_of(file: Path, device: str) -> bool:
    """Whether a preset.toml is there and is of this device."""
    try:
        return name_key(read_document(file, "preset")["device"]) == name_key(device)
    except PresetError:
        return False


def _is_there(entry: Table, other: Table | None, file: Path) -> bool:
    """Whether a preset is in a file already. Raises PresetError where it is there with other settings."""
    if other is not None and preset_table(other) != entry:
        raise PresetError(f"preset {entry['name']!r} is there already, with other settings", path=file)
    return other is not None


def _free_name(home: Path, name: str, data: bytes) -> str:
    """``name``, with a digest where another file of that name is in the folder."""
    file = home / name
    try:
        same = not os.path.lexists(file) or read_bytes(file) == data
    except CaptureError:
        same = False
    if same:
        return name
    return f"{file.stem}-{hashlib.sha256(data).hexdigest()[:8]}{file.suffix}"


def folder_name(device: str, *, unique: bool = False) -> str:
    """A device's name as that of a folder on any system; ``unique``: with a digest, for names that look the same."""
    plain = name_key(device)
    words = "-".join(re.findall(r"[^\W_]+", plain))
    short = words[:_LONGEST].strip("-")
    digest = hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:8]
    if unique or short != words or not short or is_windows_device(short):
        return f"{short}-{digest}" if short else f"device-{digest}"
    return short


def preset_entry(preset: Preset) -> Table:
    """A preset as the table that says the same."""
    plain = {key: value for key, value in vars(preset).items() if key in _KEYS}
    return preset_table({**plain, "knobs": dict(preset.knobs), "tags": list(preset.tags)})


def knob_table(knob: KnobMap) -> Table:
    """A knob as a table, without what is the default."""
    plain = KnobMap(knob.name)
    told = {key: value for key, value in asdict(knob).items() if value != getattr(plain, key)}
    return {"name": knob.name, **told, "low": knob.low, "high": knob.high}


def preset_table(entry: Mapping[str, Any]) -> Table:
    """A preset as a table: its name, and what of it is not the default."""
    preset = Preset2.model_validate(dict(entry))
    return {"name": preset.name, **preset.model_dump(exclude_defaults=True, exclude={"name"})}
