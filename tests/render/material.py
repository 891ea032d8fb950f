"""Small seeded captures and stems for the tests of rendering, made without the code under test."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from afxplugin.captures import Architecture, Capture, Control, write_afx
from afxplugin.kernel.linearise import linearise

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


_eigenvalues: dict[Any, Any] = {}


def random_capture(
    *, hidden: int = 8, rate_hz: int = 48_000, knobs: tuple[str, ...] = (), seed: int = 7, name: str = "Amp"
) -> Capture:
    """An LSTM with weights small enough to be calm, and a memory long enough that a wrong rate is heard."""
    draw = np.random.default_rng(seed)
    inputs = 1 + len(knobs)
    weights = {
        "rec.weight_ih_l0": draw.uniform(-1.0, 1.0, (4 * hidden, inputs)),
        "rec.weight_hh_l0": draw.uniform(-0.2, 0.2, (4 * hidden, hidden)),
        "rec.bias_l0": draw.uniform(-0.3, 0.3, 4 * hidden),
        "head.weight": draw.uniform(-1.0, 1.0, (1, hidden)),
        "head.bias": np.zeros(1),
    }
    weights["rec.bias_l0"][hidden : 2 * hidden] += 2.0
    return _capture(weights, hidden, rate_hz, knobs, name)


def identity_capture(*, rate_hz: int = 48_000, name: str = "Wire") -> Capture:
    """A network that says nothing, with its input added: what comes out is what went in."""
    hidden = 8
    weights = {
        "rec.weight_ih_l0": np.zeros((4 * hidden, 1)),
        "rec.weight_hh_l0": np.zeros((4 * hidden, hidden)),
        "rec.bias_l0": np.zeros(4 * hidden),
        "head.weight": np.zeros((1, hidden)),
        "head.bias": np.zeros(1),
    }
    return _capture(weights, hidden, rate_hz, (), name)


def _capture(weights: dict[str, Any], hidden: int, rate_hz: int, knobs: tuple[str, ...], name: str) -> Capture:
    return Capture(
        name=name,
        architecture=Architecture("lstm", hidden, inputs=1 + len(knobs)),
        weights={key: value.astype(np.float32) for key, value in weights.items()},
        rate_hz=rate_hz,
        controls=tuple(Control(each) for each in knobs),
        skip=1.0,
    )


def capture_file(path: Path, capture: Capture | None = None) -> Path:
    """A capture on disk, with what the stability check needs stored, as a finished capture has it."""
    capture = random_capture() if capture is None else capture
    key = (capture.name, capture.architecture, capture.rate_hz)
    if key not in _eigenvalues:
        _eigenvalues[key] = linearise(capture)
    write_afx(path, replace(capture, loop_eigenvalues=_eigenvalues[key]))
    return path


def riff(seconds: float, *, rate_hz: int = 48_000, channels: int = 1, seed: int = 3) -> NDArray[np.float32]:
    """Decaying noisy notes (channels, frames), every channel another."""
    draw = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    time_s = np.arange(frames) / rate_hz
    envelope = 0.4 * np.exp(-4.0 * (time_s % 0.5))
    notes = [np.sin(2 * np.pi * 110.0 * (1 + channel) * time_s) for channel in range(channels)]
    x = envelope * np.array(notes) + 0.01 * draw.standard_normal((channels, frames))
    return x.astype(np.float32)


def stem_file(
    path: Path, x: NDArray[np.float32] | None = None, *, rate_hz: int = 48_000, subtype: str = "FLOAT"
) -> Path:
    """An audio file of (channels, frames), written by libsndfile in the format that its suffix names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    x = riff(0.2, rate_hz=rate_hz) if x is None else x
    soundfile.write(path, x.T, rate_hz, subtype=subtype)
    return path


def wav_bytes(*, rate_hz: int, frames: int, announced: int | None = None) -> bytes:
    """A mono 16-bit WAV built by hand, which may announce more frames than it has, or a rate that cannot be."""
    data = bytes(2 * frames)
    announced_bytes = 2 * (frames if announced is None else announced)
    fmt = struct.pack("<HHIIHH", 1, 1, rate_hz, 2 * rate_hz & 0xFFFFFFFF, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", announced_bytes) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def read(path: Path) -> NDArray[np.float32]:
    """Samples (channels, frames) of a file, read by libsndfile."""
    x, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return x.T.astype(np.float32, copy=False)


def leftovers(folder: Path) -> list[str]:
    """What a render must not leave behind: everything hidden but the manifest's lock."""
    return sorted(each.name for each in folder.rglob(".*") if each.name != ".manifest.lock")
