"""One render of the queue as it stands: plain data for a list to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.state.session import QueueEntry

_OUT_OF_THE_WAY: Final = "to move that file away, "
_OPTION: Final = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")
Status = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class QueueItem:
    """An entry with what has come of it.

    share: 0 to 1 of it is rendered. times_real_time: so far, pauses left out. seconds_left: None where that cannot be
    told. output: the file, once it is known. error: why it failed or was cancelled, in words. notes: what a user should
    read although it is done.
    """

    entry: QueueEntry
    status: Status = "waiting"
    share: float = 0.0
    times_real_time: float | None = None
    seconds_left: float | None = None
    output: Path | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_begun(self) -> bool:
        """Whether it is being rendered, or was paused on the way."""
        return self.status == "running" or (self.status == "paused" and self.share > 0.0)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.status in ("done", "failed", "cancelled")


@dataclass(frozen=True)
class QueueTotals:
    """The queue as a whole: counts by what became of them, share of all that is rendered, seconds left or None."""

    waiting: int
    running: int
    paused: int
    done: int
    failed: int
    cancelled: int
    share: float
    seconds_left: float | None


def in_window_words(error: str) -> str:
    """An error of a render whose remedy is an option of the command line, told for a window.

    Wherever in the message the option stands: a path may come after it.
    """
    words = {
        "--overwrite, --resume, ": _OUT_OF_THE_WAY,
        "--overwrite, ": _OUT_OF_THE_WAY,
        "another --out or --template": "another folder for rendered files",
        " (--nan zero plays such samples as silence)": "",
        "; allowed: truncated='play' (--truncated play), which plays": "; afx render on the command line can play",
        "--method auto": "the variant Auto",
    }
    for option, word in words.items():
        error = error.replace(option, word)
    # One that is not known here is at least no command.
    return _OPTION.sub(r"\1", error)
