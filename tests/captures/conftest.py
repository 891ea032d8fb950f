"""Small seeded captures of every format, and the contract of Capture as a plain float64 loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.captures import Capture

GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def sigmoid(v: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-v))


def snr_db(target: Any, output: Any) -> float:
    error = np.asarray(target, float) - np.asarray(output, float)
    return float(10 * np.log10(np.sum(np.square(target)) / np.sum(np.square(error))))


class Documents:
    """Builds capture files as their own ecosystems lay them out; weights are seeded, small, and distinct everywhere."""

    @staticmethod
    def random(seed: int) -> Any:
        generator = np.random.default_rng(seed)
        return lambda *shape: generator.uniform(-0.6, 0.6, shape).astype(np.float32).astype(float).tolist()

    def proteus(self, *, cell: str = "lstm", hidden: int = 3, layers: int = 1, inputs: int = 1) -> dict[str, Any]:
        draw, rows = self.random(1), GATES[cell] * hidden
        state = {"lin.weight": draw(1, hidden), "lin.bias": draw(1)}
        for k in range(layers):
            state |= {
                f"rec.weight_ih_l{k}": draw(rows, hidden if k else inputs),
                f"rec.weight_hh_l{k}": draw(rows, hidden),
                f"rec.bias_ih_l{k}": draw(rows),
                f"rec.bias_hh_l{k}": draw(rows),
            }
        header = {"model": "SimpleRNN", "input_size": inputs, "skip": 1, "output_size": 1, "unit_type": cell.upper()}
        header |= {"num_layers": layers, "hidden_size": hidden, "bias_fl": True}
        return {"model_data": header, "state_dict": state}

    def aidax(self, *, cell: str = "lstm", hidden: int = 3, layers: int = 1, inputs: int = 1) -> dict[str, Any]:
        draw, rows = self.random(2), GATES[cell] * hidden
        stack = [
            {
                "type": cell,
                "activation": "",
                "shape": [None, None, hidden],
                "weights": [
                    draw(hidden if k else inputs, rows),
                    draw(hidden, rows),
                    draw(2, rows) if cell == "gru" else draw(rows),
                ],
            }
            for k in range(layers)
        ]
        dense = {"type": "dense", "activation": "", "shape": [None, None, 1], "weights": [draw(hidden, 1), draw(1)]}
        metadata = {"name": "Little Amp", "samplerate": "48000", "author": "A. Person", "license": "CC0"}
        return {"in_shape": [None, None, inputs], "layers": [*stack, dense], "metadata": metadata}

    def nam(self, *, hidden: int = 3, layers: int = 1) -> dict[str, Any]:
        count = sum(4 * hidden * ((hidden if k else 1) + hidden + 1) + 2 * hidden for k in range(layers)) + hidden + 1
        return {
            "version": "0.5.4",
            "architecture": "LSTM",
            "config": {"input_size": 1, "hidden_size": hidden, "num_layers": layers},
            "weights": self.random(3)(count),
            "sample_rate": 48000,
            "metadata": {"name": "Little NAM", "loudness": -18.5, "input_level_dbu": 12.0, "output_level_dbu": 6.0},
        }

    @staticmethod
    def written(folder: Path, document: Any, name: str = "capture.json") -> Path:
        """Write a document (or raw text, or bytes) as a file."""
        path = folder / name
        text = document if isinstance(document, (str, bytes)) else json.dumps(document)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


@pytest.fixture(scope="session")
def documents() -> Documents:
    return Documents()


def step(cell: str, w: dict[str, Any], k: int, u: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """One layer's step in PyTorch's layout, as Capture's docstring promises it."""
    into = w[f"rec.weight_ih_l{k}"] @ u + w[f"rec.bias_l{k}"]
    back = w[f"rec.weight_hh_l{k}"] @ h
    if cell == "rnn":
        return np.tanh(into + back), c
    if cell == "gru":
        (ir, iz, inew), (hr, hz, hnew) = np.split(into, 3), np.split(back, 3)
        z = sigmoid(iz + hz)
        n = np.tanh(inew + sigmoid(ir + hr) * (hnew + w[f"rec.bias_hn_l{k}"]))
        return (1 - z) * n + z * h, c
    i, f, g, o = np.split(into + back, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.fixture(scope="session")
def play() -> Any:
    """Run a capture's bare network (no skip, no gains) over (frames,) or (frames, inputs); float64."""

    def run(capture: Capture, x: Any) -> Any:
        shape = capture.architecture
        w = {name: np.asarray(array, float) for name, array in capture.weights.items()}
        zero = np.zeros(shape.layers * shape.hidden)
        h = list(np.split(w.get("rec.h0", zero), shape.layers))
        c = list(np.split(w.get("rec.c0", zero), shape.layers))
        y = []
        for frame in np.reshape(x, (len(x), -1)):
            u = frame
            for k in range(shape.layers):
                h[k], c[k] = step(shape.cell, w, k, u, h[k], c[k])
                u = h[k]
            y.append((w["head.weight"] @ u + w["head.bias"])[0])
        return np.array(y)

    return run


@pytest.fixture(scope="session")
def snr() -> Any:
    return snr_db


@pytest.fixture(scope="session")
def noise() -> Any:
    """Seeded white noise (frames, inputs)."""
    return lambda frames, inputs=1: np.random.default_rng(9).uniform(-1, 1, (frames, inputs))
