"""The page on which the session is rendered: what goes into the queue, where files go, how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from afxplugin.editor.look.icons import icon
from afxplugin.editor.look.theme import GAP, HAIR, NEAR, ROOM, current
from afxplugin.editor.widgets.queue_view import QueueRow, QueueView
from afxplugin.editor.widgets.words import left_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class QueuePanel(QWidget):
    """Buttons over the table.

    add: every stem of the session through the chosen preset. start, pause, cancel, retry, remove (keys), clear: what is
    done leaves the list. folder: where files go is to be chosen. opened: a folder or file to be shown.
    """

    add = Signal()
    start = Signal()
    pause = Signal()
    cancel = Signal(list)
    retry = Signal(list)
    remove = Signal(list)
    clear = Signal()
    folder = Signal()
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self.view = QueueView()
        self.view.removal.connect(self.remove)
        self.view.opened.connect(self.opened)
        self.view.selectionModel().selectionChanged.connect(self._check)
        self.add_button = self._button("plus", self.tr("&Add all stems"), self.add.emit)
        self.start_button = self._button("play", self.tr("&Start"), self.start.emit, primary=True)
        self.pause_button = self._button("pause", self.tr("&Pause"), self.pause.emit)
        self.cancel_button = self._button("stop", self.tr("Ca&ncel"), lambda: self.cancel.emit(self._keys()))
        self.retry_button = self._button("retry", self.tr("Re&try"), lambda: self.retry.emit(self._keys()))
        self.clear_button = self._button("trash", self.tr("Clear finishe&d"), self.clear.emit)
        self.folder_button = self._button("folder", self.tr("Change…"), self.folder.emit)
        self.open_button = self._button("folder", self.tr("&Open folder"), self._open)
        self.where = QLabel()
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.total = QProgressBar()
        self.total.setTextVisible(False)
        self.total.setAccessibleName(self.tr("Whole queue"))
        self.summary = QLabel()
        self.summary.setProperty("role", "muted")
        self.empty = QLabel(
            self.tr("Nothing is queued.\n“Add all stems” queues every stem of the session through the chosen preset.")
        )
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.show_rows((), running=False)
        self.show_folder(None)

    def show_rows(self, rows: Sequence[QueueRow], *, running: bool, left_s: float | None = None) -> None:
        """Show the queue, whether it is at work, and in how many seconds all of it will be done (None: unknown)."""
        self._running = running
        self.view.show_rows(rows)
        self._pages.setCurrentIndex(1 if rows else 0)
        share = sum(1.0 if row.status in ("done", "failed", "cancelled") else row.share for row in rows)
        self.total.setMaximum(1000)
        self.total.setValue(round(1000 * share / len(rows)) if rows else 0)
        self.summary.setText(self._summary(rows, left_s))
        self._check()

    def show_folder(self, folder: Path | None) -> None:
        """Where files go; None: a folder called "rendered" beside each stem."""
        self._folder = folder
        text = str(folder) if folder is not None else self.tr("in “rendered” beside each stem")
        self.where.setText(text)
        self.where.setToolTip(text)

    def show_ready(self, ready: bool, why: str = "") -> None:
        """Whether stems can be queued; why not."""
        self.add_button.setEnabled(ready)
        self.add_button.setToolTip(why if not ready else self.tr("Every stem through the chosen preset, as it is set"))

    def restyle(self) -> None:
        """Icons of another palette."""
        for button in self.findChildren(QPushButton):
            name = button.property("icon-name")
            if name:
                self._dress(button, name)

    def _summary(self, rows: Sequence[QueueRow], left_s: float | None) -> str:
        if not rows:
            return ""
        done = sum(row.status == "done" for row in rows)
        failed = sum(row.status == "failed" for row in rows)
        parts = [self.tr("{done} of {count} done").format(done=done, count=len(rows))]
        if failed:
            parts.append(self.tr("{count} failed").format(count=failed))
        if self._running:
            if left_s is not None:
                parts.append(left_text(left_s))
            parts.append(percent_text(self.total.value() / 1000))
        return " · ".join(parts)

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(NEAR)
        for button in (self.add_button, self.start_button, self.pause_button, self.cancel_button, self.retry_button):
            actions.addWidget(button)
        actions.addStretch(1)
        actions.addWidget(self.clear_button)
        label = QLabel(self.tr("Files go to"))
        label.setProperty("role", "muted")
        places = QHBoxLayout()
        places.setSpacing(NEAR)
        places.addWidget(label)
        places.addWidget(self.where, 1)
        places.addWidget(self.folder_button)
        places.addWidget(self.open_button)
        frame = QFrame()
        frame.setProperty("role", "panel")
        self._pages = QStackedLayout(frame)
        self._pages.setContentsMargins(1, 1, 1, 1)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.view)
        foot = QHBoxLayout()
        foot.setSpacing(ROOM)
        foot.addWidget(self.total, 1)
        foot.addWidget(self.summary)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(GAP)
        lines.addLayout(actions)
        lines.addLayout(places)
        lines.addWidget(frame, 1)
        lines.addLayout(foot)

    def _button(self, name: str, text: str, act: Callable[[], object], *, primary: bool = False) -> QPushButton:
        made = QPushButton(text)
        if primary:
            made.setProperty("kind", "primary")
        made.setProperty("icon-name", name)
        made.setIconSize(QSize(16, 16))
        made.clicked.connect(lambda _=False: act())
        self._dress(made, name)
        return made

    def _dress(self, button: QPushButton, name: str) -> None:
        primary = button.property("kind") == "primary"
        button.setIcon(icon(name, size=16, colour=current().on_accent if primary else None))

    def _keys(self) -> list[object]:
        """Of the selected rows, or of all where none is."""
        return [row.key for row in self.view.selected() or self.view.queue.rows]

    def _check(self) -> None:
        chosen = self.view.selected() or list(self.view.queue.rows)
        states = {row.status for row in self.view.queue.rows}
        self.start_button.setEnabled(bool(states & {"waiting", "paused"}) and not self._running)
        self.pause_button.setEnabled(self._running)
        self.cancel_button.setEnabled(any(row.status in ("waiting", "running", "paused") for row in chosen))
        self.retry_button.setEnabled(any(row.status in ("failed", "cancelled") for row in chosen))
        self.clear_button.setEnabled(bool(states & {"done", "failed", "cancelled"}))
        self.open_button.setEnabled(any(row.output is not None for row in self.view.queue.rows))

    def _open(self) -> None:
        chosen = [row.output for row in self.view.selected() or self.view.queue.rows if row.output is not None]
        if chosen:
            self.opened.emit(chosen[0].parent)
