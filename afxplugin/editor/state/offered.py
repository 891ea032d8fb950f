"""What files that were dropped, chosen or given on the command line are: each is opened as what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from afxplugin.editor.state.session_file import SUFFIX
from afxplugin.errors import AfxError
from afxplugin.files import special_kind, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PACK_SUFFIX: Final = ".afxpack"
_ALLOWED: Final = "audio files and folders of them, one session (.afxsession), one capture (.json, .nam, .afx)"
Kind = Literal["stem", "session", "capture"]


@dataclass(frozen=True)
class Offered:
    """Files by what they are. notes: in words, what cannot be opened here and why."""

    stems: tuple[Path, ...] = ()
    session: Path | None = None
    capture: Path | None = None
    notes: tuple[str, ...] = ()


class _NotOpenedError(AfxError, ValueError):
    """A file that the editor does not open."""


def sort_offered(paths: Iterable[Path]) -> Offered:
    """Tell stems, a session and a capture apart; folders are searched for stems. Looks into files: for a worker.

    Of several sessions or captures the first counts; beside a session nothing else is opened. Raises RenderError where
    a folder may not be searched.
    """
    found: dict[Kind, list[Path]] = {"stem": [], "session": [], "capture": []}
    notes: list[str] = []
    for path in (each.absolute() for each in paths):
        try:
            found[_kind(path)].append(path)
        except AfxError as error:
            notes.append(str(error.about(path)))
    session = next(iter(found["session"]), None)
    capture = next(iter(found["capture"]), None)
    if session is not None:
        others = [each for each in (*found["session"], *found["capture"], *found["stem"]) if each != session]
        notes += _left_out(others, "not opened, as a session is opened alone")
        return Offered(session=session, notes=tuple(notes))
    notes += _left_out(found["capture"][1:], "not opened, as one capture is played at a time")
    stems, problems = _stems(found["stem"])
    return Offered(stems, None, capture, (*notes, *problems))


def _kind(path: Path) -> Kind:
    """What is to be done with a path. Raises an AfxError that says what it is where nothing can be."""
    from afxplugin.audio import AUDIO_SUFFIXES, read_info
    from afxplugin.presets.device_file import DEVICE_NAME, PRESET_NAME
    from afxplugin.presets.store import CAPTURE_SUFFIXES
    from afxplugin.render.stems import COMPARISON_NAME, MANIFEST_NAME

    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _NotOpenedError(f"cannot be opened: {why(error)}") from error
    if path.is_dir():
        return "stem"
    if kind := special_kind(mode):
        raise _NotOpenedError(f"is {kind}, not a file; allowed: {_ALLOWED}")
    suffix = path.suffix.casefold()
    if suffix == SUFFIX:
        return "session"
    if suffix == PACK_SUFFIX:
        raise _NotOpenedError("a pack of presets; allowed: to install it with afx preset import")
    if path.name in (DEVICE_NAME, PRESET_NAME):
        raise _NotOpenedError("a preset's description; allowed: to install it with afx preset add")
    if path.name in (MANIFEST_NAME, COMPARISON_NAME):
        raise _NotOpenedError(f"a list of rendered files, not a capture; allowed: {_ALLOWED}")
    if suffix in CAPTURE_SUFFIXES:
        return "capture"
    if suffix not in AUDIO_SUFFIXES:
        try:
            read_info(path)
        except AfxError as error:
            raise _NotOpenedError(f"not audio ({error.reason}); allowed: {_ALLOWED}") from error
    return "stem"


def _stems(paths: Sequence[Path]) -> tuple[tuple[Path, ...], list[str]]:
    """The stems in files and folders, as ``afx render`` finds them, and what is to be said of folders without any."""
    if not paths:
        return (), []
    from afxplugin.presets.device_file import DEVICE_NAME, PRESET_NAME
    from afxplugin.render.stems import find_stems

    search = find_stems(paths, out=None)
    notes: list[str] = []
    for folder in search.empty_folders:
        if any((folder / name).is_file() for name in (DEVICE_NAME, PRESET_NAME)):
            reason = "a folder of presets; allowed: to keep it in a folder named presets beside the stems"
        else:
            reason = "no audio files in this folder; allowed: WAV, AIFF, FLAC and such"
        notes.append(str(_NotOpenedError(reason, path=folder)))
    return search.stems, notes


def _left_out(paths: Sequence[Path], reason: str) -> list[str]:
    if len(paths) > 1:
        reason = f"{reason} ({len(paths)} files)"
    return [str(_NotOpenedError(reason, path=paths[0]))] if paths else []
