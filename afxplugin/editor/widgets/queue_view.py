"""The render queue: a row for each stem and preset, with progress, speed, time left, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, Literal

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from afxplugin.editor.look.theme import NEAR, SMALL, colour, current, font
from afxplugin.editor.state.stored_paths import file_stem
from afxplugin.editor.widgets.words import left_text, percent_text, speed_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROW: Final = Qt.ItemDataRole.UserRole + 1
Status = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]
Index = QModelIndex | QPersistentModelIndex
_STEM, _PRESET, _STATE, _MESSAGE = 0, 1, 3, 6


@dataclass(frozen=True)
class QueueRow:
    """A stem to be rendered through a preset. key: what tells it from others; share: 0 to 1; left_s: in seconds.

    message: what went wrong, or a note. output: the file, once it is there.
    """

    key: object
    stem: Path
    preset: str
    variant: str
    status: Status = "waiting"
    share: float = 0.0
    times_real_time: float | None = None
    left_s: float | None = None
    message: str = ""
    output: Path | None = None


def reason_of(row: QueueRow) -> str:
    """What a row's message says, without the path that it ends with: the row names the file, and has little room."""
    message = row.message
    for path in (row.output, row.stem):
        if path is not None and message.endswith(ending := f": {path}"):
            return message.removesuffix(ending)
    head, _, tail = message.rpartition(": ")
    return head if head and (PurePosixPath(tail).is_absolute() or PureWindowsPath(tail).is_absolute()) else message


class QueueModel(QAbstractTableModel):
    """The rows as text; rendered ones can be dragged to other programs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[QueueRow, ...] = ()

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these; the same entries in the same order keep selection and place."""
        if [each.key for each in rows] == [each.key for each in self.rows]:
            old, self.rows = self.rows, tuple(rows)
            for k, (before, now) in enumerate(zip(old, self.rows, strict=True)):
                if before != now:
                    self.dataChanged.emit(self.index(k, 0), self.index(k, self.columnCount() - 1))
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        """How many."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        """Stem, preset, variant, state, speed, time left, what is to be said."""
        return 0 if parent.isValid() else 7

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Stem"), self.tr("Preset"), self.tr("Variant"), self.tr("State"), self.tr("Speed"),
                self.tr("Time left"), self.tr("Note"),
            )[section]  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, words, the whole row."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(each for each in (str(row.output or row.stem), row.message) if each)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == _MESSAGE:
            return colour(current().danger if row.status == "failed" else current().muted)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            return f"{file_stem(row.stem)}, {row.preset}, {self.state_text(row)}"
        return None

    def text(self, row: QueueRow, column: int) -> str:
        """What stands in a cell."""
        left = left_text(row.left_s) if row.status in ("running", "paused") else ""
        speed = speed_text(row.times_real_time) if row.times_real_time else ""
        message = reason_of(row) or (row.output.name if row.output is not None and row.status == "done" else "")
        return (file_stem(row.stem), row.preset, row.variant, self.state_text(row), speed, left, message)[column]

    def state_text(self, row: QueueRow) -> str:
        """The state in a word, with the share of what is done."""
        return {
            "waiting": self.tr("waiting"),
            "running": percent_text(row.share),
            "paused": self.tr("paused at {share}").format(share=percent_text(row.share)),
            "done": self.tr("done"),
            "failed": self.tr("failed"),
            "cancelled": self.tr("cancelled"),
        }[row.status]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What is rendered can be dragged."""
        flags = super().flags(index)
        if index.isValid() and self.rows[index.row()].output is not None:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def mimeTypes(self) -> list[str]:
        """Files."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The rendered files of these rows."""
        outputs = [self.rows[k].output for k in sorted({index.row() for index in indexes})]
        made = QMimeData()
        made.setUrls([QUrl.fromLocalFile(str(path)) for path in outputs if path is not None])
        return made


class _StateDelegate(QStyledItemDelegate):
    """A bar with the state in it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: QueueRow = index.data(ROW)
        palette = current()
        state: Any = option.state  # pyright: ignore[reportAttributeAccessIssue]
        whole = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        tone = {
            "running": palette.accent, "paused": palette.warning, "done": palette.ok, "failed": palette.danger,
        }.get(row.status, palette.outline)  # fmt: skip
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(whole, colour(palette.accent_soft))
        bar = QRectF(whole.left() + 6, whole.center().y() + 7, whole.width() - 12, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(palette.border))
        painter.drawRoundedRect(bar, 2, 2)
        share: float = {"done": 1.0, "failed": 1.0, "waiting": 0.0}.get(row.status, row.share)
        painter.setBrush(colour(tone))
        if share > 0:
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), 2, 2)
        painter.setFont(font(SMALL, tabular=True))
        painter.setPen(colour(tone if row.status in ("failed", "done", "paused") else palette.text))
        words = QRectF(whole.left() + 6, whole.top() + 2, whole.width() - 12, whole.height() / 2 + 4)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class QueueView(QTableView):
    """The table. Delete removes, a double click or Enter opens the folder.

    removal: keys of rows. opened: a rendered file.
    """

    removal = Signal(list)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.queue = QueueModel(self)
        self.setModel(self.queue)
        self.setItemDelegateForColumn(_STATE, _StateDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(38)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        measure = self.fontMetrics()
        samples = (
            "guitar left take",
            "Green Overdrive",
            "Resample",
            "paused at 100 %",
            "9999×",
            "59 min left",
        )
        self._least = [measure.horizontalAdvance(sample) + 3 * NEAR for sample in samples]
        for k, width in enumerate(self._least):
            self.setColumnWidth(k, width)
        self.setAccessibleName(self.tr("Render queue"))
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these; stems and presets are read whole where there is room."""
        before = {(file_stem(row.stem), row.preset) for row in self.queue.rows}
        self.queue.show_rows(rows)
        if {(file_stem(row.stem), row.preset) for row in rows} != before:
            for column, most in ((_STEM, 220), (_PRESET, 260)):
                needed = max(self.sizeHintForColumn(column), self._least[column]) + NEAR
                self.setColumnWidth(column, min(needed, most))

    def selected(self) -> list[QueueRow]:
        """The rows that are selected."""
        return [self.queue.rows[k] for k in sorted({index.row() for index in self.selectionModel().selectedRows()})]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete, Enter; Space and digits are left to play and choose."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal.emit([row.key for row in self.selected()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space or event.text().isalnum():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        if 0 <= row < len(self.queue.rows) and self.queue.rows[row].output is not None:
            self.opened.emit(self.queue.rows[row].output)
