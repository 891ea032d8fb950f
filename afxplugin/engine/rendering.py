"""Stems from files through a graph into files, in constant memory."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from afxplugin.audio import AudioReader, AudioWriter
from afxplugin.engine.description import check_length
from afxplugin.engine.feed import GraphFeed
from afxplugin.errors import GraphError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from afxplugin.audio.wav import Subtype
    from afxplugin.engine.description import GraphDescription
    from afxplugin.engine.process import GraphProcess

Float32 = NDArray[np.float32]
_BLOCK_FRAMES: Final = 16_384
LONGEST_TAIL_S: Final = 3600.0


@dataclass(frozen=True)
class Rendered:
    """A file that was written: frames in it, and how many of latency were removed."""

    path: Path
    frames: int
    latency_frames: int


@dataclass
class _Target:
    """A file being written: the first ``skip`` frames are latency and dropped."""

    writer: AudioWriter
    skip: int

    def take(self, block: Float32) -> None:
        dropped = min(self.skip, block.shape[1])
        self.skip -= dropped
        if block.shape[1] > dropped:
            self.writer.write(block[:, dropped:])


def render_stems(
    graph: GraphDescription,
    stems: Mapping[str, Path],
    files: Mapping[str, Path],
    *,
    tail_s: float,
    subtype: Subtype,
    overwrite: bool,
    playing: Callable[[GraphProcess | None], None],
    stop: threading.Event | None = None,
) -> dict[str, Rendered]:
    """Plays a stem into each input and writes each output; ``playing`` hears of the process while there is one.

    Raises AudioError, PluginError, GraphError, StoppedError; whatever happens, no file is left half written.
    """
    if not 0.0 <= tail_s <= LONGEST_TAIL_S:
        raise GraphError(f"a tail of {tail_s:g} s; allowed: 0 to {LONGEST_TAIL_S:g} s")
    with contextlib.ExitStack() as stack:
        readers = {name: stack.enter_context(AudioReader(stems[name])) for name in graph.inputs}
        frames = max(reader.info.frames for reader in readers.values()) + round(tail_s * graph.rate_hz)
        check_length(frames)
        feed = stack.enter_context(GraphFeed(graph, stop=stop))
        playing(feed.playing)
        stack.callback(playing, None)
        targets: dict[str, _Target] = {}
        for name, path in files.items():
            writer = AudioWriter(
                path, rate_hz=graph.rate_hz, channels=graph.channels, subtype=subtype, overwrite=overwrite
            )
            targets[name] = _Target(stack.enter_context(writer), feed.late_frames[name])
        for start in range(0, frames, _BLOCK_FRAMES):
            count = min(_BLOCK_FRAMES, frames - start)
            blocks = {name: _block(reader, count, graph.channels) for name, reader in readers.items()}
            for name, block in feed.feed(blocks).items():
                targets[name].take(block)
        for name, block in feed.finish().items():
            targets[name].take(block)
    return {name: Rendered(files[name], t.writer.frames, feed.late_frames[name]) for name, t in targets.items()}


def _block(reader: AudioReader, frames: int, channels: int) -> Float32:
    """The next frames of a stem, silence after its end; a mono stem on both sides of a stereo graph."""
    block = reader.read(frames)
    if block.shape[0] < channels:
        block = np.repeat(block, channels, axis=0)
    if block.shape[0] > channels:
        block = block.mean(axis=0, keepdims=True, dtype=np.float32)
    if block.shape[1] < frames:
        block = np.pad(block, ((0, 0), (0, frames - block.shape[1])))
    return np.ascontiguousarray(block)
