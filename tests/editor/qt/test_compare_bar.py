"""Variants as buttons: chosen, refused with a reason, told to a screen reader."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from afxplugin.editor.look.theme import SMALL, TIGHT, font
from afxplugin.editor.state.variants import VARIANTS, PlannedVariant, plan_variants
from afxplugin.editor.widgets.compare_bar import CompareBar
from tests.render.material import random_capture


@pytest.fixture(scope="module")
def plans() -> tuple[PlannedVariant, ...]:
    good = plan_variants(random_capture(rate_hz=44_100), 48_000)
    broken = PlannedVariant(VARIANTS[3], 48_000, None, playable=False, reason="apdl needs a rate above the capture's")
    return tuple(broken if each.name == "apdl" else each for each in good)


@pytest.fixture
def bar(qtbot: QtBot, plans: tuple[PlannedVariant, ...]) -> CompareBar:
    made = CompareBar()
    qtbot.addWidget(made)
    made.show_plans(plans)
    made.resize(1000, 120)
    made.show()
    return made


def test_every_variant_has_its_key(bar: CompareBar) -> None:
    assert [bar.button(key).name for key in range(10)] == ["reference", *(each.name for each in VARIANTS)]


def test_a_click_chooses(bar: CompareBar) -> None:
    heard: list[str] = []
    bar.chosen.connect(heard.append)
    QTest.mouseClick(bar.buttons["lidl"], Qt.MouseButton.LeftButton)
    QTest.keyClick(bar.buttons["naive"], Qt.Key.Key_Return)
    assert heard == ["lidl", "naive"]


def test_one_that_cannot_be_had_says_why_and_is_not_chosen(bar: CompareBar) -> None:
    heard: list[str] = []
    bar.chosen.connect(heard.append)
    button = bar.buttons["apdl"]
    assert "needs a rate above" in button.toolTip()
    assert button.accessibleDescription().startswith("cannot be played: apdl needs")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert heard == []
    assert bar.why.text() == "APDL: apdl needs a rate above the capture's"


def test_what_is_heard_is_marked_with_its_reason(bar: CompareBar) -> None:
    bar.show_heard("auto")
    assert [name for name, button in bar.buttons.items() if button.is_heard] == ["auto"]
    assert bar.buttons["auto"].accessibleDescription().startswith("playing this")
    assert bar.why.text().startswith("Auto: resampled to 44.1 kHz")
    bar.show_heard("reference")
    assert bar.why.text().startswith("Reference: the capture at its own rate")


def test_gains_are_shown_while_loudness_is_matched(bar: CompareBar) -> None:
    bar.show_gains({"naive": 1.25}, matched=True)
    assert "+1.2 dB" in bar.buttons["naive"].accessibleDescription()
    bar.show_gains({"naive": 1.25}, matched=False)
    assert "dB" not in bar.buttons["naive"].accessibleDescription()


def test_the_switch_tells_and_showing_does_not(bar: CompareBar) -> None:
    heard: list[bool] = []
    bar.matching.connect(heard.append)
    bar.show_gains({}, matched=True)
    assert heard == []
    QTest.mouseClick(bar.matched, Qt.MouseButton.LeftButton)
    assert heard == [False]


def test_latency_is_told(bar: CompareBar) -> None:
    assert "1.58 ms" in bar.buttons["resample"].toolTip()


def test_the_device_is_there_only_where_it_is_known(bar: CompareBar) -> None:
    assert not bar.buttons["device"].isVisible()
    bar.show_device(True)
    assert bar.buttons["device"].isVisible()


def test_a_failure_greys(bar: CompareBar) -> None:
    bar.show_failures({"cidl": "its output stops being finite: its loop is not stable"})
    assert bar.buttons["cidl"].problem.startswith("its output")


def test_names_are_never_cut(bar: CompareBar, dressed: str) -> None:
    bar.show_device(True)
    bar.show_progress({"stn": 0.5})
    bar.resize(bar.minimumSizeHint())
    assert bar.minimumSizeHint().width() <= 720, dressed
    small = QFontMetrics(font(SMALL, bold=True))
    for button in bar.buttons.values():
        assert button.width() >= small.horizontalAdvance(button.text()) + 2 * TIGHT
    assert not bar.grab().isNull()
