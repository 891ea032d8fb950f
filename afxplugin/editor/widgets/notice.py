"""A strip that tells what could not be done, until it is closed or something newer is to be told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from afxplugin.editor.look.icons import icon, pixmap
from afxplugin.editor.look.theme import GAP, NEAR, current


class Notice(QFrame):
    """Hidden while there is nothing to be told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self.picture = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.dismiss = QToolButton()
        self.dismiss.setProperty("kind", "quiet")
        self.dismiss.setToolTip(self.tr("Close (Esc)"))
        self.dismiss.setAccessibleName(self.tr("Close message"))
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, NEAR, NEAR, NEAR)
        row.setSpacing(GAP)
        row.addWidget(self.picture)
        row.addWidget(self.text, 1)
        row.addWidget(self.dismiss)
        self.restyle()
        self.hide()

    def tell(self, text: str) -> None:
        """Show this, and say it to a screen reader."""
        self.text.setText(text[:1].upper() + text[1:])
        self.setAccessibleName(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def restyle(self) -> None:
        """Icons of another palette."""
        self.picture.setPixmap(pixmap("warning", size=18, colour=current().warning, scale=3.0))
        self.picture.setFixedSize(18, 18)
        self.picture.setScaledContents(True)
        self.dismiss.setIcon(icon("close", size=14))
