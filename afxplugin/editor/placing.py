"""How large a window is when it is opened for the first time."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize

_FIRST: Final = QSize(1280, 800)
# What a desktop puts around a window, as long as it has not told: the edges and the title bar.
_FRAME: Final = QSize(4, 38)


def fitting(available: QSize, smallest: QSize) -> QSize:
    """The first size of a window: as large as it is meant to be, and no larger than a screen leaves room for.

    available: what panels of the desktop leave of the screen; smallest: what the window needs at least; all in pixels.
    """
    return (available - _FRAME).boundedTo(_FIRST).expandedTo(smallest)
