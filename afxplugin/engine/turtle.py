"""Reads the part of Turtle that LV2 bundles are written in, as triples of text."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator

Triple = tuple[str, str, str]
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*                                  # space and comments
    |(?P<uri><[^<>\s]*>)
    |(?P<long>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\")(?:@[\w-]+|\^\^[\w:]+)?
    |(?P<text>\"(?:[^\"\\\n]|\\.)*\")(?:@[\w-]+|\^\^[\w:]+|\^\^<[^>]*>)?
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[\s;,\])]|\.\s|\.$|$))
    |(?P<mark>[;,.\[\]()])
    |(?P<word>@?[^\s;,\[\]()<>\"]*[^\s;,.\[\]()<>\"])""",
    re.VERBOSE | re.DOTALL,
)


def read_turtle(text: str, base: str) -> list[Triple]:
    """(subject, predicate, object) of a document; relative names are completed from ``base``.

    Blank nodes are called ``_:1`` and so on. What is not understood ends the reading there: a bundle of somebody else
    must not stop the search for another.
    """
    reader = _Reader(list(_tokens(text)), base)
    with contextlib.suppress(IndexError, ValueError, RecursionError):
        reader.document()
    return reader.triples


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at:
            return
        at = found.end()
        if found.lastgroup is not None:
            yield found.lastgroup, found[found.lastgroup]


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], base: str) -> None:
        self.triples: list[Triple] = []
        self._tokens = tokens
        self._at = 0
        self._base = base
        self._prefixes: dict[str, str] = {}
        self._blanks = 0

    def document(self) -> None:
        while self._at < len(self._tokens):
            _, word = self._tokens[self._at]
            if word.lower() in ("@prefix", "prefix"):
                self._prefix()
                continue
            subject = self._term()
            if not self._is("."):
                self._predicates(subject, end=".")
            self._expect(".")

    def _prefix(self) -> None:
        name, uri = self._tokens[self._at + 1][1], self._tokens[self._at + 2][1]
        self._prefixes[name.rstrip(":")] = urljoin(self._base, uri[1:-1])
        self._at += 3
        if self._at < len(self._tokens) and self._is("."):
            self._at += 1

    def _predicates(self, subject: str, *, end: str) -> None:
        while not self._is(end):
            if self._is(";"):
                self._at += 1
                continue
            predicate = self._term()
            while True:
                self.triples.append((subject, predicate, self._term()))
                if not self._is(","):
                    break
                self._at += 1

    def _term(self) -> str:
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "uri":
            return urljoin(self._base, token[1:-1]) if ":" not in token else token[1:-1]
        if kind in ("text", "long"):
            quotes = 3 if kind == "long" else 1
            return token[quotes:-quotes].replace('\\"', '"')
        if token == "[":
            self._blanks += 1
            blank = f"_:{self._blanks}"
            self._predicates(blank, end="]")
            self._expect("]")
            return blank
        if token == "(":
            while not self._is(")"):
                self._term()
            self._expect(")")
            return "()"
        if kind == "mark":
            raise ValueError(token)
        return self._word(token)

    def _word(self, token: str) -> str:
        if token == "a":
            return TYPE
        prefix, colon, name = token.partition(":")
        return self._prefixes[prefix] + name if colon and prefix in self._prefixes else token

    def _is(self, mark: str) -> bool:
        return self._tokens[self._at] == ("mark", mark)

    def _expect(self, mark: str) -> None:
        if not self._is(mark):
            raise ValueError(self._tokens[self._at][1])
        self._at += 1
