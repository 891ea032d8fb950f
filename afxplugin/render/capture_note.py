"""Notes of a render that are about the capture and not the stem: they end in its name."""

from __future__ import annotations

import re

from afxplugin.files import shown

_END = re.compile(r"\(capture .+\)$", re.DOTALL)


def capture_note(note: str, name: str) -> str:
    """A note on the capture of that name."""
    return f"{note} (capture {shown(name)})"


def is_capture_note(note: str) -> bool:
    """Whether a note is one of those, and so the same for every stem that it is told of."""
    return _END.search(note) is not None
