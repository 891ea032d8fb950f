"""The state and its files: saving, opening, what comes back from workers, and who listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from afxplugin.editor.state import events
from afxplugin.editor.state.session import Choice, KnobSettings, Session, Stem
from afxplugin.editor.state.session_file import read_session
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.state import EditorState
from afxplugin.errors import SessionError
from tests.editor.hearing import Heard
from tests.render.material import stem_file

A, B = Path("/music/a.wav"), Path("/music/b.wav")


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_sessions_are_saved_opened_and_asked_about(heard: Heard, tmp_path: Path) -> None:
    state = heard.state
    assert state.is_saved
    stem = stem_file(tmp_path / "a.wav")
    state.add_stems([stem])
    assert not state.is_saved
    with pytest.raises(SessionError, match="has no file yet"):
        state.save()
    path = tmp_path / "mix.afxsession"
    state.save(path)
    assert (state.is_saved, state.path) == (True, path)
    assert events.FileChanged(path) in heard.since()
    state.set_session_rate(96_000)
    assert not state.is_saved
    state.undo()
    assert state.is_saved
    state.redo()
    state.save()
    other = Heard()
    other.state.load(read_session(path), path)
    assert other.state.session == state.session
    assert other.state.selection == stem
    assert other.state.is_saved
    assert other.state.undo() is None
    assert [type(each) for each in other.since()][:3] == [events.SessionLeft, events.FileChanged, events.StemsChanged]
    other.state.new()
    assert (other.state.session, other.state.path) == (Session(), None)


def test_a_session_that_cannot_be_saved_leaves_all_as_it_was(heard: Heard, tmp_path: Path) -> None:
    state = heard.state
    state.add_stems([A])
    heard.since()
    with pytest.raises(SessionError, match="cannot be written"):
        state.save(tmp_path / "none" / "x.afxsession")
    assert state.session.stems == (Stem(A),)
    assert (state.path, state.is_saved) == (None, False)
    assert heard.since() == []
    assert state.undo() == "add a.wav"


def test_a_save_that_a_worker_made_counts_for_what_it_wrote(heard: Heard, tmp_path: Path) -> None:
    state = heard.state
    state.add_stems([A])
    written = state.session
    state.add_stems([B])
    state.provide_saved(written, tmp_path / "x.afxsession")
    assert not state.is_saved
    state.undo()
    assert state.is_saved


def test_an_autosave_comes_back_unsaved_with_its_file(heard: Heard, tmp_path: Path) -> None:
    state = heard.state
    state.load(Session(stems=(Stem(A),)), tmp_path / "mix.afxsession", saved=False)
    assert (state.path, state.is_saved) == (tmp_path / "mix.afxsession", False)


def test_what_an_opened_session_names_is_asked_for_and_provided(tmp_path: Path, amp: Path) -> None:
    first = Heard()
    first.state.choose_capture(amp)
    first.state.set_knob("Drive", 0.25)
    first.state.save(tmp_path / "s.afxsession")
    heard = Heard()
    state = heard.state
    state.load(read_session(tmp_path / "s.afxsession"), tmp_path / "s.afxsession")
    choice = Choice(capture=amp)
    assert heard.since()[-1] == events.SourceNeeded(choice)
    assert (state.source, state.variants, state.knobs) == (None, (), ())
    state.provide_source_problem(choice, "gone")
    assert state.source_problem == "gone"
    assert heard.since() == [events.SourceReady(choice, "gone")]
    state.provide_source(choice, open_choice(choice))
    assert state.source_problem is None
    assert heard.since() == [events.SourceReady(choice)]
    assert state.knobs[0].position == 0.25
    assert len(state.variants) == 9


def test_knobs_that_a_preset_does_not_have_any_more_do_not_break_the_window(amp: Path) -> None:
    state = EditorState(Session(choice=Choice(capture=amp), settings=KnobSettings({"Gone": 3.0})))
    state.provide_source(Choice(capture=amp), open_choice(Choice(capture=amp)))
    assert [knob.name for knob in state.knobs] == ["Drive"]
    assert state.played is None


def test_opened_choices_are_kept(amp: Path) -> None:
    state = EditorState()
    assert state.open_choice(Choice(capture=amp)) is state.open_choice(Choice(capture=amp))


def test_history_is_told_with_every_change(heard: Heard) -> None:
    state = heard.state
    state.add_stems([A])
    told = [each for each in heard.events if isinstance(each, events.HistoryChanged)]
    assert told == [events.HistoryChanged("add a.wav", None, is_saved=False)]
    state.undo()
    assert heard.events[-1] == events.HistoryChanged(None, "add a.wav", is_saved=True)


def test_listeners_may_leave_while_they_are_told() -> None:
    state = EditorState()
    seen: list[str] = []

    def once(_: events.Event) -> None:
        seen.append("once")
        leave()

    leave = state.subscribe(once)
    state.subscribe(lambda _: seen.append("always"))
    state.set_session_rate(44_100)
    assert seen == ["once", "always", "always"]
    leave()
