"""What every variant measures, as a table: a row each, the one that is heard marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from afxplugin.editor.look.theme import BODY, NEAR, SMALL, TIGHT, colour, current, font
from afxplugin.editor.widgets.words import decibel_text, milliseconds_text, speed_text

if TYPE_CHECKING:
    from collections.abc import Sequence

BAR: Final = Qt.ItemDataRole.UserRole + 2
_BEST_SNR_DB: Final = 100.0
_NUMBERS: Final = range(1, 9)
# All eleven rows are to be seen at once on a small screen.
_ROW: Final = 22
_DEVICE, _WHY = 2, 9
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class FigureRow:
    """A variant's figures; None: not measured yet, or not to be had. reason: what its plan says, or what is wrong.

    snr_db: against the reference, device_snr_db: against the simulated device; asr_db, nmr_db: of its aliasing, lower
    is better; gain_db: to the reference's loudness.
    """

    name: str
    label: str
    snr_db: float | None = None
    device_snr_db: float | None = None
    asr_db: float | None = None
    nmr_db: float | None = None
    latency_frames: int | None = None
    latency_ms: float | None = None
    times_real_time: float | None = None
    loudness_lufs: float | None = None
    gain_db: float | None = None
    reason: str = ""
    playable: bool = True
    heard: bool = False


class FigureModel(QStandardItemModel):
    """The rows as text, numbers to sort by, and words; kept in Qt's own cells, so that painting asks no Python."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[FigureRow, ...] = ()
        self._headings = [heading for heading, _ in self.headings()]
        self.setHorizontalHeaderLabels(self._headings)
        for column, (_, meaning) in enumerate(self.headings()):
            self.setHeaderData(column, Qt.Orientation.Horizontal, meaning, Qt.ItemDataRole.ToolTipRole)
            self.horizontalHeaderItem(column).setTextAlignment(_alignment(column))

    def show_rows(self, rows: Sequence[FigureRow], *, anew: bool = False) -> None:
        """Show these; only what differs is written, unless ``anew``, as for other colours."""
        before = self.rows
        self.rows = tuple(rows)
        if self.rowCount() != len(self.rows):
            self.setRowCount(len(self.rows))
        for k, row in enumerate(self.rows):
            if anew or k >= len(before) or before[k] != row:
                for column in range(self.columnCount()):
                    self._write(k, column, row)

    def headings(self) -> tuple[tuple[str, str], ...]:
        """Heading and explanation of every column."""
        return (
            (self.tr("Variant"), self.tr("How the capture is played at the session's rate")),
            (self.tr("SNR dB"), self.tr("Signal over its difference from the reference: higher is closer")),
            (
                self.tr("vs device"),
                self.tr("SNR in dB, but against the simulated device that the capture was made of"),
            ),
            (self.tr("ASR dB"), self.tr("Aliases over signal, of a test tone: lower is cleaner")),
            (self.tr("NMR dB"), self.tr("Aliases over what the ear masks beside the tone: lower is less heard")),
            (self.tr("Latency"), self.tr("How late it is in the session; hearing it here, it has been removed")),
            (self.tr("Speed ×"), self.tr("Times real time on one core")),
            (self.tr("LUFS"), self.tr("Loudness of the compared region, before it is made equal")),
            (self.tr("Gain dB"), self.tr("What makes it as loud as the reference")),
            (self.tr("Why"), self.tr("What was decided for these rates, or why it cannot be played")),
        )

    def _write(self, k: int, column: int, row: FigureRow) -> None:
        item = self.item(k, column)
        if item is None:
            item = QStandardItem()
            item.setEditable(False)
            item.setTextAlignment(_alignment(column))
            self.setItem(k, column, item)
        text = self.text(row, column)
        item.setText(text)
        item.setForeground(QBrush(self._ink(row, column)))
        item.setFont(font(BODY, bold=row.heard and column == 0, tabular=column in _NUMBERS))
        item.setToolTip(f"{row.label}: {row.reason}" if column in (0, _WHY) else "")
        item.setAccessibleText(f"{self._headings[column]}: {text}")
        if column == 1:
            known = row.snr_db is not None and not math.isnan(row.snr_db)
            item.setData(min(max((row.snr_db or 0.0) / _BEST_SNR_DB, 0.0), 1.0) if known else None, BAR)

    def text(self, row: FigureRow, column: int) -> str:
        """What stands in a cell."""
        late = "–" if row.latency_frames is None else self.tr("none")
        if row.latency_frames and row.latency_ms is not None:
            late = self.tr("{frames} fr · {time}").format(
                frames=row.latency_frames, time=milliseconds_text(row.latency_ms)
            )
        heard = "▸ " if row.heard else ""
        return (
            f"{heard}{row.label}",
            decibel_text(row.snr_db, unit=""),
            decibel_text(row.device_snr_db, unit=""),
            decibel_text(row.asr_db, unit=""),
            decibel_text(row.nmr_db, unit=""),
            late,
            speed_text(row.times_real_time),
            decibel_text(row.loudness_lufs, unit=""),
            decibel_text(row.gain_db, signed=True, unit=""),
            row.reason,
        )[column]

    def _ink(self, row: FigureRow, column: int) -> QColor:
        palette = current()
        if not row.playable:
            return colour(palette.warning if column == _WHY else palette.muted)
        if column == _WHY:
            return colour(palette.muted)
        return colour(palette.accent if row.heard and column == 0 else palette.text)


class _BarDelegate(QStyledItemDelegate):
    """A bar behind the number, so that a column is seen before it is read."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(BAR)
        if share is not None:
            area = QRectF(option.rect).adjusted(4, 4, -4, -4)  # pyright: ignore[reportAttributeAccessIssue]
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(current().accent, 0.22))
            painter.drawRoundedRect(QRectF(area.left(), area.top(), area.width() * share, area.height()), 3, 3)
            painter.restore()
        super().paint(painter, option, index)


class FiguresTable(QTableView):
    """The table; Enter or a double click hears the row, Ctrl+C copies it all.

    chosen: the name of a variant.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures = FigureModel(self)
        self.setModel(self.figures)
        self.setItemDelegateForColumn(1, _BarDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(_ROW)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(44)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setAccessibleName(self.tr("Figures of every variant"))
        self.doubleClicked.connect(lambda index: self._choose(index.row()))

    def show_rows(self, rows: Sequence[FigureRow]) -> None:
        """Show these figures."""
        before = self.figures.rowCount()
        self.figures.show_rows(rows)
        self.setColumnHidden(_DEVICE, all(row.device_snr_db is None for row in rows))
        if self.figures.rowCount() != before:
            self.fit_columns()

    def restyle(self) -> None:
        """Colours of another palette."""
        self.figures.show_rows(self.figures.rows, anew=True)

    def fit_columns(self) -> None:
        """Numbers as wide as their widest text or heading; the reason takes the rest."""
        measure = QFontMetrics(font(BODY, bold=True))
        small = QFontMetrics(font(SMALL, bold=True))
        widest = ("▸ Reference", "identical", "−99.9", "−99.9", "−99.9", "999 fr · 9.99 ms", "9999×", "−99.9", "+99.9")
        for k, (text, (heading, _)) in enumerate(zip(widest, self.figures.headings(), strict=False)):
            needed = max(measure.horizontalAdvance(text), small.horizontalAdvance(heading) + TIGHT)
            self.setColumnWidth(k, needed + 2 * NEAR)

    def text(self) -> str:
        """All of it, columns apart by tabs, for a spreadsheet."""
        lines = ["\t".join(heading for heading, _ in self.figures.headings())]
        columns = range(self.figures.columnCount())
        lines += ["\t".join(self.figures.text(row, k) for k in columns) for row in self.figures.rows]
        return "\n".join(lines)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The table; where it is empty, what is missing."""
        super().paintEvent(event)
        if not self.figures.rows:
            painter = QPainter(self.viewport())
            painter.setPen(colour(current().muted))
            text = self.tr("What every variant measures stands here once a preset is chosen.")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, text)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter hears the row; copying takes the table; Space and digits are left to play and choose."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space or event.text().isalnum():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        if 0 <= row < self.figures.rowCount():
            self.chosen.emit(self.figures.rows[row].name)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
