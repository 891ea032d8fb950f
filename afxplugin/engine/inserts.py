"""The graph of a render: inserts, AFX, inserts, and the untouched stem beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afxplugin.engine.description import BLOCK_FRAMES, GraphDescription, InputNode, MixNode, Node, PluginNode
from afxplugin.engine.player import GraphPlayer
from afxplugin.engine.staging import staging_folder
from afxplugin.plugin.afx_preset import write_afx_preset
from afxplugin.plugin.bundles import bundle_path

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from pathlib import Path

    from afxplugin.captures import AnyCapture
    from afxplugin.engine.lookup import Insert
    from afxplugin.plugin.document import PluginSettings

_STEM, _AFX, _MIX = "stem", "AFX", "mix"


@dataclass(frozen=True)
class PlacedInsert:
    """An insert as it was played: before or after AFX, how many frames late it is by itself, its offset among them."""

    insert: Insert
    place: str
    latency_frames: int


class InsertPlayer(GraphPlayer):
    """AFX with its inserts as a GraphPlayer.

    mix: 0 (the untouched stem) to 1; without inserts AFX mixes, with them the graph does, over the whole path.
    settings: moves of knobs count from the stem's first frame, however late the inserts before AFX are.
    channels: 1 or 2. stop: as GraphProcess.
    Raises PluginError, GraphError, StoppedError as GraphPlayer; MethodError for a setting that AFX does not have.
    """

    def __init__(
        self,
        capture: AnyCapture,
        settings: PluginSettings,
        *,
        rate_hz: int,
        channels: int,
        before: Sequence[Insert] = (),
        after: Sequence[Insert] = (),
        mix: float = 1.0,
        block_frames: int = BLOCK_FRAMES,
        stop: threading.Event | None = None,
    ) -> None:
        self._before, self._after = tuple(before), tuple(after)
        self._capture, self._settings = capture, settings
        # The preset holds the capture and is read while the graph is built; a folder of its own keeps it private.
        with staging_folder() as folder:
            self._preset = folder / "stage.vstpreset"
            write_afx_preset(self._preset, capture, settings)
            graph = insert_graph(
                self._preset, rate_hz=rate_hz, channels=channels, before=self._before, after=self._after, mix=mix,
                block_frames=block_frames,
            )  # fmt: skip
            super().__init__(graph, stop=stop)

    def prepare(self) -> None:
        """Moves wait for what the inserts before AFX hold back, which only the built graph knows."""
        source = next(node.source for node in self.graph.plugins if node.name == _AFX)
        late = self.late_frames[source]
        if not late or not self._settings.moves:
            return
        moves = tuple(replace(move, frame=move.frame + late) for move in self._settings.moves)
        write_afx_preset(self._preset, self._capture, replace(self._settings, moves=moves))
        self.playing.set_preset(_AFX, str(self._preset))

    @property
    def placed(self) -> list[PlacedInsert]:
        """The inserts in order, with the latency of each."""
        late = self.playing.late_frames
        own = {node.name: late[node.name] - late[node.source] for node in self.graph.plugins}
        return [
            PlacedInsert(insert, place, own[_name(place, k)])
            for place, inserts in (("before", self._before), ("after", self._after))
            for k, insert in enumerate(inserts)
        ]


def insert_graph(
    preset: Path,
    *,
    rate_hz: int,
    channels: int,
    before: Sequence[Insert] = (),
    after: Sequence[Insert] = (),
    mix: float = 1.0,
    block_frames: int = BLOCK_FRAMES,
) -> GraphDescription:
    """Stem, inserts, AFX with its preset, inserts, and with a mix below 1 the stem beside them."""
    nodes: list[Node] = [InputNode(_STEM)]
    for k, insert in enumerate(before):
        nodes.append(_node("before", k, nodes[-1].name, insert))
    nodes.append(PluginNode(_AFX, nodes[-1].name, str(bundle_path("AFX.vst3")), str(preset)))
    for k, insert in enumerate(after):
        nodes.append(_node("after", k, nodes[-1].name, insert))
    if mix < 1.0:
        nodes.append(MixNode(_MIX, {nodes[-1].name: mix, _STEM: 1.0 - mix}))
    outputs = [nodes[-1].name]
    if channels == 1 and before:
        outputs.append(_name("before", len(before) - 1))  # AFX drops a right side that comes to be before it
    return GraphDescription(rate_hz, channels, tuple(nodes), tuple(outputs), block_frames)


def _node(place: str, k: int, source: str, insert: Insert) -> PluginNode:
    offset = insert.offset_frames
    return PluginNode(_name(place, k), source, insert.plugin, insert.preset, offset_frames=offset)


def _name(place: str, k: int) -> str:
    return f"insert {k + 1} {place}"
