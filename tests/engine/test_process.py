"""What ends a graph, at once and leaving nothing: a plugin that crashes, its parent's death, its parent's wish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from afxplugin.engine import process
from afxplugin.engine.description import GraphDescription, InputNode, PluginNode
from afxplugin.engine.player import GraphPlayer
from afxplugin.errors import GraphError, PluginError

STEM = InputNode("stem")


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


def test_a_crash_while_playing_is_an_error_in_words(fuse: str) -> None:
    x = np.zeros((2, 1_000_000), np.float32)
    x[:, 50_000] = 1.0
    with GraphPlayer(graph(PluginNode("fuse", "stem", fuse, None, {"Fuse": 0.7}))) as player:
        pid = player.playing.pid
        with pytest.raises(GraphError, match=r"process ended \(SIGABRT\).*Fuse\.vst3"):
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
    with pytest.raises(PluginError, match=r"empty: .*Empty\.vst3 cannot be loaded"):
        GraphPlayer(graph(PluginNode("empty", "stem", str(tmp_path / "Empty.vst3"))))
    with pytest.raises(PluginError, match="cannot be loaded"):
        GraphPlayer(graph(PluginNode("none", "stem", "urn:nothing")))


def test_a_preset_of_another_plugin_is_told(fuse: str, tmp_path: Path) -> None:
    from afxplugin.plugin.vst3_preset import vst3_preset

    preset = tmp_path / "other.vstpreset"
    preset.write_bytes(vst3_preset("othr", state={}, parameters={"fuse": 1.0}))
    with pytest.raises(PluginError, match="is not a preset that"):
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
