"""The journal of a change of presets: its steps, and the checks that they stay in the folder, whoever wrote it.

A journal may come from an unpacked archive, which can hold symbolic links. Therefore every file that it moves must be a
plain one, no target may lie below another, and no folder on the way to a target may be a link.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import BaseModel, Field, ValidationError

from afxplugin.errors import PresetError
from afxplugin.presets.places import leads_into
from afxplugin.presets.toml_file import read_text

STAGING_NAME = ".staging"
_MAX_JOURNAL_BYTES = 4 << 20
_MAX_STEPS = 5000  # a pack has at most 1000 members
_Quoted = Annotated[str, Field(max_length=16_384)]  # %-quoted: a name may hold bytes that are no Unicode


class Step(BaseModel, extra="forbid", frozen=True):
    """A file to put in place (``new``) or to remove.

    old: a file is there now, which is kept meanwhile. link: a symbolic link is there now, which leads to this.
    """

    target: _Quoted  # relative
    new: bool
    old: bool
    link: _Quoted | None = None

    def path(self, folder: Path) -> Path:
        """The file, in the folder of the journal."""
        return folder / os.fsdecode(unquote_to_bytes(self.target))

    def link_text(self) -> str:
        """Where the link leads that is there now."""
        return os.fsdecode(unquote_to_bytes(self.link or ""))


class Journal(BaseModel, extra="forbid"):
    """The steps, in order; purpose: what they are for, in the writer's words."""

    steps: Annotated[list[Step], Field(max_length=_MAX_STEPS)]
    purpose: Annotated[str, Field(max_length=100)] = ""


def quoted(text: str) -> str:
    """A path as a journal holds it."""
    return quote_from_bytes(os.fsencode(text))


def read_journal(folder: Path, journal: Path) -> Journal:
    """Read the journal of a folder. Raises PresetError where it is none, or where any of its steps is not safe."""
    if not _is_plain(journal):
        raise PresetError("not a journal of a change; remove its folder", path=journal)
    text = read_text(journal, most_bytes=_MAX_JOURNAL_BYTES, what="a journal")
    try:
        found = Journal.model_validate_json(text)
    except ValidationError as error:
        raise PresetError("not a journal of a change; remove its folder", path=journal) from error
    paths = [PurePosixPath(os.fsdecode(unquote_to_bytes(step.target)).casefold()) for step in found.steps]
    above = {parent for path in paths for parent in path.parents}
    for number, (step, path) in enumerate(zip(found.steps, paths, strict=True)):
        if not _is_inside(folder, step) or path in above:
            raise PresetError("a journal whose files are not in this folder; remove its folder", path=journal)
        staged = [folder / STAGING_NAME / f"{number}.{kind}" for kind in ("new", "old")]
        if not all(_is_plain(file) for file in staged if os.path.lexists(file)):
            raise PresetError("a journal of files that are not plain ones; remove its folder", path=journal)
    return found


def has_safe_parent(folder: Path, target: Path) -> bool:
    """Whether no folder between ``folder`` and ``target`` is a link or no folder; one may be missing."""
    parent = folder
    for part in target.parent.relative_to(folder).parts:
        parent /= part
        try:
            mode = parent.lstat().st_mode
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        if not stat.S_ISDIR(mode):
            return False
    return leads_into(parent, folder)  # a junction counts as a folder


def _is_inside(folder: Path, step: Step) -> bool:
    parts = os.fsdecode(unquote_to_bytes(step.target)).split("/")
    plain = all(part not in ("", ".", "..") and "\0" not in part for part in parts)
    if not plain or len(parts) < 2 or parts[0].casefold() == STAGING_NAME:
        return False
    if os.name == "nt" and any(mark in part for part in parts for mark in "\\:"):
        return False
    return has_safe_parent(folder, step.path(folder))


def _is_plain(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.lstat().st_mode)
    except OSError:
        return False
