"""The list of stems and the browser of presets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from afxplugin.editor.state.catalogue import Catalogue, PresetCard
from afxplugin.editor.state.stem_info import StemInfo
from afxplugin.editor.widgets.preset_browser import PresetBrowser
from afxplugin.editor.widgets.stem_list import StemList, StemRow

GUITAR, BASS, BAD = Path("/stems/guitar.wav"), Path("/stems/bass.flac"), Path("/stems/bad.wav")
THUMB = (np.full((2, 40), -0.5, np.float32), np.full((2, 40), 0.5, np.float32))
ROWS = (
    StemRow(GUITAR, StemInfo(GUITAR, 44_100, 2, 44_100 * 200, "WAV", "PCM_24"), THUMB),
    StemRow(BASS),
    StemRow(BAD, StemInfo(BAD, error="/stems/bad.wav: no audio that can be read")),
)


def card(device: str, name: str, *tags: str) -> PresetCard:
    words = tuple(word.casefold() for word in (*device.split(), *name.split(), *tags))
    return PresetCard(f"{device}/{name}", device, name, "", "CC0", "somebody", tags, words)


CATALOGUE = Catalogue(
    (card("Green Drive", "Crunch", "rock"), card("Green Drive", "Lead"), card("Old Amp", "Clean")),
    ("/presets/broken/device.toml: line 3: not TOML",),
)


@pytest.fixture
def stems(qtbot: QtBot) -> StemList:
    made = StemList()
    qtbot.addWidget(made)
    made.resize(260, 300)
    made.show_stems(ROWS, GUITAR)
    made.show()
    return made


@pytest.fixture
def browser(qtbot: QtBot) -> PresetBrowser:
    made = PresetBrowser()
    qtbot.addWidget(made)
    made.resize(260, 400)
    made.show_catalogue(CATALOGUE, frozenset(["Old Amp/Clean"]))
    made.show()
    return made


def words(stems: StemList, row: int) -> str:
    return stems.rows.data(stems.rows.index(row), Qt.ItemDataRole.AccessibleTextRole)


def test_stems_say_rate_channels_and_length(stems: StemList) -> None:
    assert words(stems, 0) == "guitar, 44.1 kHz · stereo · 3:20.0"
    assert words(stems, 1) == "bass, reading…"
    assert words(stems, 2) == "bad, /stems/bad.wav: no audio that can be read"


def test_the_current_stem_is_told_and_showing_one_is_not(stems: StemList) -> None:
    heard: list[Path] = []
    stems.looked_at.connect(heard.append)
    stems.show_stems(ROWS, BASS)
    assert (heard, stems.currentIndex().row()) == ([], 1)
    QTest.keyClick(stems, Qt.Key.Key_Down)
    assert heard == [BAD]


def test_what_becomes_known_keeps_the_place(stems: StemList) -> None:
    stems.show_stems(ROWS, BASS)
    later = (ROWS[0], StemRow(BASS, StemInfo(BASS, 48_000, 1, 48_000)), ROWS[2])
    stems.show_stems(later, BASS)
    assert stems.currentIndex().row() == 1
    assert "48 kHz · mono" in words(stems, 1)


def test_delete_takes_out_and_space_is_left(stems: StemList) -> None:
    heard: list[Path] = []
    stems.removal.connect(heard.append)
    QTest.keyClick(stems, Qt.Key.Key_Space)
    QTest.keyClick(stems, Qt.Key.Key_Delete)
    assert heard == [GUITAR]


def drop(widget: StemList, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(20, 20), copy, data, button, keys)
    QApplication.sendEvent(widget.viewport(), enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget.viewport(), QDropEvent(QPointF(20, 20), copy, data, button, keys))


def test_files_and_folders_are_dropped(stems: StemList, tmp_path: Path) -> None:
    heard: list[list[Path]] = []
    stems.dropped.connect(heard.append)
    drop(stems, tmp_path / "a.wav", tmp_path)
    assert heard == [[tmp_path / "a.wav", tmp_path]]


@pytest.mark.usefixtures("dressed")
def test_rows_are_painted(stems: StemList, browser: PresetBrowser) -> None:
    assert not stems.grab().isNull()
    assert not browser.grab().isNull()
    stems.show_stems((), None)
    assert not stems.grab().isNull()


def shown(browser: PresetBrowser) -> list[str]:
    return [each.label for each in browser.shown()]


def test_presets_are_searched_while_typing(browser: PresetBrowser) -> None:
    QTest.keyClicks(browser.field, "gr le")
    assert shown(browser) == ["Green Drive/Lead"]
    browser.field.setText("nothing like it")
    assert shown(browser) == []
    assert "No preset is called so." in browser.note.text()


def test_enter_takes_the_first_that_was_found(browser: PresetBrowser) -> None:
    heard: list[str] = []
    browser.chosen.connect(heard.append)
    QTest.keyClicks(browser.field, "old")
    QTest.keyClick(browser.field, Qt.Key.Key_Return)
    assert heard == ["Old Amp/Clean"]


def test_favourites_only(browser: PresetBrowser) -> None:
    QTest.mouseClick(browser.only, Qt.MouseButton.LeftButton)
    assert shown(browser) == ["Old Amp/Clean"]
    browser.show_catalogue(CATALOGUE, frozenset())
    assert "No favourites yet" in browser.note.text()


def test_s_and_the_star_make_a_favourite(browser: PresetBrowser) -> None:
    heard: list[tuple[str, bool]] = []
    browser.starred.connect(lambda label, on: heard.append((label, on)))
    browser.show_chosen("Old Amp/Clean")
    QTest.keyClick(browser.list, Qt.Key.Key_S)
    area = browser.list.visualRect(browser.cards.index(0))
    QTest.mouseClick(
        browser.list.viewport(), Qt.MouseButton.LeftButton, pos=area.center() + (area.topRight() - area.center()) / 1.08
    )
    assert heard[:2] == [("Old Amp/Clean", False), ("Green Drive/Crunch", True)]


def test_the_next_preset_is_one_that_is_shown(browser: PresetBrowser) -> None:
    browser.show_chosen("Green Drive/Lead")
    assert browser.neighbour(1) == "Old Amp/Clean"
    browser.field.setText("green")
    assert browser.neighbour(1) == "Green Drive/Crunch"


def test_showing_the_chosen_one_tells_nobody(browser: PresetBrowser) -> None:
    heard: list[str] = []
    browser.chosen.connect(heard.append)
    browser.show_chosen("Green Drive/Lead")
    assert (heard, browser.list.currentIndex().row()) == ([], 1)
    QTest.keyClick(browser.list, Qt.Key.Key_Up)
    assert heard == ["Green Drive/Crunch"]


def test_files_that_cannot_be_read_are_told(browser: PresetBrowser) -> None:
    assert browser.note.text() == "1 preset file(s) cannot be read."
    assert "line 3" in browser.note.toolTip()


def test_cards_are_told_to_a_screen_reader(browser: PresetBrowser) -> None:
    texts = [browser.cards.data(browser.cards.index(k), Qt.ItemDataRole.AccessibleTextRole) for k in (0, 2)]
    assert texts == ["Crunch, Green Drive", "Clean, Old Amp, favourite"]
