"""Latencies along the paths of a graph, and the delays that make paths meet: the host itself compensates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.engine.description import MOST_OFFSET_FRAMES, MixNode, PluginNode, sources
from afxplugin.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afxplugin.engine.description import GraphDescription

# What the patch plugin's lines hold: 2.7 s at 384 kHz.
LONGEST_DELAY_FRAMES = MOST_OFFSET_FRAMES


@dataclass(frozen=True)
class Alignment:
    """How late, in frames, a node's output is; and how much later still each feed of a mix must be made.

    delay_frames: by (mix, source).
    """

    late_frames: Mapping[str, int]
    delay_frames: Mapping[tuple[str, str], int]


def align(graph: GraphDescription, latency_frames: Mapping[str, int]) -> Alignment:
    """Works out the alignment from the latency in frames that each plugin reports, and from the nodes' offsets.

    Raises:
        GraphError: paths so far apart that no delay makes them meet; an offset by which a plugin would be early.
    """
    late: dict[str, int] = {}
    delays: dict[tuple[str, str], int] = {}
    for node in graph.nodes:
        arrival = max((late[source] for source in sources(node)), default=0)
        late[node.name] = arrival + (_own(node, latency_frames[node.name]) if isinstance(node, PluginNode) else 0)
        if isinstance(node, MixNode):
            for source in node.gains:
                delays[node.name, source] = arrival - late[source]
    longest = max(delays.values(), default=0)
    if longest > LONGEST_DELAY_FRAMES:
        raise GraphError(f"paths are {longest} frames apart; allowed: {LONGEST_DELAY_FRAMES}")
    return Alignment(late, delays)


def _own(node: PluginNode, reported: int) -> int:
    if reported + node.offset_frames < 0:
        raise GraphError(
            f"an offset of {node.offset_frames} frames for {node.name}, which reports {reported}; "
            f"allowed: {-reported} and more"
        )
    return reported + node.offset_frames
