"""A capture in memory: one trained network with what its file says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Cell = Literal["lstm", "gru", "rnn"]
GATES: Mapping[Cell, int] = {"lstm": 4, "gru": 3, "rnn": 1}


@dataclass(frozen=True)
class Architecture:
    """Shape of a recurrent network: hidden 1-128, layers 1-3, inputs 1-8 (audio first, then conditioning)."""

    cell: Cell
    hidden: int
    layers: int = 1
    inputs: int = 1


@dataclass(frozen=True)
class Control:
    """A knob: its range in the user's units and the curve to the network's conditioning input.

    breakpoints: (position, conditioning) pairs, positions increasing; linear between them.
    """

    name: str
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    default: float = 0.5
    breakpoints: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))


@dataclass(frozen=True)
class Calibration:
    """Levels of the device that was captured: dBu at digital full scale, loudness of a reference output in LUFS."""

    input_dbu: float | None = None
    output_dbu: float | None = None
    loudness_lufs: float | None = None


@dataclass(frozen=True)
class Origin:
    """Where a capture comes from: the format and hash of the file it was first read from, which an .afx keeps.

    format: "proteus", "aidax", "nam", or "afx" for a capture that began as one; sha256 may then be empty.
    """

    format: str
    sha256: str = ""
    licence: str = ""
    author: str = ""
    link: str = ""


@dataclass(frozen=True)
class Capture:
    """A trained network on disk, as plain float32 arrays in PyTorch's layout and gate order.

    weights: ``rec.weight_ih_l{k}`` (G·H, I or H), ``rec.weight_hh_l{k}`` (G·H, H), ``rec.bias_l{k}`` (G·H; both
    biases added, but for the GRU's n gate the input bias alone), ``rec.bias_hn_l{k}`` (H; GRU only),
    ``head.weight`` (1, H), ``head.bias`` (1), optional ``rec.h0`` and ``rec.c0`` (layers·H).
    Gate order LSTM i, f, g, o; GRU r, z, n. Output = 10^(output_gain_db/20)·(net(g·x) + skip·g·x), g the input gain.
    controls[k] drives network input k + 1. loop_eigenvalues: (knob grid points, states) complex; None when not
    computed, without points where the network is too large for that. sha256: of the file that this was read from,
    whatever its format; empty when it was not read. notes: what was ignored or assumed in reading it, one short
    sentence each; an .afx does not keep them.
    """

    name: str
    architecture: Architecture
    weights: Mapping[str, NDArray[np.float32]]
    rate_hz: int
    rate_assumed: bool = False
    controls: tuple[Control, ...] = ()
    skip: float = 0.0
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    calibration: Calibration = Calibration()
    training: Mapping[str, object] = field(default_factory=dict[str, object])
    origin: Origin = Origin(format="afx")
    loop_eigenvalues: NDArray[np.complex128] | None = None
    sha256: str = ""
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many trained numbers the network has (stored initial states not counted)."""
        return sum(int(w.size) for name, w in self.weights.items() if name not in ("rec.h0", "rec.c0"))
