"""A knob by mouse, wheel, keys and typing; and what a screen reader is told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from afxplugin.editor.widgets.knob import Knob, KnobRange

DRIVE = KnobRange("Drive", 0.0, 10.0, 5.0, "", 1)
GAIN = KnobRange("Input", -24.0, 24.0, 0.0, "dB", 1, centred=True)


@pytest.fixture
def knob(qtbot: QtBot) -> Knob:
    made = Knob(DRIVE)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def turns(knob: Knob) -> list[tuple[str, float]]:
    heard: list[tuple[str, float]] = []
    knob.turned.connect(lambda name, value: heard.append((name, value)))
    return heard


def drag(knob: Knob, pixels: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    dial = knob.dial
    for kind, y in ((QEvent.Type.MouseButtonPress, 20), (QEvent.Type.MouseMove, 20 - pixels)):
        at = QPointF(20, y)
        event = QMouseEvent(
            kind, at, dial.mapToGlobal(at), Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, modifiers
        )
        QApplication.sendEvent(dial, event)
    QTest.mouseRelease(dial, Qt.MouseButton.LeftButton, pos=QPoint(20, 20 - pixels))


def test_showing_a_value_tells_nobody(knob: Knob) -> None:
    heard = turns(knob)
    knob.show_value(7.0)
    assert (heard, knob.dial.position, knob.field.text()) == ([], 7.0, "7.0")


def test_dragging_up_is_more_and_the_name_comes_along(knob: Knob) -> None:
    heard = turns(knob)
    drag(knob, 36)
    assert heard == [("Drive", pytest.approx(7.0))]


def test_shift_moves_a_tenth_as_far(knob: Knob) -> None:
    drag(knob, 36, Qt.KeyboardModifier.ShiftModifier)
    assert knob.dial.position == pytest.approx(5.2)


def test_a_drag_ends_at_the_limits(knob: Knob) -> None:
    drag(knob, 5000)
    assert knob.dial.position == 10.0


def test_a_press_alone_changes_nothing(knob: Knob) -> None:
    heard = turns(knob)
    QTest.mouseClick(knob.dial, Qt.MouseButton.LeftButton, pos=QPoint(3, 40))
    assert heard == []


def test_the_wheel_turns(knob: Knob) -> None:
    for delta in (120, 120, -120):
        at = QPointF(20, 20)
        event = QWheelEvent(
            at, knob.dial.mapToGlobal(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(knob.dial, event)
    assert knob.dial.position == pytest.approx(5.2)


@pytest.mark.parametrize(
    ("key", "modifier", "position"),
    [
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, 5.1),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 4.9),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, 5.01),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, 4.0),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0.0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 10.0),
    ],
)
def test_keys_turn(knob: Knob, key: Qt.Key, modifier: Qt.KeyboardModifier, position: float) -> None:
    QTest.keyClick(knob.dial, key, modifier)
    assert knob.dial.position == pytest.approx(position)


def test_a_double_click_and_delete_reset(knob: Knob) -> None:
    knob.show_value(8.0)
    QTest.mouseDClick(knob.dial, Qt.MouseButton.LeftButton)
    assert knob.dial.position == 5.0
    knob.show_value(8.0)
    QTest.keyClick(knob.dial, Qt.Key.Key_Delete)
    assert knob.dial.position == 5.0


def test_a_value_is_typed(knob: Knob) -> None:
    heard = turns(knob)
    knob.dial.setFocus()
    QTest.keyClick(knob.dial, Qt.Key.Key_Return)
    assert knob.field.hasFocus()
    QTest.keyClicks(knob.field, "6.25")
    QTest.keyClick(knob.field, Qt.Key.Key_Return)
    assert heard == [("Drive", 6.25)]
    assert knob.dial.hasFocus()


@pytest.mark.parametrize(("typed", "position"), [("99", 10.0), ("-3", 0.0), ("3,5", 3.5), ("loud", 5.0), ("nan", 5.0)])
def test_what_is_typed_is_kept_within_limits_or_left(knob: Knob, typed: str, position: float) -> None:
    knob.field.setFocus()
    knob.field.setText(typed)
    QTest.keyClick(knob.field, Qt.Key.Key_Return)
    assert knob.dial.position == position


def test_escape_leaves_the_field_as_it_was(knob: Knob) -> None:
    knob.field.setFocus()
    knob.field.setText("9")
    QTest.keyClick(knob.field, Qt.Key.Key_Escape)
    assert (knob.dial.position, knob.field.text()) == (5.0, "5.0")


def test_a_gain_has_sign_and_unit() -> None:
    assert [GAIN.text(value) for value in (3.0, 0.0, -0.01, -6.0)] == ["+3.0 dB", "0.0 dB", "0.0 dB", "-6.0 dB"]
    assert GAIN.parse("+3 dB") == 3.0


def test_a_screen_reader_finds_a_dial_with_name_and_value(knob: Knob) -> None:
    knob.show_value(6.5)
    interface = QAccessible.queryAccessibleInterface(knob.dial)
    assert interface.role() == QAccessible.Role.Dial
    assert interface.text(QAccessible.Text.Name) == "Drive"
    assert interface.text(QAccessible.Text.Description) == "6.5, from 0.0 to 10.0"


def test_assistive_technology_can_set_it(knob: Knob) -> None:
    heard = turns(knob)
    knob.dial.setValue(2500)
    assert heard == [("Drive", 2.5)]


def test_it_is_painted_sharp(knob: Knob, dressed: str) -> None:
    drawn = knob.grab().toImage()
    tones = {drawn.pixel(x, y) for x in range(drawn.width()) for y in range(drawn.height())}
    assert len(tones) > 20, dressed
