"""Changes to TOML text that leave everything else in it as its author wrote it: comments, order, formatting.

tomlkit, which takes 60 ms to import and parses fifty times as slowly as tomli, is imported where it is needed: never
to read or list presets. It sees no text before ``parse_toml`` and the limits here have let it through.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

from afxplugin.errors import PresetError
from afxplugin.presets.toml_file import parse_toml
from afxplugin.presets.toml_text import table_text, value_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from tomlkit import TOMLDocument
    from tomlkit.items import AoT, Array, Table

MAX_LINES = 50_000  # tomlkit takes about a second; 1000 presets with a line for each setting have 15,000
MAX_KEYS = 32  # in one table, as dotted keys take time of order n^2; a capture has at most 16 knobs


def with_tables(text: str, name: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """``text`` with more tables at the end of its array ``name``, written as [[name]] or as name = [{ … }].

    Raises PresetError for text that is not TOML or, with an array of the second form, too much to edit.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    if _takes_header(text, name):  # at the end of the text, wherever the other tables of the array are
        more = "".join(table_text(f"[[{name}]]", table) for table in tables)
        return text.rstrip("\r\n") + newline + more.replace("\n", newline)
    import tomlkit

    with _editing(text) as document:
        array = cast("Array", document[name])
        for table in tables:
            array.insert(len(array), tomlkit.value(value_text(table)))
        return document.as_string()


def without_table(text: str, name: str, number: int) -> str:
    """``text`` without one table of its array ``name``, numbered from 0, and the tables that belong to it.

    Comments that follow the table after an empty line stay. If other tables stand between those of the array, they are
    moved behind them. Raises PresetError for text that is not TOML, has no such table or is too much to edit.
    """
    from tomlkit.items import AoT

    with _editing(text) as document:
        tables = cast("AoT | Array", document[name])
        if not isinstance(tables, AoT):
            del tables[number]
            return document.as_string()
        comments = _comments_after(tables[number])
        following = _table_after(document, tables, number)
        if following is not None:
            following.trivia.indent = comments + following.trivia.indent
        if len(tables) == 1:
            document.remove(name)
        else:
            del tables[number]
        shorter = document.as_string()
    if following is not None:
        return shorter
    newline = "\r\n" if "\r\n" in text else "\n"
    return shorter.rstrip() + newline + (newline + comments if comments else "")


def _takes_header(text: str, name: str) -> bool:
    """Whether [[name]] may follow, which it may not where the array is written as name = [ … ]."""
    try:
        parse_toml(f"{text}\n[[{name}]]\n")
    except PresetError:
        parse_toml(text)
        return False
    return True


@contextlib.contextmanager
def _editing(text: str) -> Generator[TOMLDocument]:
    """The text as a document. Raises PresetError where tomlkit would take too long, or fails."""
    most = max(_sizes(parse_toml(text)))
    if most > MAX_KEYS:
        raise PresetError(f"a table of {most} keys; allowed in a file to edit: {MAX_KEYS}")
    lines = text.count("\n")
    if lines > MAX_LINES:
        raise PresetError(f"{lines} lines; allowed in a file to edit: {MAX_LINES}")
    import tomlkit

    try:
        yield tomlkit.parse(text)
    except Exception as error:  # tomli has read it, so this is tomlkit's fault, and the file stays as it is
        raise PresetError(f"tomlkit cannot edit it: {type(error).__name__}: {error}"[:300]) from error


def _sizes(value: object) -> Iterable[int]:
    """The number of keys of every table in a value."""
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        yield len(table)
        for each in table.values():
            yield from _sizes(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _sizes(each)


def _comments_after(table: Table) -> str:
    """The comments after the last value of a table, from the first empty line on."""
    from tomlkit.items import Table

    while (items := table.value.body) and isinstance(items[-1][1], Table):
        table = items[-1][1]
    last = max((k for k, (key, _) in enumerate(items) if key is not None), default=-1)
    lines = "".join(item.as_string() for _, item in items[last + 1 :]).split("\n")
    empty = next((k for k, line in enumerate(lines) if not line.strip()), len(lines))
    return "\n".join(lines[empty:]).lstrip()


def _table_after(document: TOMLDocument, tables: AoT, number: int) -> Table | None:
    """The table whose header follows the table of this number; None where that is the last of the text."""
    from tomlkit.items import AoT, Table

    if number + 1 < len(tables):
        return tables[number + 1]
    items = [item for _, item in document.body]
    here = next(k for k, item in enumerate(items) if item is tables)
    found = next((item for item in items[here + 1 :] if isinstance(item, Table | AoT)), None)
    return found[0] if isinstance(found, AoT) else found
