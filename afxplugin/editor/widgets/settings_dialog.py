"""What is set once: the audio device, light or dark, where rendered files go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from afxplugin.editor.look.theme import GAP, NEAR, ROOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.editor.look.theme import ThemeChoice


@dataclass(frozen=True)
class SettingsChoice:
    """device: an output device's name, None: the default. folder: None: "rendered" beside each stem."""

    device: str | None
    theme: ThemeChoice
    folder: Path | None


class SettingsDialog(QDialog):
    """looks: another theme is tried, before it is accepted. ``choice`` after it was accepted."""

    looks = Signal(str)

    def __init__(
        self,
        now: SettingsChoice,
        devices: Sequence[str],
        *,
        problem: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(520)
        self.device, self.theme = QComboBox(), QComboBox()
        self.device.addItem(self.tr("Default device"), None)
        known = [*devices, now.device] if now.device and now.device not in devices else [*devices]
        for name in known:
            self.device.addItem(name if name in devices else self.tr("{name} (not here)").format(name=name), name)
        self.device.setCurrentIndex(max(0, self.device.findData(now.device)))
        self.device.setMinimumContentsLength(24)
        self.device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        themes = (("system", self.tr("As the system")), ("light", self.tr("Light")), ("dark", self.tr("Dark")))
        for name, text in themes:
            self.theme.addItem(text, name)
        self.theme.setCurrentIndex(max(0, self.theme.findData(now.theme)))
        self.theme.currentIndexChanged.connect(lambda: self.looks.emit(self.theme.currentData()))
        self.folder = QLineEdit(str(now.folder) if now.folder is not None else "")
        self.folder.setPlaceholderText(self.tr("“rendered” beside each stem"))
        self.folder.setClearButtonEnabled(True)
        self.browse = QPushButton(self.tr("Choo&se…"))
        self.browse.clicked.connect(self._browse)
        self.problem = QLabel(problem)
        self.problem.setProperty("role", "warning")
        self.problem.setWordWrap(True)
        self.problem.setVisible(bool(problem))
        self._lay_out()

    @property
    def choice(self) -> SettingsChoice:
        """What is set now."""
        text = self.folder.text().strip()
        return SettingsChoice(
            self.device.currentData(), self.theme.currentData(), Path(text).expanduser().absolute() if text else None
        )

    def _lay_out(self) -> None:
        place = QHBoxLayout()
        place.setSpacing(NEAR)
        place.addWidget(self.folder, 1)
        place.addWidget(self.browse)
        form = QFormLayout()
        form.setHorizontalSpacing(ROOM)
        form.setVerticalSpacing(GAP)
        for text, box, field in (
            (self.tr("&Audio device"), self.device, self.device),
            (self.tr("&Theme"), self.theme, self.theme),
            (self.tr("&Rendered files"), place, self.folder),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            form.addRow(label, box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(ROOM, ROOM, ROOM, ROOM)
        lines.setSpacing(ROOM)
        lines.addLayout(form)
        lines.addWidget(self.problem)
        lines.addWidget(buttons)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for rendered files"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)
