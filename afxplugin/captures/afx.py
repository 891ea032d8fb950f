"""afxplugin's own capture format, ``.afx``: a safetensors container, safe to open and readable by anyone.

``__metadata__`` holds ``schema`` ("1") and ``afx``, a JSON object with everything but the weights; the tensors are
float32 in PyTorch's names, shapes and gate order (see Capture). Readers ignore keys that they do not know. A blend has
``snapshots`` in the place of architecture, skip and eigenvalues: for each its own, with the coordinates ``at`` which it
lies, and ``delay_frames``; the tensors of the first have the prefix ``c0.``, of the second ``c1.``, and so on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from afxplugin.audio import replace_file
from afxplugin.captures.blend import MOST_SNAPSHOTS, AnyCapture, CaptureBlend, Snapshot, single_place
from afxplugin.captures.capture import Architecture, Capture, Control, Origin
from afxplugin.captures.container import Container, pack, unpack
from afxplugin.captures.document import MAX_BYTES, MAX_NOTES, parse_json, plain_text, shown, validated
from afxplugin.captures.knobs import check_controls
from afxplugin.captures.metadata import Metadata, calibration
from afxplugin.captures.rate import checked_rate_hz
from afxplugin.captures.weights import (
    checked_architecture,
    checked_gain_db,
    finished,
    number_array,
    state_shapes,
    weight_shapes,
)
from afxplugin.errors import CaptureError, CaptureFormatError, CaptureWeightError
from afxplugin.files import why

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

NAME = "afx"
SCHEMA = "1"
Number = Annotated[float, Field(allow_inf_nan=False)]
MOST_POINTS = 4096  # of a knob's curve
_Curve = Annotated[list[tuple[Number, Number]], Field(max_length=MOST_POINTS)]
_LEVELS = ("input_dbu", "output_dbu", "loudness_lufs")


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


class _Eigenvalues(BaseModel):
    real: list[Any]
    imag: list[Any]


class _Snapshot(BaseModel):
    name: Any = ""
    architecture: _Architecture
    at: Annotated[list[Number], Field(min_length=1, max_length=2)]
    delay_frames: Annotated[int, Field(strict=True)] = 0
    skip: Number = 0.0
    training: Any = None
    origin: Any = None
    loop_eigenvalues: _Eigenvalues | None = None


class _Header(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: Any = ""
    architecture: _Architecture | None = None
    snapshots: Annotated[list[_Snapshot], Field(max_length=MOST_SNAPSHOTS)] | None = None
    rate_hz: Any
    rate_assumed: bool = False
    controls: Annotated[list[_Control], Field(max_length=16)] = []
    maps: Annotated[list[_Curve], Field(max_length=16)] | None = None
    skip: Number = 0.0
    input_gain_db: Number = 0.0
    output_gain_db: Number = 0.0
    calibration: Any = None
    training: Any = None
    origin: Any = None
    loop_eigenvalues: _Eigenvalues | None = None


def read(data: bytes, *, name: str, sha256: str, rate_hz: int | None) -> AnyCapture:
    """Read an .afx file's bytes; everything is checked before anything is built."""
    container = unpack(data)
    header = _header(container)
    notes: list[str] = []
    told: dict[str, Any] = {
        "name": plain_text(header.name) or name,
        "rate_hz": checked_rate_hz(header.rate_hz if rate_hz is None else rate_hz, what="rate_hz"),
        "rate_assumed": header.rate_assumed and rate_hz is None,
        "controls": _controls(header),
        "input_gain_db": checked_gain_db(header.input_gain_db, what="input_gain_db"),
        "output_gain_db": checked_gain_db(header.output_gain_db, what="output_gain_db"),
        "calibration": calibration(Metadata.of(header.calibration, notes, where="calibration"), keys=_LEVELS),
        "training": Metadata.of(header.training, notes, where="training").values,
        "origin": _origin(header.origin, notes),
        "sha256": sha256,
    }
    if header.snapshots is not None:
        snapshots = [_snapshot(container, k, each, told["rate_hz"], notes) for k, each in enumerate(header.snapshots)]
        return CaptureBlend(snapshots=tuple(snapshots), notes=tuple(notes[:MAX_NOTES]), **told)
    if header.architecture is None:
        raise CaptureFormatError("afx.architecture: given nothing; it, or snapshots, are needed")
    architecture = _architecture(header.architecture)
    check_controls(told["controls"], inputs=architecture.inputs)
    network = _network(container, architecture, header.skip, header.loop_eigenvalues)
    return Capture(notes=tuple(notes), **told, **network)


def _snapshot(container: Container, number: int, told: _Snapshot, rate_hz: int, notes: list[str]) -> Snapshot:
    architecture = _architecture(told.architecture)
    network = _network(container, architecture, told.skip, told.loop_eigenvalues, prefix=f"c{number}.")
    capture = Capture(
        name=plain_text(told.name) or f"snapshot {number + 1}",
        rate_hz=rate_hz,
        training=Metadata.of(told.training, notes, where=f"snapshot {number + 1}: training").values,
        origin=_origin(told.origin, notes, where=f"snapshot {number + 1}: origin"),
        **network,
    )
    return Snapshot(capture, single_place(told.at), told.delay_frames)


def _network(
    container: Container, architecture: Architecture, skip: float, eigenvalues: _Eigenvalues | None, *, prefix: str = ""
) -> dict[str, Any]:
    return {
        "architecture": architecture,
        "weights": _weights(container, architecture, prefix),
        "skip": _checked_skip(skip),
        "loop_eigenvalues": _eigenvalues(eigenvalues, architecture),
    }


def _architecture(told: _Architecture) -> Architecture:
    return checked_architecture(told.cell, hidden=told.hidden, layers=told.layers, inputs=told.inputs)


def _origin(told: object, notes: list[str], *, where: str = "origin") -> Origin:
    origin = Metadata.of(told, notes, where=where)
    licence, author, link = (origin.text(key) for key in ("licence", "author", "link"))
    return Origin(
        format=origin.text("format") or NAME, sha256=origin.text("sha256"), licence=licence, author=author, link=link
    )


def _header(container: Container) -> _Header:
    schema, text = container.metadata.get("schema"), container.metadata.get("afx")
    if not isinstance(schema, str) or not isinstance(text, str):
        raise CaptureFormatError("a safetensors file, but not an .afx one: __metadata__ needs the texts schema and afx")
    if schema.split(".")[0] != SCHEMA:
        raise CaptureFormatError(f"schema {shown(schema)} of .afx is not known; schema {SCHEMA} is read")
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


def _weights(container: Container, architecture: Architecture, prefix: str) -> dict[str, NDArray[np.float32]]:
    """Compare every stated shape before any tensor is touched."""
    required = weight_shapes(architecture)
    shapes = required | {n: s for n, s in state_shapes(architecture).items() if prefix + n in container.entries}
    for name, shape in shapes.items():
        given = container.shape(prefix + name) if prefix + name in container.entries else None
        if given != shape:
            raise CaptureWeightError(f"{prefix}{name}: given {'nothing' if given is None else given}, needs {shape}")
    return finished(architecture, {name: container.tensor(prefix + name).astype(np.float64) for name in shapes})


def _eigenvalues(stored: _Eigenvalues | None, architecture: Architecture) -> NDArray[np.complex128] | None:
    if stored is None:
        return None
    states = architecture.layers * architecture.hidden * (2 if architecture.cell == "lstm" else 1)
    rows: list[object] = [*stored.real, *stored.imag]
    lengths = {len(cast("list[object]", row)) if isinstance(row, list) else 1 for row in rows}
    if lengths != {states} or len(stored.real) != len(stored.imag):
        raise CaptureWeightError(
            f"loop_eigenvalues: given rows of {sorted(lengths)} in {len(stored.real)} + {len(stored.imag)}, "
            f"needs as many real as imaginary rows, of {states} each"
        )
    shape = (len(stored.real), states)
    real, imag = (
        number_array(part, name=f"loop_eigenvalues.{name}", shape=shape)
        for name, part in (("real", stored.real), ("imag", stored.imag))
    )
    return real + 1j * imag


def afx_bytes(capture: AnyCapture) -> bytes:
    """Return the .afx file of a capture, the same bytes for the same capture.

    Raises CaptureError (or a leaf of it) for a capture that could not be read back.
    """
    header: dict[str, Any] = {
        "name": capture.name,
        "rate_hz": capture.rate_hz,
        "rate_assumed": capture.rate_assumed,
        "controls": [{k: v for k, v in vars(c).items() if k != "breakpoints"} for c in capture.controls],
        "maps": [c.breakpoints for c in capture.controls],
        "input_gain_db": capture.input_gain_db,
        "output_gain_db": capture.output_gain_db,
        "calibration": vars(capture.calibration),
        "training": dict(capture.training),
        "origin": vars(capture.origin),
    }
    if isinstance(capture, Capture):
        header |= _network_header(capture)
        weights = dict(capture.weights)
    else:
        header["snapshots"] = [_snapshot_header(snapshot) for snapshot in capture.snapshots]
        weights = {f"c{k}.{n}": w for k, s in enumerate(capture.snapshots) for n, w in s.capture.weights.items()}
    try:
        text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CaptureError(f"capture {capture.name}: its metadata cannot be written as JSON: {error}") from error
    data = pack({"schema": SCHEMA, "afx": text}, weights)
    if len(data) > MAX_BYTES:
        raise CaptureError(f"capture {capture.name}: {len(data)} bytes as .afx; {MAX_BYTES >> 20} MB can be read back")
    notes = read(data, name=capture.name, sha256="", rate_hz=None).notes
    if notes:
        raise CaptureError(f"capture {capture.name}: its metadata could not be read back: {notes[0]}")
    return data


def _network_header(capture: Capture) -> dict[str, Any]:
    header: dict[str, Any] = {"architecture": vars(capture.architecture), "skip": capture.skip}
    if capture.loop_eigenvalues is not None and len(capture.loop_eigenvalues):
        roots = np.asarray(capture.loop_eigenvalues)
        header["loop_eigenvalues"] = {"real": roots.real.tolist(), "imag": roots.imag.tolist()}
    return header


def _snapshot_header(snapshot: Snapshot) -> dict[str, Any]:
    capture = snapshot.capture
    return {
        "name": capture.name,
        "at": list(snapshot.at),
        "delay_frames": snapshot.delay_frames,
        "training": dict(capture.training),
        "origin": vars(capture.origin),
        **_network_header(capture),
    }


def write_afx(path: str | os.PathLike[str], capture: AnyCapture) -> None:
    """Write an .afx file; another of the same name is replaced whole or not at all.

    Raises CaptureError if the file cannot be written or the capture could not be read back.
    """
    target = Path(path)
    data = afx_bytes(capture)
    try:
        replace_file(target, data)
    except OSError as error:
        raise CaptureError(f"cannot be written: {why(error)}", path=target) from error
