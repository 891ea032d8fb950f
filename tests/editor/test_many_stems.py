"""Sessions of thousands of stems: what is done with them takes twice as long for twice as many, not four times."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Session, Stem
from afxplugin.editor.state.session_file import parse_session, session_text
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.state import EditorState

FEW, MANY = 2000, 4000
# Twice as much takes twice as long; four times as long is quadratic.
MOST = 3.2
ATTEMPTS = 7
FOLDER = Path("/music")


def session_of(count: int) -> Session:
    paths = [FOLDER / f"stems/{k:05d}.wav" for k in range(count)]
    settings = KnobSettings({"Drive": 2.0})
    queue = tuple(QueueEntry(path, Choice(preset="A/B"), settings) for path in paths)
    return Session(stems=tuple(map(Stem, paths)), queue=queue)


def ratio(prepare: Callable[[int], Callable[[], object]]) -> float:
    """How many times as long it takes for twice as many; the least of several, for a busy machine makes any late."""
    best = {FEW: float("inf"), MANY: float("inf")}
    for _ in range(ATTEMPTS):
        for count in (FEW, MANY):
            act = prepare(count)
            began = time.thread_time()
            act()
            best[count] = min(best[count], time.thread_time() - began)
        if best[MANY] < MOST * best[FEW]:
            break
    return best[MANY] / best[FEW]


def reading(count: int) -> Callable[[], object]:
    text = session_text(session_of(count), folder=FOLDER)
    return lambda: parse_session(text, folder=FOLDER)


def writing(count: int) -> Callable[[], object]:
    session = session_of(count)
    return lambda: session_text(session, folder=FOLDER)


def filling_the_queue(count: int) -> Callable[[], object]:
    queue, entries = RenderQueue(open_choice), session_of(count).queue
    queue.set_entries(entries)
    # Equal ones in another order, as a session has them that was read again.
    others = session_of(count).queue[::-1]
    return lambda: queue.set_entries(others)


def queueing(count: int) -> Callable[[], object]:
    state = EditorState(Session(stems=session_of(count).stems))
    state.choose_preset("Green Overdrive/Crunch")
    paths = [each.path for each in state.session.stems]
    return lambda: state.queue_renders(paths)


def taking_out_of_the_queue(count: int) -> Callable[[], object]:
    state = EditorState(session_of(count))
    gone = state.session.queue[::2]
    return lambda: state.remove_entries(gone)


@pytest.mark.parametrize("prepare", [reading, writing, filling_the_queue, queueing, taking_out_of_the_queue])
def test_twice_as_many_take_twice_as_long(prepare: Callable[[int], Callable[[], object]]) -> None:
    assert ratio(prepare) < MOST


def test_settings_that_are_equal_hash_alike() -> None:
    assert hash(KnobSettings({"A": 1.0, "B": 2.0})) == hash(KnobSettings({"B": 2.0, "A": 1}))
    assert len({KnobSettings({"A": 1.0}), KnobSettings({"A": 1.0}), KnobSettings({"A": 2.0}), KnobSettings()}) == 3
