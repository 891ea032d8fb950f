"""What ends a graph, at once and leaving nothing: a plugin that crashes, its parent's death, its parent's wish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from afxplugin.engine import process
from afxplugin.engine.description import GraphDescription, InputNode, PluginNode
from afxplugin.engine.player import GraphPlayer
from afxplugin.engine.staging import PREFIX
from afxplugin.engine.waiting import StoppedError
from afxplugin.errors import GraphError, PluginError

STEM = InputNode("stem")
HANG_S = 10.0  # far more than it takes, far less than what is waited for


def graph(*nodes: PluginNode) -> GraphDescription:
    return GraphDescription(48_000, 2, (STEM, *nodes), (nodes[-1].name,))


def gone(pid: int, *, within_s: float = 5.0) -> bool:
    """Whether a process ends in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def stand_still(pid: int) -> None:
    """Returns when no thread of a process runs any more."""
    os.kill(pid, signal.SIGSTOP)
    states = [path / "stat" for path in Path(f"/proc/{pid}/task").iterdir()]
    while any(path.read_text().rpartition(")")[2].split()[0] != "T" for path in states):
        time.sleep(0.01)


def stopped_soon(stop: threading.Event, work: Callable[[], object]) -> float:
    """Seconds from a wish to stop until ``work``, which would wait far longer, has ended by it."""
    asked: list[float] = []

    def ask() -> None:
        asked.append(time.monotonic())
        stop.set()

    timer = threading.Timer(0.5, ask)
    timer.start()
    with pytest.raises(StoppedError):
        work()
    timer.join()
    return time.monotonic() - asked[0]


def test_a_crash_while_playing_is_an_error_in_words(fuse: str) -> None:
    x = np.zeros((2, 1_000_000), np.float32)
    x[:, 50_000] = 1.0
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse, None, {"Fuse": 0.7}))) as player:
        pid = player.playing.pid
        with pytest.raises(GraphError, match=r"process was ended by SIGABRT; .*Fuse\.vst3"):
            player.process(x)
        assert gone(pid)


def test_a_crash_at_the_very_end_is_an_error_too(fuse: str) -> None:
    x = np.zeros((2, 1_000), np.float32)
    x[:, 999] = 1.0
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse, None, {"Fuse": 0.7}))) as player:
        player.process(x)
        with pytest.raises(GraphError, match="SIGABRT"):
            player.flush()


def test_a_crash_while_loading_names_the_plugin(fuse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "load")
    with pytest.raises(GraphError, match=r"it was loading .*Fuse\.vst3 \(fuse\)"):
        GraphPlayer(graph(PluginNode("fuse", "stem", fuse)))


@pytest.fixture
def hanging(fuse: str, monkeypatch: pytest.MonkeyPatch) -> GraphDescription:
    """A graph whose plugin never comes back from being loaded."""
    monkeypatch.setenv("AFX_TEST_FUSE", "hang")
    return graph(PluginNode("fuse", "stem", fuse))


def test_a_plugin_that_hangs_while_loading_is_told_of_and_given_up(
    hanging: GraphDescription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LOADING_IS_SLOW_S", 0.5)
    monkeypatch.setattr(process, "_LOADING_S", 2.0)
    told = r"did not answer within 2 s while it was loaded: .*Fuse\.vst3 \(fuse\)"
    with (
        pytest.warns(process.SlowPluginWarning, match=r"Fuse\.vst3 \(fuse\) has been loading for 0\.5 s; .* after 2 s"),
        pytest.raises(GraphError, match=told),
    ):
        GraphPlayer(hanging)


def test_a_wish_to_stop_ends_the_loading_at_once(hanging: GraphDescription) -> None:
    stop = threading.Event()
    assert stopped_soon(stop, lambda: GraphPlayer(hanging, stop=stop)) < HANG_S
    assert not psutil.Process().children()


@pytest.mark.parametrize("what", ["process", "flush", "set"])
def test_a_wish_to_stop_ends_the_waiting_for_a_child_that_stands_still(fuse: str, what: str) -> None:
    stop = threading.Event()
    x = np.zeros((2, 1_000_000), np.float32)
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse)), stop=stop) as player:
        player.process(x[:, :100])
        stand_still(player.playing.pid)
        work: dict[str, Callable[[], object]] = {
            "process": lambda: player.process(x),
            "flush": player.flush,
            "set": lambda: player.playing.set_parameter("fuse", "Fuse" * 1_000_000, 0.5),  # more than the socket takes
        }
        assert stopped_soon(stop, work[what]) < HANG_S
    assert gone(player.playing.pid)


def test_what_a_killed_child_unpacked_is_swept(fuse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse))) as player:
        child = psutil.Process(player.playing.pid)
        own = Path(child.environ()["TMPDIR"])
        assert (own.parent, own.name.startswith(PREFIX)) == (tmp_path, True)
        (own / "temp_left").mkdir()
        child.kill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "how"), [(signal.SIGSEGV, "was ended by SIGSEGV"), (40, "was ended by signal 40")])
def test_any_signal_that_ends_the_child_is_told(fuse: str, number: int, how: str) -> None:
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse))) as player:
        os.kill(player.playing.pid, number)
        assert gone(player.playing.pid)
        with pytest.raises(GraphError, match=how):
            player.flush()


def test_what_a_killed_parent_left_is_swept_and_nothing_else(fuse: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        "from afxplugin.engine.scripted import Graph\n"
        "graph = Graph(rate_hz=48_000)\n"
        f"graph.stem('s', {str(tmp_path / 's.wav')!r})\n"
        f"graph.neural('amp', capture={str(tmp_path / 'amp.afx')!r})\n"
        f"graph.plugin('p', {fuse!r})\n"
        "print('ready', flush=True)\n"
        "graph.render(sys.argv[1], overwrite=True)\n"
    )
    from tests.render import material

    material.capture_file(tmp_path / "amp.afx", material.random_capture())
    material.stem_file(tmp_path / "s.wav", material.riff(0.1))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (temporary / f"{PREFIX}file").touch()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, str(script), str(tmp_path / "y.wav")]

    def folders() -> set[Path]:
        return {path for path in temporary.glob(f"{PREFIX}*") if path.is_dir()}

    def hung() -> subprocess.Popen[str]:
        parent = subprocess.Popen(command, env=environment | {"AFX_TEST_FUSE": "hang"})
        known = folders()
        end = time.monotonic() + 60.0
        while not any((path / "0.vstpreset").exists() for path in folders() if path not in known):
            assert time.monotonic() < end
            time.sleep(0.05)
        return parent

    with hung() as killed:
        left = folders()
        killed.kill()
    assert any(path.iterdir() for path in left)
    with hung() as running:
        mine = folders()
        assert not mine & left
        subprocess.run(command, env=environment, check=True, capture_output=True)
        assert folders() == mine
        running.kill()
    assert (temporary / f"{PREFIX}file").exists()


def test_a_killed_child_is_noticed_within_a_moment(fuse: str) -> None:
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse))) as player:
        os.kill(player.playing.pid, signal.SIGKILL)
        began = time.monotonic()
        with pytest.raises(GraphError, match="SIGKILL"):
            player.flush()
        assert time.monotonic() - began < 2.0


def test_closing_ends_the_child(fuse: str) -> None:
    player = GraphPlayer(graph(PluginNode("fuse", "stem", fuse)))
    pid = player.playing.pid
    player.close()
    player.close()
    assert gone(pid, within_s=0.5)
    with pytest.raises(GraphError):
        player.process(np.zeros((2, 10), np.float32))


def test_a_forgotten_graph_ends_with_its_last_reference(fuse: str) -> None:
    player = GraphPlayer(graph(PluginNode("fuse", "stem", fuse)))
    pid = player.playing.pid
    del player
    assert gone(pid)


@pytest.mark.parametrize("playing", [True, False])
def test_no_child_outlives_a_killed_parent(fuse: str, tmp_path: Path, playing: bool) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys, time, numpy as np\n"
        "from afxplugin.engine.description import GraphDescription, InputNode, PluginNode\n"
        "from afxplugin.engine.player import GraphPlayer\n"
        f"node = PluginNode('fuse', 'stem', {fuse!r})\n"
        "player = GraphPlayer(GraphDescription(48_000, 2, (InputNode('stem'), node), ('fuse',)))\n"
        "print(player.playing.pid, flush=True)\n"
        f"while {playing}: player.process(np.zeros((2, 10_000), np.float32))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.2)
        parent.kill()
    assert gone(child)


def test_a_plugin_that_cannot_be_loaded_is_told(host: None, tmp_path: Path) -> None:  # noqa: ARG001
    (tmp_path / "Empty.vst3").mkdir()
    with pytest.raises(PluginError, match=r"^empty cannot be loaded: .*Empty\.vst3$"):
        GraphPlayer(graph(PluginNode("empty", "stem", str(tmp_path / "Empty.vst3"))))
    with pytest.raises(PluginError, match="cannot be loaded"):
        GraphPlayer(graph(PluginNode("none", "stem", "urn:nothing")))


def test_a_preset_of_another_plugin_is_told(fuse: str, tmp_path: Path) -> None:
    from afxplugin.plugin.vst3_preset import vst3_preset

    preset = tmp_path / "other.vstpreset"
    preset.write_bytes(vst3_preset("othr", state={}, parameters={"fuse": 1.0}))
    with pytest.raises(PluginError, match=r"^not a preset that p \(.*other\.vstpreset$"):
        GraphPlayer(graph(PluginNode("p", "stem", fuse, str(preset))))
    preset.write_bytes(vst3_preset("fuse", state={}, parameters={"fuse": 0.25}))
    with GraphPlayer(graph(PluginNode("p", "stem", fuse, str(preset)))) as player:
        assert player.playing.parameters("p")[0].value == 0.25


def test_an_instrument_is_no_insert(host: None) -> None:  # noqa: ARG001
    from afxplugin.plugin.bundles import bundle_path

    with pytest.raises(GraphError, match="has 0 inputs and 2 outputs; allowed: effects"):
        GraphPlayer(graph(PluginNode("p", "stem", str(bundle_path("AfxRingSource.vst3")))))


def test_without_the_host_a_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(PluginError, match="build/setup graph"):
        GraphPlayer(graph(PluginNode("p", "stem", "x")))
