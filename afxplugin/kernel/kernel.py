"""The compiled recurrence, given a capture: the core's kernel with the capture's arrays put in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin import _core
from afxplugin.audio import float_samples
from afxplugin.captures.capture import Capture
from afxplugin.errors import CaptureWeightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afxplugin.captures.blend import AnyCapture
    from afxplugin.kernel.feedback import Feedback

    Floats = NDArray[np.float32]


def build_network(capture: Capture) -> _core.Network:
    """The core's network of a capture: what lies between its input and output gain, skip included.

    Raises:
        CaptureWeightError: sizes or numbers that cannot be right, or a matrix that is missing.
    """
    shape = capture.architecture

    def flat(name: str) -> Floats:
        if name not in capture.weights:
            raise CaptureWeightError(f"weight {name!r} is missing ({capture.name})")
        return np.ascontiguousarray(capture.weights[name], np.float32).reshape(-1)

    kinds = ["weight_ih", "weight_hh", "bias", *(["bias_hn"] if shape.cell == "gru" else [])]
    layers = [tuple(flat(f"rec.{kind}_l{k}") for kind in kinds) for k in range(shape.layers)]
    head_bias = flat("head.bias")
    if head_bias.size != 1:
        raise CaptureWeightError(f"head.bias has {head_bias.size} numbers, needs 1 ({capture.name})")
    try:
        return _core.Network(
            cell=shape.cell,
            hidden=shape.hidden,
            inputs=shape.inputs,
            layers=layers,
            head_weight=flat("head.weight"),
            head_bias=float(head_bias[0]),
            skip=capture.skip,
            h0=flat("rec.h0") if "rec.h0" in capture.weights else None,
            c0=flat("rec.c0") if "rec.c0" in capture.weights else None,
        )
    except ValueError as error:
        if isinstance(error, CaptureWeightError):
            raise
        raise CaptureWeightError(f"{error} ({capture.name})") from None


def build_model(capture: AnyCapture) -> _core.Model:
    """What a chain plays of a capture: its network, or all snapshots of a blend.

    Raises:
        CaptureWeightError: as build_network.
    """
    if isinstance(capture, Capture):
        return _core.Model([build_network(capture)], [], [])
    networks = [build_network(snapshot.capture) for snapshot in capture.snapshots]
    try:
        return _core.Model(networks, capture.axes, [snapshot.delay_frames for snapshot in capture.snapshots])
    except ValueError as error:
        raise CaptureWeightError(f"{error} ({capture.name})") from None


class Kernel:
    """A capture's network behind a feedback filter, for several streams (channels) at once.

    streams: each with a state of its own, zero at first. isa: baseline, avx2 or avx512; by default the fastest of this
    machine. The same bits come out for any split into calls, number of streams and position among them.

    Raises:
        CaptureWeightError: as build_network.
        ValueError: streams, feedback or instruction set that the core refuses; the message says why.
    """

    def __init__(self, capture: Capture, feedback: Feedback, *, streams: int = 1, isa: str | None = None) -> None:
        self._core = _core.Kernel(
            build_network(capture), feedback.offset, list(feedback.b), feedback.a, feedback.tap, streams, isa
        )
        self._conditions = capture.architecture.inputs - 1

    @property
    def streams(self) -> int:
        """How many streams are processed side by side."""
        return self._core.streams

    @property
    def rest_output(self) -> float:
        """Output at the state that settle() found; 0 before."""
        return self._core.rest_output

    @property
    def rest_state(self) -> Floats:
        """State (layers, parts, H) that settle() found: h, and for an LSTM c; zero before."""
        return self._core.rest_state

    def process(self, x: NDArray[np.floating], conditioning: NDArray[np.floating] | Sequence[float] = ()) -> Floats:
        """x (streams, frames), after the capture's input gain -> (streams, frames), before its output gain.

        conditioning: (inputs - 1,) for the whole call or (frames, inputs - 1). Raises ValueError for other
        shapes, BlockError for samples that are not floating point.
        """
        return self._core.process(np.ascontiguousarray(float_samples(x), np.float32), self._conditioned(conditioning))

    def settle(self, conditioning: Sequence[float] = (), *, most_frames: int = 960_000) -> None:
        """Find the state at which zero input rests under this conditioning; reset_settled() then starts from it.

        most_frames: of zero input, in stretches of 4800, after which a state that still moves is taken as it is.
        """
        self._core.settle(self._conditioned(conditioning), most_frames)

    def reset_zero(self) -> None:
        """State zero before the next frame, as the papers have it."""
        self._core.reset_zero()

    def reset_settled(self) -> None:
        """All delay lines at the state that settle() found."""
        self._core.reset_settled()

    def _conditioned(self, conditioning: NDArray[np.floating] | Sequence[float]) -> Floats | None:
        values = np.ascontiguousarray(conditioning, np.float32)
        return None if values.size == 0 and self._conditions == 0 else values
