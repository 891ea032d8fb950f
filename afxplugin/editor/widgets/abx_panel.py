"""A blind test: is X the first or the second of two variants? Names stay hidden until the last answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from afxplugin.editor.comparing.abx import SIGNIFICANT
from afxplugin.editor.look.theme import GAP, HAIR, NEAR, ROOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

TRIALS = (8, 12, 16, 20, 24)


class AbxPanel(QWidget):
    """Three pages: what to compare, the trials, the result.

    begin: names of two variants and how many trials. listen: "A", "B" or "X". answer: "A" or "B". abandon: no result.
    """

    begin = Signal(str, str, int)
    listen = Signal(str)
    answer = Signal(str)
    abandon = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._make_setup())
        self.pages.addWidget(self._make_trial())
        self.pages.addWidget(self._make_result())
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, GAP, HAIR, HAIR)
        lines.addWidget(self.pages)
        lines.addStretch(1)

    @property
    def is_running(self) -> bool:
        """Whether a test is under way."""
        return self.pages.currentIndex() == 1

    def show_choices(self, choices: Sequence[tuple[str, str]], why_not: str = "") -> None:
        """(name, label) of what can be compared; why_not: what is missing before a test can begin."""
        for box, start in ((self.first, 0), (self.second, 1)):
            before = box.currentData()
            box.blockSignals(True)
            box.clear()
            for name, label in choices:
                box.addItem(label, name)
            k = box.findData(before)
            # Choices come one by one: two that are the same were nobody's wish.
            same = start == 1 and before == self.first.currentData()
            box.setCurrentIndex(k if k >= 0 and not same else min(start, len(choices) - 1))
            box.blockSignals(False)
        self._why_not = why_not
        self._check()

    def show_trial(self, number: int, trials: int, heard: str) -> None:
        """Trial ``number`` of ``trials``, from 1; heard: what sounds, "A", "B", "X" or nothing."""
        self.pages.setCurrentIndex(1)
        self.progress.setText(self.tr("Trial {number} of {trials}").format(number=number, trials=trials))
        for name, button in self.listening.items():
            button.setChecked(name == heard)

    def show_result(self, first: str, second: str, *, right: int, trials: int, p_value: float) -> None:
        """How many answers were right, and how probable that many are by guessing."""
        self.pages.setCurrentIndex(2)
        self.score.setText(self.tr("{right} of {trials} right").format(right=right, trials=trials))
        chance = self.tr("less than 0.001") if p_value < 0.001 else f"{p_value:.3f}"
        if p_value < SIGNIFICANT:
            verdict = self.tr("You hear {first} and {second} apart. By guessing, so many are right with p = {p}.")
        else:
            verdict = self.tr("No proof that you hear {first} and {second} apart: guessing gets so many with p = {p}.")
        self.verdict.setText(verdict.format(first=first, second=second, p=chance))
        self.again.setFocus()

    def show_setup(self) -> None:
        """Back to what is to be compared."""
        self.pages.setCurrentIndex(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While a test runs: A, B and X listen, arrows left and right answer."""
        key = Qt.Key(event.key())
        listening = {Qt.Key.Key_A: "A", Qt.Key.Key_B: "B", Qt.Key.Key_X: "X"}
        answers = {Qt.Key.Key_Left: "A", Qt.Key.Key_Right: "B"}
        if self.is_running and not event.modifiers() and key in listening:
            self.listen.emit(listening[key])
        elif self.is_running and not event.modifiers() and key in answers:
            self.answer.emit(answers[key])
        else:
            event.ignore()

    def _make_setup(self) -> QWidget:
        page = QWidget()
        heading = QLabel(self.tr("Can you hear it blind?"))
        heading.setProperty("role", "heading")
        about = QLabel(
            self.tr(
                "X is one of the two, drawn anew for every trial. Listen to A, B and X as often as you like, equally "
                "loud, then say which one X is. The result tells how likely as many right answers are by guessing."
            )
        )
        about.setProperty("role", "muted")
        about.setWordWrap(True)
        self.first, self.second, self.trials = QComboBox(), QComboBox(), QComboBox()
        for count in TRIALS:
            self.trials.addItem(self.tr("{count} trials").format(count=count), count)
        self.trials.setCurrentIndex(TRIALS.index(16))
        self.start = QPushButton(self.tr("Begin the test"))
        self.start.setProperty("kind", "primary")
        self.start.clicked.connect(
            lambda: self.begin.emit(self.first.currentData(), self.second.currentData(), self.trials.currentData())
        )
        self.missing = QLabel()
        self.missing.setProperty("role", "warning")
        self.missing.setWordWrap(True)
        self._why_not = ""
        begin = QHBoxLayout()
        begin.addWidget(self.start)
        begin.addWidget(self.missing, 1)
        lines = QVBoxLayout(page)
        lines.setContentsMargins(NEAR, HAIR, NEAR, HAIR)
        lines.setSpacing(GAP)
        lines.addWidget(heading)
        lines.addWidget(about)
        lines.addLayout(self._make_fields())
        lines.addLayout(begin)
        lines.addStretch(1)
        return page

    def _make_fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(NEAR)
        grid.setVerticalSpacing(NEAR)
        for k, (text, box) in enumerate(
            ((self.tr("Fi&rst"), self.first), (self.tr("Se&cond"), self.second), (self.tr("Len&gth"), self.trials))
        ):
            label = QLabel(text)
            label.setBuddy(box)
            box.setAccessibleName(text.replace("&", ""))
            box.setMinimumWidth(160)
            box.currentIndexChanged.connect(self._check)
            grid.addWidget(label, k, 0)
            grid.addWidget(box, k, 1)
        grid.setColumnStretch(2, 1)
        return grid

    def _make_trial(self) -> QWidget:
        page = QWidget()
        self.progress = QLabel()
        self.progress.setProperty("role", "heading")
        self.listening: dict[str, QPushButton] = {}
        listen = QHBoxLayout()
        listen.setSpacing(NEAR)
        for name, text in (("A", self.tr("Hear A")), ("X", self.tr("Hear X")), ("B", self.tr("Hear B"))):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setMinimumHeight(56)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setToolTip(self.tr("Key {key}").format(key=name))
            button.clicked.connect(lambda _=False, name=name: self.listen.emit(name))
            self.listening[name] = button
            listen.addWidget(button)
        answers = QHBoxLayout()
        answers.setSpacing(NEAR)
        self.answers: dict[str, QPushButton] = {}
        for name, text, key in (("A", self.tr("X is A"), "←"), ("B", self.tr("X is B"), "→")):
            button = QPushButton(f"{text}   {key}")
            button.setProperty("kind", "primary")
            button.setMinimumHeight(40)
            button.setAccessibleName(text)
            button.clicked.connect(lambda _=False, name=name: self.answer.emit(name))
            self.answers[name] = button
            answers.addWidget(button)
        leave = QPushButton(self.tr("Abandon the test"))
        leave.setProperty("kind", "quiet")
        leave.setToolTip(self.tr("Ends it without a result"))
        leave.clicked.connect(self.abandon)
        lines = QVBoxLayout(page)
        lines.setContentsMargins(NEAR, HAIR, NEAR, HAIR)
        lines.setSpacing(ROOM)
        lines.addWidget(self.progress)
        lines.addLayout(listen)
        lines.addLayout(answers)
        lines.addWidget(leave, alignment=Qt.AlignmentFlag.AlignLeft)
        lines.addStretch(1)
        return page

    def _make_result(self) -> QWidget:
        page = QWidget()
        self.score = QLabel()
        self.score.setProperty("role", "large")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.again = QPushButton(self.tr("Another test"))
        self.again.clicked.connect(self.show_setup)
        lines = QVBoxLayout(page)
        lines.setContentsMargins(NEAR, HAIR, NEAR, HAIR)
        lines.setSpacing(GAP)
        lines.addWidget(self.score)
        lines.addWidget(self.verdict)
        lines.addWidget(self.again, alignment=Qt.AlignmentFlag.AlignLeft)
        lines.addStretch(1)
        return page

    def _check(self) -> None:
        same = self.first.currentData() == self.second.currentData()
        why = self._why_not or (self.tr("Choose two that differ.") if same else "")
        self.missing.setText(why)
        self.start.setEnabled(not why and self.first.count() > 1)
