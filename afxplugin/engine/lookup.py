"""From what a user calls a plugin to what the host can load: a VST3 bundle by path or name, an LV2 plugin by URI."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.engine.lv2 import lv2_plugins, preset_values
from afxplugin.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX = ".vst3"
_PRESET_SUFFIX = ".vstpreset"


@dataclass(frozen=True)
class Insert:
    """A third-party plugin in the path of a render: what to load (path or URI) and its preset.

    preset_sha256: of a preset's file, so that a preset that has changed since is another.
    """

    plugin: str
    preset: str | None = None
    preset_sha256: str = ""

    @property
    def label(self) -> str:
        """The bundle's name, or the URI."""
        return self.plugin if _is_uri(self.plugin) else Path(self.plugin).stem

    def as_dict(self) -> dict[str, str | None]:
        """The insert as plain JSON values that are the same wherever plugins and presets are kept."""
        preset = self.preset if self.preset is None or _is_uri(self.plugin) else Path(self.preset).name
        return {"plugin": self.label, "preset": preset, "preset_sha256": self.preset_sha256}


def vst3_folders() -> list[Path]:
    """Where VST3 bundles are looked for by name."""
    return [Path.home() / ".vst3", Path("/usr/local/lib/vst3"), Path("/usr/lib/vst3")]


def find_plugin(given: str) -> str:
    """Path of a VST3 bundle, or URI of an LV2 plugin, for a path, a bundle's name or a URI.

    Raises:
        PluginError: nothing of this name is here; the message names what comes close.
    """
    found = _find(given)
    if found is not None:
        return found
    if _is_uri(given):
        raise PluginError(f"{given}: no LV2 plugin of this machine has this URI{_close(given, list(lv2_plugins()))}")
    names = [path.stem for path in _bundles()]
    where = ", ".join(str(folder) for folder in vst3_folders())
    raise PluginError(f"{given}: neither a VST3 bundle nor the name of one in {where}{_close(given, names)}")


def check_preset(plugin: str, preset: str) -> str:
    """A preset as the graph takes it: the absolute path of a .vstpreset, or URI or label of an LV2 preset.

    Raises:
        PluginError: there is no such file or preset.
    """
    if _is_uri(plugin):
        preset_values(plugin, preset)
        return preset
    path = Path(preset).expanduser().absolute()
    if path.suffix.lower() != _PRESET_SUFFIX or not path.is_file():
        raise PluginError(f"{preset}: is not a preset for {Path(plugin).stem}; allowed: a file that ends in .vstpreset")
    return str(path)


def read_insert(given: str) -> Insert:
    """``PLUGIN[:PRESET]``, where names of both kinds may hold colons: the longest that is a plugin is taken for it.

    Raises:
        PluginError: no plugin, or no preset of it.
    """
    ends = [len(given), *(at for at in range(len(given) - 1, 0, -1) if given[at] == ":")]
    for end in ends:
        plugin = _find(given[:end])
        if plugin is not None:
            return _insert(plugin, given[end + 1 :])
    head = given if _is_uri(given) else given.partition(":")[0]
    return Insert(find_plugin(head))


def _insert(plugin: str, given: str) -> Insert:
    if not given:
        return Insert(plugin)
    preset = check_preset(plugin, given)
    return Insert(plugin, preset, "" if _is_uri(plugin) else hashlib.sha256(Path(preset).read_bytes()).hexdigest())


def _find(given: str) -> str | None:
    if _is_uri(given):
        return given if given in lv2_plugins() else None
    path = Path(given).expanduser()
    if path.suffix.lower() == _SUFFIX and path.exists():
        return str(path.absolute())
    wanted = given.removesuffix(_SUFFIX).casefold()
    return next((str(each) for each in _bundles() if each.stem.casefold() == wanted), None)


def _bundles() -> Iterator[Path]:
    for folder in vst3_folders():
        yield from sorted(folder.glob(f"*{_SUFFIX}"))
        yield from sorted(folder.glob(f"*/*{_SUFFIX}"))


def _is_uri(text: str) -> bool:
    return "://" in text or text.startswith("urn:")


def _close(given: str, known: list[str]) -> str:
    close = difflib.get_close_matches(given, known, n=3, cutoff=0.5)
    return f"; close to it: {', '.join(close)}" if close else ""
