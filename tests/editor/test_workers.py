"""Work in threads: the newest request wins, what was cancelled tells nothing."""

from __future__ import annotations

import threading
import time

import pytest

from afxplugin.editor.workers import CancelledWorkError, Control, Latest, Request
from afxplugin.errors import AfxError, SessionError

# Nothing takes so long but what hangs.
LONG_S = 60.0


class Answers:
    """What came of requests, by their number."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.failed: list[Exception] = []
        self.progress: list[float] = []
        self.began = threading.Event()
        self.threads: set[str] = set()

    def request(self, number: int, *, until: threading.Event | None = None) -> Request[int]:
        def work(control: Control) -> int:
            self.began.set()
            self.threads.add(threading.current_thread().name)
            while until is not None and not until.is_set():
                control.check()
                control.progress(0.5, "half")
                time.sleep(0.001)
            return number

        return Request(work, self.done.append, self.failed.append, lambda share, _: self.progress.append(share))


def test_the_newest_request_wins() -> None:
    latest, answers, never = Latest("test"), Answers(), threading.Event()
    latest.submit(answers.request(0, until=never))
    assert answers.began.wait(LONG_S)
    assert latest.is_busy
    for number in range(1, 50):
        latest.submit(answers.request(number, until=never))
    latest.submit(answers.request(99))
    assert latest.wait_idle(LONG_S)
    assert answers.done == [99]
    assert answers.failed == []
    assert answers.threads == {"test"}
    assert latest.close(LONG_S)


def test_cancelled_work_ends_and_tells_nothing() -> None:
    latest, answers = Latest("test"), Answers()
    latest.submit(answers.request(1, until=threading.Event()))
    assert answers.began.wait(LONG_S)
    latest.cancel()
    assert not latest.is_busy
    assert latest.wait_idle(LONG_S)
    told = len(answers.progress)
    time.sleep(0.02)
    assert (answers.done, answers.failed, len(answers.progress)) == ([], [], told)
    latest.submit(answers.request(2))
    assert latest.wait_idle(LONG_S)
    assert answers.done == [2]
    latest.close(LONG_S)


def test_a_result_that_comes_after_the_cancel_is_dropped() -> None:
    latest, answers, go = Latest("test"), Answers(), threading.Event()

    def stubborn(control: Control) -> int:
        answers.began.set()
        go.wait(LONG_S)
        control.progress(0.9, "nearly")
        return 1

    latest.submit(
        Request(stubborn, answers.done.append, answers.failed.append, lambda s, _: answers.progress.append(s))
    )
    assert answers.began.wait(LONG_S)
    latest.cancel()
    go.set()
    assert latest.wait_idle(LONG_S)
    assert (answers.done, answers.failed, answers.progress) == ([], [], [])
    latest.close(LONG_S)


@pytest.mark.parametrize("error", [SessionError("no"), ZeroDivisionError("ours")])
def test_errors_are_handed_on_and_the_thread_lives(error: Exception) -> None:
    latest, answers = Latest("test"), Answers()

    def fail(_: Control) -> int:
        raise error

    latest.submit(Request(fail, answers.done.append, answers.failed.append))
    assert latest.wait_idle(LONG_S)
    assert answers.failed == [error]
    latest.submit(answers.request(3))
    assert latest.wait_idle(LONG_S)
    assert answers.done == [3]
    latest.close(LONG_S)


def test_closing_ends_the_thread_and_takes_nothing_more() -> None:
    latest, answers = Latest("closing"), Answers()
    assert latest.close(LONG_S)
    latest.submit(answers.request(1))
    latest = Latest("closing")
    latest.submit(answers.request(2, until=threading.Event()))
    assert answers.began.wait(LONG_S)
    assert latest.close(LONG_S)
    assert "closing" not in {thread.name for thread in threading.enumerate()}
    assert answers.done == []


def test_a_part_of_work_tells_its_share_of_the_whole() -> None:
    told: list[float] = []
    whole = Control(lambda share, _: told.append(share))
    part = whole.part(0.25, 0.75)
    part.progress(0.0, "")
    part.progress(1.0, "")
    assert told == [0.25, 0.75]
    whole.cancelled.set()
    with pytest.raises(CancelledWorkError):
        part.check()
    assert issubclass(CancelledWorkError, AfxError)
