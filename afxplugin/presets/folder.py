"""The user's own folder of devices and presets: added to and removed from, by any number of processes at a time.

A device has a folder of its own with ``device.toml``, its capture, and ``preset.toml``, to which the program adds.
Every change is made under one lock and puts whole files in place of others, so that neither two writers nor the end of
one at any moment lose or halve anything. What people wrote into the files stays as they wrote it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import unicodedata
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from afxplugin.audio import remove_abandoned, replace_file
from afxplugin.errors import PresetError
from afxplugin.presets.device_file import DEVICE_NAME, PRESET_NAME, SCHEMA
from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.schema import Preset2
from afxplugin.presets.toml_file import parse_document, read_document, read_text
from afxplugin.presets.toml_text import device_text, table_text, value_text, without_preset

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from afxplugin.presets.preset import Preset

LOCK_NAME = ".presets.lock"
_LOCK_WAIT_S, _LOCK_POLL_S = 60.0, 0.005
_LONGEST = 48  # characters of a folder's name, at most 4 bytes each, so that 255 bytes are never reached
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
Table = dict[str, Any]
_KEYS = frozenset(Preset2.model_fields)


class PresetFolder:
    """One folder of the search path, that may be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Alone with the folder, which is made where it is missing. Raises PresetError where that cannot be."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / LOCK_NAME).acquire(timeout=_LOCK_WAIT_S, poll_interval=_LOCK_POLL_S):
                yield
        except Timeout as error:
            raise PresetError(f"{self.folder}: has been locked by another program for {_LOCK_WAIT_S:g} s") from error
        except OSError as error:
            raise PresetError(f"{self.folder}: cannot be written: {error.strerror or error}") from error

    def home(self, device: str) -> Path:
        """The folder of a device: the one that holds it, else one named after it that holds no other."""
        for name in (folder_name(device), folder_name(device, unique=True)):
            there = self._device_in(self.folder / name)
            if there is None or there.casefold() == device.casefold():
                return self.folder / name
        raise PresetError(f"{self.folder / name}: holds another device than {device!r}")

    def _device_in(self, home: Path) -> str | None:
        for kind, file in (("device", home / DEVICE_NAME), ("preset", home / PRESET_NAME)):
            if file.exists():
                try:
                    content = read_document(file, kind)
                except PresetError:
                    return ""  # whatever it is, it is not to be touched
                return content["device"]["name"] if kind == "device" else content["device"]
        return None

    def write_device(self, about: Table, capture: Table, knobs: Sequence[Table], data: bytes | None) -> Path:
        """Write a new device and its capture (None: it is elsewhere); only while ``locked``. Returns its folder."""
        home = self.home(about["name"])
        home.mkdir(exist_ok=True)
        remove_abandoned(home)
        text = device_text(SCHEMA, about, capture, knobs)
        file = home / DEVICE_NAME
        parse_document(text, "device", where=str(file))
        if data is not None:
            replace_file(home / capture["path"], data)
        replace_file(file, text.encode())  # last: the device is there once all of it is
        return home

    def write_presets(self, device: str, entries: Sequence[Table]) -> Path:
        """Add presets to a device's ``preset.toml``; only while ``locked``. Returns the file.

        Raises PresetError where a file of that place cannot be read, or where it cannot take these presets.
        """
        home = self.home(device)
        home.mkdir(exist_ok=True)
        remove_abandoned(home)
        file = home / PRESET_NAME
        if file.exists():
            text = read_text(file)
            parse_document(text, "preset", where=str(file))
        else:
            text = f"schema = {SCHEMA}\ndevice = {value_text(device)}\n"
        text = text.rstrip("\n") + "\n" + "".join(table_text("[[preset]]", entry) for entry in entries)
        parse_document(text, "preset", where=str(file))
        replace_file(file, text.encode())
        return file

    def remove_preset(self, preset: Preset) -> None:
        """Take a preset out of its file; only while ``locked``. The rest of the file stays as it is.

        Raises PresetError where the file is not in this folder, or is written in a way that it cannot be taken from.
        """
        file = preset.file
        self._check_inside(file)
        kind = "device" if file.name == DEVICE_NAME else "preset"
        text = read_text(file)
        before = parse_document(text, kind, where=str(file))
        names = [entry["name"] for entry in before["preset"]]
        if preset.name not in names:
            raise PresetError(f"{file}: preset {preset.name!r} is not in it any more")
        number = names.index(preset.name)
        if len(names) == 1 and kind == "preset":
            file.unlink()
            with contextlib.suppress(OSError):  # it holds something else too
                file.parent.rmdir()
            return
        shorter = without_preset(text, number)
        expected = {**before, "preset": [e for k, e in enumerate(before["preset"]) if k != number]}
        try:
            same = shorter is not None and parse_document(shorter, kind, where=str(file)) == expected
        except PresetError as problem:
            raise PresetError(f"{file}: preset {preset.name!r} cannot be taken out: {problem}") from problem
        if not same or shorter is None:
            raise PresetError(f"{file}: preset {preset.name!r} cannot be taken out by the program; edit the file")
        replace_file(file, shorter.encode())

    def remove_device(self, path: Path, capture: Path) -> list[Path]:
        """Remove a device's files, its capture and its folder where nothing else is in it; only while ``locked``.

        path: its device.toml. Returns what was removed. Raises PresetError where it is not in this folder.
        """
        self._check_inside(path)
        removed: list[Path] = []
        # The device goes first: a device without its capture would be a broken one.
        for file in (path, path.with_name(PRESET_NAME), capture):
            if file.is_file() and file.resolve().is_relative_to(path.parent.resolve()):
                file.unlink()
                removed.append(file)
        remove_abandoned(path.parent)
        for folder in (capture.parent, path.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()
        return removed

    def _check_inside(self, file: Path) -> None:
        if file.parent.parent != self.folder:
            raise PresetError(f"{file}: is not in your own folder, {self.folder}; allowed: what you have added")


def folder_name(device: str, *, unique: bool = False) -> str:
    """A device's name as that of a folder on any system; ``unique``: with a digest, for names that look the same."""
    plain = unicodedata.normalize("NFC", device.casefold())
    words = "-".join(re.findall(r"[^\W_]+", plain))
    short = words[:_LONGEST].strip("-")
    digest = hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:8]
    if unique or short != words or not short or _RESERVED.fullmatch(short):
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
