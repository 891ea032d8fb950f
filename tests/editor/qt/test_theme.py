"""Colours that can be read, spaces of one scale, icons that are drawn."""

from __future__ import annotations

import itertools
import re

import pytest
from PySide6.QtWidgets import QApplication

from afxplugin.editor.look import icons, theme
from afxplugin.editor.look.style_sheet import style_sheet

INKS = ("text", "muted", "accent", "ok", "warning", "danger")
GROUNDS = ("window", "surface", "raised", "hover", "sunken", "accent_soft")
# WCAG 2.2: 1.4.3 for text, 1.4.11 for what tells a control's edge or a curve.
TEXT_CONTRAST, SHAPE_CONTRAST = 4.5, 3.0


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda each: each.name)
@pytest.mark.parametrize(("ink", "ground"), list(itertools.product(INKS, GROUNDS)))
def test_text_can_be_read(palette: theme.Palette, ink: str, ground: str) -> None:
    assert theme.contrast(getattr(palette, ink), getattr(palette, ground)) >= TEXT_CONTRAST


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda each: each.name)
def test_what_stands_on_the_accent_can_be_read(palette: theme.Palette) -> None:
    assert theme.contrast(palette.on_accent, palette.accent) >= TEXT_CONTRAST


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda each: each.name)
def test_shapes_and_curves_can_be_seen(palette: theme.Palette) -> None:
    for tone in (palette.outline, palette.wave):
        assert theme.contrast(tone, palette.sunken) >= SHAPE_CONTRAST
        assert theme.contrast(tone, palette.surface) >= SHAPE_CONTRAST


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda each: each.name)
def test_the_style_sheet_has_no_colour_of_its_own(palette: theme.Palette) -> None:
    tokens = {value for value in vars(palette).values() if isinstance(value, str)}
    assert set(re.findall(r"#[0-9a-f]{6}\b", style_sheet(palette))) <= tokens


def test_the_style_sheet_is_understood(dressed: str, qapp: QApplication, capfd: pytest.CaptureFixture[str]) -> None:
    from PySide6.QtWidgets import QComboBox

    box = QComboBox()
    box.grab()
    assert qapp.property("afxPalette") == dressed
    assert theme.current().name == dressed
    assert "parse" not in capfd.readouterr().err


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", icons.NAMES)
def test_icons_are_drawn_at_every_scale(name: str) -> None:
    for scale in (1.0, 2.0):
        drawn = icons.pixmap(name, size=18, colour="#ffffff", scale=scale).toImage()
        assert drawn.width() == 18 * scale
        inked = sum(drawn.pixelColor(x, y).alpha() > 60 for x in range(drawn.width()) for y in range(drawn.height()))
        assert inked > 15 * scale


@pytest.mark.usefixtures("qapp")
def test_a_theme_of_the_system_is_one_of_both() -> None:
    assert theme.resolve("system") in (theme.DARK, theme.LIGHT)
    assert theme.resolve("light") is theme.LIGHT
