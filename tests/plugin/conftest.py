"""The plugins' engine without a host: a ctypes face of the static library that the plugins are linked from."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import AnyCapture, Capture, knob_positions, read_capture
from afxplugin.captures.afx import afx_bytes
from afxplugin.chain import with_eigenvalues
from tests.conftest import ROOT, compile_native

Block = NDArray[np.float32]
OVERDRIVE = ROOT / "presets" / "green-overdrive" / "overdrive.afx"


def document_of(capture: AnyCapture, *, knobs: dict[str, float] | None = None, **changes: object) -> str:
    """A state document, written here once more from its description so that the tests do not lean on the writer."""
    data = afx_bytes(with_eigenvalues(capture))
    entries = {
        "version": 1,
        "name": capture.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "path": "amps/it.afx",
        "positions": knob_positions(capture, knobs or {}),
        "afx": base64.b64encode(data).decode(),
    }
    return json.dumps(entries | changes)


@dataclass
class Engine:
    """One instance of the engine; ``run`` in blocks of any size."""

    library: ctypes.CDLL
    live: bool = False
    rate_hz: float = 48_000.0
    handle: int = field(init=False)

    def __post_init__(self) -> None:
        self.handle = self.library.engine_new(self.live, self.rate_hz)

    def __del__(self) -> None:
        self.library.engine_delete(self.handle)

    @property
    def latency_frames(self) -> int:
        return self.library.engine_latency(self.handle)

    def __setitem__(self, symbol: str, value: float) -> None:
        self.library.engine_set_value(self.handle, self.library.engine_parameter(symbol.encode()), value)

    def __getitem__(self, symbol: str) -> float:
        return self.library.engine_value(self.handle, self.library.engine_parameter(symbol.encode()))

    def load(self, text: str | bytes) -> str:
        """Sets the state; returns why not, empty when loaded."""
        data = text if isinstance(text, bytes) else text.encode()
        return self.library.engine_set_document(self.handle, data, len(data)).decode()

    @property
    def document(self) -> str:
        return self.library.engine_document(self.handle).decode()

    def activate(self, rate_hz: float | None = None) -> None:
        self.rate_hz = rate_hz or self.rate_hz
        self.library.engine_activate(self.handle, self.rate_hz)

    def run(self, x: Block, *, block: int = 512, in_place: bool = False) -> Block:
        """(2, frames) -> (2, frames)."""
        x = np.array(x, np.float32, order="C")
        y = x if in_place else np.full_like(x, 7.0)
        step = x.shape[1] * x.itemsize
        for start in range(0, x.shape[1], block):
            at = start * x.itemsize
            places = [base + at for base in (x.ctypes.data, x.ctypes.data + step, y.ctypes.data, y.ctypes.data + step)]
            self.library.engine_run(self.handle, *map(ctypes.c_void_p, places), min(block, x.shape[1] - start))
        return y


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    target = tmp_path_factory.mktemp("engine") / "engine.so"
    loaded = ctypes.CDLL(
        str(compile_native(Path(__file__).with_name("engine_c.cpp"), target, "-shared", "-fPIC", plugin=True))
    )
    loaded.engine_new.restype = ctypes.c_void_p
    loaded.engine_new.argtypes = [ctypes.c_bool, ctypes.c_double]
    for name in ("delete", "latency", "deactivate", "document"):
        getattr(loaded, f"engine_{name}").argtypes = [ctypes.c_void_p]
    loaded.engine_set_value.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_float]
    loaded.engine_value.argtypes = [ctypes.c_void_p, ctypes.c_int]
    loaded.engine_value.restype = ctypes.c_float
    loaded.engine_activate.argtypes = [ctypes.c_void_p, ctypes.c_double]
    loaded.engine_run.argtypes = [ctypes.c_void_p, *[ctypes.c_void_p] * 4, ctypes.c_int]
    loaded.engine_set_document.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    loaded.engine_set_document.restype = loaded.engine_document.restype = ctypes.c_char_p
    return loaded


@pytest.fixture(scope="session")
def overdrive() -> Capture:
    """The factory capture: two knobs, 44.1 kHz."""
    return read_capture(OVERDRIVE)


@pytest.fixture
def playing(library: ctypes.CDLL, overdrive: Capture) -> Engine:
    """AFX at 48 kHz with the factory capture loaded."""
    engine = Engine(library)
    assert engine.load(document_of(overdrive)) == ""
    engine.activate()
    return engine


def noise(frames: int, *, seed: int = 0, level: float = 0.1) -> Block:
    """(2, frames) of white noise, two channels of their own."""
    return (level * np.random.default_rng(seed).standard_normal((2, frames))).astype(np.float32)
