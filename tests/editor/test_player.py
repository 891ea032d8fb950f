"""Playing on a device without hardware: what JACK recorded of a hundred switches has no gap and no click."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from afxplugin.editor.playing.player import LoopPlayer, at_device_rate, choose_output, output_devices
from afxplugin.editor.playing.switcher import FADE_S, Switcher
from afxplugin.errors import DeviceError
from tests.editor.test_switcher import FREQUENCY_HZ, largest_step, tones
from tests.engine.jack import PERIOD, RATE_HZ, Recording, Server, build_probe, jack_server

ATTEMPTS = 4


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    with jack_server() as running:
        yield running


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_probe(tmp_path_factory.mktemp("probe"))


def record_switches(probe: Path, folder: Path, count: int) -> tuple[np.ndarray, int, int]:
    """What was heard, (2, frames), with so many switches among five; how often the thread was late, and switches."""
    device, rate_hz = choose_output(None, RATE_HZ)
    switcher = Switcher(tones(5, seconds=1.3), rate_hz)
    player = LoopPlayer(switcher, device)
    try:
        switcher.play()
        recording = Recording(probe, folder, np.zeros(1, np.float32), round(RATE_HZ * (count * 0.03 + 1.5)), into=None)
        time.sleep(0.4)
        draw = np.random.default_rng(4)
        switched = 0
        for _ in range(count):
            switcher.switch(str(draw.choice([name for name in switcher.names if name != switcher.name])))
            switched += 1
            time.sleep(float(draw.uniform(0.015, 0.035)))
        heard = recording.result()
        player.check()
        return heard, player.stats.underruns, switched
    finally:
        player.close()


def sounding(x: np.ndarray) -> list[np.ndarray]:
    """The pieces between runs of zeros as long as a period of the server, in which it recorded nothing."""
    places = np.flatnonzero(x)
    ends = np.flatnonzero(np.diff(places) > PERIOD - 8) + 1
    return [x[piece[0] : piece[-1] + 1] for piece in np.split(places, ends)]


def lost_periods(x: np.ndarray) -> bool:
    """Whether it jumps, and only where a period of the server ends: no switch falls there again and again."""
    jumps = np.flatnonzero((np.abs(np.diff(x)) > largest_step(0.6)) & (x[:-1] != 0.0) & (x[1:] != 0.0)) + 1
    return jumps.size > 0 and bool(np.all(jumps % PERIOD == 0))


@pytest.mark.usefixtures("server")
def test_a_hundred_switches_are_recorded_without_a_gap_or_click(probe: Path, tmp_path: Path) -> None:
    for _ in range(ATTEMPTS):
        heard, underruns, switched = record_switches(probe, tmp_path, 100)
        body = heard[0, int(np.argmax(np.abs(heard[0]) > 0.1)) :]
        pieces = sounding(body)
        # A machine that is busy for longer than the thread is ahead makes a gap of ours, which is counted, and one that
        # keeps the recording client waiting loses whole periods of the recording: once more.
        if underruns == 0 and len(pieces) < 10 and not lost_periods(heard[0]):
            break
    assert underruns == 0
    assert switched == 100
    np.testing.assert_array_equal(heard[0], heard[1])
    # Periods that a busy server missed are silence in the recording, and no part of what was played.
    assert sum(map(len, pieces)) > 0.9 * len(body)
    step = max(float(np.abs(np.diff(piece)).max(initial=0.0)) for piece in pieces)
    assert step < largest_step(0.6), step
    period = round(1.5 * RATE_HZ / FREQUENCY_HZ)
    whole = [piece[: len(piece) // period * period].reshape(-1, period) for piece in pieces]
    peaks = np.abs(np.concatenate(whole)).max(axis=1)
    assert peaks.min() > 0.1, peaks.min()
    # It did switch: the five have five peaks, 0.2 to 0.6, and all were heard.
    assert {0.2, 0.3, 0.4, 0.5, 0.6} <= {round(float(each), 1) for each in peaks}


@pytest.mark.usefixtures("server")
def test_what_is_heard_is_the_loop_to_the_bit(probe: Path, tmp_path: Path) -> None:
    device, rate_hz = choose_output("system", RATE_HZ)
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 2 * RATE_HZ)).astype(np.float32)
    switcher = Switcher({"noise": noise}, rate_hz)
    for _ in range(2 * ATTEMPTS):
        player = LoopPlayer(switcher, device)
        switcher.play()
        heard = Recording(probe, tmp_path, np.zeros(1, np.float32), RATE_HZ, into=None).result()
        stats = player.stats
        assert player.take_peaks()[0] == pytest.approx(0.5, abs=0.01)
        assert 0.0 <= player.heard_s < switcher.loop_s
        player.close()
        piece = sounding(heard[0])[-1]
        if stats.underruns == 0 and len(piece) > 25_000:
            break
    assert stats.underruns == 0
    assert stats.switching_ms < 120.0
    fade = round(FADE_S * RATE_HZ)
    places = {noise[0, k : k + 8].tobytes(): k for k in range(fade, noise.shape[1] - fade - 8)}
    first = heard.shape[1] - 24_000
    at = places[heard[0, first : first + 8].tobytes()]
    length = min(24_000, noise.shape[1] - fade - at)
    np.testing.assert_array_equal(heard[:, first : first + length], noise[:, at : at + length])


@pytest.mark.usefixtures("server")
def test_closing_fades_out(probe: Path, tmp_path: Path) -> None:
    device, rate_hz = choose_output(None, RATE_HZ)
    for _ in range(ATTEMPTS):
        switcher = Switcher({"dc": np.full((1, RATE_HZ), 0.5, np.float32)}, rate_hz)
        player = LoopPlayer(switcher, device)
        switcher.play()
        recording = Recording(probe, tmp_path, np.zeros(1, np.float32), RATE_HZ, into=None)
        time.sleep(0.5)
        began = time.monotonic()
        player.close()
        took_s = time.monotonic() - began
        player.close()
        player.check()
        heard = recording.result()[0]
        end = sounding(heard)[-1][-4800:]
        if len(end) == 4800 and np.all(end[:2400] == 0.5):  # no period was missed in its last tenth of a second
            break
    assert took_s < 10.0  # it waits for the fade, and for nothing else
    assert np.abs(np.diff(end)).max() < 0.5 / (FADE_S * RATE_HZ) * 1.01
    assert 0.0 < end[-1] < 0.01
    assert heard[-1] == 0.0


@pytest.mark.usefixtures("server")
def test_a_rate_that_the_device_does_not_run_at_becomes_its_own() -> None:
    device, rate_hz = choose_output(None, 96_000)
    assert rate_hz == RATE_HZ
    assert device in output_devices()
    with pytest.raises(DeviceError, match="'nothing' is no output device"):
        choose_output("nothing", RATE_HZ)
    with pytest.raises(DeviceError, match="at 44100 Hz"):
        LoopPlayer(Switcher(tones(1, rate_hz=44_100), 44_100), device)


@pytest.mark.usefixtures("server")
def test_a_channel_that_is_not_there_is_refused() -> None:
    from afxplugin.engine.stream import check_output

    device, rate_hz = choose_output(None, RATE_HZ)
    check_output(device, rate_hz=rate_hz, channels=2)
    with pytest.raises(DeviceError, match="output channel 3 of system; it has 2"):
        check_output(device, rate_hz=rate_hz, channels=3)


GONE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from afxplugin.editor.playing.player import LoopPlayer, choose_output
from afxplugin.editor.playing.switcher import Switcher
from afxplugin.errors import DeviceError
from tests.editor.test_switcher import tones
device, rate_hz = choose_output(None, 48_000)
player = LoopPlayer(Switcher(tones(1), rate_hz), device)
player.check()
print("playing", flush=True)
deadline = time.monotonic() + 100.0
try:
    while time.monotonic() < deadline:
        player.check()
        time.sleep(0.05)
except DeviceError as error:
    print(error, flush=True)
began = time.monotonic()
player.close()
print(round(time.monotonic() - began), flush=True)
"""


def test_a_server_that_ends_is_a_device_that_has_gone() -> None:
    # In a process of its own: PortAudio looks for JACK's devices only once.
    with jack_server() as server:
        root = str(Path(__file__).parents[2])
        process = subprocess.Popen([sys.executable, "-c", GONE, root], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "playing\n"
            server.stop()
            told, _ = process.communicate(timeout=200)
        finally:
            process.kill()
            process.wait()
        assert "the device has gone (system, JACK Audio Connection Kit): it was unplugged, or its server" in told
        assert int(told.splitlines()[-1]) <= 20  # it does not hang
        assert process.returncode == 0


def test_renderings_are_brought_to_the_rate_of_the_device() -> None:
    n = np.arange(96_000)
    x = (0.5 * np.sin(2 * np.pi * 1000 / 96_000 * n)).astype(np.float32)
    variants = {"a": np.stack([x, 0.5 * x, 0.25 * x]), "b": np.stack([x, x, x])}
    same = at_device_rate(variants, 96_000, 96_000)
    np.testing.assert_array_equal(same["a"], variants["a"][:2])
    half = at_device_rate(variants, 96_000, 48_000)
    assert half["a"].shape == half["b"].shape == (2, 48_000)
    np.testing.assert_allclose(half["a"][0], x[::2], atol=1e-6)
