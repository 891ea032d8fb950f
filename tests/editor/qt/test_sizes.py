"""What fits where: the first size on a screen, all figures on a small one, nothing over anything on the smallest."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from afxplugin.editor.placing import fitting
from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.header import COMPARE, LIVE, RENDER
from tests.editor.qt.office_fixtures import Desk
from tests.editor.qt.silent_device import no_output


@pytest.mark.parametrize(
    ("screen", "first"),
    [
        ((1920, 1080), (1280, 800)),
        ((1280, 800), (1276, 762)),
        ((1366, 768), (1280, 730)),
        ((1024, 700), (1020, 662)),
        ((800, 600), (1000, 640)),
    ],
)
def test_the_first_size_leaves_room_for_the_frame(screen: tuple[int, int], first: tuple[int, int]) -> None:
    assert fitting(QSize(*screen), QSize(1000, 640)).toTuple() == first


@pytest.fixture
def ready(desk: Desk, stem: Path) -> Desk:
    """A stem through a preset of a simulated device, which has the most rows and buttons, compared."""
    desk.add(stem)
    desk.choose(Choice(preset="Green Overdrive/Crunch"))
    return desk


def resize(desk: Desk, width: int, height: int) -> None:
    desk.window.resize(width, height)
    desk.rest()
    assert desk.window.size().toTuple() == (width, height)


def inside(widget: QWidget, whole: QWidget) -> QRect:
    return QRect(widget.mapTo(whole, widget.rect().topLeft()), widget.size())


def test_all_figures_are_seen_on_a_small_screen(ready: Desk) -> None:
    resize(ready, 1280, 800)
    table = ready.window.page.figures
    rows = len(table.figures.rows)
    assert rows == 11
    last = table.visualRect(table.figures.index(rows - 1, 0))
    assert table.viewport().rect().contains(last)
    assert not table.verticalScrollBar().isVisible()
    assert not table.horizontalScrollBar().isVisible()


@pytest.mark.parametrize("page", [COMPARE, RENDER, LIVE])
def test_nothing_is_cut_or_covered_on_the_smallest_screen(ready: Desk, page: int) -> None:
    resize(ready, 1024, 700)
    ready.window.show_page(page)
    ready.rest()
    window = ready.window
    shown = [each for kind in (QAbstractButton, QComboBox) for each in window.findChildren(kind) if each.isVisible()]
    shown = [each for each in shown if not isinstance(each.parent(), QLineEdit)]  # they lie in their field
    assert len(shown) > 10
    for widget in shown:
        assert window.rect().contains(inside(widget, window)), widget.accessibleName()
        assert widget.width() >= widget.minimumSizeHint().width(), widget.accessibleName()
    for first in shown:
        for second in shown:
            if first is not second and first.parent() is second.parent():
                assert not inside(first, window).intersects(inside(second, window))


def test_a_missing_device_is_told_once(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from afxplugin.editor.desks import playback

    monkeypatch.setattr(playback.player, "choose_output", no_output)
    notice, transport = ready.window.notice, ready.window.page.transport
    ready.office.playback.play()
    ready.wait(notice.isVisible)
    notice.dismiss.click()
    for _ in range(2):
        ready.office.playback.play()
        ready.rest()
    assert not notice.isVisible()
    assert transport.isVisible()
    # Another device was chosen: that it is not here either is news.
    ready.office.playback.choose_device("Another")
    ready.office.playback.play()
    ready.wait(notice.isVisible)
