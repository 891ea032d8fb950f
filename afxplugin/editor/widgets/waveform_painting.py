"""What a waveform is painted of: lanes of vertical strokes, and a ruler of seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from afxplugin.editor.look.theme import SMALL, colour, current, font
from afxplugin.editor.widgets.words import length_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

RULER_PX: Final = 20.0
_LABEL_PX: Final = 84.0
_STEPS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0)


def draw_lanes(
    painter: QPainter, area: QRectF, low: NDArray[np.float32], high: NDArray[np.float32], *, tone: str = ""
) -> None:
    """Each channel's lows and highs, (channels, count), filled between, under each other; ``tone``: a colour.

    The picture is made in numpy, a column of pixels for each column: as a polygon of thousands of corners it would take
    ten times as long, and more than a window may be busy.
    """
    palette = current()
    channels, count = low.shape
    height = area.height() / channels
    for k in range(channels):
        lane = QRectF(area.left(), area.top() + k * height, area.width(), height)
        painter.fillRect(QRectF(lane.left(), lane.center().y() - 0.5, lane.width(), 1.0), colour(palette.grid))
        rows = round(height * painter.device().devicePixelRatioF())
        if count and rows > 0:
            image = _lane_image(low[k], high[k], rows, colour(tone or palette.wave))
            painter.drawImage(lane, image)


def _lane_image(low: NDArray[np.float32], high: NDArray[np.float32], rows: int, tone: QColor) -> QImage:
    """(count,) lows and highs as an image of count x rows, each pixel as opaque as it is covered."""
    half = 0.47 * rows
    # Never thinner than a hair, so that silence is a line.
    upper = (0.5 * rows - half * np.clip(high, -1, 1) - 0.5)[None, :]
    lower = (0.5 * rows - half * np.clip(low, -1, 1) + 0.5)[None, :]
    top = np.arange(rows, dtype=np.float32)[:, None]
    cover = np.clip(np.minimum(top + 1, lower) - np.maximum(top, upper), 0.0, 1.0)
    alpha = np.arange(256, dtype=np.uint32)
    shades = alpha << 24
    for shift, part in ((16, tone.red()), (8, tone.green()), (0, tone.blue())):
        shades |= (alpha * part // 255) << shift
    pixels = shades[(255.0 * cover + 0.5).astype(np.uint8)]
    image = QImage(pixels.tobytes(), low.size, rows, 4 * low.size, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # which owns its pixels


def sample_columns(samples: NDArray[np.float32], start: float, step: float, count: int) -> NDArray[np.float32]:
    """(channels, count, 2): lowest and highest of (channels, frames) in columns of ``step`` frames from ``start`` on.

    Columns of less than a frame hold the frame they are in, so that a line is drawn.
    """
    edges = np.floor(start + step * np.arange(count + 1)).astype(int).clip(0, max(samples.shape[1] - 1, 0))
    first = edges[:-1]
    low = np.minimum.reduceat(samples, first, axis=1)
    high = np.maximum.reduceat(samples, first, axis=1)
    # Neighbours touch, so that a steep wave has no gaps.
    after = samples[:, edges[1:]]
    return np.stack([np.minimum(low, after), np.maximum(high, after)], axis=2).astype(np.float32)


def draw_ruler(painter: QPainter, width: float, *, start_s: float, seconds: float) -> None:
    """Ticks and times at round distances."""
    palette = current()
    step = next((each for each in _STEPS_S if each / seconds * width >= _LABEL_PX), _STEPS_S[-1])
    painter.setFont(font(SMALL, tabular=True))
    painter.fillRect(QRectF(0, RULER_PX - 1, width, 1), colour(palette.border))
    first = int(np.floor(start_s / step))
    for k in range(first, int(np.ceil((start_s + seconds) / step)) + 1):
        x = (k * step - start_s) / seconds * width
        painter.fillRect(QRectF(x, RULER_PX - 7, 1, 7), colour(palette.outline))
        painter.setPen(colour(palette.muted))
        where = QRectF(x + 4, 0, _LABEL_PX, RULER_PX - 2)
        if x + 4 >= 0:
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, length_text(k * step))
