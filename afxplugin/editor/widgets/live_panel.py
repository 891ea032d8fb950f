"""Playing the instrument live: devices, levels, how late it is heard, and what was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from afxplugin.editor.look.icons import icon
from afxplugin.editor.look.theme import GAP, HAIR, LARGE, NEAR, ROOM, TIGHT, current, font
from afxplugin.editor.widgets.knob_panel import KnobPanel
from afxplugin.editor.widgets.meter import Meter
from afxplugin.editor.widgets.words import percent_text, rate_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.engine.live_stats import Levels, LiveStats
    from afxplugin.engine.stream import Device

BLOCKS: Final = (32, 64, 128, 256, 512, 1024)
_DEFAULT_BLOCK: Final = 128


@dataclass(frozen=True)
class LiveRequest:
    """How to play: devices by their number (None: the default), the input's channel from 1, frames a block, method."""

    input: int | None
    output: int | None
    input_channel: int
    block_frames: int
    method: str


class LivePanel(QWidget):
    """start: a LiveRequest. stop. look: devices are to be looked for again."""

    start = Signal(object)
    stop = Signal()
    look = Signal()

    def __init__(self, methods: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._devices: tuple[Device, ...] = ()
        self._playing = False
        self._starting = False
        self._ready = False
        self.inputs, self.outputs, self.channel = QComboBox(), QComboBox(), QComboBox()
        self.block, self.method = QComboBox(), QComboBox()
        for frames in BLOCKS:
            self.block.addItem(self.tr("{frames} frames").format(frames=frames), frames)
        self.block.setCurrentIndex(BLOCKS.index(_DEFAULT_BLOCK))
        for name in methods:
            self.method.addItem(name, name)
        self.inputs.currentIndexChanged.connect(self._fill_channels)
        self.button = QPushButton()
        self.button.setMinimumHeight(40)
        self.button.setIconSize(QSize(18, 18))
        self.button.clicked.connect(self._clicked)
        self.again = QPushButton(self.tr("Loo&k for devices"))
        self.again.clicked.connect(self.look)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "warning")
        self.meter_in = Meter(self.tr("Input level"), channels=1)
        self.meter_out = Meter(self.tr("Output level"), channels=2)
        self.knobs = KnobPanel()
        self.figures: dict[str, QLabel] = {}
        self._lay_out()
        self.show_playing(False)
        self.show_ready(False, "")

    def show_devices(self, devices: Sequence[Device], *, first: tuple[str | None, str | None] = (None, None)) -> None:
        """The devices that are there; the chosen ones stay chosen; ``first``: names for input and output at first."""
        chosen = (self.inputs.currentData(), self.outputs.currentData())
        if not self._devices:
            chosen = tuple(next((each.index for each in devices if each.name == name), None) for name in first)
        self._devices = tuple(devices)
        for box, kind, before in zip((self.inputs, self.outputs), ("input", "output"), chosen, strict=True):
            box.blockSignals(True)
            box.clear()
            box.addItem(self.tr("Default device"), None)
            for each in self._devices:
                if (each.input_channels if kind == "input" else each.output_channels) > 0:
                    box.addItem(f"{each.name} · {each.host_api}", each.index)
            box.setCurrentIndex(max(0, box.findData(before)))
            box.blockSignals(False)
        self._fill_channels()

    def show_ready(self, ready: bool, why: str) -> None:
        """Whether it can be started; why not, or what ended it."""
        self._ready = ready
        self.problem.setText(why)
        self.problem.setVisible(bool(why))
        self._show_button()

    def show_playing(self, playing: bool) -> None:
        """Whether the instrument is heard."""
        self._playing = playing
        self._starting = False
        self._show_button()
        for box in (self.inputs, self.outputs, self.channel, self.block, self.method, self.again):
            box.setEnabled(not playing)
        if not playing:
            self.meter_in.clear()
            self.meter_out.clear()

    def show_starting(self) -> None:
        """It has been asked for; the graph is being built."""
        self._starting = True
        self._show_button()

    def show_stats(self, stats: LiveStats, levels: Levels) -> None:
        """Levels since the last reading, and figures since the start."""
        self.meter_in.show_peaks((levels.input,))
        self.meter_out.show_peaks((levels.left, levels.right))
        shown = {
            "round": self.tr("{number} ms").format(number=f"{stats.round_trip_ms:.1f}"),
            "load": percent_text(stats.load),
            "underruns": str(stats.underruns),
            "xruns": str(stats.xruns),
        }
        for name, text in shown.items():
            if self.figures[name].text() != text:
                self.figures[name].setText(text)

    def restyle(self) -> None:
        """Icons of another palette."""
        self._show_button()
        for label in self.figures.values():
            label.setFont(font(LARGE, bold=True, tabular=True))

    def _show_button(self) -> None:
        """What it would do, in the colours of the present palette."""
        playing, button = self._playing, self.button
        text = self.tr("Stop playing live") if playing else self.tr("Play live")
        button.setText(self.tr("Starting…") if self._starting else text)
        button.setEnabled((playing or self._ready) and not self._starting)
        kind = "" if playing else "primary"
        if button.property("kind") != kind:
            button.setProperty("kind", kind)
            button.style().unpolish(button)
            button.style().polish(button)
        tone = current().text if playing else current().on_accent
        button.setIcon(icon("stop" if playing else "microphone", size=18, colour=tone))

    def _clicked(self) -> None:
        if self._playing:
            self.stop.emit()
            return
        self.start.emit(
            LiveRequest(
                self.inputs.currentData(),
                self.outputs.currentData(),
                self.channel.currentData() or 1,
                self.block.currentData(),
                self.method.currentData() or "auto",
            )
        )

    def _fill_channels(self) -> None:
        wanted = self.inputs.currentData()
        chosen = next((each for each in self._devices if each.index == wanted), None)
        default = next((each for each in self._devices if each.is_default_input), None)
        device = chosen or default
        before = self.channel.currentData() or 1
        self.channel.clear()
        for k in range(1, max(1, min(device.input_channels if device is not None else 1, 64)) + 1):
            self.channel.addItem(str(k), k)
        self.channel.setCurrentIndex(max(0, self.channel.findData(before)))
        self.inputs.setToolTip("" if device is None else f"{device.name}, {rate_text(device.rate_hz)}")

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(NEAR)
        fields = (
            (self.tr("&Input device"), self.inputs), (self.tr("Input &channel"), self.channel),
            (self.tr("&Output device"), self.outputs), (self.tr("&Block"), self.block),
            (self.tr("&Method"), self.method),
        )  # fmt: skip
        for k, (text, box) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(box)
            box.setAccessibleName(text.replace("&", ""))
            box.setMinimumWidth(190)
            box.setMinimumContentsLength(14)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            form.addWidget(label, k, 0)
            form.addWidget(box, k, 1)
        form.addWidget(self.again, len(fields), 1, Qt.AlignmentFlag.AlignLeft)
        form.setRowStretch(len(fields) + 1, 1)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(self.button)
        right.addWidget(self.problem)
        for meter in (self.meter_in, self.meter_out):
            label = QLabel(meter.accessibleName())
            label.setProperty("role", "small")
            right.addWidget(label)
            right.addWidget(meter)
        right.addLayout(self._make_figures())
        right.addStretch(1)
        panel = QFrame()
        panel.setProperty("role", "panel")
        row = QHBoxLayout(panel)
        row.setContentsMargins(ROOM, ROOM, ROOM, ROOM)
        row.setSpacing(ROOM)
        row.addLayout(form)
        row.addLayout(right, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(NEAR)
        lines.addWidget(panel)
        lines.addWidget(self._make_strip())
        lines.addStretch(1)

    def _make_strip(self) -> QFrame:
        """The knobs, to be turned while one plays."""
        strip = QFrame()
        strip.setProperty("role", "panel")
        row = QHBoxLayout(strip)
        row.setContentsMargins(GAP, NEAR, GAP, NEAR)
        row.addWidget(self.knobs)
        return strip

    def _make_figures(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(ROOM)
        captions = {
            "round": self.tr("from input to output"),
            "load": self.tr("of the time a block has"),
            "underruns": self.tr("blocks that were late"),
            "xruns": self.tr("losses of the device"),
        }
        for name, text in captions.items():
            number, caption = QLabel("–"), QLabel(text)
            number.setFont(font(LARGE, bold=True, tabular=True))
            number.setAccessibleName(text)
            caption.setProperty("role", "small")
            caption.setWordWrap(True)
            caption.setMinimumWidth(64)
            caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            column = QVBoxLayout()
            column.setSpacing(TIGHT)
            column.addWidget(number)
            column.addWidget(caption)
            row.addLayout(column, 1)
            self.figures[name] = number
        return row
