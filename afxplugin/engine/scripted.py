"""``Graph``: stems, neural stages, plugins and mixes as named nodes, put together by a script and rendered."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.audio import AudioReader
from afxplugin.captures import AnyCapture, read_capture
from afxplugin.chain.plan import check_rate
from afxplugin.engine.description import (
    ALLOWED_CHANNELS,
    BLOCK_FRAMES,
    GraphDescription,
    InputNode,
    MixNode,
    Node,
)
from afxplugin.engine.live import Live, LiveOptions, choose_devices
from afxplugin.engine.nodes import GraphNode, MixHandle, NeuralHandle, PluginHandle, Stage, preset_stage
from afxplugin.engine.process import GraphProcess
from afxplugin.engine.rendering import Rendered, render_stems
from afxplugin.engine.staging import staging_folder
from afxplugin.errors import GraphError
from afxplugin.plugin.document import PluginSettings

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator, Sequence

    from afxplugin.audio.wav import Subtype
    from afxplugin.engine.description import Setting
    from afxplugin.engine.parameters import Parameter

Ref = GraphNode | str
PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class _Stem:
    path: Path
    channels: int


class Graph:
    """A path of sound from stems to files, through AFX and other plugins.

        graph = afx.Graph(rate_hz=48_000)
        graph.stem("guitar", "guitar.wav")
        graph.plugin("compressor", "ZamComp").set("Threshold", "-20")
        graph.neural("amp", preset="Green Overdrive/Crunch")
        graph.plugin("room", "ZamVerb").set("Wet / Dry", 0.3)
        graph.render("guitar in a room.wav")

    A node is fed by the one made before it, or by what ``after`` names. Latencies are removed, parallel paths aligned.

    Args:
        rate_hz: the stems' rate, 8 to 384 kHz.
        channels: 1 or 2; None: those of the widest stem. With 1, a stereo stem is played as the mean of its sides.
        block_frames: frames a block, 16 to 16384: how often automation moves.

    Raises:
        RateError: another rate.
    """

    def __init__(self, *, rate_hz: int, channels: int | None = None, block_frames: int = BLOCK_FRAMES) -> None:
        self.rate_hz = check_rate(rate_hz)
        self.block_frames = block_frames
        self._channels = channels
        self._nodes: dict[str, GraphNode] = {}
        self._stems: dict[str, _Stem] = {}
        self._playing: GraphProcess | None = None

    def stem(self, name: str, path: PathLike) -> GraphNode:
        """A node that plays an audio file of the graph's rate, mono or stereo.

        Raises:
            AudioError: it cannot be read. GraphError: it is of another rate or has more channels.
        """
        with AudioReader(path) as reader:
            info = reader.info
        if info.rate_hz != self.rate_hz:
            raise GraphError(f"a stem at {info.rate_hz} Hz; allowed: the graph's {self.rate_hz} Hz", path=path)
        if info.channels > 2:
            raise GraphError(f"a stem of {info.channels} channels; {ALLOWED_CHANNELS}", path=path)
        node = self._add(GraphNode(self, name))
        self._stems[name] = _Stem(Path(path), info.channels)
        return node

    def input(self, name: str) -> GraphNode:
        """A node that a device will feed."""
        return self._add(GraphNode(self, name))

    def plugin(
        self,
        name: str,
        plugin: PathLike,
        *,
        preset: str | Path | None = None,
        parameters: Mapping[str, Setting] | None = None,
        offset_frames: int = 0,
        after: Ref | None = None,
    ) -> PluginHandle:
        """A node with a plugin: VST3 by name or path, LV2 by URI; ``preset`` a .vstpreset or LV2 preset.

        offset_frames: how many frames later than it reports the plugin is (``afx plugin latency`` measures it).

        Raises:
            PluginError: there is no such plugin or preset. GraphError: the name is taken, or ``after`` is no node.
        """
        handle = PluginHandle(self, name, self._source(after), str(plugin), preset)
        handle.offset_frames = offset_frames
        self._add(handle)
        for parameter, value in (parameters or {}).items():
            handle.set(parameter, value)
        return handle

    def neural(
        self,
        name: str,
        *,
        preset: str | None = None,
        capture: AnyCapture | PathLike | None = None,
        knobs: Mapping[str, float] | None = None,
        settings: PluginSettings | None = None,
        after: Ref | None = None,
    ) -> NeuralHandle:
        """A node with AFX, playing a preset by name or a capture; ``settings`` replace those of a preset.

        Raises:
            GraphError: both or neither of preset and capture. CaptureError, PresetError, KnobError, MethodError.
        """
        if (preset is None) == (capture is None):
            raise GraphError(f"{name}: a preset or a capture is needed; allowed: one of the two")
        if preset is not None:
            stage = preset_stage(preset, knobs or {})
            if settings is not None:
                stage = Stage(stage.capture, replace(settings, knobs={**stage.settings.knobs, **settings.knobs}))
        else:
            read = capture if isinstance(capture, AnyCapture) else read_capture(capture or "")
            settings = settings or PluginSettings()
            stage = Stage(read, replace(settings, knobs={**settings.knobs, **(knobs or {})}))
        handle = NeuralHandle(self, name, self._source(after), stage)
        self._add(handle)
        return handle

    def mix(self, name: str, gains: Mapping[str, float] | Mapping[GraphNode, float]) -> MixHandle:
        """A node that sums others, aligned, each with its linear gain. Raises GraphError for what is no node."""
        node = MixHandle(self, name, {self._known(source): float(gain) for source, gain in gains.items()})
        self._add(node)
        return node

    def render(
        self,
        out: PathLike | Mapping[str, PathLike] | Mapping[GraphNode, PathLike],
        *,
        tail_s: float = 0.0,
        subtype: Subtype = "float",
        overwrite: bool = False,
        stop: threading.Event | None = None,
    ) -> dict[str, Rendered]:
        """Plays the stems through the graph into a file, from the last node, or into a file for each node of a mapping.

        Files start with the stems and are ``tail_s`` seconds longer than the longest of them. Parameters can be set
        from another thread meanwhile, and ``stop`` set to end it. Returns what was written, by node.

        Raises:
            AudioError: a file cannot be read or written. PluginError, GraphError: the graph cannot be built or played.
            StoppedError: ``stop`` was set; nothing was written.
        """
        targets = out if isinstance(out, Mapping) else {self._last(): out}
        files = {self._known(node): Path(path) for node, path in targets.items()}
        paths = {name: stem.path for name, stem in self._stems.items()}
        with self._described(tuple(files)) as graph:
            unfed = [name for name in graph.inputs if name not in paths]
            if unfed:
                raise GraphError(f"no stem for {', '.join(unfed)}; allowed: inputs of a device are for playing live")
            return render_stems(
                graph, paths, files, tail_s=tail_s, subtype=subtype, overwrite=overwrite, playing=self._play, stop=stop
            )

    @contextlib.contextmanager
    def live(
        self, options: LiveOptions | None = None, *, output: Ref | None = None, stop: threading.Event | None = None
    ) -> Generator[Live]:
        """Plays an instrument through the graph while the context is open; heard is ``output``, or the last node.

        AFX is played by AFX Live, which has no latency. Nodes are ``set`` meanwhile as ever; what it yields has
        statistics, levels, ``wait`` and ``stop``. Give the graph blocks of 16 to 256 frames: its default is for files.
        stop: set to end the starting, while plugins are loaded.

        Raises:
            DeviceError: a device is missing or does not open so. GraphError: no or several inputs, a stem, automation.
            PluginError, StoppedError: as ``render``. From ``wait``: what has ended the playing.
        """
        options = options or LiveOptions()
        if self._stems:
            raise GraphError(f"a stem is in the graph ({', '.join(self._stems)}); allowed live: input() in its place")
        devices = choose_devices(options, rate_hz=self.rate_hz, channels=self._width())
        with contextlib.ExitStack() as stack:
            with self._described((self._last() if output is None else self._known(output),), live=True) as graph:
                live = stack.enter_context(Live(graph, options, devices=devices, stop=stop))
            self._play(live.process)
            stack.callback(self._play, None)
            yield live

    @property
    def is_playing(self) -> bool:
        """Whether a render is running, or it plays live."""
        return self._playing is not None

    @property
    def is_mono(self) -> bool:
        """Whether the graph carries one channel."""
        return self._width() == 1

    def describe(self, outputs: Sequence[str], folder: Path, *, live: bool = False) -> GraphDescription:
        """The graph as plain data; captures are written to ``folder`` as presets. Raises GraphError.

        live: with AFX Live in the place of AFX.
        """
        nodes = [self._describe(name, node, folder, live=live) for name, node in self._nodes.items()]
        return GraphDescription(self.rate_hz, self._width(), tuple(nodes), tuple(outputs), self.block_frames)

    def ask_parameters(self, node: str) -> list[Parameter]:
        """The parameters of a plugin node; builds the graph unless it is playing."""
        if self._playing is not None:
            return self._playing.parameters(node)
        with self._described((self._last(),)) as graph, GraphProcess(graph) as process:
            return process.parameters(node)

    def tell(self, node: str, parameter: str, value: Setting) -> None:
        """Moves a parameter of what is playing, if anything is."""
        if self._playing is not None:
            self._playing.set_parameter(node, parameter, value)

    def tell_gain(self, mix: str, source: str, gain: float) -> None:
        """Moves the gain of a feed of a mix in what is playing, if anything is."""
        if self._playing is not None:
            self._playing.set_gain(mix, source, gain)

    def tell_preset(self, node: str, preset: str) -> None:
        """Loads a preset into what is playing, if anything is."""
        if self._playing is not None:
            self._playing.set_preset(node, preset)

    @contextlib.contextmanager
    def _described(self, outputs: Sequence[str], *, live: bool = False) -> Generator[GraphDescription]:
        with staging_folder() as folder:
            yield self.describe(outputs, folder, live=live)

    def _play(self, process: GraphProcess | None) -> None:
        self._playing = process

    def _describe(self, name: str, node: GraphNode, folder: Path, *, live: bool) -> Node:
        if isinstance(node, PluginHandle):
            return node.describe(folder, live=live)
        return MixNode(name, node.gains) if isinstance(node, MixHandle) else InputNode(name)

    def _width(self) -> int:
        return self._channels or max((stem.channels for stem in self._stems.values()), default=2)

    def _add(self, node: GraphNode) -> GraphNode:
        if node.name in self._nodes:
            raise GraphError(f"a node is called {node.name!r} already; allowed: a name once")
        self._nodes[node.name] = node
        return node

    def _source(self, after: Ref | None) -> str:
        return self._last() if after is None else self._known(after)

    def _known(self, ref: Ref) -> str:
        name = ref if isinstance(ref, str) else ref.name
        if name not in self._nodes:
            raise GraphError(f"{name!r} is no node of this graph; it has {', '.join(self._nodes) or 'none'}")
        return name

    def _last(self) -> str:
        if not self._nodes:
            raise GraphError("the graph has no nodes yet; allowed: stem() or input() first")
        return next(reversed(self._nodes))
