"""A graph as data: it survives the way to another process, and what cannot be a graph is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from afxplugin.engine.alignment import align
from afxplugin.engine.description import Curve, GraphDescription, InputNode, MixNode, Node, PluginNode
from afxplugin.errors import GraphError

STEM = InputNode("stem")
COMP = PluginNode(
    "comp", "stem", "/x/Comp.vst3", None, {"Ratio": 0.5, "Mode": "Soft"}, {"Gain": Curve((0.0, 1.0), 2.0)}
)
SLOW = PluginNode("slow", "comp", "urn:slow", "urn:slow#preset")
MIX = MixNode("mix", {"slow": 0.5, "stem": -1.0})


def graph(*nodes: Node, outputs: tuple[str, ...] = ("stem",), channels: int = 2) -> GraphDescription:
    return GraphDescription(48_000, channels, nodes, outputs)


def test_it_comes_back_from_json() -> None:
    made = graph(STEM, COMP, SLOW, MIX, outputs=("mix", "comp"))
    assert GraphDescription.from_dict(json.loads(json.dumps(made.as_dict()))) == made
    assert made.inputs == ("stem",)
    assert [node.name for node in made.plugins] == ["comp", "slow"]


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "name twice": (lambda: graph(STEM, STEM), "two nodes are called 'stem'"),
    "unknown source": (lambda: graph(STEM, SLOW), "fed by 'comp'"),
    "no input": (lambda: GraphDescription(48_000, 2, (), ("x",)), "outputs are x"),
    "no output": (lambda: graph(STEM, outputs=()), "outputs are none"),
    "channels": (lambda: graph(STEM, channels=3), "allowed: 1 or 2"),
    "empty mix": (lambda: graph(STEM, MixNode("m", {})), "mixes nothing"),
    "gain": (lambda: graph(STEM, MixNode("m", {"stem": float("nan")})), "gain of stem is nan"),
    "setting": (lambda: graph(STEM, PluginNode("p", "stem", "x", None, {"Ratio": 4.0})), "Ratio is 4; allowed: 0 to 1"),
    "curve": (lambda: graph(STEM, PluginNode("p", "stem", "x", None, {}, {"R": Curve((2.0,), 1.0)})), "leaves the"),
    "no curve": (lambda: graph(STEM, PluginNode("p", "stem", "x", None, {}, {"R": Curve((), 1.0)})), "0 values"),
    "block": (lambda: GraphDescription(48_000, 2, (STEM,), ("stem",), 8), "allowed: 16 to 16384"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_is_refused(why: str) -> None:
    build, message = REFUSED[why]
    with pytest.raises(GraphError, match=message):
        build()


def test_parallel_paths_are_aligned_to_the_longest() -> None:
    late = PluginNode("late", "mix", "urn:late")
    last = MixNode("last", {"late": 1.0, "comp": 1.0, "stem": 1.0})
    found = align(graph(STEM, COMP, SLOW, MIX, late, last), {"comp": 10, "slow": 100, "late": 7})
    assert found.late_frames == {"stem": 0, "comp": 10, "slow": 110, "mix": 110, "late": 117, "last": 117}
    assert found.delay_frames == {
        ("mix", "slow"): 0, ("mix", "stem"): 110, ("last", "late"): 0, ("last", "comp"): 107, ("last", "stem"): 117,
    }  # fmt: skip


def test_paths_too_far_apart_are_refused() -> None:
    with pytest.raises(GraphError, match="frames apart"):
        align(graph(STEM, COMP, SLOW, MIX), {"comp": 1 << 20, "slow": 1})
