"""A session's file: TOML, with paths relative to it, so that a folder with its session can be moved and passed on.

schema = 1
session_hz = 96000                    # left out: the rate of the stem that is looked at
variant = "auto"
loudness_matched = true

[play]                                # what stems are played through
preset = "Green Overdrive/Crunch"     # or capture = "captures/amp.json"
knobs = { Drive = 5.5 }               # over those of the preset, as are all that follow
input_gain_db = 0.0
output_gain_db = -3.0
mix = 1.0

[region]                              # what is compared; left out: the loudest stretch
start_s = 12.0
seconds = 8.0

[[stem]]
path = "stems/guitar.wav"

[[queue]]                             # what is to be rendered
stem = "stems/guitar.wav"
preset = "Green Overdrive/Crunch"
variant = "auto"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from afxplugin.audio import replace_file
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Region, Session, Stem
from afxplugin.editor.state.session_schema import SCHEMA, PlayTable, QueueTable, SessionFile1
from afxplugin.editor.state.stored_paths import is_foreign, resolved, stored
from afxplugin.errors import PresetError, SessionError
from afxplugin.files import why
from afxplugin.presets.toml_file import explained, line_of, parse_toml, read_text
from afxplugin.presets.toml_text import table_text, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIX: Final = ".afxsession"
_MOST_BYTES: Final = 8 << 20  # 10,000 stems and as many entries of the queue, with 400 bytes for each
_MOST_MARKS: Final = 400_000  # of keys, tables and values: some 15,000 stems, each with an entry of the queue
_MOST_LINES: Final = 400_000


def read_session(path: Path) -> Session:
    """The session in a file, its paths made absolute. Raises SessionError naming the line, the key and the file.

    Only a regular file is opened: a pipe or device is refused at once.
    """
    return parse_session(_read_text(path), folder=path.absolute().parent, where=path)


def write_session(path: Path, session: Session) -> None:
    """Write a session whole or not at all, in the place of what may stand there. Raises SessionError."""
    data = session_text(session, folder=path.absolute().parent).encode()
    try:
        replace_file(path, data)
    except (OSError, ValueError) as error:
        raise SessionError(f"cannot be written: {why(error)}", path=path) from error


def parse_session(text: str, *, folder: Path, where: Path | None = None) -> Session:
    """The session of a text whose paths are relative to ``folder``; ``where``: the file that a SessionError names."""
    try:
        document = parse_toml(text, most_marks=_MOST_MARKS, most_lines=_MOST_LINES)
    except PresetError as error:
        raise SessionError(error.reason, path=where) from error
    schema = document.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        line = f"line {number}: " if (number := line_of(text, ["schema"])) else ""
        given = "nothing" if schema is None else str(schema)[:60]
        raise SessionError(f"{line}schema: given {given}; schema {SCHEMA} is read by this version", path=where)
    try:
        file = SessionFile1.model_validate(document)
    except ValidationError as error:
        raise SessionError(explained(error, text), path=where) from error
    stems = [Stem(_absolute(each.path, folder)) for each in file.stem]
    seen: set[Stem] = set()
    for k, stem in enumerate(stems):
        if stem in seen:
            line, given = line_of(text, ["stem", k, "path"]), file.stem[k].path
            raise SessionError(f"line {line}: stem.{k}.path: {given!r} given twice; allowed: once", path=where)
        seen.add(stem)
    return Session(
        stems=tuple(stems),
        session_hz=file.session_hz,
        choice=_choice(file.play, folder),
        settings=_settings(file.play),
        region=None if file.region is None else Region(file.region.start_s, file.region.seconds),
        variant=file.variant,
        loudness_matched=file.loudness_matched,
        queue=tuple(_entry(each, folder) for each in file.queue),
    )


def session_text(session: Session, *, folder: Path | None) -> str:
    """A session as TOML; paths relative to ``folder``, absolute where that is None or on another drive.

    Paths of Windows, read elsewhere, are written as they were. Raises SessionError for a path that is not Unicode,
    which TOML cannot hold.
    """
    head: dict[str, Any] = {"schema": SCHEMA}
    if session.session_hz is not None:
        head["session_hz"] = session.session_hz
    head |= {"variant": session.variant, "loudness_matched": session.loudness_matched}
    parts = ["".join(f"{key} = {value_text(value)}\n" for key, value in head.items())]
    play = _play_table(session.choice, session.settings, folder)
    if play:
        parts.append(table_text("[play]", play))
    if session.region is not None:
        region = {"start_s": float(session.region.start_s), "seconds": float(session.region.seconds)}
        parts.append(table_text("[region]", region))
    parts += [table_text("[[stem]]", {"path": _stored(stem.path, folder)}) for stem in session.stems]
    for entry in session.queue:
        table = {"stem": _stored(entry.stem, folder), **_play_table(entry.choice, entry.settings, folder)}
        parts.append(table_text("[[queue]]", {**table, "variant": entry.variant}))
    return "".join(parts)


def _read_text(path: Path) -> str:
    try:
        return read_text(path, most_bytes=_MOST_BYTES, what="a session")
    except PresetError as error:
        raise SessionError(error.reason, path=path) from error


def _play_table(choice: Choice | None, settings: KnobSettings, folder: Path | None) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if choice is not None:
        table = {"preset": choice.preset} if choice.capture is None else {"capture": _stored(choice.capture, folder)}
    if settings.positions:
        table["knobs"] = {name: float(position) for name, position in settings.positions.items()}
    for name in ("input_gain_db", "output_gain_db"):
        if gain_db := getattr(settings, name):
            table[name] = float(gain_db)
    if settings.mix is not None:
        table["mix"] = float(settings.mix)
    return table


def _choice(table: PlayTable, folder: Path) -> Choice | None:
    if table.capture is not None:
        return Choice(capture=_absolute(table.capture, folder))
    return None if table.preset is None else Choice(preset=table.preset)


def _settings(table: PlayTable) -> KnobSettings:
    knobs: Mapping[str, float] = {name: float(position) for name, position in table.knobs.items()}
    return KnobSettings(knobs, table.input_gain_db, table.output_gain_db, table.mix)


def _entry(table: QueueTable, folder: Path) -> QueueEntry:
    choice = _choice(table, folder)
    assert choice is not None  # the schema sees to it
    return QueueEntry(_absolute(table.stem, folder), choice, _settings(table), table.variant)


def _stored(path: Path, folder: Path | None) -> str:
    text = stored(path, folder)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SessionError("its name is not Unicode; allowed in a session: names that are", path=path) from None
    return text


def _absolute(text: str, folder: Path) -> Path:
    path = resolved(text, folder)
    if "\\" in text and not is_foreign(path) and not path.exists():
        # Written on Windows by hand; a name may hold backslashes elsewhere, so the file decides.
        other = resolved(text.replace("\\", "/"), folder)
        return other if other.exists() else path
    return path
