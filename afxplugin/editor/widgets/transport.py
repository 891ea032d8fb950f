"""Play and stop, loop, where in the region it is, how loud, and on which device."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from afxplugin.editor.look.icons import icon
from afxplugin.editor.look.theme import BODY, GAP, HAIR, NEAR, font
from afxplugin.editor.widgets.meter import Meter
from afxplugin.editor.widgets.words import length_text


class Transport(QWidget):
    """Play (Space), the time, a level meter, and the device or what is wrong with it.

    play, stop, settings: what a user asks for.
    """

    play = Signal()
    stop = Signal()
    settings = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playing = False
        self._problem = ""
        self.button = QToolButton()
        self.button.setIconSize(QSize(22, 22))
        self.button.setFixedSize(44, 36)
        self.button.clicked.connect(lambda: self.stop.emit() if self._playing else self.play.emit())
        self.time = QLabel()
        self.time.setFont(font(BODY, tabular=True))
        self.time.setMinimumWidth(132)
        self.time.setAccessibleName(self.tr("Position in the region"))
        self.meter = Meter(self.tr("Playback level"))
        self.meter.setMaximumWidth(320)
        self.device = QToolButton()
        self.device.setProperty("kind", "quiet")
        self.device.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.device.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.device.clicked.connect(self.settings)
        row = QHBoxLayout(self)
        row.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        row.setSpacing(GAP)
        row.addWidget(self.button)
        row.addWidget(self.time)
        row.addWidget(self.meter, 1)
        row.addStretch(1)
        row.addSpacing(NEAR)
        row.addWidget(self.device)
        self.show_playing(False)
        self.show_position(0.0, 0.0)
        self.show_ready(False, self.tr("Nothing has been compared yet"))
        self.show_device("", "")

    def show_playing(self, playing: bool) -> None:
        """Whether it sounds."""
        self._playing = playing
        self.button.setIcon(icon("stop" if playing else "play", size=22))
        name = self.tr("Stop") if playing else self.tr("Play")
        self.button.setAccessibleName(name)
        self.button.setToolTip(self.tr("{name} (Space)").format(name=name))
        if not playing:
            self.meter.clear()

    def show_ready(self, ready: bool, why: str = "") -> None:
        """Whether there is something to be heard; why not."""
        self.button.setEnabled(ready or self._playing)
        if why and not ready:
            self.button.setToolTip(why)

    def show_position(self, at_s: float, seconds: float) -> None:
        """Where in the region it is, and its length."""
        text = self.tr("{at} / {length}").format(at=length_text(at_s), length=length_text(seconds))
        if text != self.time.text():
            self.time.setText(text)

    def show_device(self, name: str, problem: str) -> None:
        """The device that is played on, or why none is."""
        self._problem = problem
        self.device.setText(self.tr("No audio device") if problem else name or self.tr("Audio device"))
        self.device.setIcon(icon("warning" if problem else "gear", size=16))
        tip = problem or self.tr("Choose the device that is played on.")
        if name and not problem:
            tip = self.tr("Playing on {name}. Click to choose another device.").format(name=name)
        self.device.setToolTip(tip)
        self.device.setAccessibleName(self.tr("Audio device"))
        self.device.setAccessibleDescription(tip)

    def restyle(self) -> None:
        """Icons of another palette."""
        self.show_playing(self._playing)
        self.device.setIcon(icon("warning" if self._problem else "gear", size=16))
