"""The left side: the session's stems over the presets."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from afxplugin.editor.look.icons import icon
from afxplugin.editor.look.theme import GAP, HAIR, NEAR, TIGHT
from afxplugin.editor.widgets.preset_browser import PresetBrowser
from afxplugin.editor.widgets.stem_list import StemList


class Sidebar(QWidget):
    """add: files are to be chosen."""

    add = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stems = StemList()
        self.presets = PresetBrowser()
        self.count = QLabel()
        self.count.setProperty("role", "small")
        self.add_button = QToolButton()
        self.add_button.setProperty("kind", "quiet")
        self.add_button.setToolTip(self.tr("Add stems (Ctrl+I)"))
        self.add_button.setAccessibleName(self.tr("Add stems"))
        self.add_button.clicked.connect(self.add)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(GAP)
        split.addWidget(self._section(self.tr("STEMS"), self.stems, self.count, self.add_button))
        split.addWidget(self._section(self.tr("PRESETS"), self.presets))
        split.setSizes([330, 420])
        self.split = split
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.addWidget(split)
        self.setMinimumWidth(220)
        self.restyle()

    def show_count(self, stems: int) -> None:
        """How many stems there are."""
        self.count.setText(str(stems) if stems else "")

    def restyle(self) -> None:
        """Icons of another palette."""
        self.add_button.setIcon(icon("plus", size=16))
        self.presets.restyle()

    def _section(self, title: str, body: QWidget, *extras: QWidget) -> QWidget:
        head = QLabel(title)
        head.setProperty("role", "section")
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addWidget(head)
        row.addStretch(1)
        for each in extras:
            row.addWidget(each)
        made = QWidget()
        lines = QVBoxLayout(made)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(TIGHT)
        lines.addLayout(row)
        lines.addWidget(body, 1)
        return made
