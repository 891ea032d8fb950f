"""Graphs played live on a JACK server without hardware: a probe plays the instrument and records what is heard."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.engine.live import LiveOptions
from afxplugin.engine.stream import list_devices
from afxplugin.errors import DeviceError, GraphError
from tests.engine.jack import PERIOD, RATE_HZ, Recording, Server, build_probe, delays, jack_server
from tests.render.material import identity_capture
from tests.timing import least

pytestmark = pytest.mark.usefixtures("host")
Play = Callable[..., Recording]


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    with jack_server() as running:
        yield running


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_probe(tmp_path_factory.mktemp("probe"))


@pytest.fixture
def noise_in() -> np.ndarray:
    return np.random.default_rng(5).uniform(-0.3, 0.3, 3 * RATE_HZ).astype(np.float32)


def wire(*, channels: int = 1, block: int = PERIOD) -> afx.Graph:
    """An instrument through a capture that changes nothing."""
    graph = afx.Graph(rate_hz=RATE_HZ, channels=channels, block_frames=block)
    graph.input("instrument")
    graph.neural("amp", capture=identity_capture())
    return graph


def share_at(heard: np.ndarray, signal_in: np.ndarray, late: int) -> float:
    """Which share of the blocks that were found in a recording is late by this."""
    found = list(delays(heard, signal_in))
    assert len(found) > 20
    return found.count(late) / len(found)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("block", "prefill"), [(128, None), (128, 1000), (64, 256)])
def test_the_input_comes_back_as_late_as_is_said(
    probe: Path, tmp_path: Path, noise_in: np.ndarray, block: int, prefill: int | None
) -> None:
    with wire(block=block).live(LiveOptions(prefill_frames=prefill)) as live:
        frames = RATE_HZ
        heard = Recording(probe, tmp_path, noise_in, frames).result()
        live.check()
        stats = live.stats
    assert stats.prefill_frames == (prefill or 3 * block)
    assert stats.round_trip_ms == pytest.approx(stats.device_ms + 1e3 * stats.prefill_frames / RATE_HZ)
    # A block that the server or this machine was late with may be missing; none is anywhere else.
    assert share_at(heard[0], noise_in, stats.prefill_frames) > 0.9, stats
    np.testing.assert_array_equal(heard[0], heard[1])
    assert stats.seconds >= frames / RATE_HZ


@pytest.mark.usefixtures("server")
def test_the_latency_of_plugins_is_counted(
    probe: Path, tmp_path: Path, noise_in: np.ndarray, third_party: Callable[[str], str]
) -> None:
    graph = wire()
    graph.plugin("limiter", third_party("http://lsp-plug.in/plugins/lv2/limiter_mono"))
    with graph.live() as live:
        heard = Recording(probe, tmp_path, noise_in, RATE_HZ).result()
        stats = live.stats
    assert stats.plugins_frames > 0
    both = np.fft.rfft(heard[0, 8192:40960]) * np.conj(np.fft.rfft(noise_in[8192:40960]))
    assert int(np.argmax(np.fft.irfft(both))) == stats.prefill_frames + stats.plugins_frames


@pytest.mark.usefixtures("server")
def test_the_second_input_alone_is_heard_when_it_is_chosen(probe: Path, tmp_path: Path, noise_in: np.ndarray) -> None:
    with wire().live(LiveOptions(input_channel=2)) as live:
        heard = Recording(probe, tmp_path, noise_in, RATE_HZ // 2, 2).result()
        assert live.levels().input > 0.2
    assert share_at(heard[0], noise_in, 3 * PERIOD) > 0.9


@pytest.mark.usefixtures("server")
def test_a_graph_that_stood_still_is_counted_and_heard_as_late_as_before(
    probe: Path, tmp_path: Path, noise_in: np.ndarray
) -> None:
    with wire().live() as live:
        recording = Recording(probe, tmp_path, noise_in, 2 * RATE_HZ)
        for stopped_s in (0.02, 0.2):
            live.wait(0.4)
            before = live.stats
            os.kill(live.process.pid, signal.SIGSTOP)
            time.sleep(stopped_s)
            os.kill(live.process.pid, signal.SIGCONT)
            live.wait(0.2)
            assert live.stats.underruns > before.underruns
        heard = recording.result()
        stats = live.stats
    assert stats.overruns > 0
    assert stats.response_highest_ms > 15.0
    assert stats.least_ready_frames == 0
    assert share_at(heard[0], noise_in, 3 * PERIOD) > 0.9


@pytest.mark.usefixtures("server")
def test_the_host_starts_anew_without_a_frame_lost(probe: Path, tmp_path: Path, noise_in: np.ndarray) -> None:
    with wire().live(LiveOptions(restart_frames=10_000, prefill_frames=2048)):
        heard = Recording(probe, tmp_path, noise_in, RATE_HZ).result()
    assert share_at(heard[0], noise_in, 2048) > 0.9


@pytest.mark.usefixtures("server")
def test_a_parameter_moves_while_it_plays(probe: Path, tmp_path: Path) -> None:
    steady = np.full(3 * RATE_HZ, 0.25, np.float32)
    graph = wire()
    amp = graph.neural("quiet", capture=identity_capture())
    with graph.live() as live:
        recording = Recording(probe, tmp_path, steady, 2 * RATE_HZ)
        live.wait(1.0)
        amp.set("output_gain_db", -20.0)
        heard = recording.result()[0]
        assert live.levels().left == pytest.approx(0.25, rel=1e-3)
        live.set("amp", "Output gain", 0.5)
    assert heard[RATE_HZ // 4] == pytest.approx(0.25, rel=1e-3)
    assert heard[-1] == pytest.approx(0.025, rel=1e-3)
    steps = np.abs(np.diff(heard[RATE_HZ // 4 :]))
    assert np.median(steps[steps > 0.0]) < 0.002  # smoothed, not a step


@pytest.mark.usefixtures("server")
def test_stopping_takes_no_time() -> None:
    def stop() -> float:
        with wire().live() as live:
            live.wait(0.1)
            began = time.monotonic()
            live.stop()
            took = time.monotonic() - began
            live.stop()
            live.wait(5.0)
            live.check()
            assert not live.is_playing
            return took

    assert least(stop, enough=0.1) < 0.1


@pytest.mark.usefixtures("server")
def test_a_crashing_plugin_ends_it_with_an_error_in_words(fuse: str) -> None:
    graph = wire()
    bomb = graph.plugin("bomb", fuse)
    with graph.live() as live:
        live.wait(0.1)

        def blow() -> None:  # the process may die before it has answered, or after
            bomb.set("Fuse", 1.0)
            live.wait(5.0)

        with pytest.raises(GraphError, match=r"process was ended by SIGABRT; .*Fuse"):
            blow()


@pytest.mark.usefixtures("server")
def test_devices_are_listed_and_refused_in_words() -> None:
    system = next(each for each in list_devices() if each.name == "system")
    assert (system.input_channels, system.output_channels, system.rate_hz) == (2, 2, RATE_HZ)
    assert system.is_default_input
    for options, message in (
        (LiveOptions(input="nothing"), r"'nothing' is no input device; allowed.*0 system, JACK"),
        (LiveOptions(output="99"), "'99' is no output device"),
        (LiveOptions(input_channel=3), "input channel 3 of system; it has 2"),
        (LiveOptions(input_channel=0), "allowed: 1 and up"),
    ):
        with pytest.raises(DeviceError, match=message), wire().live(options):
            pass
    graph = afx.Graph(rate_hz=44_100, channels=1, block_frames=128)
    graph.input("instrument")
    with pytest.raises(DeviceError, match=r"system at 44100 Hz cannot.*invalid sample rate.*48000 Hz"), graph.live():
        pass


@pytest.mark.usefixtures("server")
def test_what_cannot_be_played_live_is_refused(tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "stem.wav", np.zeros(100), RATE_HZ)
    stem = afx.Graph(rate_hz=RATE_HZ, block_frames=128)
    stem.stem("guitar", tmp_path / "stem.wav")
    automated = wire()
    automated.neural("other", capture=identity_capture()).automate("mix", [0.0, 1.0], rate_hz=10.0)
    two = wire()
    two.input("another")
    for graph, options, message in (
        (stem, LiveOptions(), r"a stem is in the graph \(guitar\); allowed live"),
        (automated, LiveOptions(), "Mix is automated along a stem"),
        (two, LiveOptions(), "2 inputs"),
        (wire(), LiveOptions(prefill_frames=100), r"allowed: a block \(128\)"),
        (wire(block=64), LiveOptions(prefill_frames=64), "system plays 128 frames at a time.*from 128 on, better 384"),
        (wire(block=4096), LiveOptions(), "blocks of 4096 frames; allowed: 16 to 2048"),
    ):
        with pytest.raises((GraphError, DeviceError), match=message), graph.live(options):
            pass
