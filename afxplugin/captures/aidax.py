"""AIDA-X captures: a Keras model as RTNeural's JSON, with the plugin's in_skip, in_gain and out_gain.

Sources: github.com/jatinchowdhury18/RTNeural (RTNeural/model_loader.h, gru/gru.tpp, lstm/lstm.tpp) for the layouts;
github.com/AidaDSP/AIDA-X (src/aidadsp-plugin.cpp) for skip and gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from pydantic import BaseModel, Field

from afxplugin.captures.capture import GATES, Architecture, Capture, Control, Origin
from afxplugin.captures.document import plain_text, shown, validated
from afxplugin.captures.metadata import Metadata
from afxplugin.captures.rate import capture_rate
from afxplugin.captures.weights import MUTE_DB, checked_architecture, checked_gain_db, finished, number_array
from afxplugin.errors import CaptureFormatError, CaptureWeightError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "aidax"
USUAL_RATE_HZ = 48_000  # the rate that AIDA-X's trainer works at
SILENT_BELOW_DB = -90.0  # the plugin's DB_CO: a gain of -90 dB or less is none at all
MAX_DENSE = 8
RATE_PLACES = ("metadata", "", "model_data", "config")
DENSE = ("dense", "time-distributed-dense")


class _Layer(BaseModel):
    type: str
    activation: str | None = ""
    shape: Annotated[list[int | None], Field(min_length=1, max_length=8)]
    weights: Annotated[list[Any], Field(max_length=8)]

    @property
    def size(self) -> int:
        return self.shape[-1] or 0


class _File(BaseModel):
    in_shape: Annotated[list[int | None], Field(min_length=1, max_length=8)]
    layers: Annotated[list[_Layer], Field(min_length=1, max_length=64)]
    in_skip: float | None = 0
    in_gain: float | None = 0.0
    out_gain: float | None = 0.0
    metadata: Any = None


def score(document: dict[str, Any]) -> int:
    """How many of this format's own keys the document has."""
    return sum(key in document for key in ("in_shape", "layers", "in_skip", "input_batch"))


def read(document: dict[str, Any], *, name: str, sha256: str, rate_hz: int | None) -> Capture:
    """Read an AIDA-X capture; knobs are called PARAM1, PARAM2 … unless metadata.controls names them."""
    file = validated(_File, document, where="")
    if (file.in_skip or 0) not in (0, 1):
        raise CaptureFormatError(f"in_skip: given {file.in_skip}, needs 0 or 1")
    recurrent, dense = _split(file.layers)
    architecture = _architecture(recurrent, inputs=file.in_shape[-1] or 0)
    arrays = _recurrent_arrays(recurrent, architecture) | _head_arrays(dense, architecture.hidden)
    notes: list[str] = []
    rate, assumed = capture_rate(document, places=RATE_PLACES, given_hz=rate_hz, usual_hz=USUAL_RATE_HZ, notes=notes)
    metadata = Metadata.of(file.metadata, notes)
    licence, author, link = (metadata.text(key) for key in ("license", "author", "link"))
    return Capture(
        name=metadata.text("name") or name,
        architecture=architecture,
        weights=finished(architecture, arrays),
        rate_hz=rate,
        rate_assumed=assumed,
        controls=tuple(Control(name=knob) for knob in _knob_names(metadata.values, architecture.inputs - 1)),
        skip=float(file.in_skip or 0),
        input_gain_db=_gain_db(file.in_gain or 0.0, what="in_gain"),
        output_gain_db=_gain_db(file.out_gain or 0.0, what="out_gain"),
        origin=Origin(format=NAME, sha256=sha256, licence=licence, author=author, link=link),
        sha256=sha256,
        notes=tuple(notes),
    )


def _gain_db(gain_db: float, *, what: str) -> float:
    return checked_gain_db(MUTE_DB if gain_db <= SILENT_BELOW_DB else gain_db, what=what)


def _knob_names(metadata: dict[str, Any], count: int) -> list[str]:
    given: object = metadata.get("controls")
    names = [plain_text(name) for name in cast("list[object]", given)] if isinstance(given, list) else []
    distinct = {name.casefold() for name in names if name}
    return names if len(names) == len(distinct) == count else [f"PARAM{k + 1}" for k in range(count)]


def _split(layers: list[_Layer]) -> tuple[list[_Layer], list[_Layer]]:
    """Part the layers into the recurrent ones and the linear ones after them; anything else is refused by name."""
    turn = next((k for k, layer in enumerate(layers) if layer.type in DENSE), len(layers))
    recurrent, dense = layers[:turn], layers[turn:]
    for k, layer in enumerate(layers):
        if layer.type not in (("lstm", "gru") if k < turn else DENSE):
            raise CaptureFormatError(
                f"layers.{k}: {shown(layer.type)} is not played here; lstm or gru layers, then dense ones, are played"
            )
        plain = ("", "tanh") if k < turn else ("", "linear")
        if (layer.activation or "") not in plain:
            raise CaptureFormatError(
                f"layers.{k}.activation: {shown(layer.activation)} is not played after a {layer.type} layer; "
                f"{' or '.join(repr(name) for name in plain)} is"
            )
    if not recurrent:
        raise CaptureFormatError("layers: given no lstm or gru layer; one to three are played")
    if not 1 <= len(dense) <= MAX_DENSE:
        raise CaptureFormatError(f"layers: given {len(dense)} dense layers, needs 1 to {MAX_DENSE}")
    return recurrent, dense


def _architecture(recurrent: list[_Layer], *, inputs: int) -> Architecture:
    first = recurrent[0]
    for layer in recurrent[1:]:
        if (layer.type, layer.size) != (first.type, first.size):
            raise CaptureFormatError(
                f"layers: given {first.type} {first.size} then {layer.type} {layer.size}; stacked layers must be alike"
            )
    return checked_architecture(first.type, hidden=first.size, layers=len(recurrent), inputs=inputs)


def _recurrent_arrays(recurrent: list[_Layer], architecture: Architecture) -> dict[str, NDArray[np.float64]]:
    """Transpose Keras's matrices; LSTM gates already stand in PyTorch's order, the GRU's z, r, c become r, z, n.

    Keras's GRU (reset_after) has two rows of biases and h = z h + (1 - z) c with
    c = tanh(W x + b[0] + r (U h + b[1])): PyTorch's formula, so that only the blocks change places.
    """
    hidden, rows = architecture.hidden, GATES[architecture.cell] * architecture.hidden
    order = np.arange(rows)
    if architecture.cell == "gru":
        order = np.concatenate([order[hidden : 2 * hidden], order[:hidden], order[2 * hidden :]])
    arrays: dict[str, NDArray[np.float64]] = {}
    for k, layer in enumerate(recurrent):
        inputs = hidden if k else architecture.inputs
        bias_shape = (2, rows) if architecture.cell == "gru" else (rows,)
        into, back, bias = _numbers(layer, k, [(inputs, rows), (hidden, rows), bias_shape])
        arrays[f"rec.weight_ih_l{k}"] = into.T[order]
        arrays[f"rec.weight_hh_l{k}"] = back.T[order]
        if architecture.cell == "gru":
            bias = bias[:, order]
            arrays[f"rec.bias_hn_l{k}"] = bias[1, 2 * hidden :]
            bias = np.concatenate([bias[0, : 2 * hidden] + bias[1, : 2 * hidden], bias[0, 2 * hidden :]])
        arrays[f"rec.bias_l{k}"] = bias
    return arrays


def _head_arrays(dense: list[_Layer], hidden: int) -> dict[str, NDArray[np.float64]]:
    """Multiply the linear layers out into one: h W1 W2 + (b1 W2 + b2)."""
    matrix, bias = np.eye(hidden), np.zeros(hidden)
    for k, layer in enumerate(dense):
        W, b = _numbers(layer, f"dense {k}", [(matrix.shape[1], layer.size), (layer.size,)])
        with np.errstate(over="ignore", invalid="ignore"):  # finished() refuses what is no longer finite
            matrix, bias = matrix @ W, bias @ W + b
    if matrix.shape[1] != 1:
        raise CaptureFormatError(f"layers: the last dense layer gives {matrix.shape[1]} outputs, needs 1")
    return {"head.weight": matrix.T, "head.bias": bias}


def _numbers(layer: _Layer, k: int | str, shapes: list[tuple[int, ...]]) -> list[NDArray[np.float64]]:
    name = f"layers.{k}.weights" if isinstance(k, int) else f"{k} weights"
    if len(layer.weights) != len(shapes):
        raise CaptureWeightError(f"{name}: given {len(layer.weights)} arrays, needs {len(shapes)}")
    return [
        number_array(value, name=f"{name}.{part}", shape=shape)
        for part, (value, shape) in enumerate(zip(layer.weights, shapes, strict=True))
    ]
