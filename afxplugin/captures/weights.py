"""What the arrays of a recurrent network must look like, checked before anything is built from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures.capture import GATES, Architecture
from afxplugin.captures.document import shown
from afxplugin.errors import CaptureFormatError, CaptureWeightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAX_HIDDEN = 128
MAX_LAYERS = 3
MAX_INPUTS = 8
MUTE_DB = -1000.0  # a gain that is exactly 0 in float32, finite so that any file format can hold it
MAX_GAIN_DB = 120.0


def checked_architecture(cell: str, *, hidden: int, layers: int, inputs: int) -> Architecture:
    """Return the architecture if it is one that is played.

    Raises CaptureFormatError for an unknown cell, CaptureWeightError for sizes outside the limits.
    """
    if cell not in ("lstm", "gru", "rnn"):
        raise CaptureFormatError(f"recurrent cell: given {shown(cell)}; lstm, gru and rnn are played")
    for what, given, high in (
        ("hidden size", hidden, MAX_HIDDEN),
        ("layers", layers, MAX_LAYERS),
        ("inputs", inputs, MAX_INPUTS),
    ):
        if not 1 <= given <= high:
            raise CaptureWeightError(f"{what}: given {shown(given)}, needs 1 to {high}")
    return Architecture(cell=cell, hidden=hidden, layers=layers, inputs=inputs)


def checked_gain_db(gain_db: float, *, what: str) -> float:
    """Return a gain that is finite and at most +120 dB, MUTE_DB at the lowest. Raises CaptureWeightError."""
    if not math.isfinite(gain_db) or gain_db > MAX_GAIN_DB:
        raise CaptureWeightError(f"{what}: given {gain_db} dB, needs a finite gain of at most {MAX_GAIN_DB:g} dB")
    return max(gain_db, MUTE_DB)


def weight_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array that a capture of this architecture must have, by name."""
    hidden, rows = architecture.hidden, GATES[architecture.cell] * architecture.hidden
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(architecture.layers):
        shapes[f"rec.weight_ih_l{layer}"] = (rows, hidden if layer else architecture.inputs)
        shapes[f"rec.weight_hh_l{layer}"] = (rows, hidden)
        shapes[f"rec.bias_l{layer}"] = (rows,)
        if architecture.cell == "gru":
            shapes[f"rec.bias_hn_l{layer}"] = (hidden,)
    return shapes | {"head.weight": (1, hidden), "head.bias": (1,)}


def state_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the stored initial state, which a capture may have or not."""
    shape = (architecture.layers * architecture.hidden,)
    return {"rec.h0": shape, "rec.c0": shape} if architecture.cell == "lstm" else {"rec.h0": shape}


def number_array(value: object, *, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return nested lists of numbers as float64 of exactly this shape, finite also as float32.

    Raises CaptureWeightError naming the array, what was given and what it needs.
    """
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError, RecursionError) as error:
        raise CaptureWeightError(f"{name}: given rows of different lengths, needs {shape}") from error
    if array.dtype.kind not in "fiu" and array.size:
        raise CaptureWeightError(f"{name}: given {shown(value)} that are not all numbers, needs {shape}")
    if array.shape != shape:
        raise CaptureWeightError(f"{name}: given {array.shape}, needs {shape}")
    numbers = array.astype(np.float64)
    single(numbers, name=name)
    return numbers


def single(numbers: NDArray[np.float64], *, name: str) -> NDArray[np.float32]:
    """Return the numbers as read-only float32. Raises CaptureWeightError where one is not finite in float32."""
    with np.errstate(over="ignore"):
        rounded = np.array(numbers, dtype=np.float32, order="C")
    bad = np.argwhere(~np.isfinite(rounded))
    if bad.size:
        place = tuple(int(i) for i in bad[0])
        limit = "needs finite numbers (float32: at most 3.4e38)"
        raise CaptureWeightError(f"{name}: given {numbers[place]} at {place}, {limit}")
    rounded.flags.writeable = False
    return rounded


def finished(architecture: Architecture, arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float32]]:
    """Return arrays in PyTorch's layout as a capture's weights. Raises CaptureWeightError for what cannot be right."""
    shapes = weight_shapes(architecture)
    optional = {name: shape for name, shape in state_shapes(architecture).items() if name in arrays}
    for name, shape in (shapes | optional).items():
        given = arrays[name].shape if name in arrays else None
        if given != shape:
            raise CaptureWeightError(f"{name}: given {given or 'nothing'}, needs {shape}")
    return {name: single(arrays[name], name=name) for name in (*shapes, *optional)}
