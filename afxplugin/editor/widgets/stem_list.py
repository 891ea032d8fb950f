"""The stems of the session as cards: name, rate, length, a small waveform, or what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from afxplugin.editor.look.theme import BODY, NEAR, RADIUS, SMALL, TIGHT, colour, current, font
from afxplugin.editor.state.stored_paths import file_stem
from afxplugin.editor.widgets.waveform_painting import draw_lanes
from afxplugin.editor.widgets.words import channels_text, length_text, rate_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from afxplugin.editor.state.stem_info import StemInfo

ROW: Final = Qt.ItemDataRole.UserRole + 1
ABOUT: Final = Qt.ItemDataRole.UserRole + 2
_HEIGHT: Final = 58
_THUMB_PX: Final = 76
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class StemRow:
    """A stem as it is listed; info None: not read yet. thumb: (low, high), each (channels, count)."""

    path: Path
    info: StemInfo | None = None
    thumb: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    @property
    def problem(self) -> str:
        """What is wrong with it, empty where nothing is."""
        return (self.info.error or "") if self.info is not None else ""


class StemModel(QAbstractListModel):
    """The rows, and words for those who do not see them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[StemRow] = []
        self._places: dict[Path, int] = {}

    def show_rows(self, rows: Sequence[StemRow]) -> None:
        """Show these; the same stems in the same order keep selection and place."""
        if [each.path for each in rows] == [each.path for each in self._rows]:
            self._rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self._places = {each.path: k for k, each in enumerate(rows)}
        self.endResetModel()

    def show_row(self, row: StemRow) -> None:
        """Show one anew; nothing where its stem is not listed any more."""
        k = self._places.get(row.path)
        if k is not None:
            self._rows[k] = row
            self.dataChanged.emit(self.index(k), self.index(k))

    def row_of(self, path: Path | None) -> int:
        """The row of a stem, -1 for none."""
        return -1 if path is None else self._places.get(path, -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        """How many stems."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, words, the whole row."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == ABOUT:
            return self.about(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return file_stem(row.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(each for each in (str(row.path), row.problem) if each)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{file_stem(row.path)}, {self.about(row)}"
        return None

    def about(self, row: StemRow) -> str:
        """``48 kHz · stereo · 3:20.0``, or what is wrong."""
        if row.info is None:
            return self.tr("reading…")
        if row.info.error:
            return row.info.error
        parts = (rate_text(row.info.rate_hz), channels_text(row.info.channels), length_text(row.info.seconds))
        return " · ".join(parts)


class _StemDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(160, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        palette = current()
        row = index.data(ROW)
        state: Any = option.state  # pyright: ignore[reportAttributeAccessIssue]
        area = QRectF(option.rect).adjusted(2, 2, -2, -2)  # pyright: ignore[reportAttributeAccessIssue]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(colour(palette.accent), 1) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if chosen else palette.hover))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        words = area.adjusted(NEAR + 2, 7, -NEAR, -7)
        if row.thumb is not None and not row.problem:
            thumb = QRectF(words.right() - _THUMB_PX, words.top() + 2, _THUMB_PX, words.height() - 4)
            low, high = row.thumb
            draw_lanes(painter, thumb, low.min(axis=0, keepdims=True), high.max(axis=0, keepdims=True))
        room = words.width() - (0 if row.problem else _THUMB_PX + NEAR)
        painter.setFont(font(BODY, bold=True))
        painter.setPen(colour(palette.text))
        name = painter.fontMetrics().elidedText(file_stem(row.path), Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(words, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(font(SMALL, tabular=True))
        painter.setPen(colour(palette.danger if row.problem else palette.muted))
        about = painter.fontMetrics().elidedText(
            index.data(ABOUT),
            Qt.TextElideMode.ElideRight,
            int(room),
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, about)
        painter.restore()


class StemList(QListView):
    """A list that takes files and folders dropped on it.

    looked_at: the stem that is now current. dropped: paths. removal: the stem that is to be taken out.
    """

    looked_at = Signal(object)
    dropped = Signal(list)
    removal = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = StemModel(self)
        self._following = False
        self.setModel(self.rows)
        self.setItemDelegate(_StemDelegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSpacing(1)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        self.setMinimumHeight(2 * _HEIGHT + TIGHT)
        self.setAccessibleName(self.tr("Stems"))
        self.selectionModel().currentChanged.connect(self._current)

    def show_stems(self, rows: Sequence[StemRow], looked_at: Path | None) -> None:
        """Show these, one of them as the current one, without telling anybody."""
        self._following = True
        self.rows.show_rows(rows)
        self._following = False
        self.show_looked_at(looked_at)

    def show_looked_at(self, path: Path | None) -> None:
        """Show which one is the current one, without telling anybody."""
        self._following = True
        k = self.rows.row_of(path)
        if k >= 0 and self.currentIndex().row() != k:
            self.setCurrentIndex(self.rows.index(k))
        self._following = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows; where there are none, what to do."""
        super().paintEvent(event)
        if self.rows.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setFont(font(SMALL))
            painter.setPen(colour(current().muted))
            painter.drawText(
                self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No stems yet: drop some here")
            )
            painter.end()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if dropped_paths(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: object) -> None:
        """Anywhere on the list."""
        if isinstance(event, QDropEvent) and dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which."""
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the current stem out of the session; Space is left to play."""
        row = self.currentIndex().data(ROW)
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and row is not None:
            self.removal.emit(row.path)
        elif event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        del before
        row = now.data(ROW)
        if row is not None and not self._following:
            self.looked_at.emit(row.path)


def dropped_paths(event: QDropEvent) -> list[Path]:
    """The local files and folders that a drag carries."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
