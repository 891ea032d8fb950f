"""Why what a user calls a plugin is none that can be played, and what to call it instead."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from afxplugin.engine.lv2 import bundle_plugins, lv2_folders

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_ALLOWED = "allowed: VST3 by name or path, LV2 by URI"
_OTHER_KINDS = {
    ".clap": "a CLAP plugin",
    ".component": "an Audio Unit of macOS",
    ".dll": "a plugin for Windows",
    ".exe": "a program for Windows",
    ".so": "a plugin's binary",
    ".vst": "a VST2 plugin",
}
_MOST_URIS = 8


def hint(given: str) -> str | None:
    """What is wrong with a name or path that is no plugin; None where nothing better than that can be said."""
    if is_windows_path(given):
        return f"a path of Windows, which is none on this machine; {_ALLOWED}"
    path = Path(os.path.expanduser(given))  # noqa: PTH111 (which raises for the home of nobody)
    if path.suffix.lower() == ".lv2" or ".lv2" in (part.lower()[-4:] for part in path.parts[:-1]):
        return _lv2_hint(path)
    if path.suffix.lower() in _OTHER_KINDS:
        return f"{_OTHER_KINDS[path.suffix.lower()]}; {_ALLOWED}"
    if len(path.parts) < 2:
        return None
    exists = os.path.exists(path)  # noqa: PTH110 (which raises for a long name)
    return f"{'no VST3 bundle, whose name ends in .vst3' if exists else 'no such file or folder'}; {_ALLOWED}"


def is_windows_path(given: str) -> bool:
    """Whether a name begins as a drive or a share does."""
    return _WINDOWS_PATH.match(given) is not None


def missing_binary(bundle: Path) -> str | None:
    """Why a VST3 bundle cannot be loaded on this machine, from what lies in it; None where that cannot be told.

    Binaries lie in Contents/<machine>-<system> (Steinberg's VST3 SDK, "Plug-in Format Structure").
    """
    if bundle.is_file():
        with bundle.open("rb") as file:
            return "a binary for Windows; allowed: a bundle with one for Linux" if file.read(2) == b"MZ" else None
    wanted = f"{platform.machine()}-linux"
    try:
        kinds = sorted(path.name for path in (bundle / "Contents").iterdir() if path.is_dir() and _is_kind(path.name))
    except OSError:
        return None
    if not kinds or wanted in kinds:
        return None
    linux = "no Linux binary" if not any(kind.endswith("-linux") for kind in kinds) else f"no binary for {wanted}"
    return f"the bundle contains {linux}; it has: {', '.join(kinds)}"


def missing_preset(given: str, path: Path) -> str:
    """Why ``path``, from what was ``given``, is no .vstpreset that can be loaded."""
    if is_windows_path(given):
        return "a path of Windows, which is none on this machine; allowed: a .vstpreset file"
    if path.suffix.lower() != ".vstpreset":
        return "not a preset for a VST3 plugin; allowed: a file that ends in .vstpreset"
    if path.is_dir():
        return "a folder, not a preset; allowed: a .vstpreset file"
    return (
        "no such preset file, looked for in "
        + str(path.parent)
        + ("" if path.parent.is_dir() else ", no folder either")
    )


def _is_kind(name: str) -> bool:
    return name.lower() == "macos" or name.lower().endswith(("-linux", "-win"))


def _lv2_hint(path: Path) -> str:
    """The URIs of a bundle that was given in the place of one."""
    bundle = next((each for each in (path, *path.parents) if each.suffix.lower() == ".lv2"), path)
    places = [bundle, *(folder / bundle.name for folder in lv2_folders())]
    found = next((each for each in places if (each / "manifest.ttl").is_file()), None)
    what = "an LV2 plugin is called by its URI, not by its bundle"
    if found is None:
        return f"{what}, and there is no such bundle"
    uris = bundle_plugins(found)
    if not uris:
        return f"{what}, and this bundle has no plugin"
    more = f" and {len(uris) - _MOST_URIS} more" if len(uris) > _MOST_URIS else ""
    told = f"{what}; in this one: {', '.join(uris[:_MOST_URIS])}{more}"
    folders = lv2_folders()
    if not any(found.resolve().parent == folder.resolve() for folder in folders):
        told += f"; put it into {folders[0]}, or its folder into LV2_PATH: it is looked for there"
    return told
