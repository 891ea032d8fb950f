"""The bar at the top: which page, what is played, at which rate, and the way to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from afxplugin.editor.look.icons import icon
from afxplugin.editor.look.theme import GAP, NEAR, ROOM, TIGHT, current
from afxplugin.editor.widgets.words import rate_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

RATES_HZ: Final = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
COMPARE, RENDER, LIVE = range(3)
# From this width on there is room for a word about the preset.
_WIDE: Final = 1160


class Header(QFrame):
    """page: COMPARE, RENDER or LIVE. step: +1 or -1 preset. rate: Hz, or None for the stem's own. undo, redo, queue."""

    page = Signal(int)
    step = Signal(int)
    rate = Signal(object)
    undo = Signal()
    redo = Signal()
    queue = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(ROOM, 0, ROOM, 0)
        row.setSpacing(TIGHT)
        self._add_pages(row)
        row.addSpacing(ROOM)
        self._add_preset(row)
        row.addSpacing(GAP)
        self._add_rate(row)
        row.addSpacing(NEAR)
        self._add_actions(row)
        self.restyle()
        self.show_rate(None, 48_000)
        self.show_preset("", "")

    def _add_pages(self, row: QHBoxLayout) -> None:
        self.pages = QButtonGroup(self)
        for k, text in enumerate((self.tr("Compare"), self.tr("Render"), self.tr("Live"))):
            button = QToolButton()
            button.setText(text)
            button.setProperty("kind", "page")
            button.setCheckable(True)
            button.setToolTip(self.tr("{name} (Ctrl+{key})").format(name=text, key=k + 1))
            button.setMinimumHeight(44)
            self.pages.addButton(button, k)
            row.addWidget(button)
        self.pages.button(COMPARE).setChecked(True)
        self.pages.idClicked.connect(self.page)

    def _add_preset(self, row: QHBoxLayout) -> None:
        self.before = self._button("previous", self.tr("Previous preset (Ctrl+Up)"), lambda: self.step.emit(-1))
        self.after = self._button("next", self.tr("Next preset (Ctrl+Down)"), lambda: self.step.emit(1))
        self.name = QLabel()
        self.name.setProperty("role", "heading")
        self.name.setMinimumWidth(120)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setAccessibleName(self.tr("Chosen preset"))
        self.about = QLabel()
        self.about.setProperty("role", "muted")
        self.about.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self.before)
        row.addWidget(self.after)
        row.addSpacing(NEAR)
        row.addWidget(self.name, 1)
        row.addWidget(self.about)

    def _add_rate(self, row: QHBoxLayout) -> None:
        self.rates = QComboBox()
        self.rates.setMinimumWidth(118)
        self.rates.activated.connect(lambda k: self.rate.emit(self.rates.itemData(k)))
        label = QLabel(self.tr("Session"))
        label.setProperty("role", "muted")
        label.setBuddy(self.rates)
        self.rates.setAccessibleName(self.tr("Session rate"))
        self.rates.setToolTip(self.tr("The rate at which the methods are compared"))
        row.addWidget(label)
        row.addSpacing(TIGHT)
        row.addWidget(self.rates)

    def _add_actions(self, row: QHBoxLayout) -> None:
        self.back = self._button("undo", self.tr("Undo"), self.undo.emit)
        self.forth = self._button("redo", self.tr("Redo"), self.redo.emit)
        row.addWidget(self.back)
        row.addWidget(self.forth)
        row.addSpacing(NEAR)
        self.queue_button = QPushButton(self.tr("Add to &queue"))
        self.queue_button.setProperty("kind", "primary")
        self.queue_button.setToolTip(self.tr("Queue every stem of the session through this preset, as it is set"))
        self.queue_button.setIconSize(QSize(16, 16))
        self.queue_button.clicked.connect(self.queue)
        row.addWidget(self.queue_button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a narrow window the preset's name has the room that the word about it would take."""
        self.about.setVisible(event.size().width() >= _WIDE)
        super().resizeEvent(event)

    def show_page(self, page: int) -> None:
        """Which page is shown."""
        self.pages.button(page).setChecked(True)

    def show_preset(self, label: str, about: str) -> None:
        """What is played, and a word about it."""
        self.name.setText(label or self.tr("No preset chosen"))
        self.name.setToolTip(label)
        self.about.setText(about)

    def show_rate(self, session_hz: int | None, effective_hz: int) -> None:
        """The session's rate; None: the stem's own, which is ``effective_hz``."""
        rates: list[int] = sorted({*RATES_HZ, session_hz or RATES_HZ[0]})
        wanted: list[tuple[str, int | None]] = [
            (self.tr("{rate}, the stem's").format(rate=rate_text(effective_hz)), None)
        ]
        if session_hz is not None:
            wanted = [(self.tr("the stem's own"), None)]
        wanted += [(rate_text(each), each) for each in rates]
        if [(self.rates.itemText(k), self.rates.itemData(k)) for k in range(self.rates.count())] != wanted:
            self.rates.clear()
            for text, each in wanted:
                self.rates.addItem(text, each)
        self.rates.setCurrentIndex(max(0, next(k for k, (_, each) in enumerate(wanted) if each == session_hz)))

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do; empty: nothing."""
        for button, label, text, keys in (
            (self.back, undo, self.tr("Undo"), "Ctrl+Z"), (self.forth, redo, self.tr("Redo"), "Ctrl+Shift+Z"),
        ):  # fmt: skip
            button.setEnabled(bool(label))
            button.setToolTip(f"{text}: {label} ({keys})" if label else text)

    def restyle(self) -> None:
        """Icons of another palette."""
        for button in (self.before, self.after, self.back, self.forth):
            button.setIcon(icon(button.property("icon-name"), size=18))
        self.queue_button.setIcon(icon("plus", size=16, colour=current().on_accent))

    def _button(self, name: str, text: str, act: Callable[[], object]) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "quiet")
        made.setProperty("icon-name", name)
        made.setToolTip(text)
        made.setAccessibleName(text.partition(" (")[0])
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _=False: act())
        return made
