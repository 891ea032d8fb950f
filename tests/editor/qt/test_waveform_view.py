"""A region chosen by mouse and keys, a zoom, a playhead."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from afxplugin.editor.waveform import Pyramid
from afxplugin.editor.widgets.waveform import WaveformView
from afxplugin.editor.widgets.waveform_painting import sample_columns

SECONDS, WIDTH = 20.0, 800
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def pyramid(seconds: float = SECONDS, channels: int = 2) -> Pyramid:
    bins = round(seconds * 48_000 / 256)
    high = 0.5 + 0.4 * np.sin(np.arange(bins) / 30)
    level = np.stack([np.stack([-high, high], axis=1)] * channels).astype(np.float32)
    levels = [level]
    while levels[-1].shape[1] > 1:
        even = levels[-1][:, : levels[-1].shape[1] // 2 * 2]
        levels.append(
            np.stack([np.minimum(even[:, ::2, 0], even[:, 1::2, 0]), np.maximum(even[:, ::2, 1], even[:, 1::2, 1])], 2)
        )
    return Pyramid(channels, round(seconds * 48_000), 48_000, tuple(levels))


@pytest.fixture
def view(qtbot: QtBot) -> WaveformView:
    made = WaveformView()
    qtbot.addWidget(made)
    made.resize(WIDTH, 160)
    made.show_stem(pyramid(), SECONDS)
    made.show()
    qtbot.waitExposed(made)
    return made


def x_of(seconds: float) -> int:
    return round(seconds / SECONDS * WIDTH)


def drag(view: WaveformView, start_s: float, end_s: float) -> None:
    for kind, seconds in (
        (QEvent.Type.MouseButtonPress, start_s), (QEvent.Type.MouseMove, (start_s + end_s) / 2),
        (QEvent.Type.MouseMove, end_s), (QEvent.Type.MouseButtonRelease, end_s),
    ):  # fmt: skip
        at = QPointF(x_of(seconds), 80)
        button = Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, held, NONE))


def chosen(view: WaveformView) -> list[tuple[float, float]]:
    heard: list[tuple[float, float]] = []
    view.region_chosen.connect(lambda start, seconds: heard.append((start, seconds)))
    return heard


def test_a_drag_chooses_a_region_once(view: WaveformView) -> None:
    heard = chosen(view)
    drag(view, 4.0, 9.0)
    assert heard == [(pytest.approx(4.0), pytest.approx(5.0))]


def test_a_drag_to_the_left_does_as_well(view: WaveformView) -> None:
    drag(view, 9.0, 4.0)
    assert view.region == (pytest.approx(4.0), pytest.approx(5.0))


@pytest.mark.parametrize(
    ("grab", "to", "region"),
    [(4.0, 3.0, (3.0, 6.0)), (9.0, 11.0, (4.0, 7.0)), (6.0, 8.0, (6.0, 5.0)), (6.0, 60.0, (15.0, 5.0))],
    ids=["start", "end", "middle", "beyond the end"],
)
def test_edges_and_middle_can_be_dragged(
    view: WaveformView, grab: float, to: float, region: tuple[float, float]
) -> None:
    view.show_region((4.0, 5.0))
    drag(view, grab, to)
    assert view.region == (pytest.approx(region[0], abs=0.03), pytest.approx(region[1], abs=0.03))


def test_a_click_moves_the_region_there(view: WaveformView) -> None:
    view.show_region((4.0, 5.0))
    heard = chosen(view)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x_of(15.0), 80))
    assert heard == [(pytest.approx(12.5), pytest.approx(5.0))]


def test_a_region_is_neither_too_short_nor_too_long(qtbot: QtBot) -> None:
    view = WaveformView(shortest_s=1.0, longest_s=6.0)
    qtbot.addWidget(view)
    view.resize(WIDTH, 160)
    view.show_stem(pyramid(), SECONDS)
    drag(view, 4.0, 4.2)
    assert view.region == (pytest.approx(4.0), pytest.approx(1.0))
    drag(view, 8.0, 18.0)
    assert view.region == (pytest.approx(8.0), pytest.approx(6.0))


def test_keys_move_and_resize(view: WaveformView) -> None:
    view.show_region((4.0, 5.0))
    heard = chosen(view)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert [round(start, 2) for start, _ in heard] == [4.4, 4.4, 0.0, 15.4]
    assert [round(seconds, 2) for _, seconds in heard] == [5.0, 4.6, 4.6, 4.6]


def test_zooming_keeps_what_is_under_the_pointer(view: WaveformView) -> None:
    at = QPointF(x_of(5.0), 80)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, CTRL, phase, False)
    QApplication.sendEvent(view, event)
    start, seconds = view.view
    assert seconds == pytest.approx(SECONDS * 0.64)
    assert start + seconds * at.x() / WIDTH == pytest.approx(5.0)
    QTest.keyClick(view, Qt.Key.Key_A)
    assert view.view == (0.0, SECONDS)


def test_showing_tells_nobody_and_says_it_to_a_screen_reader(view: WaveformView) -> None:
    heard = chosen(view)
    view.show_region((4.0, 5.0))
    assert heard == []
    assert view.accessibleDescription() == "from 0:04.0 to 0:09.0"


def test_another_stem_is_seen_whole(view: WaveformView) -> None:
    view.zoom(0.1)
    view.show_stem(pyramid(10.0), 10.0)
    assert view.view == (0.0, 10.0)


def test_a_close_view_asks_for_samples_and_paints_them(view: WaveformView) -> None:
    asked: list[tuple[int, int]] = []
    view.closer.connect(lambda start, frames: asked.append((start, frames)))
    view.zoom(0.01, 5.0)
    view.grab()
    start, frames = asked[-1]
    assert start <= 4.9 * 48_000 < 5.1 * 48_000 <= start + frames
    view.show_detail(start, np.zeros((2, frames), np.float32))
    asked.clear()
    view.grab()
    assert asked == []


def test_columns_of_samples_hold_every_extreme() -> None:
    x = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    columns = sample_columns(x, 100.0, 7.5, 80)
    assert columns.shape == (2, 80, 2)
    assert columns[:, :, 0].min() == x[:, 100:700].min()
    assert columns[:, :, 1].max() == x[:, 100:700].max()
    one = sample_columns(x, 10.0, 0.25, 8)
    assert np.all(one[:, :4, 0] <= x[:, 10:11])
    assert np.all(one[:, :4, 1] >= x[:, 10:11])


@pytest.mark.usefixtures("dressed")
def test_waveform_region_and_playhead_are_seen(view: WaveformView) -> None:
    from afxplugin.editor.look.theme import current

    view.show_region((4.0, 5.0))
    view.show_playhead(6.0)
    view.show_message("reading", 0.5)
    drawn = view.grab().toImage()
    tones = {QColor(drawn.pixel(x, y)).name() for x in range(0, WIDTH, 2) for y in range(0, 160, 2)}
    assert current().wave in tones
    assert QColor(drawn.pixel(x_of(4.0), 150)).name() == current().accent


def test_nothing_at_all_can_be_shown(qtbot: QtBot) -> None:
    view = WaveformView()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show_stem(None, 0.0)
    view.show_message("guitar.wav: no such file")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Plus, Qt.Key.Key_A, Qt.Key.Key_Home):
        QTest.keyClick(view, key)
    drag(view, 1.0, 2.0)
    assert view.region is None
    assert not view.grab().isNull()
