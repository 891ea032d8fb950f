"""AFX and AFX Live in the folders where DAWs look for plugins: put there, looked up, taken away."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from afxplugin.errors import PluginError
from afxplugin.files import read_regular, why
from afxplugin.plugin.bundles import bundle_path, bundles_folder

NAMES: Final = ("AFX", "AFXLive")
FORMATS: Final = ("vst3", "clap", "lv2")
# What the binaries of our plugins hold and nobody else's do.
_MARK: Final = b"afxplugin"

State = Literal["current", "other version", "not installed", "not ours"]


@dataclass(frozen=True)
class InstalledBundle:
    """A bundle in a plugin folder: its format, where it stands or would stand, and how it compares with ours."""

    format: str
    path: Path
    state: State


def user_folder(plugin_format: str) -> Path:
    """Where this user's plugins of a format lie (the formats' own conventions), environment variables aside."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Audio" / "Plug-Ins" / {"vst3": "VST3", "clap": "CLAP", "lv2": "LV2"}[plugin_format]
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        roaming = Path(os.environ.get("APPDATA", home / "AppData" / "Roaming"))
        common = local / "Programs" / "Common"
        return {"vst3": common / "VST3", "clap": common / "CLAP", "lv2": roaming / "LV2"}[plugin_format]
    return home / f".{plugin_format}"


def installed_bundles(to: Path | None = None) -> list[InstalledBundle]:
    """Every bundle of ours and how it stands in its folder, or in ``to``.

    Raises:
        PluginError: this installation has no plugins.
    """
    bundle_path("AFX.vst3")
    return [
        InstalledBundle(kind, place, _state(place, bundle))
        for kind, bundle, place in _places(to)
        if bundle.exists()  # a build without one of the formats has no such bundle
    ]


def install(to: Path | None = None) -> list[InstalledBundle]:
    """Copy every bundle to its folder, or all of them into ``to``; each appears whole, in place of an older one.

    Raises:
        PluginError: this installation has no plugins, a folder cannot be written, or something of another maker stands
            there under the same name.
    """
    standing = installed_bundles(to)
    for bundle in standing:
        if bundle.state == "not ours":
            reason = "a plugin that is not one of ours stands there already; move it away, or use --to"
            raise PluginError(reason, path=bundle.path)
    for bundle in standing:
        if bundle.state != "current":
            _replace(bundles_folder() / bundle.path.name, bundle.path)
    return installed_bundles(to)


def uninstall(to: Path | None = None) -> list[Path]:
    """Take our bundles away; returns those that were there.

    Raises:
        PluginError: one cannot be removed, or this installation has no plugins to compare with.
    """
    removed: list[Path] = []
    for bundle in installed_bundles(to):
        if bundle.state in ("current", "other version"):
            _remove(bundle.path)
            removed.append(bundle.path)
    return removed


def _places(to: Path | None) -> list[tuple[str, Path, Path]]:
    """(format, bundle, where it goes) of all."""
    names = [(kind, f"{name}.{kind}") for kind in FORMATS for name in NAMES]
    return [(kind, bundles_folder() / name, (to or user_folder(kind)) / name) for kind, name in names]


def _state(place: Path, ours: Path) -> State:
    if not os.path.lexists(place):
        return "not installed"
    try:
        if _digest(place) == _digest(ours):
            return "current"
        binaries = [path for path in _files(place) if path.suffix in (".so", ".clap", ".dll", ".vst3", ".dylib", "")]
        return "other version" if any(_MARK in read_regular(path) for path in binaries) else "not ours"
    except OSError as error:
        raise PluginError(f"cannot be read: {why(error)}", path=place) from error


def _files(bundle: Path) -> list[Path]:
    return sorted(path for path in bundle.rglob("*") if path.is_file()) if bundle.is_dir() else [bundle]


def _digest(bundle: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(bundle):
        digest.update(path.relative_to(bundle).as_posix().encode())
        digest.update(hashlib.sha256(read_regular(path)).digest())
    return digest.hexdigest()


def _replace(source: Path, target: Path) -> None:
    """A DAW that has the old one open keeps it; one that starts in between finds either."""
    token = secrets.token_hex(4)
    fresh, old = (target.with_name(f".{target.name}.{token}.{kind}") for kind in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, fresh)
        else:
            shutil.copy2(source, fresh)
        if os.path.lexists(target):
            target.rename(old)
        fresh.rename(target)
    except OSError as error:
        if old.exists() and not os.path.lexists(target):
            old.rename(target)
        raise PluginError(f"cannot be written: {why(error)}", path=target) from error
    finally:
        for leftover in (fresh, old):
            with contextlib.suppress(PluginError):
                _remove(leftover)


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise PluginError(f"cannot be removed: {why(error)}", path=path) from error
