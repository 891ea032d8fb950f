"""Neural Amp Modeler captures (.nam) of architecture LSTM; the others are recognised and refused by name.

Source of the weight order: github.com/sdatkinson/NeuralAmpModelerCore, NAM/lstm.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from afxplugin.captures.capture import Architecture, Capture, Origin
from afxplugin.captures.document import shown, validated
from afxplugin.captures.metadata import Metadata, calibration
from afxplugin.captures.rate import capture_rate
from afxplugin.captures.weights import checked_architecture, finished, number_array
from afxplugin.errors import CaptureFormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "nam"
USUAL_RATE_HZ = 48_000  # the rate of NAM's standard training signal
RATE_PLACES = ("", "metadata", "config", "model_data")
_LEVELS = ("input_level_dbu", "output_level_dbu", "loudness")


class _Config(BaseModel):
    input_size: int = 1
    hidden_size: int
    num_layers: int


class _File(BaseModel):
    architecture: str
    config: Any = None
    weights: Any = None
    metadata: Any = None


def score(document: dict[str, Any]) -> int:
    """How many of this format's own keys the document has."""
    return sum(key in document for key in ("architecture", "config", "weights", "sample_rate"))


def read(document: dict[str, Any], *, name: str, sha256: str, rate_hz: int | None) -> Capture:
    """Read an LSTM capture with its stored initial state; level metadata becomes the calibration."""
    file = validated(_File, document, where="")
    if file.architecture != "LSTM":
        raise CaptureFormatError(f"NAM architecture {shown(file.architecture)} is not played; LSTM is played")
    config = validated(_Config, file.config, where="config")
    if config.input_size != 1:
        raise CaptureFormatError(f"config.input_size: given {config.input_size}, needs 1")
    architecture = checked_architecture("lstm", hidden=config.hidden_size, layers=config.num_layers, inputs=1)
    notes: list[str] = []
    rate, assumed = capture_rate(document, places=RATE_PLACES, given_hz=rate_hz, usual_hz=USUAL_RATE_HZ, notes=notes)
    metadata = Metadata.of(file.metadata, notes)
    return Capture(
        name=metadata.text("name") or name,
        architecture=architecture,
        weights=finished(architecture, _arrays(file.weights, architecture)),
        rate_hz=rate,
        rate_assumed=assumed,
        calibration=calibration(metadata, keys=_LEVELS),
        origin=Origin(format=NAME, sha256=sha256, author=metadata.text("modeled_by")),
        sha256=sha256,
        notes=tuple(notes),
    )


def _arrays(weights: object, architecture: Architecture) -> dict[str, NDArray[np.float64]]:
    """Cut the flat list up: per layer W (4H, inputs + H), b, h0, c0; then the head's weight and bias."""
    hidden, rows = architecture.hidden, 4 * architecture.hidden
    widths = [(hidden if layer else architecture.inputs) + hidden for layer in range(architecture.layers)]
    total = sum(rows * (width + 1) + 2 * hidden for width in widths) + hidden + 1
    numbers = number_array(weights, name="weights", shape=(total,))
    arrays: dict[str, NDArray[np.float64]] = {}
    first: list[NDArray[np.float64]] = []
    at = 0
    for layer, width in enumerate(widths):
        matrix = numbers[at : at + rows * width].reshape(rows, width)
        at += rows * width
        arrays[f"rec.weight_ih_l{layer}"], arrays[f"rec.weight_hh_l{layer}"] = np.hsplit(matrix, [width - hidden])
        arrays[f"rec.bias_l{layer}"] = numbers[at : at + rows]
        first.append(numbers[at + rows : at + rows + 2 * hidden].reshape(2, hidden))
        at += rows + 2 * hidden
    arrays["rec.h0"], arrays["rec.c0"] = np.concatenate(first, axis=1)
    return arrays | {"head.weight": numbers[None, at:-1], "head.bias": numbers[-1:]}
