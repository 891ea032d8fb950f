"""``afx live`` on a JACK server without hardware."""

from __future__ import annotations

import importlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from afxplugin.engine import stream
from afxplugin.engine.process import check_installed
from afxplugin.errors import DeviceError, PluginError
from tests.engine.conftest import fuse, host, third_party  # noqa: F401
from tests.engine.jack import Server, jack_server
from tests.render import material
from tests.timing import least

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    try:
        check_installed()
    except PluginError as error:
        pytest.skip(str(error))
    with jack_server() as running:
        yield running


@pytest.fixture
def amp(tmp_path: Path) -> str:
    return str(material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",))))


def live(*options: str) -> list[str]:
    return [sys.executable, "-m", "afxplugin", "live", *options]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(live(*options), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def start(*options: str) -> subprocess.Popen[str]:
    """Playing when this returns, and alone in its group, as what a shell starts is: Ctrl-C goes to all of that."""
    process = subprocess.Popen(
        live(*options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    assert process.stderr is not None
    told = process.stderr.readline()
    assert told.startswith("afx: playing"), told + process.stderr.read()
    return process


@pytest.mark.usefixtures("server")
def test_devices_are_listed() -> None:
    told = run("--list")
    assert told.stderr == ""
    assert "  0  system, JACK Audio Connection Kit  2 in, 2 out, 48 kHz  default input and output\n" in told.stdout
    listed = json.loads(run("--list", "--json").stdout)
    assert listed[0] == {
        "index": 0, "name": "system", "host_api": "JACK Audio Connection Kit", "input_channels": 2,
        "output_channels": 2, "rate_hz": 48_000, "is_default_input": True, "is_default_output": True,
    }  # fmt: skip


@pytest.mark.usefixtures("server")
def test_it_plays_for_as_long_as_asked_and_says_how_it_went(amp: str) -> None:
    told = run("--capture", amp, "--set", "drive=0.7", "--mix", "0.5", "--seconds", "0.6", "--json")
    assert told.returncode == 0, told.stderr
    assert re.match(r"afx: playing Amp on system at 48 kHz in blocks of 128\b.*Ctrl-C stops\n$", told.stderr)
    facts = json.loads(told.stdout)
    assert 0.5 <= facts["seconds"] <= 1.5
    assert facts["prefill_frames"] == 384
    assert facts["round_trip_ms"] > 8.0
    assert facts["load"] > 0.0


@pytest.mark.usefixtures("server")
def test_inserts_are_in_the_path_and_their_latency_in_the_round_trip(
    amp: str,
    third_party: Callable[[str], str],  # noqa: F811
) -> None:
    late, other = third_party("ZaMaximX2"), third_party("ZamComp")
    options = ["--insert-before", other, "--insert-after", late, "--mix", "0.5", "--seconds", "0.3", "--json"]
    told = run("--capture", amp, *options)
    assert told.returncode == 0, told.stderr
    facts = json.loads(told.stdout)
    assert facts["plugins_frames"] > 0
    both_ms = 1e3 * (facts["prefill_frames"] + facts["plugins_frames"]) / 48_000
    assert facts["round_trip_ms"] == pytest.approx(facts["device_ms"] + both_ms)


@pytest.mark.usefixtures("server")
def test_an_offset_counts_as_the_latency_of_its_insert(amp: str, fuse: str) -> None:  # noqa: F811
    options = ["--capture", amp, "--insert-after", fuse, "--seconds", "0.3", "--json"]
    told = run(*options, "--insert-offset", f"{fuse}=372")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["plugins_frames"] == 472
    wrong = run("--capture", amp, "--insert-offset", "Fuse")
    assert (wrong.returncode, "allowed: PLUGIN[:PRESET]=FRAMES" in wrong.stderr) == (2, True)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_waiting_for_a_plugin_that_hangs(
    amp: str,
    fuse: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    status: int,
) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "hang")
    with subprocess.Popen(
        live("--capture", amp, "--insert-before", fuse), cwd=ROOT, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        while not psutil.Process(process.pid).children():
            time.sleep(0.05)
            assert process.poll() is None
        (child,) = psutil.Process(process.pid).children()
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=20)  # a plugin that hangs is given up after two minutes
        assert process.returncode == status
        assert err == "afx: stopped before it played\n"
    assert not child.is_running()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_within_100_ms(amp: str, number: signal.Signals, status: int) -> None:
    def stop() -> float:
        process = start("--capture", amp)
        time.sleep(0.3)
        began = time.monotonic()
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=20)
        took = time.monotonic() - began
        assert process.returncode == status
        assert (err, out.count("\n")) == ("", 3)
        assert out.startswith("played for 0:00.")
        return took

    assert least(stop, enough=0.1) < 0.1


@pytest.mark.usefixtures("server")
def test_a_terminal_shows_how_it_goes(amp: str) -> None:
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        live("--capture", amp, "--seconds", "0.4"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    assert process.wait(30) == 0
    shown = os.read(screen, 1 << 16).decode()
    os.close(screen)
    assert re.search(
        r"\rin +-inf dB  out +-?[\w.]+ dB  load +\d+ %  underruns \d+  xruns \d+  round trip \d+\.\d ms", shown
    )


def test_a_device_that_goes_is_told_in_words(amp: str, server: Server) -> None:
    del server  # skips where it cannot be
    with jack_server() as doomed:
        process = start("--capture", amp)
        doomed.stop()
        began = time.monotonic()
        _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 4.0
    assert process.returncode == 1
    assert "afx: the device has gone (system, JACK Audio Connection Kit): it was unplugged" in err
    assert "Traceback" not in err


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "resample"], "method 'resample' is given; allowed live, without latency: auto, naive"),
        (
            ["--input-dbu", "12"],
            "input level is 12 dBu, but Amp does not state which level it was captured with; allowed",
        ),
        (["--input", "sofa"], "'sofa' is no input device; allowed, by number or name: 0 system, JACK"),
        (["--rate", "44100"], "invalid sample rate; allowed: a rate it runs at, such as its own 48000 Hz"),
        (["--block", "7"], "blocks of 7 frames; allowed: 16 to 2048"),
        (["--prefill", "5"], "a prefill of 5 frames; allowed: a block (128)"),
        (["--insert-after", "no such plugin"], "afx: neither a VST3 bundle nor the name of one in"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(amp: str, options: list[str], message: str) -> None:
    told = run("--capture", amp, *options)
    assert told.returncode == 2
    assert message in told.stderr
    assert told.stderr.count("\n") == 1


def test_without_a_device_it_says_so(amp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sounddevice", reason="needs sounddevice and PortAudio", exc_type=Exception)
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "afx-test-none")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    if json.loads(run("--list", "--json").stdout):
        pytest.skip("this machine has audio devices")
    told = run("--capture", amp)
    assert told.returncode == 2
    assert told.stderr == "afx: no input device is here; allowed: one that the system or a JACK server knows\n"


@pytest.mark.parametrize(
    ("problem", "message"),
    [(OSError("PortAudio library not found"), "apt install libportaudio2"), (ImportError(), "build/setup live")],
)
def test_what_is_missing_is_named(problem: Exception, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        assert name == "sounddevice"
        raise problem

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(DeviceError, match=message):
        stream.list_devices()
