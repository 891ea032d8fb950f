"""The state: what a user can do, what is told of it, and that nothing is half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from afxplugin.editor.state import events
from afxplugin.editor.state.catalogue import read_catalogue
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Session, Stem
from afxplugin.editor.state.state import EditorState
from afxplugin.editor.state.stem_info import StemInfo, read_stem_info
from afxplugin.errors import CaptureError, KnobError, MethodError, PresetError, RateError, SessionError
from tests.editor.hearing import Heard
from tests.render.material import stem_file

CRUNCH, CLEAN, LEAD = "Green Overdrive/Crunch", "Green Overdrive/Clean Push", "Green Overdrive/Lead"
A, B, C = Path("/music/a.wav"), Path("/music/b.wav"), Path("/music/c.wav")


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_stems_come_once_and_the_first_new_one_is_looked_at(heard: Heard) -> None:
    state = heard.state
    assert state.add_stems([A, B, A]) == (A, B)
    assert heard.since() == [
        events.StemsChanged((Stem(A), Stem(B))),
        events.SelectionChanged(A),
    ]
    assert state.add_stems([B]) == ()
    assert heard.since() == []
    assert state.add_stems([B, C]) == (C,)
    assert state.selection == C
    assert (state.undo(), state.undo(), state.undo()) == ("add c.wav", "add 2 stems", None)
    assert state.session == Session()
    assert state.selection is None
    assert heard.since()[-1] == events.SelectionChanged(None)


def test_a_relative_path_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    state = EditorState()
    assert state.add_stems([Path("x.wav")]) == (tmp_path / "x.wav",)


def test_removing_looks_at_a_neighbour_and_undo_brings_it_back(heard: Heard) -> None:
    state = heard.state
    state.add_stems([A, B, C])
    state.select_stem(B)
    state.remove_stem(B)
    assert state.selection in (A, C)
    assert [stem.path for stem in state.session.stems] == [A, C]
    state.undo()
    assert [stem.path for stem in state.session.stems] == [A, B, C]
    for call in (state.remove_stem, state.select_stem):
        with pytest.raises(SessionError, match=r"^no stem of this session; allowed: one of its 3 stems: /nowhere.wav"):
            call(Path("/nowhere.wav"))


def test_the_rate_is_the_sessions_or_the_stems_or_48_khz(heard: Heard) -> None:
    state = heard.state
    assert state.session_hz == 48_000
    state.add_stems([A, B])
    state.provide_info(StemInfo(A, 44_100, 1, 1000, "WAV", "PCM_16"))
    state.provide_info(StemInfo(B, error="b.wav: is empty"))
    assert state.session_hz == 44_100
    state.select_stem(B)
    assert state.session_hz == 48_000
    state.set_session_rate(96_000)
    assert state.session_hz == 96_000
    before = state.session
    for rate_hz in (7_999, 384_001):
        with pytest.raises(RateError, match="a session rate is"):
            state.set_session_rate(rate_hz)
    assert state.session is before
    state.set_session_rate(None)
    assert state.undo() == "session rate of the stem"
    assert state.session.session_hz == 96_000
    assert events.InfoChanged(state.infos[A]) in heard.since()


def test_choosing_a_preset_shows_its_knobs_and_variants(heard: Heard) -> None:
    state = heard.state
    assert (state.source, state.played, state.knobs, state.variants) == (None, None, (), ())
    state.choose_preset(CRUNCH)
    choice = Choice(preset=CRUNCH)
    assert heard.since() == [events.ChoiceChanged(choice), events.SourceReady(choice)]
    assert [knob.name for knob in state.knobs] == ["Drive", "Tone"]
    assert [each.name for each in state.variants][:2] == ["naive", "stn"]
    assert state.variants is state.variants
    at_48 = {each.name: each for each in state.variants}
    state.set_session_rate(96_000)
    at_96 = {each.name: each for each in state.variants}
    assert at_48["auto"].plan is not None
    assert at_96["auto"].plan is not None
    assert (at_48["auto"].plan.method, at_96["auto"].plan.method) == ("resample", "lagrange5")


def test_a_preset_or_capture_that_cannot_be_opened_changes_nothing(heard: Heard, tmp_path: Path) -> None:
    state = heard.state
    state.choose_preset(CRUNCH)
    heard.since()
    before = state.session
    with pytest.raises(PresetError, match="unknown"):
        state.choose_preset("No/Such")
    with pytest.raises(CaptureError):
        state.choose_capture(tmp_path / "none.json")
    with pytest.raises(KnobError):
        state.choose(Choice(preset=LEAD), settings=KnobSettings({"Nothing": 1.0}))
    assert state.session is before
    assert heard.since() == []


def test_another_preset_begins_with_its_own_knobs(heard: Heard, amp: Path) -> None:
    state = heard.state
    state.choose_preset(CRUNCH)
    state.set_knob("Drive", 9.0)
    state.choose_preset(LEAD)
    assert state.session.settings == KnobSettings()
    state.undo()
    assert state.session.settings.positions == {"Drive": 9.0}
    assert state.session.choice == Choice(preset=CRUNCH)
    state.choose_capture(amp)
    assert [knob.name for knob in state.knobs] == ["Drive"]


def test_next_and_previous_go_round_the_catalogue(heard: Heard) -> None:
    state = heard.state
    assert state.neighbour(1) is None
    catalogue = read_catalogue()
    state.provide_catalogue(catalogue)
    assert heard.since() == [events.CatalogueChanged(catalogue)]
    labels = [card.label for card in catalogue.cards]
    assert state.neighbour(1) == Choice(preset=labels[0])
    state.choose_preset(labels[0])
    assert state.neighbour(-1) == Choice(preset=labels[-1])
    state.choose_preset(labels[-1])
    assert state.neighbour(1) == Choice(preset=labels[0])
    state.choose_preset(CRUNCH)
    assert state.neighbour(1, among=[CRUNCH, LEAD]) == Choice(preset=LEAD)
    assert state.neighbour(1, among=[]) is None


def test_turning_a_knob_is_one_step_whatever_its_name_is_spelt_like(heard: Heard) -> None:
    state = heard.state
    state.choose_preset(CRUNCH)
    for k in range(10):
        state.set_knob("drive", 6.0 + k / 10)
    state.end_gesture()
    state.set_knob("Drive", 2)
    assert state.session.settings.positions == {"Drive": 2.0}
    drive = state.knobs[0]
    assert (drive.position, drive.preset) == (2.0, 5.5)
    assert state.undo() == "turn Drive"
    assert state.knobs[0].position == pytest.approx(6.9)
    assert state.undo() == "turn Drive"
    assert state.knobs[0].position == 5.5
    assert state.session.settings == KnobSettings()
    before = state.session
    for call, error in (
        (lambda: state.set_knob("Drive", 10.5), "given 10.5, allowed 0 to 10"),
        (lambda: state.set_knob("Presence", 1.0), "does not have it"),
    ):
        with pytest.raises(KnobError, match=error):
            call()
    assert state.session is before


def test_gains_and_mix(heard: Heard) -> None:
    state = heard.state
    state.choose_preset(CRUNCH)
    state.set_input_gain(-6.0)
    state.set_output_gain(3.0)
    state.set_mix(0.5)
    assert state.played is not None
    assert state.source is not None
    assert state.played.output_gain_db == state.source.output_gain_db + 3.0
    assert state.played.mix == 0.5
    state.set_mix(None)
    assert state.played.mix == 1.0
    before = state.session
    for call in (lambda: state.set_input_gain(99.0), lambda: state.set_mix(2.0), lambda: state.set_output_gain(-99.0)):
        with pytest.raises(SessionError):
            call()
    assert state.session is before


def test_regions_variants_and_matching(heard: Heard) -> None:
    state = heard.state
    state.set_region(1.0, 2.0)
    state.set_region(1.0, 3.0)
    state.end_gesture()
    state.choose_variant("cidl")
    state.choose_variant("reference")
    state.toggle_matching()
    told = [type(each) for each in heard.since()]
    assert told == [*[events.RegionChanged] * 2, *[events.VariantChanged] * 2, events.MatchingChanged]
    assert not state.session.loudness_matched
    assert (state.undo(), state.undo(), state.undo()) == ("do not match loudness", "choose reference", "choose region")
    state.set_region(2.0, 2.0)
    state.clear_region()
    assert state.session.region is None
    for call, error in (
        (lambda: state.set_region(0.0, 0.0), "allowed: 0.25 to 60 s"),
        (lambda: state.choose_variant("loud"), "'loud' is unknown"),
    ):
        with pytest.raises(SessionError, match=error):
            call()


def test_a_variant_that_cannot_be_played_is_not_chosen(heard: Heard) -> None:
    state = heard.state
    state.choose_variant("apdl")  # before anything is chosen it may be playable
    state.choose_preset(CRUNCH)
    state.choose_variant("auto")
    with pytest.raises(MethodError, match="APDL cannot be played here: UNSTABLE"):
        state.choose_variant("apdl")
    assert state.session.variant == "auto"


def test_the_queue_takes_stems_by_choices_once(heard: Heard) -> None:
    state = heard.state
    state.add_stems([A, B])
    with pytest.raises(SessionError, match="no preset is chosen"):
        state.queue_renders([A])
    assert state.session.queue == ()
    state.choose_preset(CRUNCH)
    state.set_knob("Drive", 9.0)
    state.choose_variant("auto-2x")
    assert state.queue_renders([A, B]) == 2
    assert state.queue_renders([A, B]) == 0
    assert state.queue_renders([A], [Choice(preset=CRUNCH), Choice(preset=LEAD)]) == 1
    own = KnobSettings({"Drive": 9.0})
    assert state.session.queue == (
        QueueEntry(A, Choice(preset=CRUNCH), own, "auto-2x"),
        QueueEntry(B, Choice(preset=CRUNCH), own, "auto-2x"),
        QueueEntry(A, Choice(preset=LEAD), KnobSettings(), "auto-2x"),
    )
    with pytest.raises(SessionError, match="no stem of this session"):
        state.queue_renders([A, C])
    gone = state.session.queue[1]
    state.remove_entries([gone])
    assert len(state.session.queue) == 2
    assert gone not in state.session.queue
    state.choose_variant("reference")
    state.queue_renders([B], [Choice(preset=LEAD)])
    assert state.session.queue[-1].variant == "auto"  # the reference is no way of rendering


def test_every_action_is_undone_to_the_value_before(tmp_path: Path) -> None:
    stem = stem_file(tmp_path / "a.wav")
    heard = Heard()
    state = heard.state
    seen = [state.session]
    for act in (
        lambda: state.add_stems([stem, B]),
        lambda: state.choose_preset(CRUNCH),
        lambda: state.set_knob("Drive", 1.0),
        lambda: state.set_input_gain(1.0),
        lambda: state.set_output_gain(1.0),
        lambda: state.set_mix(0.9),
        lambda: state.set_session_rate(96_000),
        lambda: state.set_region(0.0, 1.0),
        lambda: state.choose_variant("lidl"),
        state.toggle_matching,
        state.clear_region,
        lambda: state.remove_stem(stem),
    ):
        act()
        assert state.session != seen[-1]
        seen.append(state.session)
    for before in reversed(seen[:-1]):
        assert state.undo() is not None
        assert state.session == before
    for after in seen[1:]:
        assert state.redo() is not None
        assert state.session == after
    assert read_stem_info(stem).error is None
