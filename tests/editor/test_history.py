"""Undo and redo: steps, gestures, what is saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afxplugin.editor.state.history import MOST_STEPS, History


def test_steps_are_taken_back_and_done_again_by_name() -> None:
    history = History(0)
    assert history.undo() is None
    assert history.push(1, "one")
    assert history.push(2, "two")
    assert (history.value, history.undo_label, history.redo_label) == (2, "two", None)
    assert history.undo() == "two"
    assert (history.value, history.undo_label, history.redo_label) == (1, "one", "two")
    assert history.undo() == "one"
    assert history.redo() == "one"
    assert history.redo() == "two"
    assert history.redo() is None
    assert history.value == 2


def test_a_new_step_forgets_what_was_undone() -> None:
    history = History(0)
    history.push(1, "one")
    history.undo()
    history.push(5, "five")
    assert history.redo_label is None
    history.undo()
    assert history.value == 0


def test_nothing_new_is_no_step() -> None:
    history = History("a")
    assert not history.push("a", "nothing")
    assert history.undo_label is None


def test_a_gesture_is_one_step_and_another_knob_or_a_seal_begins_the_next() -> None:
    history = History((0, 0))
    for k in range(1, 50):
        history.push((k, 0), "turn Drive", merge="drive")
    history.push((49, 1), "turn Tone", merge="tone")
    history.push((49, 2), "turn Tone", merge="tone")
    history.seal()
    history.push((49, 3), "turn Tone", merge="tone")
    values = []
    while history.undo() is not None:
        values.append(history.value)
    assert values == [(49, 2), (49, 0), (0, 0)]


def test_a_knob_dragged_there_and_back_is_no_step() -> None:
    history = History(5)
    history.push(6, "turn", merge="knob")
    history.push(5, "turn", merge="knob")
    assert history.undo_label is None
    history.push(7, "turn", merge="knob")
    assert history.undo() == "turn"
    assert history.value == 5


def test_a_gesture_does_not_go_on_after_undo() -> None:
    history = History(0)
    history.push(1, "turn", merge="knob")
    history.undo()
    history.push(2, "turn", merge="knob")
    history.push(3, "turn", merge="knob")
    assert history.undo() == "turn"
    assert history.value == 0


def test_saved_is_a_value_not_a_moment() -> None:
    history = History(0)
    assert history.is_saved
    history.push(1, "one")
    assert not history.is_saved
    history.mark_saved()
    history.push(2, "two")
    assert not history.is_saved
    history.undo()
    assert history.is_saved
    history.push(3, "three")
    history.mark_saved(2)  # a worker wrote what was there before
    assert not history.is_saved
    history.mark_unsaved()
    history.undo()
    assert not history.is_saved


def test_what_has_no_history_is_the_same_in_every_step() -> None:
    history = History((0, "a"))
    history.push((1, "a"), "one")
    history.push((2, "a"), "two")
    history.mark_saved()
    history.undo()
    history.amend(lambda value: (value[0], "b"))
    assert (history.value, history.undo_label, history.redo_label) == ((1, "b"), "one", "two")
    history.redo()
    assert history.value == (2, "b")
    assert not history.is_saved
    history.undo()
    history.undo()
    assert history.value == (0, "b")


def test_it_does_not_grow_for_ever() -> None:
    history = History(0)
    for k in range(1, 3 * MOST_STEPS):
        history.push(k, str(k))
    count = 0
    while history.undo() is not None:
        count += 1
    assert count == MOST_STEPS - 1


@given(st.lists(st.tuples(st.sampled_from(["push", "undo", "redo", "seal"]), st.integers(0, 3)), max_size=60))
def test_undo_then_redo_is_where_it_was(moves: list[tuple[str, int]]) -> None:
    history = History(0)
    for move, value in moves:
        if move == "push":
            history.push(value, f"to {value}", merge="m" if value % 2 else None)
            assert history.value == value
        else:
            getattr(history, move)()
        before = history.value
        if history.undo() is not None:
            history.redo()
        assert history.value == before


@pytest.mark.parametrize("merge", [None, "m"])
def test_pushing_the_present_value_keeps_what_was_undone(merge: str | None) -> None:
    history = History(0)
    history.push(1, "one")
    history.undo()
    history.push(0, "nothing", merge=merge)
    assert history.redo_label == "one"
