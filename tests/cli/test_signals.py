"""Ctrl-C wherever a command is: the first signal ends it soon, a second one at once, whatever hangs."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from afxplugin.cli import stopping
from tests.render import material

ROOT = Path(__file__).parents[2]
GUARD_S = 60  # everything below hangs for longer than this unless a signal ends it

# Replaces a function by one that says so on stdout and hangs, then runs the command line.
DRIVER = """
import hashlib, importlib, os, sys, time
place, how, *arguments = sys.argv[1:]
module, _, name = place.rpartition(":")
*owners, name = name.split(".")
holder = importlib.import_module(module)
for owner in owners:
    holder = getattr(holder, owner)
def hang(*given, **options):
    os.write(1, b"hanging\\n")
    if how == "waiting":
        time.sleep(600)
    else:  # a call that neither returns nor lets Python look for signals
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
setattr(holder, name, hang)
from afxplugin.cli import main
main(arguments)
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",)))
    material.stem_file(tmp_path / "stems" / "a.wav", material.riff(0.5))
    (tmp_path / "moves.csv").write_text("time_s,knob,value\n0.1,Drive,0.5\n")
    return tmp_path


@pytest.fixture
def started() -> Generator[list[subprocess.Popen[str]]]:
    """Processes that a test started: those that it leaves are killed."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def hanging(
    started: list[subprocess.Popen[str]],
    session: Path,
    place: str,
    how: str,
    *arguments: str,
    first: str = "",
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """A command that hangs at ``place`` when this returns; ``first``: Python that runs before it."""
    process = subprocess.Popen(
        [sys.executable, "-c", first + DRIVER, place, how, *(each.format(session=session) for each in arguments)],
        cwd=ROOT, env={**os.environ, "XDG_DATA_HOME": str(session / "data"), "TERM": "xterm"},
        stdout=subprocess.PIPE, stderr=stderr, text=True, process_group=0,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    while (told := process.stdout.readline()) != "hanging\n":
        assert told, process.communicate(timeout=GUARD_S)[1]
    return process


COMPARE = ("compare", "{session}/stems/a.wav", "--capture", "{session}/amp.afx")
ADD = ("preset", "add", "{session}/amp.afx", "--device", "D", "--preset", "P")
RENDER = ("render", "{session}/stems", "--capture", "{session}/amp.afx", "--out", "{session}/out", "--quiet")


@pytest.mark.parametrize(
    ("place", "how", "arguments"),
    [
        ("afxplugin.captures.formats:read_bytes", "in a C call", RENDER),
        ("afxplugin.chain:with_eigenvalues", "waiting", RENDER),
        ("afxplugin.render.automation:read_automation", "in a C call", (*RENDER, "--automate", "{session}/moves.csv")),
        ("afxplugin.render.batch:find_stems", "waiting", RENDER),
        ("afxplugin.render.batch:plan_jobs", "in a C call", RENDER),
        ("afxplugin.render.manifest:Manifest.update", "waiting", RENDER),
        ("afxplugin.render.comparison:open_source", "in a C call", COMPARE),
        ("afxplugin.render.comparing:read_excerpt", "waiting", COMPARE),
        ("afxplugin.render.comparing:resample_fft", "in a C call", COMPARE),
        ("afxplugin.cli.info:file_facts", "waiting", ("info", "{session}/amp.afx")),
        ("afxplugin.render.calibration:reference_di", "in a C call", ADD),
        ("afxplugin.presets:PresetStore.look", "waiting", ("preset", "list")),
        ("afxplugin.plugin.installation:installed_bundles", "in a C call", ("plugin", "list")),
        ("afxplugin.render.source:open_source", "waiting", ("live", "--capture", "{session}/amp.afx")),
    ],
)  # fmt: skip
def test_a_signal_ends_whatever_prepares(
    session: Path, started: list[subprocess.Popen[str]], place: str, how: str, arguments: tuple[str, ...]
) -> None:
    process = hanging(started, session, place, how, *arguments)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=GUARD_S)
    assert (process.returncode, out, err) == (130, "", "afx: interrupted\n")
    assert not list(session.rglob("*.wav.part"))
    assert not (session / "out").exists() or not list((session / "out").glob("*.wav"))


def test_patience_lasts_less_than_a_second() -> None:
    assert stopping._TICK_S * stopping._PATIENT_TICKS <= 0.8


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_exit_status_names_the_signal(
    session: Path, started: list[subprocess.Popen[str]], number: signal.Signals, status: int
) -> None:
    for how in ("waiting", "in a C call"):
        process = hanging(started, session, "afxplugin.render.batch:find_stems", how, *RENDER)
        process.send_signal(number)
        assert process.communicate(timeout=GUARD_S)[1] == "afx: interrupted\n"
        assert process.returncode == status


def test_a_wait_for_another_batchs_lock_is_ended(session: Path, started: list[subprocess.Popen[str]]) -> None:
    (session / "out").mkdir()
    lock = session / "out" / ".manifest.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-m", "afxplugin", *(each.format(session=session) for each in RENDER)],
            cwd=ROOT, stderr=subprocess.PIPE, text=True, process_group=0,
        )  # fmt: skip
        started.append(process)
        deadline = time.monotonic() + GUARD_S
        while not (opens(process, lock) or material.leftovers(session / "out")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=GUARD_S)[1] == "afx: interrupted\n"
        assert process.returncode == 130


def opens(process: subprocess.Popen[str], file: Path) -> bool:
    """Whether a process has a file open at this moment."""
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if each.readlink() == file:
                    return True
    return False


def test_a_stem_that_hangs_does_not_keep_the_batch(session: Path, started: list[subprocess.Popen[str]]) -> None:
    process = hanging(started, session, "afxplugin.render.render_stem:_Rendering._stream", "in a C call", *RENDER)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=GUARD_S)[1] == "afx: interrupted\n"
    assert process.returncode == 130
    assert len(material.leftovers(session / "out")) == 1
    (entry,) = json.loads((session / "out" / "manifest.json").read_text()).values()
    assert entry["status"] == "pending"
    command = [sys.executable, "-m", "afxplugin", *(each.format(session=session) for each in RENDER), "--resume"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=GUARD_S)
    assert (told.returncode, told.stderr) == (0, "")
    assert sorted(each.name for each in (session / "out").glob("*.wav")) == ["a [Amp].wav"]
    assert material.leftovers(session / "out") == []


def test_a_second_signal_ends_it_at_once(session: Path, started: list[subprocess.Popen[str]]) -> None:
    first = "from afxplugin.cli import stopping\nstopping._TICK_S = 600.0\n"
    place = "afxplugin.render.render_stem:_Rendering._stream"
    process = hanging(started, session, place, "in a C call", *RENDER, first=first)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):  # patience with the first was set to ten minutes
        process.wait(timeout=2.0)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=GUARD_S)[1] == "afx: interrupted\n"
    assert process.returncode == 130


@pytest.mark.parametrize("error", ["ValueError", "GraphError"])
def test_an_error_that_a_signal_brought_about_is_no_mistake(error: str) -> None:
    code = (
        "import os, signal, sys; from afxplugin.cli import failure, stopping; from afxplugin.errors import GraphError\n"
        "def run(arguments):\n"
        "    with stopping.Stopping() as stop:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        stop.stop.wait()\n"
        f"        raise {error}('the process ended')\n"
        "sys.exit(failure.run_guarded(run, []))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=GUARD_S
    )
    assert (told.returncode, told.stderr) == (143, "afx: interrupted\n")


def test_nohup_is_respected(session: Path, started: list[subprocess.Popen[str]]) -> None:
    first = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    process = hanging(started, session, "afxplugin.render.batch:find_stems", "waiting", *RENDER, first=first)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2.0)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=GUARD_S)[1] == "afx: interrupted\n"
    assert process.returncode == 143


@pytest.mark.skipif(importlib.util.find_spec("PySide6") is None, reason="the extra editor is not installed")
def test_the_window_answers_signals_itself(session: Path, started: list[subprocess.Popen[str]]) -> None:
    code = (
        "import os; from afxplugin.editor import app; from afxplugin.cli import main\n"
        "heed = app._heed_signals\n"
        "app._heed_signals = lambda *given: (heed(*given), os.write(1, b'shown\\n'))\n"
        "main(['edit'])"
    )
    folders = {f"XDG_{name}_HOME": str(session / name) for name in ("DATA", "CONFIG", "CACHE", "STATE")}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**os.environ, **folders, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "shown\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=GUARD_S)
    assert process.returncode == 130


def test_a_halted_terminal_does_not_keep_it(session: Path, started: list[subprocess.Popen[str]]) -> None:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(theirs, bytes(4096))
    os.set_blocking(theirs, True)
    process = hanging(started, session, "afxplugin.render.batch:find_stems", "in a C call", *RENDER, stderr=theirs)
    os.close(theirs)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=GUARD_S) == 130
    os.close(ours)


def test_the_cursor_comes_back_on_a_terminal(session: Path, started: list[subprocess.Popen[str]]) -> None:
    arguments = [each for each in RENDER if each != "--quiet"]
    ours, theirs = pty.openpty()
    place = "afxplugin.render.render_stem:_Rendering._stream"
    process = hanging(started, session, place, "in a C call", *arguments, stderr=theirs)
    os.close(theirs)
    process.send_signal(signal.SIGINT)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so where the other end is closed
        while select.select([ours], [], [], GUARD_S)[0] and (block := os.read(ours, 65_536)):
            shown += block
    os.close(ours)
    assert process.wait(timeout=GUARD_S) == 130
    assert b"\x1b[?25l" in shown
    assert b"\x1b[?25l" not in shown[shown.rindex(b"\x1b[?25h") :]
    assert shown.endswith(b"afx: interrupted\r\n")
