"""Plays one capture block by block at a session rate."""

from __future__ import annotations

import math
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin import _core
from afxplugin.audio import float_samples
from afxplugin.captures import AnyCapture, knob_positions
from afxplugin.chain.plan import UnstablePlanWarning, describe_plan, design_plan
from afxplugin.errors import BlockError, KnobError, MethodError, RenderError
from afxplugin.kernel.kernel import build_model

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

Start = Literal["settled", "zero"]
Float32 = NDArray[np.float32]


class Player:
    """A capture at a session rate, streamed: block in, block of the same length out, late by ``latency_frames``.

    ``process`` any number of blocks, then ``flush`` for the frames still under way: together they are
    ``latency_frames`` longer than what went in, and dropping that many from the front aligns them with it. The result
    has the same bits for any split into blocks. Samples must be finite and of a floating-point type. One thread at a
    time plays a player; any thread may move its knobs.

    Args:
        capture: what to play.
        rate_hz: the session's rate, 8 to 384 kHz.
        method: auto, resample, naive, stn, lidl, apdl, cidl, lagrange1 to lagrange7.
        oversample: 1, 2, 4 or 8.
        filters: ``linear`` phase, or ``low-latency``.
        start: ``settled``, the network at rest on silence, or ``zero``, all states zero.
        knobs: positions by name, in the units of the capture's controls; defaults where not given.
        input_gain_db, output_gain_db: before and after the network.
        mix: 0 (dry) to 1 (wet); the dry path is aligned.
        channels: how many; else the first ``process`` after a reset decides.
        fixed_knobs: knobs will not be moved, so that of a blend only the snapshots that are heard are run; the same
            bits, sooner.

    Raises:
        RateError, MethodError, KnobError: a choice that is not allowed; the message says what is.

    Warns:
        UnstablePlanWarning: a loop that does not decay, or a delay line that could not be checked; the message says
            whether that is the method's doing or the capture's.
    """

    def __init__(
        self,
        capture: AnyCapture,
        *,
        rate_hz: int,
        method: str = "auto",
        oversample: int = 1,
        filters: str = "linear",
        start: Start = "settled",
        knobs: Mapping[str, float] | None = None,
        input_gain_db: float = 0.0,
        output_gain_db: float = 0.0,
        mix: float = 1.0,
        channels: int | None = None,
        fixed_knobs: bool = False,
    ) -> None:
        self._plan = design_plan(capture, rate_hz, method=method, oversample=oversample, filters=filters)
        self.plan = describe_plan(self._plan)
        if start not in ("settled", "zero"):
            raise MethodError(f"start {start!r} is given; settled and zero are known")
        if not 0.0 <= mix <= 1.0:
            raise MethodError(f"a mix of {mix} is given; 0 (dry) to 1 (wet) are allowed")
        if self.plan.stable is False or not (self.plan.stable or self._plan.decays_as_capture):
            told = f"{self.plan.method}: {self.plan.reason} ({capture.name})"
            warnings.warn(told, UnstablePlanWarning, stacklevel=2)
        self.capture = capture
        self._model = build_model(capture)
        self._positions = knob_positions(capture, knobs or {})
        self._input_gain = _linear(input_gain_db, capture.input_gain_db, what="input gain")
        self._output_gain = _linear(output_gain_db, capture.output_gain_db, what="output gain")
        self._mix = mix
        self._settled = start == "settled"
        self._fixed_knobs = fixed_knobs
        self._channels = channels
        self._frames = 0  # of this stream that have come out
        self._in_use = threading.Lock()
        self._moving = threading.Lock()
        self._chain: _core.Chain | None = None if channels is None else self._build(channels)

    @property
    def latency_frames(self) -> int:
        """How late the output of ``process`` is, in session frames; exact."""
        return self.plan.latency_frames

    @property
    def knobs(self) -> dict[str, float]:
        """Positions of all knobs, by name."""
        return {control.name: p for control, p in zip(self.capture.controls, self._positions, strict=True)}

    def set_knob(self, name: str, position: float) -> None:
        """Moves a knob, from any thread; the sound follows within 20 ms.

        Raises:
            KnobError: no such knob, a position outside its range, or knobs that are fixed.
        """
        if self._fixed_knobs:
            raise KnobError(f"knob {name}: is given a position while playing; allowed: without fixed_knobs")
        with self._moving:
            others = {known: p for known, p in self.knobs.items() if known.casefold() != name.casefold()}
            self._positions = knob_positions(self.capture, {**others, name: position})
            chain = self._chain  # reset() may let go of it meanwhile
            if chain is not None:
                for k, value in enumerate(self._positions):
                    chain.set_position(k, value)

    def process(self, x: ArrayLike) -> Float32:
        """(channels, frames) -> (channels, frames) float32, late by ``latency_frames``.

        Raises:
            BlockError: not two-dimensional, another number of channels than before, samples that are not finite or not
                of a floating-point type; nothing has been played then.
            RenderError: what came out is not finite, which a capture or an unstable method may bring about, or another
                thread is playing this player.
        """
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused as such
            block = np.ascontiguousarray(float_samples(x), dtype=np.float32)
        if block.ndim != 2 or block.shape[0] == 0:
            raise BlockError(f"a block of shape {block.shape} is given; (channels, frames) is needed")
        if (bad := _core.first_bad(block)) is not None:
            raise BlockError(
                f"the sample at frame {bad[0]} of this block, channel {bad[1] + 1}, is {block[bad[1], bad[0]]}; "
                "finite samples are needed"
            )
        with self._alone():
            if self._chain is not None and block.shape[0] != self._streaming_channels:
                raise BlockError(
                    f"{block.shape[0]} channels are given; this stream has {self._streaming_channels}; "
                    "reset() starts one"
                )
            return self._play(block)

    def flush(self) -> Float32:
        """(channels, latency_frames): what is still under way, followed by silence at the input.

        Raises:
            RenderError: as ``process``.
        """
        with self._alone():
            if self._chain is None:
                return np.zeros((self._channels or 0, 0), np.float32)
            return self._play(np.zeros((self._streaming_channels, self.latency_frames), np.float32))

    def reset(self) -> None:
        """Starts another stream: the state of before the first frame, at the knobs' present positions.

        Raises:
            RenderError: another thread is playing this player.
        """
        with self._alone():
            self._frames = 0
            if self._channels is None:
                self._chain = None
            elif self._chain is not None:
                self._chain.reset(self._settled)

    @contextmanager
    def _alone(self) -> Generator[None]:
        """For the length of a call: a stream cut between threads would be neither's sound."""
        if not self._in_use.acquire(blocking=False):
            raise RenderError("this Player is in use by another thread; give each thread a Player of its own")
        try:
            yield
        finally:
            self._in_use.release()

    def _play(self, block: Float32) -> Float32:
        if self._chain is None:
            with self._moving:
                self._chain = self._build(block.shape[0])
        y = self._chain.process(block)
        came, self._frames = self._frames, self._frames + y.shape[1]
        if (bad := _core.first_bad(y)) is not None:
            frame = max(0, came + bad[0] - self.latency_frames)
            raise RenderError(
                f"the output stops being finite at frame {frame}, channel {bad[1] + 1}; {self.plan.method} at "
                f"{self.plan.session_hz} Hz: {self.plan.reason} ({self.capture.name})"
            )
        return y

    def _build(self, channels: int) -> _core.Chain:
        if channels < 1:
            raise BlockError(f"{channels} channels are given; at least 1 is needed")
        self._streaming_channels = channels
        chain = _core.Chain(
            self._model,
            self._plan,
            channels,
            [list(control.breakpoints) for control in self.capture.controls],
            self._positions,
            self._input_gain,
            self._output_gain,
            self._mix,
            not self._fixed_knobs,
        )
        chain.reset(self._settled)
        return chain


def _linear(gain_db: float, capture_gain_db: float, *, what: str) -> float:
    if not math.isfinite(gain_db) or abs(gain_db) > 200.0:
        raise MethodError(f"an {what} of {gain_db} dB is given; -200 to 200 dB are allowed")
    # A plugin's parameters are float32: rounding here too gives both faces of the core the same bits.
    return 10.0 ** ((float(np.float32(gain_db)) + capture_gain_db) / 20.0)
