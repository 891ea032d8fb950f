"""Snapshots of one device at known knob settings, played as one capture: their outputs are blended in between.

A linear crossfade of the outputs of the 2^k nearest on a grid over k knobs, k <= 2, all kept running; the weights of
networks are never interpolated.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures.capture import Architecture, Calibration, Capture, Control, Origin
from afxplugin.captures.knobs import check_controls
from afxplugin.errors import CaptureError, CaptureWeightError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST_KNOBS = 2
MOST_SNAPSHOTS = 64
MOST_DELAY_FRAMES = 4096


@dataclass(frozen=True)
class Snapshot:
    """A capture without knobs, and where it lies: the coordinate along each knob of the blend.

    delay_frames: by how many frames of the capture it is held back, so that all snapshots line up.
    """

    capture: Capture
    at: tuple[float, ...]
    delay_frames: int = 0


@dataclass(frozen=True)
class CaptureBlend:
    """Several snapshots as one capture with one or two knobs.

    controls[k]: breakpoints lead from a knob's position to the coordinate along the grid's axis k. snapshots: in the
    order of the grid, the last knob running fastest, each without gains of its own. Everything else as in Capture.
    """

    name: str
    snapshots: tuple[Snapshot, ...]
    rate_hz: int
    controls: tuple[Control, ...]
    rate_assumed: bool = False
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    calibration: Calibration = field(default_factory=Calibration)
    training: Mapping[str, object] = field(default_factory=dict[str, object])
    origin: Origin = field(default_factory=functools.partial(Origin, format="afx"))
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self)

    @property
    def axes(self) -> tuple[tuple[float, ...], ...]:
        """The coordinates of the snapshots along each knob, increasing."""
        return tuple(tuple(sorted({s.at[k] for s in self.snapshots})) for k in range(len(self.controls)))

    @property
    def architecture(self) -> Architecture:
        """That of the largest snapshot; they may differ."""
        return max((s.capture.architecture for s in self.snapshots), key=lambda shape: (shape.layers, shape.hidden))

    @property
    def parameters(self) -> int:
        """How many trained numbers all snapshots have together."""
        return sum(snapshot.capture.parameters for snapshot in self.snapshots)

    @property
    def loop_eigenvalues(self) -> NDArray[np.complex128] | None:
        """Those of all snapshots in one row; None where one lacks its own, empty where one could not be found."""
        rows = [s.capture.loop_eigenvalues for s in self.snapshots]
        known = [row.ravel() for row in rows if row is not None]
        if len(known) < len(rows):
            return None
        return np.concatenate(known) if all(row.size for row in known) else np.empty(0, np.complex128)


AnyCapture = Capture | CaptureBlend


def blend_captures(
    name: str,
    captures: Sequence[Capture],
    places: Sequence[tuple[float, ...]],
    controls: Sequence[Control],
    *,
    delay_frames: Sequence[int] | None = None,
    polarities: Sequence[int] | None = None,
) -> CaptureBlend:
    """Captures without knobs, and the coordinates at which each was made, as one; in any order.

    delay_frames: see Snapshot. polarities: -1 for each that is to be turned over, else 1. Gains that a capture states
    for itself become part of its weights, as polarity does. Raises CaptureError where they do not fit together.
    """
    late = [0] * len(captures) if delay_frames is None else delay_frames
    signs = [1] * len(captures) if polarities is None else polarities
    snapshots = [
        Snapshot(_with_gains_in_weights(capture, sign), single_place(at), delay)
        for capture, at, delay, sign in zip(captures, places, late, signs, strict=True)
    ]
    snapshots.sort(key=lambda snapshot: snapshot.at)
    if not snapshots:
        raise CaptureError("no snapshots are given; at least 2 are needed")
    first = snapshots[0].capture
    alike = all(snapshot.capture.calibration == first.calibration for snapshot in snapshots)
    return CaptureBlend(
        name=name,
        snapshots=tuple(snapshots),
        rate_hz=first.rate_hz,
        rate_assumed=any(snapshot.capture.rate_assumed for snapshot in snapshots),
        controls=tuple(controls),
        calibration=first.calibration if alike else Calibration(),
        origin=_joint_origin([snapshot.capture.origin for snapshot in snapshots]),
        notes=tuple(f"{each.capture.name}: {note}" for each in snapshots for note in each.capture.notes),
    )


def single_place(at: Sequence[float]) -> tuple[float, ...]:
    """Coordinates as the core keeps them, in float32: two that are one there are one setting."""
    return tuple(float(np.float32(value)) for value in at)


def _with_gains_in_weights(capture: Capture, polarity: int) -> Capture:
    """The same sound without gains beside the network: polarity·out·(net(in·x) + skip·in·x)."""
    gain_in, gain_out = (10.0 ** (db / 20.0) for db in (capture.input_gain_db, capture.output_gain_db))
    gain_out *= polarity
    if gain_in == gain_out == 1.0:
        return capture
    if capture.architecture.inputs != 1:
        raise CaptureError(f"{capture.name}: has knobs of its own; only captures without knobs are blended")
    weights = {
        **capture.weights,
        "rec.weight_ih_l0": capture.weights["rec.weight_ih_l0"] * np.float32(gain_in),
        "head.weight": capture.weights["head.weight"] * np.float32(gain_out),
        "head.bias": capture.weights["head.bias"] * np.float32(gain_out),
    }
    if not all(np.isfinite(weight).all() for weight in weights.values()):
        raise CaptureWeightError(f"{capture.name}: its gains are too large to be part of its weights")
    skip = capture.skip * gain_in * gain_out
    return replace(capture, weights=weights, skip=skip, input_gain_db=0.0, output_gain_db=0.0)


def _joint_origin(origins: Sequence[Origin]) -> Origin:
    """Every licence and author holds; a link only where it is the same for all."""
    licences = list(dict.fromkeys(origin.licence for origin in origins))
    authors = list(dict.fromkeys(origin.author for origin in origins if origin.author))
    links = {origin.link for origin in origins}
    # A snapshot that states no licence allows nothing, so that the whole states none either.
    licence = "" if "" in licences else " AND ".join(licences)
    return Origin("afx", licence=licence, author=", ".join(authors), link=links.pop() if len(links) == 1 else "")


def _check(blend: CaptureBlend) -> None:
    snapshots, knobs = blend.snapshots, len(blend.controls)
    if not 2 <= len(snapshots) <= MOST_SNAPSHOTS:
        raise CaptureError(f"{len(snapshots)} snapshots are given; 2 to {MOST_SNAPSHOTS} are blended")
    if not 1 <= knobs <= MOST_KNOBS:
        raise CaptureError(f"a blend over {knobs} knobs is given; 1 or 2 are allowed")
    check_controls(blend.controls, inputs=knobs + 1)
    for snapshot in snapshots:
        _check_snapshot(blend, snapshot)
    grid = list(itertools.product(*blend.axes))
    if [snapshot.at for snapshot in snapshots] != grid:
        missing = [at for at in grid if at not in {snapshot.at for snapshot in snapshots}]
        if not missing:
            raise CaptureError("two snapshots are at the same setting, or they are out of order; one each is needed")
        raise CaptureError(f"snapshots: none is at {_place(blend, missing[0])}; one at every crossing is needed")


def _check_snapshot(blend: CaptureBlend, snapshot: Snapshot) -> None:
    capture, knobs = snapshot.capture, len(blend.controls)
    if capture.architecture.inputs != 1:
        raise CaptureError(f"{capture.name}: has knobs of its own; only captures without knobs are blended")
    if capture.rate_hz != blend.rate_hz:
        raise CaptureError(
            f"{capture.name}: is at {capture.rate_hz} Hz and others are at {blend.rate_hz} Hz; one rate is needed"
        )
    if len(snapshot.at) != knobs or not all(map(math.isfinite, snapshot.at)):
        raise CaptureError(f"{capture.name}: is at {snapshot.at}; a number for each of {knobs} knobs is needed")
    if not 0 <= snapshot.delay_frames <= MOST_DELAY_FRAMES:
        raise CaptureError(
            f"{capture.name}: a delay of {snapshot.delay_frames} frames; 0 to {MOST_DELAY_FRAMES} are allowed"
        )


def _place(blend: CaptureBlend, at: tuple[float, ...]) -> str:
    return ", ".join(f"{control.name} {value:g}" for control, value in zip(blend.controls, at, strict=True))
