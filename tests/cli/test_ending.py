"""Ways to end a running ``afx render`` from outside, and going on afterwards."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.render import material

ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A short stem, and one that takes a second or more."""
    capture = material.random_capture(hidden=64)
    material.capture_file(tmp_path / "amp.afx", capture)
    material.stem_file(tmp_path / "stems" / "a.wav", material.riff(0.2))
    material.stem_file(tmp_path / "stems" / "b.wav", material.riff(20.0, channels=3))
    return tmp_path


def is_recorded(session: Path) -> bool:
    """Whether the manifest says that the first stem is done."""
    return (session / "out" / "manifest.json").exists() and statuses(session)["a [Amp].wav"] == "done"


def command(session: Path, *more: str) -> list[str]:
    out = ["--out", str(session / "out"), "--jobs", "1", "--quiet"]
    stems = ["render", str(session / "stems"), "--capture", str(session / "amp.afx")]
    return [sys.executable, "-m", "afxplugin", *stems, *out, *more]


def start(session: Path) -> subprocess.Popen[str]:
    """A batch that has finished the first stem and begun the second."""
    process = subprocess.Popen(command(session), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (is_recorded(session) and material.leftovers(session / "out")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    return process


def statuses(session: Path) -> dict[str, str]:
    manifest: dict[str, dict[str, Any]] = json.loads((session / "out" / "manifest.json").read_text())
    return {entry["output"]: entry["status"] for entry in manifest.values()}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_removes_partial_files_and_the_manifest_says_what_was_done(
    session: Path, number: signal.Signals, status: int
) -> None:
    process = start(session)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in err
    assert err.startswith("afx: interrupted: stopped before its end; nothing was written: ")
    assert err.endswith("b.wav\n")
    assert sorted(each.name for each in (session / "out").glob("*.wav")) == ["a [Amp].wav"]
    assert material.leftovers(session / "out") == []
    assert statuses(session) == {"a [Amp].wav": "done", "b [Amp].wav": "interrupted"}


def test_resume_after_kill(session: Path) -> None:
    process = start(session)
    process.kill()
    process.communicate(timeout=30)
    assert statuses(session)["b [Amp].wav"] == "pending"
    assert not (session / "out" / "b [Amp].wav").exists()
    first_mtime = (session / "out" / "a [Amp].wav").stat().st_mtime_ns
    told = subprocess.run(command(session, "--resume"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert statuses(session) == {"a [Amp].wav": "done", "b [Amp].wav": "done"}
    assert (session / "out" / "a [Amp].wav").stat().st_mtime_ns == first_mtime
    assert material.read(session / "out" / "b [Amp].wav").shape == (3, 960_000)
    assert material.leftovers(session / "out") == []


def test_full_disk_fails_the_stem_that_does_not_fit(session: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    told = subprocess.run(
        command(session), cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=small_files
    )
    assert told.returncode == 1
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
    assert statuses(session) == {"a [Amp].wav": "done", "b [Amp].wav": "failed"}
    assert sorted(each.name for each in (session / "out").glob("*.wav")) == ["a [Amp].wav"]
    assert material.leftovers(session / "out") == []


def test_two_batches_into_one_folder_share_its_manifest(session: Path) -> None:
    material.stem_file(session / "more" / "c.wav")
    other = [each.replace(str(session / "stems"), str(session / "more")) for each in command(session)]
    running = [subprocess.Popen(each, cwd=ROOT) for each in (command(session), other)]
    assert [each.wait(timeout=60) for each in running] == [0, 0]
    assert set(statuses(session).values()) == {"done"}
    assert len(statuses(session)) == 3


def test_reader_that_goes_away_is_no_crash(session: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    line = [each for each in command(session) if each != "--quiet"]
    line[line.index(str(session / "stems"))] = str(session / "stems" / "a.wav")
    told = subprocess.run(line, cwd=ROOT, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write_end)
    assert told.returncode in (0, 1)
    assert "Traceback" not in told.stderr
    assert "mistake" not in told.stderr
