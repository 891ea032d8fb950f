"""Automation of a render: knobs that move at given times, read from CSV or JSON.

    time_s,knob,value                     [{"time_s": 0.0, "knob": "Drive", "value": 2},
    0.0,Drive,2                            {"time_s": 1.5, "knob": "Drive", "value": 7.5}]
    1.5,Drive,7.5

A knob stands at its preset's position, or that of ``--set``, until its first event, and moves to each value within the
chain's 20 ms: events at least that often make a line between the values. Times count from the stem's first frame.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from afxplugin.captures.knobs import check_position
from afxplugin.errors import KnobError, RenderError
from afxplugin.files import read_regular, shown, why

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from afxplugin.captures import AnyCapture

KEYS = ("time_s", "knob", "value")
MAX_BYTES = 64 << 20
MAX_EVENTS = 1_000_000
MAX_EVENT_CHARACTERS = 1000
MAX_TIME_S = 7 * 24 * 3600.0
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class KnobEvent:
    """A knob moves to ``value``, in its units, ``time_s`` after the first frame; ``line`` of the file says so."""

    time_s: float
    knob: str
    value: float
    line: int


@dataclass(frozen=True)
class Automation:
    """The events of a file in the order of time, the file's name, and how its user called it."""

    name: str
    events: tuple[KnobEvent, ...]
    path: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For the manifest and the job's key: file name, sha256 of what the events say, how many, which knobs."""
        said = json.dumps([[each.time_s, each.knob.casefold(), each.value] for each in self.events])
        return {
            "file": shown(self.name),
            "sha256": hashlib.sha256(said.encode()).hexdigest(),
            "events": len(self.events),
            "knobs": list(dict.fromkeys(each.knob for each in self.events)),
        }

    def check(self, capture: AnyCapture) -> None:
        """Raise KnobError, with line and file, for a knob it does not have or a value outside its range."""
        controls = {control.name.casefold(): control for control in capture.controls}
        for event in self.events:
            control = controls.get(event.knob.casefold())
            if control is None:
                names = ", ".join(each.name for each in capture.controls) or "none: it has no knobs"
                what = f"knob {event.knob[:60]!r}: there is none; it has {names}"
                raise KnobError(f"line {event.line}: {what}", path=self.path or self.name)
            try:
                check_position(control, event.value)
            except KnobError as error:
                raise KnobError(f"line {event.line}: {error.reason}", path=self.path or self.name) from error

    def at_start(self) -> dict[str, float]:
        """Positions of knobs that events at 0 s set: the stem begins with them, settled."""
        return {event.knob.casefold(): event.value for event in self.events if event.time_s == 0.0}

    def frames(self, rate_hz: int) -> list[tuple[int, str, float]]:
        """(frame, knob, value) of the events after 0 s, in order."""
        return [(round(e.time_s * rate_hz), e.knob, e.value) for e in self.events if e.time_s > 0.0]


def read_automation(path: str | os.PathLike[str]) -> Automation:
    """Read automation from CSV (with the header time_s,knob,value) or JSON (a list of objects of these keys).

    Raises RenderError naming line and file where it cannot be read as such.
    """
    file = Path(path)
    try:
        text = read_regular(file, most_bytes=MAX_BYTES, what="automation").decode("utf-8-sig")
        events = _events(text)
    except OSError as error:
        raise RenderError(f"automation cannot be read: {why(error)}", path=file) from error
    except UnicodeDecodeError as error:
        raise RenderError(f"automation cannot be read: {error}; needed: UTF-8", path=file) from error
    except RenderError as error:
        raise error.about(file) from error
    # A stable sort: of two events at one time the later in the file counts.
    return Automation(file.name, tuple(sorted(events, key=lambda event: event.time_s)), str(file))


def _events(text: str) -> list[KnobEvent]:
    """In the order of the file. Raises RenderError naming the line."""
    rows = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    events: list[KnobEvent] = []
    for line, row in rows:
        events.append(_event(row, line))
        if len(events) > MAX_EVENTS:
            raise RenderError(f"line {line}: more than {MAX_EVENTS} events; allowed: fewer")
    return events


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(_short_lines(text), skipinitialspace=True, strict=True)
    header: list[str] | None = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if header is None:
                header = [cell.casefold() for cell in cells]
                if sorted(header) != sorted(KEYS):
                    raise RenderError(
                        f"line {reader.line_num}: header {','.join(cells)[:60]!r}; needed: {','.join(KEYS)}"
                    )
            elif len(cells) != len(header):
                raise RenderError(f"line {reader.line_num}: {len(cells)} columns; needed: {len(header)}")
            else:
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise RenderError(f"line {reader.line_num}: not readable as CSV: {error}") from error
    if header is None:
        raise RenderError(f"line 1: nothing there; needed: the header {','.join(KEYS)}, or a list in JSON")


def _short_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if len(line) > MAX_EVENT_CHARACTERS:  # millions of columns would fill the memory
            raise RenderError(f"line {number}: longer than {MAX_EVENT_CHARACTERS} characters; allowed: less")
        yield line


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Element by element, so that each is known by its line."""
    decoder = json.JSONDecoder()
    line, counted = 1, 0

    def skip(at: int) -> int:
        found = _BLANK.match(text, at)
        return found.end() if found else at

    def fail(at: int, what: str) -> RenderError:
        return RenderError(f"line {text.count(chr(10), 0, at) + 1}: {what}")

    at = skip(0)
    if text[at] != "[":
        raise fail(at, "an object; needed: a list of objects with time_s, knob and value")
    at = skip(at + 1)
    if text[at : at + 1] == "]":
        at = skip(at + 1)
        if at != len(text):
            raise fail(at, "something after the list; needed: its end")
        return
    while True:
        try:
            value, length = decoder.raw_decode(text[at : at + MAX_EVENT_CHARACTERS])
        except (ValueError, RecursionError) as error:
            told, pos = getattr(error, "msg", error), getattr(error, "pos", 0)
            if at + MAX_EVENT_CHARACTERS < len(text):
                told = f"{told}, or an element of more than {MAX_EVENT_CHARACTERS} characters"
            raise fail(at + pos, f"not readable as JSON: {told}") from error
        line, counted = line + text.count("\n", counted, at), at
        if not isinstance(value, dict):
            raise fail(at, f"{json.dumps(value)[:60]}; needed: an object with time_s, knob and value")
        yield line, cast("dict[str, Any]", value)
        at = skip(at + length)
        if text[at : at + 1] == "]" and skip(at + 1) == len(text):
            return
        if text[at : at + 1] != ",":
            raise fail(at, "needed: a comma, or the end of the list and of the file")
        at = skip(at + 1)


def _event(row: dict[str, Any], line: int) -> KnobEvent:
    if sorted(row) != sorted(KEYS):
        raise RenderError(f"line {line}: keys {', '.join(sorted(row))[:60]!r}; needed: {', '.join(KEYS)}")
    time_s, value = _number(row, "time_s", line), _number(row, "value", line)
    if not 0.0 <= time_s <= MAX_TIME_S:
        raise RenderError(f"line {line}: time_s: given {time_s:g}; allowed: 0 to {MAX_TIME_S:g}")
    knob = row["knob"]
    if not isinstance(knob, str) or not knob:
        raise RenderError(f"line {line}: knob: given {str(knob)[:60]!r}; needed: a name")
    return KnobEvent(time_s, knob, value, line)


def _number(row: dict[str, Any], key: str, line: int) -> float:
    given = row[key]
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise RenderError(f"line {line}: {key}: given {str(given)[:60]!r}; needed: a finite number")
    return number
