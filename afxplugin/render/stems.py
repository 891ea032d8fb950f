"""Which files a batch takes: files as given, folders searched for audio."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.errors import RenderError
from afxplugin.files import read_regular, shown, why
from afxplugin.render.naming import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AUDIO_SUFFIXES = frozenset({".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".caf", ".flac"})
DEFAULT_FOLDER = "rendered"
MANIFEST_NAME = "manifest.json"
MOST_BYTES = 256 << 20  # of a manifest, or of its journal
COMPARISON_NAME = "comparison.json"


@dataclass(frozen=True)
class StemSearch:
    """Stems in the order in which they are rendered, folders without audio, and folders not searched, with reasons."""

    stems: tuple[Path, ...]
    empty_folders: tuple[Path, ...] = ()
    unsearched: tuple[tuple[Path, str], ...] = ()


def find_stems(paths: Iterable[Path], *, out: Path | None) -> StemSearch:
    """Every file of ``paths``, and the audio in its folders, sub-folders included, sorted by name within each.

    Files given by name are taken whatever their suffix, missing ones too (each fails on its own later). In folders
    are passed over: hidden and temporary names, folders named ``rendered`` and ``out`` itself, folders made by
    ``compare``, and files that a manifest lists as rendered by us. A file found twice is taken once. A folder without
    audio, and any that cannot be searched, is told and costs nothing else.
    Raises RenderError where no path is given.
    """
    stems: dict[Path, Path] = {}
    empty: list[Path] = []
    unsearched: list[tuple[Path, str]] = []
    given = 0
    for path in paths:
        given += 1
        refused: list[OSError] = []
        found = list(_audio_in(path, out, refused.append)) if is_folder(path) else [path]
        unsearched += [(Path(error.filename), f"cannot be searched: {why(error)}") for error in refused]
        if not found and not refused:
            empty.append(path)
        for each in found:
            stems.setdefault(place(each), each)
    if not given:
        raise RenderError("no stem given; name audio files, or folders that hold some")
    return StemSearch(tuple(stems.values()), tuple(empty), tuple(unsearched))


def stem_folders(paths: Iterable[Path]) -> list[Path]:
    """The folders that stems are given in or as, each once."""
    return list(dict.fromkeys(path if is_folder(path) else path.parent for path in paths))


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name; a name that cannot be asked about is none."""
    try:
        return path.is_dir()
    except OSError:  # too long a name
        return False


def place(path: Path) -> Path:
    """Where a path leads, all links followed; a path that cannot be followed stands for itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        return path.absolute()


def _audio_in(folder: Path, out: Path | None, refuse: Callable[[OSError], None]) -> Iterator[Path]:
    passed_over = None if out is None else place(out)
    for root, folders, names in os.walk(folder, onerror=refuse):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not _hidden(name) and name != DEFAULT_FOLDER and place(here / name) != passed_over
        )
        if COMPARISON_NAME in names:
            continue
        ours = _rendered_names(here / MANIFEST_NAME) if MANIFEST_NAME in names else frozenset[str]()
        for name in sorted(names):
            if Path(name).suffix.lower() in AUDIO_SUFFIXES and not _hidden(name) and not _is_ours(name, ours):
                yield here / name


def _hidden(name: str) -> bool:
    return name.startswith((".", "~"))


def _is_ours(name: str, ours: frozenset[str]) -> bool:
    return bool(ours) and (spelled(name) in ours or shown(name) in ours)  # manifests of older versions have the latter


def _rendered_names(manifest: Path) -> frozenset[str]:
    """Names that a manifest lists as outputs; none where it is not one of ours (that is reported when written)."""
    try:
        entries = json.loads(read_regular(manifest, most_bytes=MOST_BYTES))
        return frozenset(str(entry["output"]) for entry in entries.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return frozenset()
