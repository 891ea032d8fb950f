"""What a TOML text may cost, checked before it is parsed: a parser builds tables first and is asked about them later.

A key of n parts takes time and memory of order n^2, as does a number of n digits; nested brackets take stack, and each
table about 1 kB however short its text is.
"""

from __future__ import annotations

import re

import numpy as np

MAX_KEY_PARTS = 16
MAX_NESTING = 16
MAX_DIGITS = 100
MAX_LINES = 100_000  # 1000 presets with a line for each setting have 15,000
_CHUNK = 1 << 20
# Strings and comments, as the parser ends them: up to two quotes may precede the three that close a long string. One
# that nothing closes hides what follows it, which the parser does not reach either. Possessive, thus linear in time.
_QUOTED = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{0,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{0,5}"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_LONG_NUMBER = re.compile(rf"[0-9A-Fa-f_]{{{MAX_DIGITS + 1}}}")
_BLANK_OR_BARE = str.maketrans(dict.fromkeys("-_ \tABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
_MARKS = "=.,[{"


def costly(text: str, *, most_marks: int, most_lines: int = MAX_LINES) -> str:
    """Why a TOML text is not to be parsed, in words; empty where it may be.

    most_marks: the most keys, tables and values, counted by the marks between them, ``= . , [ {``, outside of strings.
    most_lines: the most lines, of whatever is in them.
    """
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > most_lines:
        return f"{lines} lines; allowed: {most_lines}"
    bare = _QUOTED.sub("", text)
    marks = sum(bare.count(mark) for mark in _MARKS)
    if marks > most_marks:
        return f"{marks} keys and values; allowed: {most_marks}"
    if "." * MAX_KEY_PARTS in bare.translate(_BLANK_OR_BARE):
        return f"a key of more than {MAX_KEY_PARTS} parts; allowed: {MAX_KEY_PARTS}"
    if _LONG_NUMBER.search(bare):
        return f"a number of more than {MAX_DIGITS} digits; allowed: {MAX_DIGITS}"
    if _nesting(bare) > MAX_NESTING:
        return f"nested deeper than {MAX_NESTING} levels; allowed: {MAX_NESTING}"
    return ""


def _nesting(bare: str) -> int:
    """The most brackets that are open at once."""
    octets = np.frombuffer(bare.encode("utf-8", "replace"), np.uint8)
    depth, deepest = 0, 0
    for start in range(0, len(octets), _CHUNK):
        chunk = octets[start : start + _CHUNK] & 0xDF  # [ and {, ] and } differ in this bit alone
        levels = depth + np.cumsum((chunk == ord("[")).astype(np.int32) - (chunk == ord("]")))
        deepest, depth = max(deepest, int(levels.max())), int(levels[-1])
    return deepest
