"""The autosave: survives kill -9, belongs to one editor, and is gone after a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from afxplugin.editor.state.autosave import Autosave, autosave_folder
from afxplugin.editor.state.session import Choice, Region, Session, Stem
from afxplugin.errors import SessionError

SESSION = Session(
    stems=(Stem(Path("/music/gitarre ü.wav")),), session_hz=96_000, choice=Choice(preset="A/B"), region=Region(1.0, 2.0)
)
# Nothing takes so long but what hangs.
LONG_S = 60.0
EDITOR = """
import sys, time
from pathlib import Path
from afxplugin.editor.state.autosave import Autosave
from afxplugin.editor.state.session import Choice, Region, Session, Stem
folder, hz = Path(sys.argv[1]), int(sys.argv[2])
autosave = Autosave(folder)
stem = Stem(Path("/music/gitarre ü.wav"))
session = Session(stems=(stem,), session_hz=hz, choice=Choice(preset="A/B"), region=Region(1.0, 2.0))
autosave.save(session, Path("/music/mix.afxsession"))
print("saved", flush=True)
while True:
    autosave.later(session, Path("/music/mix.afxsession"))
    time.sleep(0.001)
"""


class Editor:
    """A process that autosaves without an end."""

    def __init__(self, folder: Path, hz: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", EDITOR, str(folder), str(hz)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "saved\n"

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def editors() -> Generator[list[Editor]]:
    started: list[Editor] = []
    yield started
    for each in started:
        each.kill()


def test_a_killed_editor_has_lost_nothing_and_a_living_one_is_left_alone(tmp_path: Path, editors: list[Editor]) -> None:
    editors += [Editor(tmp_path, 96_000), Editor(tmp_path, 44_100)]
    mine = Autosave(tmp_path)
    mine.save(Session(session_hz=8_000), None)
    assert mine.recoverable() == ()
    editors[0].kill()
    (found,) = mine.recoverable()
    assert found.session == SESSION
    assert found.problem is None
    assert found.of == Path("/music/mix.afxsession")
    assert abs(found.saved_at - time.time()) < 60.0
    # Offered here, it is not offered by another editor that starts now.
    assert Autosave(tmp_path).recoverable() == ()
    mine.discard(found)
    assert not found.path.exists()
    assert mine.recoverable() == ()
    mine.close()
    editors[1].kill()
    (other,) = Autosave(tmp_path).recoverable()
    assert other.session is not None
    assert other.session.session_hz == 44_100


def test_a_clean_end_leaves_nothing(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.save(SESSION, None)
    assert autosave.path.is_file()
    autosave.close()
    autosave.close()
    assert list(tmp_path.iterdir()) == []
    autosave.later(SESSION, None)
    assert list(tmp_path.iterdir()) == []


def test_saving_the_session_takes_its_autosave_away_even_while_one_is_under_way(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    for k in range(30):
        autosave.later(Session(session_hz=8_000 + k), None)
        autosave.clear()
    time.sleep(1.5)
    assert not autosave.path.exists()
    autosave.close()


def test_later_writes_the_newest_soon(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    for k in range(100):
        autosave.later(Session(session_hz=8_000 + k), None)
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline and "session_hz = 8099" not in (
        autosave.path.read_text() if autosave.path.exists() else ""
    ):
        time.sleep(0.02)
    assert "session_hz = 8099" in autosave.path.read_text()
    autosave.close()


def test_what_cannot_be_read_is_offered_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "1-a.afxsession").write_text('# afx autosave {"of": null, "at": 5.0}\nschema = 1\nsession_hz = 3\n')
    (tmp_path / "1-b.afxsession").write_bytes(b"\xff\xff")
    autosave = Autosave(tmp_path)
    found = {each.path.name: each for each in autosave.recoverable()}
    first = found["1-a.afxsession"]
    assert (first.session, first.saved_at) == (None, 5.0)
    assert "line 3: session_hz" in (first.problem or "")
    assert "no autosave that can be read" in (found["1-b.afxsession"].problem or "")
    for each in found.values():
        autosave.discard(each)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_written_is_told_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    autosave = Autosave(tmp_path / "file" / "folder", failed=told.append)
    with pytest.raises(SessionError, match="autosave cannot be written"):
        autosave.save(SESSION, None)
    autosave.later(SESSION, None)
    deadline = time.monotonic() + LONG_S
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "cannot be written" in told[0]
    assert autosave.recoverable() == ()
    autosave.close()


def test_its_place_is_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert autosave_folder().is_relative_to(tmp_path)
    autosave = Autosave()
    autosave.save(SESSION, None)
    assert autosave.path.is_relative_to(tmp_path)
    autosave.close()
