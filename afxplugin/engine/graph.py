"""A described graph as a DawDreamer engine. It lives in a child process, for a plugin may take its process with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import dawdreamer  # pyright: ignore[reportMissingTypeStubs]
import numpy as np

from afxplugin.engine.alignment import LONGEST_DELAY_FRAMES, Alignment, align
from afxplugin.engine.automation import host_curve
from afxplugin.engine.description import LONGEST_FRAMES, InputNode, MixNode, PluginNode
from afxplugin.engine.lv2 import preset_values
from afxplugin.engine.parameters import Parameter, parameter_named, position_of, read_parameters
from afxplugin.errors import GraphError, PluginError
from afxplugin.plugin.bundles import bundle_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from afxplugin.engine.description import GraphDescription, Setting

# Ranges of our own plugins' parameters, as their C++ states them.
_HIGHEST_DESCRIPTOR: Final = 65_536
_HIGHEST_GAIN: Final = 1024.0
_FINE_GAIN: Final = 1.0 / 4096.0
_ROUTES: Final = 2
_RIGHT: Final = 2
_PROBE_BLOCKS: Final = 4


@dataclass(frozen=True)
class _Feed:
    """Processors whose outputs, in order, make the two channels of a node; and the same for its right side alone."""

    names: tuple[str, ...]
    sides: tuple[str, str] | None = None


@dataclass(frozen=True)
class _Loaded:
    node: PluginNode
    processors: tuple[Any, ...]
    parameters: tuple[Parameter, ...]


class PlayableGraph:
    """The engine of a graph: ``render`` plays until its inputs' rings end and beyond, at the pace of the rings.

    loading: called with the name of each node before its plugin is loaded, which may end the process.

    Raises:
        PluginError: a plugin or preset cannot be loaded. GraphError: it does not fit, or a setting is not its own.
    """

    def __init__(self, graph: GraphDescription, loading: Callable[[str], None]) -> None:
        self.graph = graph
        self.alignment = self._measure(loading)
        self._engine = _engine(graph)
        self._order: list[tuple[Any, list[str]]] = []
        self._feeds: dict[str, _Feed] = {}
        self._plugins: dict[str, _Loaded] = {}
        self._patches: dict[tuple[str, str], Any] = {}
        self._ends: dict[tuple[str, str], Any] = {}
        for node in graph.nodes:
            if isinstance(node, InputNode):
                source = self._own("in", node.name, "AfxRingSource", [])
                self._ends["in", node.name] = source
                self._feeds[node.name] = _Feed((source.get_name(),))
            elif isinstance(node, MixNode):
                self._feeds[node.name] = self._mix(node)
            else:
                loading(node.name)
                self._feeds[node.name] = self._plugin(node)
        for name in graph.outputs:
            self._ends["out", name] = self._own("out", name, "AfxRingSink", list(self._feeds[name].names))

    @property
    def late_frames(self) -> dict[str, int]:
        """How late each node's output is, in frames."""
        return dict(self.alignment.late_frames)

    def parameters(self, node: str) -> tuple[Parameter, ...]:
        """The parameters of a plugin node as it was built."""
        return self._loaded(node).parameters

    def set_parameter(self, node: str, name: str, setting: Setting, *, playing: bool) -> None:
        """Moves a parameter, heard within two blocks. Raises GraphError."""
        loaded = self._loaded(node)
        parameter = parameter_named(node, loaded.parameters, name)
        position = position_of(node, parameter, setting, None if playing else loaded.processors[0])
        for processor in loaded.processors:
            processor.set_parameter(parameter.index, position)

    def set_preset(self, node: str, preset: str) -> None:
        """Loads a .vstpreset or LV2 preset. Raises PluginError."""
        loaded = self._loaded(node)
        for processor in loaded.processors:
            _load_preset(processor, loaded.node.plugin, preset, node)

    def set_gain(self, mix: str, source: str, gain: float) -> None:
        """Moves the gain of a feed of a mix, linear; it glides within 20 ms. Raises GraphError."""
        patch = self._patches.get((mix, source))
        if patch is None:
            raise GraphError(f"{mix!r} does not mix {source!r}")
        _set_gain(patch, gain)

    def connect(self, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        """Gives inputs and outputs the descriptors of their rings."""
        for side, rings in (("in", inputs), ("out", outputs)):
            for name, descriptor in rings.items():
                _set_own(self._ends[side, name], "Ring", descriptor / _HIGHEST_DESCRIPTOR)
        if not self._engine.load_graph(self._order):
            raise GraphError("the host refuses the graph")

    def render(self, frames: int = LONGEST_FRAMES) -> None:
        """Plays this long, by default for as long as the host can count, 12 hours at 48 kHz; its parent ends it before.

        Of a last block that is not whole nothing would be heard later: whole blocks are played, one at least.
        """
        block = self.graph.block_frames
        self._engine.render((max(1, frames // block) * block + 0.5) / self.graph.rate_hz)

    def _measure(self, loading: Callable[[str], None]) -> Alignment:
        """Latencies of instances that nobody hears: hosts learn them by processing, which leaves its traces."""
        graph = self.graph
        engine = _engine(graph)
        silence = np.zeros((2, _PROBE_BLOCKS * graph.block_frames), np.float32)
        order: list[tuple[Any, list[str]]] = []
        probes: dict[str, Any] = {}
        for k, node in enumerate(graph.plugins):
            loading(node.name)
            processor = _load(engine, f"probe {k}", node)
            _configure(processor, node)
            source = engine.make_playback_processor(f"silence {k}", silence[: processor.get_num_input_channels()])
            order += [(source, []), (processor, [source.get_name()])]
            probes[node.name] = processor
        if order:
            engine.load_graph(order)
            engine.render((silence.shape[1] + 0.5) / graph.rate_hz)
        return align(graph, {name: max(0, int(each.get_latency_samples())) for name, each in probes.items()})

    def _plugin(self, node: PluginNode) -> _Feed:
        processor = _load(self._engine, f"plugin {node.name}", node)
        inputs, outputs = processor.get_num_input_channels(), processor.get_num_output_channels()
        stereo = self.graph.channels == 2
        feed = self._feeds[node.source]
        if stereo and inputs == 1:
            if outputs != 1:
                raise GraphError(
                    f"{node.name} takes one channel and gives {outputs}; allowed: on mono stems alone", path=node.plugin
                )
            left, right = self._sides(node, feed)
            other = _load(self._engine, f"plugin {node.name} right", node)
            self._order += [(processor, [left]), (other, [right])]
            return self._keep(node, (processor, other), (processor.get_name(), other.get_name()))
        if inputs == 1:
            self._order.append((processor, [feed.names[0]]))
        else:
            self._order.append((processor, list(feed.names)))
        names = (processor.get_name(),) * (2 if outputs == 1 else 1)
        return self._keep(node, (processor,), names)

    def _keep(self, node: PluginNode, processors: tuple[Any, ...], names: tuple[str, ...]) -> _Feed:
        late = self.alignment.late_frames[node.source]
        for processor in processors:
            _configure(processor, node)
            for name, curve in node.curves.items():
                parameter = parameter_named(node.name, _parameters(processor), name)
                if not parameter.automatable:
                    raise GraphError(f"{node.name}: {parameter.name} cannot be automated; allowed: to set it once")
                made = host_curve(
                    curve, rate_hz=self.graph.rate_hz, block_frames=self.graph.block_frames, late_frames=late
                )
                processor.set_automation(parameter.index, made.entries, ppqn=made.ppqn)
        self._plugins[node.name] = _Loaded(node, processors, tuple(_parameters(processors[0])))
        sides = (names[0], names[1]) if len(processors) == 2 else None
        return _Feed(names, sides)

    def _sides(self, node: PluginNode, feed: _Feed) -> tuple[str, str]:
        """One name whose first channel is the left side of a feed, one for the right."""
        if feed.sides is not None:
            return feed.sides
        right = self._own("right of", node.name, "AfxPatch", list(feed.names))
        _set_own(right, "Route", _RIGHT / _ROUTES)
        return feed.names[0], right.get_name()

    def _mix(self, node: MixNode) -> _Feed:
        delayed: list[str] = []
        for source, gain in node.gains.items():
            patch = self._own(f"{node.name} takes", source, "AfxPatch", list(self._feeds[source].names))
            delay = self.alignment.delay_frames[node.name, source]
            _set_own(patch, "Delay", delay / LONGEST_DELAY_FRAMES)
            _set_gain(patch, gain)
            self._patches[node.name, source] = patch
            delayed.append(patch.get_name())
        # The patches have the gains, for they can change while the graph plays.
        mix = self._engine.make_add_processor(f"mix {node.name}", [1.0] * len(delayed))
        self._order.append((mix, delayed))
        return _Feed((mix.get_name(),))

    def _own(self, what: str, name: str, bundle: str, feeds: list[str]) -> Any:
        processor = self._engine.make_plugin_processor(f"{what} {name}", str(bundle_path(f"{bundle}.vst3")))
        self._order.append((processor, feeds))
        return processor

    def _loaded(self, node: str) -> _Loaded:
        loaded = self._plugins.get(node)
        if loaded is None:
            raise GraphError(f"{node!r} is no plugin of this graph; it has {', '.join(self._plugins) or 'none'}")
        return loaded


def _engine(graph: GraphDescription) -> Any:
    return cast("Any", dawdreamer).RenderEngine(graph.rate_hz, graph.block_frames)


def _load(engine: Any, name: str, node: PluginNode) -> Any:
    try:
        processor = engine.make_plugin_processor(name, node.plugin)
    except RuntimeError as error:
        raise PluginError(f"{node.name} cannot be loaded: {str(error).rstrip('.')}", path=node.plugin) from None
    channels = (processor.get_num_input_channels(), processor.get_num_output_channels())
    if max(channels) > 2:
        # Side chains and further outputs stay unused.
        processor.disable_nonmain_buses()
        channels = (processor.get_num_input_channels(), processor.get_num_output_channels())
    if max(channels) > 2 and processor.can_set_bus(2, 2):
        processor.set_bus(2, 2)
        channels = (processor.get_num_input_channels(), processor.get_num_output_channels())
    if not all(1 <= count <= 2 for count in channels):
        raise GraphError(
            f"{node.name} has {channels[0]} inputs and {channels[1]} outputs; allowed: effects with 1 or 2 of each",
            path=node.plugin,
        )
    return processor


def _configure(processor: Any, node: PluginNode) -> None:
    if node.preset is not None:
        _load_preset(processor, node.plugin, node.preset, node.name)
    parameters = _parameters(processor)
    for name, setting in node.parameters.items():
        parameter = parameter_named(node.name, parameters, name)
        processor.set_parameter(parameter.index, position_of(node.name, parameter, setting, processor))


def _load_preset(processor: Any, plugin: str, preset: str, node: str) -> None:
    if preset.lower().endswith(".vstpreset"):
        try:
            processor.load_vst3_preset(preset)
        except RuntimeError as error:
            raise PluginError(f"not a preset that {node} ({plugin}) takes: {error}", path=preset) from None
        return
    parameters = _parameters(processor)
    for name, value in preset_values(plugin, preset).items():
        parameter = parameter_named(node, parameters, name)
        processor.set_parameter(parameter.index, position_of(node, parameter, f"{value:.9g}", processor))


def _parameters(processor: Any) -> list[Parameter]:
    descriptions = processor.get_parameters_description()
    return read_parameters(processor, {int(d["index"]): processor.get_parameter(d["index"]) for d in descriptions})


def _set_gain(patch: Any, gain: float) -> None:
    """As two parameters: a float from 0 to 1 over the whole range alone would be heard."""
    coarse = round(gain / _FINE_GAIN) * _FINE_GAIN
    _set_own(patch, "Gain", (coarse + _HIGHEST_GAIN) / (2.0 * _HIGHEST_GAIN))
    _set_own(patch, "Fine gain", (gain - coarse + _FINE_GAIN) / (2.0 * _FINE_GAIN))


def _set_own(processor: Any, name: str, position: float) -> None:
    for each in processor.get_parameters_description():
        if each["name"] == name:
            processor.set_parameter(each["index"], position)
            return
    raise PluginError(f"no parameter {name!r} in {processor.get_name()}; the plugins are of another version")
