"""``afx render`` as its users meet it: options, what is printed where, exit status."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from afxplugin.cli import main
from afxplugin.engine.lookup import find_plugin
from afxplugin.engine.process import check_installed
from afxplugin.errors import PluginError
from tests.render import material

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def afx(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in this process: (exit status, standard output, standard error)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return run


@pytest.fixture
def amp(tmp_path: Path) -> Path:
    return material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive", "Tone")))


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return material.stem_file(tmp_path / "gtr.wav")


def test_one_stem(afx: Any, amp: Path, stem: Path) -> None:
    status, out, err = afx("render", stem, "--capture", amp)
    assert (status, err) == (0, "")
    assert "gtr [Amp].wav  0:00.2  48 kHz  direct" in out
    assert "1 rendered in " in out
    assert str(stem.parent / "rendered" / "manifest.json") in out
    assert material.read(stem.parent / "rendered" / "gtr [Amp].wav").shape == (1, 9_600)


def test_every_option_reaches_the_render(afx: Any, amp: Path, tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", material.riff(0.5, rate_hz=96_000, channels=2), rate_hz=96_000)
    status, out, _ = afx(
        "render", stem, "--capture", amp, "--method", "cidl", "--oversample", "2", "--filters", "low-latency",
        "--start", "zero", "--nan", "zero", "--set", "drive=0.9", "--set", "Tone=0.1", "--input-gain-db", "-3",
        "--output-gain-db", "2.5", "--mix", "0.75", "--capture-rate", "44100", "--out", tmp_path / "o", "--template",
        "{stem}_{capture}_{method}_{rate}", "--subtype", "24", "--tail", "0.25", "--jobs", "1", "--json",
    )  # fmt: skip
    assert status == 0
    (told,) = json.loads(out)["stems"]
    output = tmp_path / "o" / "x_Amp_cidl_96000.wav"
    assert told["output"] == str(output)
    assert (soundfile.info(output).subtype, soundfile.info(output).frames) == ("PCM_24", 72_000)
    (entry,) = json.loads((tmp_path / "o" / "manifest.json").read_text()).values()
    assert entry["options"] == {
        "method": "cidl", "oversample": 2, "filters": "low-latency", "start": "zero", "nan": "zero",
        "input_gain_db": -3.0, "output_gain_db": 2.5, "mix": 0.75, "subtype": "24", "tail_s": 0.25,
    }  # fmt: skip
    assert entry["knobs"] == {"Drive": 0.9, "Tone": 0.1}
    plan = entry["plan"]
    assert (plan["session_hz"], plan["capture_hz"], plan["kernel_hz"]) == (96_000, 44_100, 192_000)
    assert (plan["method"], plan["oversampling"], plan["filters"]) == ("cidl", 2, "low-latency")


def test_inserts_are_played(afx: Any, amp: Path, stem: Path) -> None:
    try:
        check_installed()
        find_plugin("ZamVerb")
    except PluginError as error:
        pytest.skip(f"{error} (Debian: zam-plugins)")
    given = ["--insert-before", "ZamComp", "--insert-before", "ZamEQ2", "--insert-after", "ZamVerb", "--json"]
    status, out, _ = afx("render", stem, "--capture", amp, *given)
    assert status == 0
    (told,) = json.loads(out)["stems"]
    placed = [(each["plugin"], each["place"]) for each in told["plan"]["inserts"]]
    assert placed == [("ZamComp", "before"), ("ZamEQ2", "before"), ("ZamVerb", "after")]
    assert told["plan"]["engine"] == "graph"
    status, _, err = afx("render", stem, "--capture", amp, "--overwrite", "--insert-after", "ZamVreb")
    assert status == 2
    assert "close to it: ZamVerb" in err


def test_json_is_all_that_is_printed(afx: Any, amp: Path, stem: Path) -> None:
    status, out, err = afx("render", stem, stem.parent / "gone.wav", "--capture", amp, "--json")
    assert status == 1
    told = json.loads(out)
    assert set(told) == {"tool_version", "status", "stems", "manifests", "problems"}
    assert told["status"] == "failed"
    assert [each["status"] for each in told["stems"]] == ["done", "failed"]
    assert set(told["stems"][0]) == {
        "job", "stem", "output", "status", "error", "notes", "frames", "rate_hz", "channels", "peak", "loudness_lufs",
        "seconds", "times_real_time", "plan",
    }  # fmt: skip
    assert "cannot be read: No such file or directory" in err
    assert err.count("gone.wav") == 1


def test_silent_stem_is_valid_json(afx: Any, amp: Path, tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", np.zeros((1, 4_800), np.float32))
    status, out, _ = afx("render", stem, "--capture", amp, "--json", "--mix", "0")
    (told,) = json.loads(out, parse_constant=pytest.fail)["stems"]
    assert (status, told["loudness_lufs"]) == (0, None)


def test_quiet_says_only_what_went_wrong(afx: Any, amp: Path, stem: Path) -> None:
    assert afx("render", stem, "--capture", amp, "--quiet") == (0, "", "")
    status, out, err = afx("render", stem, "--capture", amp, "--quiet")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "exists already; allowed: --overwrite, --resume" in err


def test_overwrite_and_resume(afx: Any, amp: Path, stem: Path) -> None:
    assert afx("render", stem, "--capture", amp)[0] == 0
    assert afx("render", stem, "--capture", amp, "--overwrite")[0] == 0
    status, out, _ = afx("render", stem, "--capture", amp, "--resume")
    assert status == 0
    assert "1 skipped" in out
    assert afx("render", stem, "--capture", amp, "--resume", "--overwrite")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the two"),
        (["--capture", "{amp}", "--preset", "x"], "one of the two"),
        (["--capture", "nowhere.json"], "nowhere.json"),
        (["--preset", "no such preset"], "no such preset"),
        (["--capture", "{amp}", "--method", "best"], "unknown method 'best'; allowed: auto, resample, naive"),
        (["--capture", "{amp}", "--oversample", "3"], "allowed: 1, 2, 4, 8"),
        (["--capture", "{amp}", "--oversample", "two"], "integer"),
        (["--capture", "{amp}", "--set", "Drive"], "KNOB=NUMBER"),
        (["--capture", "{amp}", "--set", "Drive=loud"], "KNOB=NUMBER"),
        (["--capture", "{amp}", "--set", "Gain=1"], "Drive, Tone"),
        (["--capture", "{amp}", "--set", "Drive=7"], "allowed 0 to 1"),
        (["--capture", "{amp}", "--set", "Drive=0", "--set", "Drive=1"], "twice"),
        (["--capture", "{amp}", "--mix", "2"], "allowed: 0 to 1"),
        (["--capture", "{amp}", "--capture-rate", "0"], "8000"),
        (["--capture", "{amp}", "--template", "{song}"], "{stem}"),
        (["--capture", "{amp}", "--jobs", "0"], "1 or more"),
        (["--capture", "{amp}", "--engine", "host"], "allowed: direct, graph"),
        (["--capture", "{amp}", "--loud"], "--loud"),
    ],
)
def test_usage_errors(afx: Any, amp: Path, stem: Path, arguments: list[str], message: str) -> None:
    given = [str(amp) if each == "{amp}" else each for each in arguments]
    status, out, err = afx("render", stem, *given)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert not (stem.parent / "rendered").exists()


def test_no_stem_is_a_usage_error(afx: Any, amp: Path) -> None:
    status, _, err = afx("render", "--capture", amp)
    assert status == 2
    assert "STEM" in err


def test_mistake_of_ours_is_one_line_with_a_way_to_see_more(
    afx: Any, amp: Path, stem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **options: object) -> None:
        raise ZeroDivisionError(f"{len(given)} {len(options)}")

    monkeypatch.setattr("afxplugin.render.batch.open_source", broken)
    status, _, err = afx("render", stem, "--capture", amp)
    assert status == 1
    assert err.startswith("afx: ZeroDivisionError")
    assert "AFX_TRACEBACK=1" in err
    assert "Traceback" not in err


def test_assumed_rate_is_one_line(tmp_path: Path, stem: Path) -> None:
    weights = material.random_capture(hidden=2).weights
    names = {"rec.bias_l0": "rec.bias_ih_l0", "head.weight": "lin.weight", "head.bias": "lin.bias"}
    state = {names.get(name, name): value.tolist() for name, value in weights.items()}
    state["rec.bias_hh_l0"] = [0.0] * 8
    header = {"model": "SimpleRNN", "input_size": 1, "skip": 1, "output_size": 1, "unit_type": "LSTM"}
    header |= {"num_layers": 1, "hidden_size": 2, "bias_fl": True}
    (tmp_path / "amp.json").write_text(json.dumps({"model_data": header, "state_dict": state}))
    command = [sys.executable, "-m", "afxplugin", "render", stem, "--capture", tmp_path / "amp.json", "--quiet"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr.count("\n") == 1
    assert told.stderr.startswith("afx: warning: ")
    assert "44100 Hz is assumed" in told.stderr


def test_bars_on_a_terminal(amp: Path, tmp_path: Path) -> None:
    for name in "ab":
        material.stem_file(tmp_path / f"{name}.wav", material.riff(5.0, channels=2))
    command = [sys.executable, "-m", "afxplugin", "render", tmp_path, "--capture", amp, "--oversample", "8"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "150", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs, text=False) as process:
        os.close(theirs)
        shown = _read_all(ours)
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert "of 2 stems" in shown
    assert "x real time" in shown
    assert "left" in shown
    assert "2 rendered in" in shown


def _read_all(terminal: int) -> str:
    shown = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            block = os.read(terminal, 65_536)
        except OSError:  # Linux says so where the other end is closed
            break
        if not block:
            break
        shown += block
    return shown.decode()


def test_start_up_needs_no_heavy_module() -> None:
    code = (
        "import sys, warnings; from afxplugin.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('scipy', 'torch', 'soundfile', 'rich', 'afxplugin._core') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    version, loaded = told.stdout.splitlines()
    assert version.startswith("afx ")
    assert loaded == "[]"


def test_help_names_every_option(afx: Any) -> None:
    status, out, _ = afx("render", "--help")
    assert status == 0
    for option in (
        "--capture", "--preset", "--method", "--oversample", "--filters", "--start", "--nan", "--set",
        "--input-gain-db", "--output-gain-db", "--mix", "--capture-rate", "--out", "--template", "--subtype", "--tail",
        "--engine", "--insert-before", "--insert-after", "--jobs", "--overwrite", "--resume", "--quiet", "--json",
    ):  # fmt: skip
        assert option in out
