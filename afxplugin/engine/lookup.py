"""From what a user calls a plugin to what the host can load: a VST3 bundle by path or name, an LV2 plugin by URI."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.engine.hints import hint, is_windows_path, missing_binary, missing_preset
from afxplugin.engine.lv2 import lv2_plugins, preset_values
from afxplugin.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SUFFIX = ".vst3"
_PRESET_SUFFIX = ".vstpreset"


@dataclass(frozen=True)
class Insert:
    """A third-party plugin in the path of a render: what to load (path or URI) and its preset.

    preset_sha256: of a preset's file, so that a preset that has changed since is another. offset_frames: how many
    frames later than it reports the plugin is, at the stem's rate.
    """

    plugin: str
    preset: str | None = None
    preset_sha256: str = ""
    offset_frames: int = 0

    @property
    def label(self) -> str:
        """The bundle's name, or the URI."""
        return self.plugin if _is_uri(self.plugin) else Path(self.plugin).stem

    def as_dict(self) -> dict[str, str | int | None]:
        """The insert as plain JSON values that are the same wherever plugins and presets are kept.

        The offset only where there is one: jobs without keep their keys.
        """
        preset = self.preset if self.preset is None or _is_uri(self.plugin) else Path(self.preset).name
        told: dict[str, str | int | None] = {
            "plugin": self.label, "preset": preset, "preset_sha256": self.preset_sha256
        }  # fmt: skip
        return {**told, "offset_frames": self.offset_frames} if self.offset_frames else told


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
        why = None if _is_uri(found) else missing_binary(Path(found))
        if why is not None:
            raise PluginError(why, path=found)
        return found
    if _is_uri(given):
        raise PluginError(f"no LV2 plugin of this machine has this URI{_close(given, list(lv2_plugins()))}", path=given)
    names = [path.stem for path in _bundles()]
    close = _close(Path(given.replace("\\", "/")).stem, names)
    why = hint(given)
    if why is None:
        where = ", ".join(str(folder) for folder in vst3_folders())
        why = f"neither a VST3 bundle nor the name of one in {where}"
    raise PluginError(f"{why}{close}", path=given)


def check_preset(plugin: str, preset: str) -> str:
    """A preset as the graph takes it: the absolute path of a .vstpreset, or URI or label of an LV2 preset.

    Raises:
        PluginError: there is no such file or preset.
    """
    if _is_uri(plugin):
        preset_values(plugin, preset)
        return preset
    path = Path(os.path.expanduser(preset)).absolute()  # noqa: PTH111
    if path.suffix.lower() != _PRESET_SUFFIX or not path.is_file():
        raise PluginError(missing_preset(preset, path), path=preset)
    return str(path)


def read_insert(given: str) -> Insert:
    """``PLUGIN[:PRESET]``, where names of both kinds may hold colons: the longest that is a plugin is taken for it.

    Raises:
        PluginError: no plugin, or no preset of it.
    """
    ends = [len(given), *(at for at in range(len(given) - 1, 0, -1) if given[at] == ":")]
    for end in ends:
        if _find(given[:end]) is not None:
            return _insert(find_plugin(given[:end]), given[end + 1 :])
    paths = (given[:end] for end in ends if os.path.exists(os.path.expanduser(given[:end])))  # noqa: PTH110, PTH111
    whole = _is_uri(given) or is_windows_path(given)
    return Insert(find_plugin(next(paths, given if whole else given.partition(":")[0])))


def read_inserts(
    before: Sequence[str], after: Sequence[str], offsets: Mapping[str, int] | None = None
) -> tuple[tuple[Insert, ...], tuple[Insert, ...]]:
    """The inserts before and after the capture, each ``PLUGIN[:PRESET]``, with their offsets in frames.

    offsets: by plugin, whatever its preset, or by ``PLUGIN:PRESET``, which counts more.

    Raises:
        PluginError: as ``read_insert``; an offset of what is no insert.
    """
    inserts = [[read_insert(each) for each in given] for given in (before, after)]
    # Those with a preset come last and so replace those without.
    for name, frames in sorted(((read_insert(name), frames) for name, frames in (offsets or {}).items()), key=_rank):
        matching = [each for side in inserts for each in side if _is_meant(each, name)]
        if not matching:
            labels = ", ".join(each.label for side in inserts for each in side) or "none"
            raise PluginError(f"an offset is given for {name.label}, which is no insert; inserts: {labels}")
        inserts = [[replace(e, offset_frames=frames) if _is_meant(e, name) else e for e in side] for side in inserts]
    return tuple(inserts[0]), tuple(inserts[1])


def parse_offsets(given: Sequence[str]) -> dict[str, int]:
    """Offsets in frames by name, from texts ``PLUGIN[:PRESET]=FRAMES``. Raises PluginError for other texts."""
    offsets: dict[str, int] = {}
    for text in given:
        name, equals, frames = text.rpartition("=")
        try:
            offsets[name] = int(frames)
        except ValueError:
            equals = ""
        if not equals or not name:
            raise PluginError(f"an offset {text!r}; allowed: PLUGIN[:PRESET]=FRAMES, a whole number")
    return offsets


def _rank(named: tuple[Insert, int]) -> bool:
    return named[0].preset is not None


def _is_meant(insert: Insert, name: Insert) -> bool:
    return insert.plugin == name.plugin and name.preset in (None, insert.preset)


def _insert(plugin: str, given: str) -> Insert:
    if not given:
        return Insert(plugin)
    preset = check_preset(plugin, given)
    return Insert(plugin, preset, "" if _is_uri(plugin) else hashlib.sha256(Path(preset).read_bytes()).hexdigest())


def _find(given: str) -> str | None:
    if _is_uri(given):
        return given if given in lv2_plugins() else None
    path = Path(os.path.expanduser(given))  # noqa: PTH111 (which raises for the home of nobody)
    if path.suffix.lower() == _SUFFIX and os.path.exists(path):  # noqa: PTH110 (which raises for a long name)
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
