"""Finding presets by name over the folders that hold devices."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from afxplugin.captures.document import read_bytes
from afxplugin.errors import CaptureError, PresetError
from afxplugin.presets.device_file import Device, read_device

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from afxplugin.presets.preset import Preset

PACKAGE = Path(__file__).resolve().parents[1]


def search_path() -> tuple[Path, ...]:
    """Return where devices are looked for: the user's folder, the installed factory, a source tree's presets/."""
    paths = [platformdirs.user_data_path("afxplugin", appauthor=False) / "presets", PACKAGE / "factory"]
    if (PACKAGE.parent / "pyproject.toml").is_file():
        paths.append(PACKAGE.parent / "presets")
    return tuple(paths)


class PresetStore:
    """The presets of every ``<folder>/<device>/device.toml`` on a search path; earlier folders hide later ones."""

    def __init__(self, paths: Iterable[Path] | None = None) -> None:
        self.paths = search_path() if paths is None else tuple(paths)

    def devices(self) -> tuple[list[Device], list[PresetError]]:
        """Return the devices, and what is wrong with those that cannot be read; a name counts once, where first met."""
        found: dict[str, Device] = {}
        problems: list[PresetError] = []
        for folder in self.paths:
            for file in sorted(folder.glob("*/device.toml")):
                try:
                    device = read_device(file)
                except PresetError as problem:
                    problems.append(problem)
                else:
                    found.setdefault(device.name.casefold(), device)
        return list(found.values()), problems

    def list(self) -> Sequence[Preset]:
        """Return the presets of all readable devices, in the order of the search path."""
        return [preset for device in self.devices()[0] for preset in device.presets]

    def find(self, name: str) -> Preset:
        """Return the preset called "Device/Preset", or by its name alone, or the first of a device of that name.

        Case does not matter. The capture is checked to be there and to be the one that the preset was made for. Raises
        PresetError for an unknown name (with those that come close), one that fits several, or a capture that differs.
        """
        devices, problems = self.devices()
        presets = [preset for device in devices for preset in device.presets]
        wanted = name.strip().casefold()
        matches = [preset for preset in presets if preset.label.casefold() == wanted]
        matches = matches or [preset for preset in presets if preset.name.casefold() == wanted]
        matches = matches or [device.presets[0] for device in devices if device.name.casefold() == wanted]
        if not matches:
            raise PresetError(_unknown(name, devices, problems))
        if len(matches) > 1:
            raise PresetError(f"preset {name!r}: fits {', '.join(preset.label for preset in matches)}; say which")
        _verify(matches[0])
        return matches[0]


def _verify(preset: Preset) -> None:
    try:
        preset.check_capture(hashlib.sha256(read_bytes(preset.capture_path)).hexdigest())
    except CaptureError as error:
        raise PresetError(f"preset {preset.label}: {error}") from error


def _unknown(name: str, devices: Sequence[Device], problems: Sequence[PresetError]) -> str:
    labels = [preset.label for device in devices for preset in device.presets]
    names = {text.casefold(): text for text in labels}
    names |= {preset.name.casefold(): preset.label for device in devices for preset in device.presets}
    names |= {device.name.casefold(): device.name for device in devices}
    close = [names[match] for match in difflib.get_close_matches(name.casefold(), list(names), n=3, cutoff=0.5)]
    if close:
        hint = f"did you mean {' or '.join(dict.fromkeys(close))}?"
    else:
        hint = f"there are {', '.join(labels[:10])}{', …' if len(labels) > 10 else ''}" if labels else "there are none"
    broken = f" ({len(problems)} device file(s) cannot be read; the first: {problems[0]})" if problems else ""
    return f"preset {name!r}: unknown; {hint}{broken}"
