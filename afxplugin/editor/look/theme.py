"""How the editor looks: two palettes, one scale of spaces, one of type, and the style sheet made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette

from afxplugin.editor.look.style_sheet import style_sheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

ThemeChoice = Literal["light", "dark", "system"]


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for, as ``#rrggbb``.

    Text, muted, accent, ok, warning and danger are read on window, surface, raised, hover, sunken and accent_soft;
    on_accent on accent.
    """

    name: Literal["light", "dark"]
    window: str
    surface: str
    raised: str
    hover: str
    sunken: str
    border: str
    outline: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    ok: str
    warning: str
    danger: str
    wave: str
    grid: str


DARK: Final = Palette(
    name="dark",
    window="#14171b",
    surface="#1b1f25",
    raised="#262c34",
    hover="#303742",
    sunken="#101317",
    border="#2d343e",
    outline="#6c7886",
    text="#e8ecf1",
    muted="#a7b1bd",
    accent="#5cc3cf",
    on_accent="#08181b",
    accent_soft="#1f3d44",
    ok="#6fcf97",
    warning="#ecb755",
    danger="#f58f86",
    wave="#7fb4d6",
    grid="#2d343e",
)
LIGHT: Final = Palette(
    name="light",
    window="#eef0f3",
    surface="#ffffff",
    raised="#f4f6f8",
    hover="#e3e7ec",
    sunken="#f8f9fb",
    border="#d2d8df",
    outline="#7c8794",
    text="#1a2027",
    muted="#535e6b",
    accent="#0a6a79",
    on_accent="#ffffff",
    accent_soft="#d3eaee",
    ok="#1b6e3c",
    warning="#865300",
    danger="#b42a20",
    wave="#2f739d",
    grid="#dde2e8",
)

# Spaces between and inside things, in logical pixels: every margin is one of these.
SPACE: Final = (0, 4, 8, 12, 16, 24, 32)
HAIR, TIGHT, NEAR, GAP, ROOM, WIDE, FAR = SPACE
# Type, in logical pixels: notes, text, headings, a large reading.
SMALL, BODY, HEADING, LARGE = 11, 13, 15, 22
RADIUS: Final = 5


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it (relative luminance)."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def resolve(choice: ThemeChoice) -> Palette:
    """The palette of a choice; ``system`` follows the desktop, and is dark where it does not say."""
    if choice == "system":
        hints = QGuiApplication.styleHints()
        choice = "light" if hints.colorScheme() == Qt.ColorScheme.Light else "dark"
    return LIGHT if choice == "light" else DARK


def apply(app: QApplication, palette: Palette) -> None:
    """Style, colours and type of the whole program; widgets that paint themselves ask :func:`current`.

    Windows are dressed besides, part by part, each by its own palette and style sheet: as those of the whole program
    they would be worked out anew for every hidden widget that pyqtgraph keeps, at one go. So the program's own palette
    stays the first one; nothing that is dressed shows it.
    """
    if app.property("afxPalette") is None:
        app.setPalette(qt_palette(palette))
        app.setStyle("Fusion")
        font = QFont(app.font())
        font.setPixelSize(BODY)
        app.setFont(font)
    app.setProperty("afxPalette", palette.name)


def dress(part: QWidget, palette: Palette) -> None:
    """The palette and style sheet of a part of a window, or of a dialog."""
    part.setPalette(qt_palette(palette))
    part.setStyleSheet(style_sheet(palette))


def current() -> Palette:
    """The palette that was applied last."""
    app = QGuiApplication.instance()
    return LIGHT if app is not None and app.property("afxPalette") == "light" else DARK


def colour(text: str, alpha: float = 1.0) -> QColor:
    """A token as a colour, see-through with ``alpha`` from 0 to 1."""
    made = QColor(text)
    made.setAlphaF(alpha)
    return made


def font(pixels: int = BODY, *, bold: bool = False, tabular: bool = False) -> QFont:
    """The program's font in a size of the scale; ``tabular`` for figures that stand under each other or change."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def _luminance(text: str) -> float:
    channels = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def qt_palette(palette: Palette) -> QPalette:
    """Qt's roles in a palette's colours, for what Qt draws itself."""
    role = QPalette.ColorRole
    made = QPalette()
    for key, text in (
        (role.Window, palette.window), (role.WindowText, palette.text), (role.Base, palette.sunken),
        (role.AlternateBase, palette.raised), (role.Text, palette.text), (role.Button, palette.raised),
        (role.ButtonText, palette.text), (role.BrightText, palette.danger), (role.Highlight, palette.accent),
        (role.HighlightedText, palette.on_accent), (role.ToolTipBase, palette.raised),
        (role.ToolTipText, palette.text), (role.PlaceholderText, palette.muted), (role.Link, palette.accent),
        (role.LinkVisited, palette.accent), (role.Accent, palette.accent), (role.Light, palette.hover),
        (role.Midlight, palette.raised), (role.Mid, palette.border), (role.Dark, palette.outline),
        (role.Shadow, palette.window),
    ):  # fmt: skip
        made.setColor(key, QColor(text))
    for key in (role.Text, role.ButtonText, role.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, key, QColor(palette.outline))
    return made
