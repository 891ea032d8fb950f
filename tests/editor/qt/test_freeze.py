"""The window never freezes: with a stem of half an hour it answers within 50 ms whatever is done."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer

from afxplugin.audio import AudioWriter
from afxplugin.editor.app import favour_window
from afxplugin.editor.state.session import Choice
from afxplugin.measure.stems import guitar_di
from tests.editor.qt.office_fixtures import Desk

MINUTES = 30
RATE_HZ = 48_000
LONGEST_S = 0.050
BEAT_MS = 2
# Who has waited longer for a core in one beat shares the machine.
WAITED_S = 0.001


class Heartbeat:
    """Beats in the window's thread; a gap between two beats is how long the window answered nobody.

    On a busy machine the thread that has the interpreter waits for a core too, and ours for it: there only the work of
    the window's own thread counts. Run alone, it is the time for which nothing was answered.
    """

    def __init__(self) -> None:
        self.gaps: list[tuple[float, str]] = []
        self.doing = ""
        self._last = self._clocks()
        self._timer = QTimer(interval=BEAT_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = self._clocks()
        answered, worked = now[0] - self._last[0], now[1] - self._last[1]
        waited = sum(max(0.0, wait - self._last[2].get(thread, 0.0)) for thread, wait in now[2].items())
        # The load is a mean of the last minute: a machine that has just become busy is known by what waited.
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
        busy = "PYTEST_XDIST_WORKER" in os.environ or load > 0.8 or waited > WAITED_S
        self.gaps.append((worked if busy else answered, self.doing))
        self._last = now

    @staticmethod
    def _clocks() -> tuple[float, float, dict[str, float]]:
        """Time, time at work, and how long each thread of ours has waited for a core, in seconds."""
        return time.perf_counter(), time.thread_time(), _waits_s()


def _waits_s() -> dict[str, float]:
    """How long each thread of this process was ready to run and did not, in seconds; none where that is not told."""
    waits: dict[str, float] = {}
    for thread in Path("/proc/self/task").glob("*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            waits[thread.name] = int((thread / "schedstat").read_text().split()[1]) * 1e-9
    return waits


@pytest.fixture(scope="module")
def half_an_hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "half an hour.wav"
    x = guitar_di(RATE_HZ).x
    both = np.concatenate([x, 0.8 * x]).astype(np.float32)
    with AudioWriter(path, rate_hz=RATE_HZ, channels=2, subtype="16") as writer:
        for _ in range(-(-MINUTES * 60 * RATE_HZ // both.shape[1])):
            writer.write(both)
    return path


@pytest.fixture
def favoured(desk: Desk) -> Generator[None]:
    """As the program favours its window once it is there."""
    desk.rest()
    kept = sys.getswitchinterval()
    favour_window()
    yield
    sys.setswitchinterval(kept)
    gc.unfreeze()


@pytest.mark.usefixtures("favoured")
def test_nothing_freezes_the_window(desk: Desk, half_an_hour: Path, amp: Path, tmp_path: Path) -> None:
    window, office, page = desk.window, desk.office, desk.window.page
    beat = Heartbeat()

    def do(what: str, act: Callable[[], object], seconds: float = 0.4) -> None:
        """From within the event loop, as a user does."""
        beat.doing = what
        QTimer.singleShot(0, window, act)
        desk.qtbot.wait(round(1000 * seconds))
        desk.rest()

    do("add a stem", lambda: office.stems.add([half_an_hour]))
    desk.wait(lambda: office.stems.known(half_an_hour) is not None)
    do("choose a capture", lambda: office.presets.choose(Choice(capture=amp)))
    desk.compared()
    do("another rate", lambda: office.presets.set_rate(96_000))
    desk.compared(96_000)
    for tab in range(5):
        do(f"tab {tab}", lambda tab=tab: window.show_tab(tab))
    for name in ("naive", "cidl", "auto"):
        do(f"hear {name}", lambda name=name: office.comparing.choose(name), 0.1)
    for step in range(12):
        do("turn a knob", lambda step=step: page.knobs.knobs["Drive"].dial.turn_to(0.5 + 0.03 * step), 0.0)
        do("zoom", lambda: page.waveform.zoom(0.6, 700.0), 0.0)
    do("see all", page.waveform.show_all)
    do("choose a region", lambda: office.state.set_region(900.0, 4.0))
    do("undo", office.state.undo)
    for width in (1300, 1500, 1280):
        do("resize", lambda width=width: window.resize(width, 820), 0.1)
    do("play", office.playback.play)
    do("save", lambda: office.files.save(tmp_path / "long.afxsession"))
    do("queue", window.add_to_queue)
    do("render", office.renders.start, 2.0)
    do("live", lambda: window.show_page(2))
    for number in (0, 2):
        window.show_page(number)
        for name in ("light", "dark"):
            do(f"{name} on page {number}", lambda name=name: office.files.change_settings(theme=name))
    beat.stop()
    assert len(beat.gaps) > 1000
    longest = max(beat.gaps)
    assert longest[0] <= LONGEST_S, f"{1e3 * longest[0]:.0f} ms at: {longest[1]}"
    assert desk.problems == []
