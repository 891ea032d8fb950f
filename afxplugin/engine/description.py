"""A graph as plain data: what its nodes are, what feeds them, how they are set. It travels as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from afxplugin.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

# A render through the graph costs 1.12 times a direct one in blocks of 256, 1.09 from 512 to 2048 (LSTM-40, 48 kHz):
# short, for automation moves where a block begins.
BLOCK_FRAMES = 512
HIGHEST_GAIN = 1000.0
# The host counts frames in an int: 12 hours at 48 kHz, 3 at 192 kHz.
LONGEST_FRAMES = 2**31 - 2**15
# An offset can do no more than the delays that make paths meet.
MOST_OFFSET_FRAMES = 1 << 20
ALLOWED_CHANNELS = "allowed with plugins: 1 or 2 (split it first: sox stem.wav left-right.wav remix 1 2)"
# A number from 0 to 1 over the parameter's range, or what the plugin shows at the wanted position ("Hall", "35").
Setting = float | str


@dataclass(frozen=True)
class Curve:
    """A parameter over time: values from 0 to 1, ``rate_hz`` of them a second from the stem's first frame on.

    Each value holds until the next, the last one for ever; the plugin hears of it where a block begins.
    """

    values: tuple[float, ...]
    rate_hz: float


@dataclass(frozen=True)
class InputNode:
    """Audio from outside: a stem, or a device."""

    name: str


@dataclass(frozen=True)
class PluginNode:
    """A plugin fed by the node ``source``.

    plugin: path of a VST3 bundle, or URI of an LV2 plugin. preset: path of a .vstpreset, or URI of an LV2 preset.
    parameters: settings by parameter name, over those of the preset. offset_frames: how many frames later than it
    reports the plugin is; negative where it reports too many.
    """

    name: str
    source: str
    plugin: str
    preset: str | None = None
    parameters: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    curves: Mapping[str, Curve] = field(default_factory=dict[str, Curve])
    offset_frames: int = 0


@dataclass(frozen=True)
class MixNode:
    """The sum of other nodes, aligned, each with its linear gain."""

    name: str
    gains: Mapping[str, float]


Node = InputNode | PluginNode | MixNode


@dataclass(frozen=True)
class GraphDescription:
    """Nodes in an order in which each follows what feeds it, and which of them are heard.

    channels: 1 or 2; a mono graph carries the same signal left and right, and its left side is what comes out.
    Raises GraphError for what cannot be a graph. Rates are checked where stems are read; the core is not needed here.
    """

    rate_hz: int
    channels: int
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    block_frames: int = BLOCK_FRAMES

    def __post_init__(self) -> None:
        if self.rate_hz < 1:
            raise GraphError(f"a rate of {self.rate_hz} Hz; allowed: the stems' own")
        if self.channels not in (1, 2):
            raise GraphError(f"a graph of {self.channels} channels; allowed: 1 or 2")
        if not 16 <= self.block_frames <= 16_384:
            raise GraphError(f"blocks of {self.block_frames} frames; allowed: 16 to 16384")
        known: set[str] = set()
        for node in self.nodes:
            if node.name in known:
                raise GraphError(f"two nodes are called {node.name!r}; allowed: a name once")
            for source in sources(node):
                if source not in known:
                    raise GraphError(f"{node.name} is fed by {source!r}, which is no node before it: {_list(known)}")
            _check_node(node)
            known.add(node.name)
        if not self.outputs or any(name not in known for name in self.outputs):
            raise GraphError(f"outputs are {', '.join(self.outputs) or 'none'}; allowed: {_list(known)}")
        if not self.inputs:
            raise GraphError("no input: a graph needs a stem or another input")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input nodes."""
        return tuple(node.name for node in self.nodes if isinstance(node, InputNode))

    @property
    def plugins(self) -> tuple[PluginNode, ...]:
        """The plugin nodes, in order."""
        return tuple(node for node in self.nodes if isinstance(node, PluginNode))

    def as_dict(self) -> dict[str, Any]:
        """The graph as plain JSON values; ``from_dict`` takes them back."""
        return {
            "rate_hz": self.rate_hz,
            "channels": self.channels,
            "block_frames": self.block_frames,
            "outputs": list(self.outputs),
            "nodes": [_node_dict(node) for node in self.nodes],
        }

    @staticmethod
    def from_dict(given: Mapping[str, Any]) -> GraphDescription:
        """The graph of ``as_dict``."""
        return GraphDescription(
            rate_hz=int(given["rate_hz"]),
            channels=int(given["channels"]),
            nodes=tuple(_node(each) for each in given["nodes"]),
            outputs=tuple(given["outputs"]),
            block_frames=int(given["block_frames"]),
        )


def sources(node: Node) -> tuple[str, ...]:
    """Names of what feeds a node."""
    if isinstance(node, PluginNode):
        return (node.source,)
    return tuple(node.gains) if isinstance(node, MixNode) else ()


def check_gain(mix: str, source: str, gain: float) -> None:
    """Raise GraphError for a gain that is no number or beyond 60 dB."""
    if not abs(gain) <= HIGHEST_GAIN:
        raise GraphError(f"{mix}: the gain of {source} is {gain:g}; allowed: -1000 to 1000, linear")


def check_length(frames: int) -> None:
    """Raise GraphError for more frames than the host can count."""
    if frames > LONGEST_FRAMES:
        raise GraphError(f"a stem of {frames} frames, its tail included; allowed in a graph: {LONGEST_FRAMES}")


def check_offset(node: str, frames: int) -> None:
    """Raise GraphError for an offset that no delay of a graph can make up for."""
    if not -MOST_OFFSET_FRAMES <= frames <= MOST_OFFSET_FRAMES:
        raise GraphError(
            f"an offset of {frames} frames for {node}; allowed: {-MOST_OFFSET_FRAMES} to {MOST_OFFSET_FRAMES}"
        )


def check_setting(node: str, parameter: str, value: Setting) -> None:
    """Raise GraphError for a number outside 0 to 1."""
    if not isinstance(value, str) and not 0.0 <= value <= 1.0:
        raise GraphError(
            f"{node}: {parameter} is {value:g}; allowed: 0 to 1 over its range, or as text what the plugin shows"
        )


def _check_node(node: Node) -> None:
    if isinstance(node, MixNode):
        if not node.gains:
            raise GraphError(f"{node.name} mixes nothing; allowed: one node or more with a gain")
        for source, gain in node.gains.items():
            check_gain(node.name, source, gain)
    elif isinstance(node, PluginNode):
        check_offset(node.name, node.offset_frames)
        for parameter, value in node.parameters.items():
            check_setting(node.name, parameter, value)
        for parameter, curve in node.curves.items():
            _check_curve(f"{node.name}: the automation of {parameter}", curve)


def _check_curve(what: str, curve: Curve) -> None:
    if not curve.values or not (math.isfinite(curve.rate_hz) and curve.rate_hz > 0.0):
        raise GraphError(
            f"{what} has {len(curve.values)} values at {curve.rate_hz:g} Hz; allowed: 1 or more, above 0 Hz"
        )
    if not all(0.0 <= value <= 1.0 for value in curve.values):
        raise GraphError(f"{what} leaves the range; allowed: values from 0 to 1")


def _node_dict(node: Node) -> dict[str, Any]:
    if isinstance(node, InputNode):
        return {"kind": "input", "name": node.name}
    if isinstance(node, MixNode):
        return {"kind": "mix", "name": node.name, "gains": dict(node.gains)}
    curves = {name: {"values": list(each.values), "rate_hz": each.rate_hz} for name, each in node.curves.items()}
    plain = {"name": node.name, "source": node.source, "plugin": node.plugin, "preset": node.preset}
    set_to = {"parameters": dict(node.parameters), "curves": curves, "offset_frames": node.offset_frames}
    return {"kind": "plugin", **plain, **set_to}


def _node(given: Mapping[str, Any]) -> Node:
    if given["kind"] == "input":
        return InputNode(given["name"])
    if given["kind"] == "mix":
        return MixNode(given["name"], dict(given["gains"]))
    return PluginNode(
        given["name"],
        given["source"],
        given["plugin"],
        given["preset"],
        dict(given["parameters"]),
        {name: Curve(tuple(each["values"]), float(each["rate_hz"])) for name, each in given["curves"].items()},
        int(given["offset_frames"]),
    )


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none yet"
