"""The start: what a crash left is offered, translations, a display that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from afxplugin.editor import app, dialogs
from afxplugin.editor.state.autosave import Recoverable
from afxplugin.editor.state.session import Session, Stem
from tests.editor.qt.office_fixtures import Desk


def left(monkeypatch: pytest.MonkeyPatch, desk: Desk, stem: Path, *, wanted: bool) -> list[Recoverable]:
    found = Recoverable(stem.parent / "left.afxsession", None, 1_700_000_000.0, Session(stems=(Stem(stem),)))
    discarded: list[Recoverable] = []
    monkeypatch.setattr(desk.office.files.autosave, "recoverable", lambda: (found,))
    monkeypatch.setattr(desk.office.files.autosave, "discard", discarded.append)
    monkeypatch.setattr(dialogs, "ask_recover", lambda *_: wanted)
    return discarded


def test_what_a_crash_left_is_recovered(desk: Desk, stem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    discarded = left(monkeypatch, desk, stem, wanted=True)
    app.open_first(desk.office, desk.window, [])
    assert [each.path for each in desk.state.session.stems] == [stem]
    assert not desk.state.is_saved
    assert discarded == []
    desk.end()
    assert len(discarded) == 1


def test_what_nobody_wants_is_removed(desk: Desk, stem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    discarded = left(monkeypatch, desk, stem, wanted=False)
    app.open_first(desk.office, desk.window, [stem])
    assert len(discarded) == 1
    desk.wait(lambda: len(desk.state.session.stems) == 1)


def test_changes_reach_the_autosave_and_a_clean_end_removes_it(desk: Desk, stem: Path) -> None:
    desk.add(stem)
    autosave = desk.office.files.autosave
    desk.wait(autosave.path.exists)
    desk.end()
    assert not autosave.path.exists()


def test_a_killed_window_keeps_the_autosave(desk: Desk, stem: Path) -> None:
    desk.add(stem)
    autosave = desk.office.files.autosave
    desk.wait(autosave.path.exists)
    desk.office.close(keep_autosave=True)
    assert autosave.path.exists()


def test_languages_without_translations_are_no_error(qapp: QApplication) -> None:
    found = app.install_translations(qapp, QLocale("de_DE"))
    assert QCoreApplication.translate("Header", "Compare") == "Compare"
    for each in found:
        assert qapp.removeTranslator(each)


def test_a_display_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "no display is here" in app.display_problem()
    monkeypatch.setenv("DISPLAY", ":0")
    assert app.display_problem() == ""
