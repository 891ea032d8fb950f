"""Icons as strokes on a 24 x 24 grid, drawn in the colour that the theme asks for and sharp at every scale."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from afxplugin.editor.look.theme import current

_STROKE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
)
_FULL: Final = 'fill="{colour}" stroke-linejoin="round"'
_STAR: Final = 'd="M12 3.6l2.6 5.3 5.8.85-4.2 4.1 1 5.8-5.2-2.75-5.2 2.75 1-5.8-4.2-4.1 5.8-.85z"'
# Names say what is seen; a path that is filled carries the colour itself.
_PATHS: Final = {
    "play": f'<path {_FULL} d="M7 4.8v14.4L19 12z"/>',
    "stop": f'<rect {_FULL} x="6" y="6" width="12" height="12" rx="1"/>',
    "pause": f'<path {_FULL} d="M7 5h3v14H7zM14 5h3v14h-3z"/>',
    "loop": (
        '<path d="M4 11V9.5A3.5 3.5 0 0 1 7.5 6H19M16 3l3 3-3 3"/>'
        '<path d="M20 13v1.5A3.5 3.5 0 0 1 16.5 18H5M8 21l-3-3 3-3"/>'
    ),
    "previous": '<path d="M15 5l-7 7 7 7"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
    "star": f'<path {_STAR}/>',
    "starred": f'<path {_FULL} {_STAR}/>',
    "folder": '<path d="M3.5 7a2 2 0 0 1 2-2H9l2 2.5h7.5a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "undo": '<path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3"/>',
    "redo": '<path d="M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h3"/>',
    "retry": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4.5v5h-5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>',
    "gear": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>',
    "warning": '<path d="M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.2"/>',
    "wave": '<path d="M3 12h2.5l2-6 3.5 13 3.5-15 3 11 1.5-3H21"/>',
    "microphone": '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "save": '<path d="M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6"/>',
    "render": '<path d="M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15"/>',
    "trash": '<path d="M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13"/>',
    "down": '<path d="M6 9.5l6 6 6-6"/>',
}  # fmt: skip
NAMES: Final = tuple(_PATHS)
_SCALES: Final = (1.0, 2.0, 3.0)


def icon(name: str, *, size: int = 18, colour: str | None = None) -> QIcon:
    """An icon of ``size`` logical pixels, in the palette's text colour unless told; greyed where disabled.

    Raises KeyError for a name that is not in :data:`NAMES`.
    """
    palette = current()
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(pixmap(name, size=size, colour=colour or palette.text, scale=scale))
        made.addPixmap(pixmap(name, size=size, colour=palette.outline, scale=scale), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=512)
def _drawn(name: str, size: int, colour: str, scale: float) -> QPixmap:
    made = QPixmap(round(size * scale), round(size * scale))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    source = _STROKE.format(colour=colour, paths=_PATHS[name].replace("{colour}", colour))
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


def pixmap(name: str, *, size: int, colour: str, scale: float = 1.0) -> QPixmap:
    """An icon drawn at ``scale`` device pixels to a logical one; those that were drawn are kept."""
    return QPixmap(_drawn(name, size, colour, scale))
