"""afxplugin's own capture format, ``.afx``: a safetensors container, safe to open and readable by anyone.

``__metadata__`` holds ``schema`` ("1") and ``afx``, a JSON object with everything but the weights; the tensors are
float32 in PyTorch's names, shapes and gate order (see Capture). Readers ignore keys that they do not know.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from afxplugin.audio import replace_file
from afxplugin.captures.capture import Architecture, Calibration, Capture, Control, Origin
from afxplugin.captures.container import Container, pack, unpack
from afxplugin.captures.document import parse_json, plain_text, shown, validated
from afxplugin.captures.knobs import check_controls
from afxplugin.captures.rate import checked_rate_hz
from afxplugin.captures.weights import checked_architecture, checked_gain_db, finished, state_shapes, weight_shapes
from afxplugin.errors import CaptureError, CaptureFormatError, CaptureWeightError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

NAME = "afx"
SCHEMA = "1"
SEVERAL = re.compile(r"c\d+\.")
Number = Annotated[float, Field(allow_inf_nan=False)]
Level = Number | None


class _Architecture(BaseModel):
    cell: str
    hidden: int = 0
    layers: int = 1
    inputs: int = 1


class _Control(BaseModel):
    name: str
    unit: str = ""
    low: Number = 0.0
    high: Number = 1.0
    default: Number = 0.5


class _Calibration(BaseModel):
    input_dbu: Level = None
    output_dbu: Level = None
    loudness_lufs: Level = None


class _Origin(BaseModel):
    format: str = NAME
    sha256: str = ""
    licence: str = ""
    author: str = ""
    link: str = ""


class _Eigenvalues(BaseModel):
    real: list[list[Number]]
    imag: list[list[Number]]


class _Header(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""
    architecture: _Architecture
    rate_hz: Any
    rate_assumed: bool = False
    controls: Annotated[list[_Control], Field(max_length=16)] = []
    maps: Annotated[list[list[tuple[Number, Number]]], Field(max_length=16)] | None = None
    skip: Number = 0.0
    input_gain_db: Number = 0.0
    output_gain_db: Number = 0.0
    calibration: _Calibration = _Calibration()
    training: dict[str, Any] = {}
    origin: _Origin = _Origin()
    loop_eigenvalues: _Eigenvalues | None = None


def read(data: bytes, *, name: str, sha256: str, rate_hz: int | None) -> Capture:
    """Read an .afx file's bytes; everything is checked before anything is built."""
    container = unpack(data)
    header = _header(container)
    shape = header.architecture
    architecture = checked_architecture(shape.cell, hidden=shape.hidden, layers=shape.layers, inputs=shape.inputs)
    stated_hz = checked_rate_hz(header.rate_hz if rate_hz is None else rate_hz, what="rate_hz")
    controls = _controls(header)
    check_controls(controls, inputs=architecture.inputs)
    return Capture(
        name=plain_text(header.name) or name,
        architecture=architecture,
        weights=_weights(container, architecture),
        rate_hz=stated_hz,
        rate_assumed=header.rate_assumed and rate_hz is None,
        controls=controls,
        skip=_checked_skip(header.skip),
        input_gain_db=checked_gain_db(header.input_gain_db, what="input_gain_db"),
        output_gain_db=checked_gain_db(header.output_gain_db, what="output_gain_db"),
        calibration=Calibration(**header.calibration.model_dump()),
        training=header.training,
        origin=Origin(**{key: plain_text(text) for key, text in header.origin.model_dump().items()}),
        loop_eigenvalues=_eigenvalues(header.loop_eigenvalues, architecture),
        sha256=sha256,
    )


def _header(container: Container) -> _Header:
    schema, text = container.metadata.get("schema"), container.metadata.get("afx")
    if not isinstance(schema, str) or not isinstance(text, str):
        raise CaptureFormatError("a safetensors file, but not an .afx one: __metadata__ needs the texts schema and afx")
    if schema.split(".")[0] != SCHEMA:
        raise CaptureFormatError(f"schema {shown(schema)} of .afx is not known; schema {SCHEMA} is read")
    if any(SEVERAL.match(name) for name in container.entries):
        raise CaptureFormatError("several captures in one file (tensors c0., c1., …) are not played; a single one is")
    return validated(_Header, parse_json(text.encode("utf-8", "surrogatepass")), where="afx")


def _controls(header: _Header) -> tuple[Control, ...]:
    maps = header.maps or [[(control.low, 0.0), (control.high, 1.0)] for control in header.controls]
    if len(maps) != len(header.controls):
        raise CaptureFormatError(f"maps: given {len(maps)}, needs {len(header.controls)}, one for each control")
    return tuple(
        Control(
            name=plain_text(control.name),
            unit=plain_text(control.unit),
            low=control.low,
            high=control.high,
            default=control.default,
            breakpoints=tuple(points),
        )
        for control, points in zip(header.controls, maps, strict=True)
    )


def _checked_skip(skip: float) -> float:
    if abs(skip) > 1e6:
        raise CaptureWeightError(f"skip: given {skip:g}, needs a gain of at most 1e6")
    return skip


def _weights(container: Container, architecture: Architecture) -> dict[str, NDArray[np.float32]]:
    """Compare every stated shape before any tensor is touched."""
    required = weight_shapes(architecture)
    shapes = required | {n: s for n, s in state_shapes(architecture).items() if n in container.entries}
    for name, shape in shapes.items():
        given = container.shape(name) if name in container.entries else None
        if given != shape:
            raise CaptureWeightError(f"{name}: given {'nothing' if given is None else given}, needs {shape}")
    return finished(architecture, {name: container.tensor(name).astype(np.float64) for name in shapes})


def _eigenvalues(stored: _Eigenvalues | None, architecture: Architecture) -> NDArray[np.complex128] | None:
    if stored is None:
        return None
    states = architecture.layers * architecture.hidden * (2 if architecture.cell == "lstm" else 1)
    lengths = {len(row) for row in (*stored.real, *stored.imag)}
    if lengths != {states} or len(stored.real) != len(stored.imag):
        raise CaptureWeightError(
            f"loop_eigenvalues: given rows of {sorted(lengths)} in {len(stored.real)} + {len(stored.imag)}, "
            f"needs as many real as imaginary rows, of {states} each"
        )
    return np.array(stored.real) + 1j * np.array(stored.imag)


def afx_bytes(capture: Capture) -> bytes:
    """Return the .afx file of a capture, the same bytes for the same capture.

    Raises CaptureError (or a leaf of it) for a capture that could not be read back.
    """
    header: dict[str, Any] = {
        "name": capture.name,
        "architecture": vars(capture.architecture),
        "rate_hz": capture.rate_hz,
        "rate_assumed": capture.rate_assumed,
        "controls": [{k: v for k, v in vars(c).items() if k != "breakpoints"} for c in capture.controls],
        "maps": [c.breakpoints for c in capture.controls],
        "skip": capture.skip,
        "input_gain_db": capture.input_gain_db,
        "output_gain_db": capture.output_gain_db,
        "calibration": vars(capture.calibration),
        "training": dict(capture.training),
        "origin": vars(capture.origin),
    }
    if capture.loop_eigenvalues is not None:
        roots = np.asarray(capture.loop_eigenvalues)
        header["loop_eigenvalues"] = {"real": roots.real.tolist(), "imag": roots.imag.tolist()}
    try:
        text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CaptureError(f"capture {capture.name}: its metadata cannot be written as JSON: {error}") from error
    data = pack({"schema": SCHEMA, "afx": text}, capture.weights)
    read(data, name=capture.name, sha256="", rate_hz=None)
    return data


def write_afx(path: str | os.PathLike[str], capture: Capture) -> None:
    """Write an .afx file; another of the same name is replaced whole or not at all.

    Raises CaptureError if the file cannot be written or the capture could not be read back.
    """
    target = Path(path)
    data = afx_bytes(capture)
    try:
        replace_file(target, data)
    except OSError as error:
        raise CaptureError(f"{target}: cannot be written: {error.strerror or error}") from error
