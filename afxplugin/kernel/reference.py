"""The specification in code: cells and feedback filter, frame by frame in plain NumPy. Slow and obvious."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from afxplugin.audio import float_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from afxplugin.captures.capture import Capture, Cell
    from afxplugin.kernel.feedback import Feedback

    Array = NDArray[np.floating[Any]]

SETTLE_FRAMES = 4800
SETTLE_ROUNDS = 200


@dataclass(frozen=True)
class PlainLayer:
    """One layer's matrices: (G·H, inputs), (G·H, H), (G·H), and for a GRU (H)."""

    w_ih: Array
    w_hh: Array
    bias: Array
    bias_hn: Array


@dataclass(frozen=True)
class PlainNetwork:
    """A capture's network in one floating-point type. A state is (layers, parts, H): h, and for an LSTM c."""

    cell: Cell
    layers: tuple[PlainLayer, ...]
    head_weight: Array
    head_bias: Array
    skip: Array
    start: Array

    def step(self, x: Array, read: Array) -> Array:
        """Fresh state F(x, read) for the inputs x (I,): audio, then conditioning."""
        fresh = np.empty_like(read)
        for k, layer in enumerate(self.layers):
            fresh[k] = _cell(self.cell, layer, x, read[k])
            x = fresh[k, 0]
        return fresh

    def output(self, state: Array, x: Array) -> Array:
        """What the output layer makes of a state and the audio x."""
        return self.head_weight @ state[-1, 0] + self.head_bias + self.skip * x


def plain_network(capture: Capture, dtype: DTypeLike = np.float64) -> PlainNetwork:
    """The network of a capture in the given floating-point type, without the capture's gains."""
    shape, weights = capture.architecture, capture.weights

    def cast(name: str, size: int = 0) -> Array:
        return np.asarray(weights[name], dtype) if name in weights else np.zeros(size, dtype)

    layers = tuple(
        PlainLayer(
            w_ih=cast(f"rec.weight_ih_l{k}"),
            w_hh=cast(f"rec.weight_hh_l{k}"),
            bias=cast(f"rec.bias_l{k}"),
            bias_hn=cast(f"rec.bias_hn_l{k}", shape.hidden),
        )
        for k in range(shape.layers)
    )
    states = [
        cast(name, shape.layers * shape.hidden).reshape(shape.layers, shape.hidden) for name in ("rec.h0", "rec.c0")
    ]
    return PlainNetwork(
        cell=shape.cell,
        layers=layers,
        head_weight=cast("head.weight").reshape(-1),
        head_bias=cast("head.bias").reshape(()),
        skip=np.asarray(capture.skip, dtype),
        start=np.stack(states if shape.cell == "lstm" else states[:1], axis=1),
    )


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without overflow."""
    return (1 + np.tanh(z / 2)) / 2


def _cell(cell: Cell, layer: PlainLayer, x: Array, read: Array) -> Array:
    """PyTorch's cells (torch.nn.LSTM, GRU, RNN): new (parts, H) from inputs x (I,) and the state read (parts, H)."""
    inner = layer.w_ih @ x + layer.bias
    if cell == "lstm":
        i, f, g, o = np.split(inner + layer.w_hh @ read[0], 4)
        c = sigmoid(f) * read[1] + sigmoid(i) * np.tanh(g)
        return np.stack([sigmoid(o) * np.tanh(c), c])
    if cell == "gru":
        (xr, xz, xn), (hr, hz, hn) = np.split(inner, 3), np.split(layer.w_hh @ read[0], 3)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        n = np.tanh(xn + r * (hn + layer.bias_hn))
        return ((1 - z) * n + z * read[0])[None]
    return np.tanh(inner + layer.w_hh @ read[0])[None]


def settled_state(network: PlainNetwork, conditioning: Sequence[float] = ()) -> Array:
    """State at which zero input rests: the plain recurrence from the stored start until 4800 frames change nothing."""
    x = np.array([0.0, *conditioning], network.start.dtype)
    state = network.start
    for _ in range(SETTLE_ROUNDS):
        before = state
        for _ in range(SETTLE_FRAMES):
            state = network.step(x, state)
        if np.max(np.abs(state - before) / np.maximum(1, np.abs(state))) < 1e-7:
            break
    return state


def process_plain(
    capture: Capture,
    feedback: Feedback,
    x: Array,
    conditioning: Array | Sequence[float] = (),
    *,
    start: Literal["zero", "settled"] = "zero",
    dtype: DTypeLike = np.float64,
) -> Array:
    """Output (frames,) of the network behind a feedback filter.

    x: (frames,), after the capture's input gain; the output is before its output gain. conditioning: (inputs - 1,) for
    all frames, or (frames, inputs - 1). start: all states zero before frame 0, or at rest under the first conditioning.
    """
    network = plain_network(capture, dtype)
    knobs = np.broadcast_to(np.asarray(conditioning, dtype), (len(x), capture.architecture.inputs - 1))
    inputs = np.column_stack([np.asarray(float_samples(x), dtype), knobs])
    rest = np.zeros_like(network.start) if start == "zero" else settled_state(network, knobs[0])
    b, a = np.asarray(feedback.b, dtype), np.asarray(feedback.a, dtype)
    longest = feedback.offset + len(b) - 1
    past = [rest] * longest
    read = rest
    y = np.empty(len(x), dtype)

    def next_read() -> Array:
        taps = [past[-feedback.offset - j] for j in range(len(b))]
        return np.asarray(sum(w * s for w, s in zip(b, taps, strict=True)) - a * read)

    for n, inner in enumerate(inputs):
        if feedback.tap == "fresh" or n > 0:
            read = next_read()
        past.append(network.step(inner, read))
        seen = past[-1] if feedback.tap == "fresh" else next_read()
        y[n] = network.output(seen, inner[0])
        del past[: len(past) - longest]
    return y
