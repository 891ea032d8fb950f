"""How large a window is when it is opened for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_FIRST: Final = QSize(1280, 800)
# What a desktop puts around a window, as long as it has not told: the edges and the title bar.
_FRAME: Final = QSize(4, 38)


def fitting(window: QWidget) -> QSize:
    """The first size of a window: as large as it is meant to be, and no larger than its screen leaves room for."""
    return (window.screen().availableSize() - _FRAME).boundedTo(_FIRST).expandedTo(window.minimumSize())
