"""What somebody sees who opens the program for the first time: what it does, and where to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from afxplugin.editor.look.icons import icon, pixmap
from afxplugin.editor.look.theme import GAP, NEAR, ROOM, WIDE, colour, current
from afxplugin.editor.widgets.stem_list import dropped_paths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class EmptyState(QWidget):
    """A place to drop stems on, three steps, and buttons for those who do not drag.

    dropped: paths. open_files, open_folder, open_session, example: what a user asks for.
    """

    dropped = Signal(list)
    open_files = Signal()
    open_folder = Signal()
    example = Signal()
    recent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._over = False
        self.picture = QLabel()
        self.heading = QLabel(self.tr("Drop stems or a folder here"))
        self.heading.setProperty("role", "large")
        self.about = QLabel(
            self.tr("Hear what each way of playing a capture at your session's rate does to it, see why, then render.")
        )
        self.about.setProperty("role", "muted")
        self.open_button = QPushButton(self.tr("&Open stems…"))
        self.open_button.setProperty("kind", "primary")
        self.folder_button = QPushButton(self.tr("Open a fol&der…"))
        self.example_button = QPushButton(self.tr("Try it with an e&xample"))
        self.example_button.setToolTip(self.tr("A guitar, bass and drums, made by this program"))
        self.open_button.clicked.connect(self.open_files)
        self.folder_button.clicked.connect(self.open_folder)
        self.example_button.clicked.connect(self.example)
        self.recent_row = QVBoxLayout()
        self._lay_out()
        self.restyle()

    def show_recent(self, paths: Sequence[Path]) -> None:
        """Sessions that were open last."""
        while self.recent_row.count():
            item = self.recent_row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        if not paths:
            return
        head = QLabel(self.tr("RECENT SESSIONS"))
        head.setProperty("role", "section")
        self.recent_row.addWidget(head, alignment=Qt.AlignmentFlag.AlignHCenter)
        for path in list(paths)[:5]:
            button = QPushButton(path.stem)
            button.setProperty("kind", "quiet")
            button.setToolTip(str(path))
            button.setAccessibleName(self.tr("Open session {name}").format(name=path.stem))
            button.clicked.connect(lambda _=False, path=path: self.recent.emit(path))
            self.recent_row.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)

    def restyle(self) -> None:
        """Picture in another palette's colours."""
        self.picture.setPixmap(pixmap("wave", size=64, colour=current().accent, scale=3.0))
        self.picture.setFixedSize(QSize(64, 64))
        self.open_button.setIcon(icon("plus", size=16, colour=current().on_accent))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome, and the frame says so."""
        if dropped_paths(event):
            event.acceptProposedAction()
            self._over = True
            self.update()

    def dragLeaveEvent(self, event: object) -> None:
        """Gone again."""
        del event
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which."""
        self._over = False
        self.update()
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed frame."""
        del event
        palette, painter = current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(
                colour(palette.accent if self._over else palette.outline),
                2 if self._over else 1.4,
                Qt.PenStyle.DashLine,
            )
        )
        painter.setBrush(colour(palette.accent_soft) if self._over else colour(palette.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 10, 10)
        painter.end()

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(WIDE)
        steps.addStretch(1)
        for number, (head, text) in enumerate(self._steps(), 1):
            column = QVBoxLayout()
            column.setSpacing(NEAR // 2)
            title = QLabel(f"{number}   {head}")
            title.setProperty("role", "heading")
            about = QLabel(text)
            about.setProperty("role", "muted")
            about.setWordWrap(True)
            about.setFixedWidth(204)
            about.setAlignment(Qt.AlignmentFlag.AlignTop)
            column.addWidget(title)
            column.addWidget(about, 1)
            steps.addLayout(column)
        steps.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(NEAR)
        buttons.addStretch(1)
        for button in (self.open_button, self.folder_button, self.example_button):
            button.setMinimumHeight(36)
            buttons.addWidget(button)
        buttons.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        lines = QVBoxLayout(self)
        lines.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        lines.setSpacing(GAP)
        lines.addStretch(2)
        lines.addWidget(self.picture, alignment=middle)
        lines.addWidget(self.heading, alignment=middle)
        lines.addWidget(self.about, alignment=middle)
        lines.addSpacing(NEAR)
        lines.addLayout(buttons)
        lines.addSpacing(WIDE)
        lines.addLayout(steps)
        lines.addSpacing(ROOM)
        lines.addLayout(self.recent_row)
        lines.addStretch(3)

    def _steps(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Drop a stem"), self.tr("Any WAV, FLAC or AIFF, at any rate. It is read, never changed.")),
            (self.tr("Choose a preset"), self.tr("An amp or pedal on the left, or a capture file of your own.")),
            (self.tr("Listen and look"), self.tr("Keys 1 to 9 switch the method while it plays; Space starts it.")),
        )
