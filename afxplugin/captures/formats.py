"""Reading a capture of any known format, recognised by content and not by suffix."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.captures import afx, aidax, nam, proteus
from afxplugin.captures.container import is_container
from afxplugin.captures.document import MAX_NOTES, foreign_start, parse_noted, plain_text, read_bytes
from afxplugin.captures.foreign import foreign_file
from afxplugin.captures.foreign_document import foreign_document, key_list
from afxplugin.captures.rate import CaptureRateWarning, checked_rate_hz
from afxplugin.errors import CaptureError, CaptureFormatError, RateError

if TYPE_CHECKING:
    import os

    from afxplugin.captures.blend import AnyCapture

JSON_FORMATS = (proteus, aidax, nam)


def read_capture(path: str | os.PathLike[str], *, rate_hz: int | None = None, name: str | None = None) -> AnyCapture:
    """Read a capture: GuitarML Proteus or NeuralPi, AIDA-X, NAM (LSTM), or .afx.

    name: what it is called, and its knob named after, where its content does not say; default: the file's own name.
    rate_hz: the rate it was trained at, in place of what the file says or, silently, fails to say. Without it a missing
    rate is assumed with a CaptureRateWarning. Raises CaptureError or a leaf of it (unreadable, not a capture, sizes or
    numbers that cannot be right) and RateError (a rate outside 8 to 384 kHz).
    """
    file = Path(path)
    if rate_hz is not None:
        checked_rate_hz(rate_hz, what="capture rate")
    data = read_bytes(file)
    try:
        capture = parse_capture(data, name=plain_text(name or file.stem) or "capture", rate_hz=rate_hz)
    except (CaptureError, RateError) as error:
        raise error.about(file) from error.__cause__
    if capture.rate_assumed:
        text = (
            f"the capture states no sample rate: {capture.rate_hz} Hz is assumed (rate_hz= or --capture-rate overrides)"
        )
        warnings.warn(f"{text}: {file}", CaptureRateWarning, stacklevel=2)
    return capture


def parse_capture(data: bytes, *, name: str, rate_hz: int | None = None) -> AnyCapture:
    """``read_capture`` of a file's bytes; ``name`` is used where they do not say. Nothing is warned of."""
    sha256 = hashlib.sha256(data).hexdigest()
    if is_container(data):
        return afx.read(data, name=name, sha256=sha256, rate_hz=rate_hz)
    foreign = foreign_file(data)
    if foreign:
        raise CaptureFormatError(f"not a capture: {foreign}; {_signatures()} are read")
    notes: list[str] = []
    document = parse_noted(data, notes)
    foreign = foreign_document(document)
    best = max(JSON_FORMATS, key=lambda module: module.score(document))
    if foreign or not best.score(document):
        what = f"JSON with the keys {key_list(document)} given" if document else "an empty JSON object given"
        raise CaptureFormatError(f"not a capture: {foreign or what}; {_signatures()} are read")
    capture = best.read(document, name=name, sha256=sha256, rate_hz=rate_hz)
    return replace(capture, notes=(*notes, *capture.notes)[:MAX_NOTES])


def foreign_kind(data: bytes) -> str:
    """Return what a file is, by its first bytes, that cannot be a capture ("a ZIP archive"); empty where it may be."""
    return "" if is_container(data) else foreign_file(data) or foreign_start(data)


def _signatures() -> str:
    return "Proteus (model_data, state_dict), AIDA-X (in_shape, layers), NAM (architecture, weights) and .afx"
