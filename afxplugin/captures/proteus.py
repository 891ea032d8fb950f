"""GuitarML captures (Proteus, NeuralPi): JSON with a PyTorch state dict, as CoreAudioML's SimpleRNN saves it.

Source of the layout: github.com/GuitarML/Automated-GuitarAmpModelling, CoreAudioML/networks.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from afxplugin.captures.capture import GATES, Architecture, Capture, Control, Origin
from afxplugin.captures.document import plain_text, shown, validated
from afxplugin.captures.rate import capture_rate
from afxplugin.captures.weights import checked_architecture, finished, number_array, weight_shapes
from afxplugin.errors import CaptureFormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "proteus"
USUAL_RATE_HZ = 44_100  # GuitarML trains at 44.1 kHz and stores no rate; other trainers may
RATE_PLACES = ("model_data", "metadata", "", "config")


class _ModelData(BaseModel):
    model: str = "SimpleRNN"
    unit_type: str
    hidden_size: int
    num_layers: int = 1
    input_size: int = 1
    output_size: int = 1
    skip: int = 1
    bias_fl: bool = True
    delay: float = 1.0


class _File(BaseModel):
    model_data: _ModelData
    state_dict: dict[str, Any]


def score(document: dict[str, Any]) -> int:
    """How many of this format's own keys the document has."""
    return sum(key in document for key in ("model_data", "state_dict"))


def read(document: dict[str, Any], *, name: str, sha256: str, rate_hz: int | None) -> Capture:
    """Read a GuitarML capture; the knob of a conditioned one is named after the file, where that tells."""
    file = validated(_File, document, where="")
    header = file.model_data
    architecture = _architecture(header)
    notes: list[str] = []
    rate, assumed = capture_rate(document, places=RATE_PLACES, given_hz=rate_hz, usual_hz=USUAL_RATE_HZ, notes=notes)
    return Capture(
        name=name,
        architecture=architecture,
        weights=finished(architecture, _arrays(file.state_dict, architecture, bias=header.bias_fl)),
        rate_hz=rate,
        rate_assumed=assumed,
        controls=tuple(Control(name=knob) for knob in knob_names(name, architecture.inputs - 1)),
        skip=float(header.skip),
        origin=Origin(format=NAME, sha256=sha256),
        sha256=sha256,
        notes=tuple(notes),
    )


def _architecture(header: _ModelData) -> Architecture:
    if header.model != "SimpleRNN":
        raise CaptureFormatError(f"model_data.model: {shown(header.model)} is not played; SimpleRNN is")
    if header.output_size != 1:
        raise CaptureFormatError(f"model_data.output_size: given {header.output_size}, needs 1")
    if header.skip not in (0, 1):
        raise CaptureFormatError(f"model_data.skip: given {header.skip}, needs 0 or 1")
    if header.delay != 1.0:
        raise CaptureFormatError(f"model_data.delay: given {header.delay:g}, a feedback delay of 1 frame is played")
    return checked_architecture(
        header.unit_type.lower(), hidden=header.hidden_size, layers=header.num_layers, inputs=header.input_size
    )


def _arrays(state: dict[str, Any], architecture: Architecture, *, bias: bool) -> dict[str, NDArray[np.float64]]:
    """Add the two biases up (for the GRU's n gate keep them apart) and take the rest as it is.

    PyTorch's GRU: n = tanh(W_in x + b_in + r * (W_hn h + b_hn)), torch.nn.GRU's documentation.
    """
    hidden, rows = architecture.hidden, GATES[architecture.cell] * architecture.hidden
    shapes = weight_shapes(architecture)

    def array(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if name not in state and not bias and "bias" in name:
            return np.zeros(shape)
        if name not in state:
            raise CaptureFormatError(f"state_dict.{name}: given nothing, needs {shape}")
        return number_array(state[name], name=name, shape=shape)

    arrays = {"head.weight": array("lin.weight", (1, hidden)), "head.bias": array("lin.bias", (1,))}
    for layer in range(architecture.layers):
        for name in (f"rec.weight_ih_l{layer}", f"rec.weight_hh_l{layer}"):
            arrays[name] = array(name, shapes[name])
        into, back = array(f"rec.bias_ih_l{layer}", (rows,)), array(f"rec.bias_hh_l{layer}", (rows,))
        if architecture.cell == "gru":
            arrays[f"rec.bias_hn_l{layer}"] = back[2 * hidden :]
            back = np.concatenate([back[: 2 * hidden], np.zeros(hidden)])
        arrays[f"rec.bias_l{layer}"] = into + back
    return arrays


def knob_names(stem: str, count: int) -> list[str]:
    """Name the knobs of a conditioned capture: Drive for a file called TS9_DriveKnob, else Knob, or Knob 1, 2 …"""
    if count == 1:
        match = re.search(r"([A-Z]?[a-z]+|[A-Z]+)[ _-]?[Kk]nob", stem)
        return [plain_text(match[1]).capitalize() if match else "Knob"]
    return [f"Knob {k + 1}" for k in range(count)]
