"""What goes wrong is told in one line, the reason first and the file last, and nobody else writes on the terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from afxplugin.captures import CaptureRateWarning
from afxplugin.cli import failure
from afxplugin.cli.display import Lines, problem_text
from afxplugin.errors import AudioError
from afxplugin.render.job import RenderResult
from afxplugin.render.progress import StemFinished
from tests.render import material

ROOT = Path(__file__).parents[2]
STEM, OUTPUT = Path("/session/stems/a.wav"), Path("/session/out/a [Amp].wav")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("empty file (0 bytes)", "empty file (0 bytes): /session/stems/a.wav"),
        ("empty file: /session/stems/a.wav", "empty file: /session/stems/a.wav"),
        ("exists already: /session/out/a [Amp].wav", "exists already: /session/out/a [Amp].wav"),
        (None, "no reason is known: /session/stems/a.wav"),
    ],
)
def test_a_problem_begins_with_its_reason_and_names_one_file(error: str | None, told: str) -> None:
    assert problem_text(RenderResult("", STEM, OUTPUT, "failed", error=error)) == told


def test_a_note_comes_before_its_stem(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    result = RenderResult("", STEM, OUTPUT, "done", peak=0.5, loudness_lufs=-20.0, notes=("3 samples were clipped",))
    Lines(lines.append)(StemFinished(result))
    assert capsys.readouterr().err == "afx: warning: 3 samples were clipped: /session/stems/a.wav\n"
    assert lines == ["rendered  /session/out/a [Amp].wav  peak -6.0 dBFS  -20.0 LUFS"]


def test_a_file_name_can_neither_break_the_line_nor_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    failure.tell(str(AudioError("empty file", path="a\nb\x1b[2J\u202e\udcffü 音.wav")))
    assert capsys.readouterr().err == "afx: empty file: a b\\x1b[2J\\u202e\ufffdü 音.wav\n"


def test_only_our_own_warnings_are_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def warn(arguments: list[str]) -> None:
        del arguments
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning("overflow encountered in multiply", RuntimeWarning, "x.py", 1)
            warnings.showwarning("44100 Hz is assumed: amp.json", CaptureRateWarning, "x.py", 1)

    assert failure.run_guarded(warn, []) == 0
    assert capsys.readouterr().err == "afx: warning: 44100 Hz is assumed: amp.json\n"


def test_a_narrow_terminal_cuts_nothing(tmp_path: Path) -> None:
    amp = material.capture_file(tmp_path / "amp.afx", material.random_capture())
    gone = tmp_path / ("a folder of a rather long name" * 4) / "gone.wav"
    good = material.stem_file(tmp_path / "good.wav", material.riff(1.0))
    command = [sys.executable, "-m", "afxplugin", "render", gone, good, "--capture", amp, "--out", tmp_path / "out"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "30", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while select.select([ours], [], [], 60)[0] and (block := os.read(ours, 65_536)):
                shown += block
        except OSError:  # Linux says so where the other end is closed
            pass
        assert process.wait(timeout=60) == 1
    os.close(ours)
    joined = b"".join(shown.split()).decode()
    assert "cannotbereadNosuchfileordirectory" in joined.replace(":", "")
    assert joined.count("".join(str(gone).split())) == 1


BAD = {
    "empty.wav": b"",
    "noise.wav": bytes(range(7, 256)) * 20,
    "noise.flac": b"fLaC" + bytes(range(256)) * 12,
    "noise.ogg": b"OggS" + bytes(range(256)) * 12,
    "noise.aif": b"FORM\0\0\1\xf4AIFF" + bytes(range(256)) * 2,
    "noise.caf": b"caff" + bytes(range(256)),
    "page.nam": b"<!DOCTYPE html><html></html>",
    "deep.json": b"[" * 100_000,
    "noise.afx": bytes(range(40, 256)) * 8,
    "archive.nam": b"PK\x03\x04" + bytes(300),
}


def test_libraries_write_nothing_on_the_terminal(tmp_path: Path) -> None:
    amp = material.capture_file(tmp_path / "amp.afx", material.random_capture())
    good = material.stem_file(tmp_path / "good.wav")
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    stems = [str(tmp_path / name) for name in BAD]
    runs = [
        ["info", *stems],
        ["render", *stems, "--capture", str(amp), "--out", str(tmp_path / "out"), "--quiet"],
        *(["compare", stem, "--capture", str(amp), "--out", str(tmp_path / "compared")] for stem in stems[:3]),
        *(["render", str(good), "--capture", each, "--quiet"] for each in stems[:1] + stems[6:]),
    ]
    for arguments in runs:
        command = [sys.executable, "-m", "afxplugin", *arguments]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert told.returncode in (1, 2)
        lines = told.stderr.splitlines()
        assert len(lines) == (len(BAD) if len(arguments) > len(BAD) else 1)
        assert all(line.startswith("afx: ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["render", "{good}", "--capture", "{amp}", "--automate", "{pipe}"], 2),
        (["render", "{pipe}", "--capture", "{amp}"], 1),
        (["render", "{good}", "--capture", "{pipe}"], 2),
        (["compare", "{pipe}", "--capture", "{amp}"], 2),
        (["preset", "add", "{pipe}", "--device", "D", "--preset", "P"], 2),
        (["preset", "import", "{pipe}"], 2),
    ],
)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, arguments: list[str], status: int) -> None:
    pipe = tmp_path / "moves"
    os.mkfifo(pipe)
    files = {
        "amp": material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",))),
        "good": material.stem_file(tmp_path / "good.wav"),
        "pipe": pipe,
    }
    command = [sys.executable, "-m", "afxplugin", *(each.format(**files) for each in arguments)]
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    told = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )  # a pipe that is opened is waited for without end
    assert told.returncode == status
    assert told.stderr.count("\n") == 1
    assert "file" in told.stderr
