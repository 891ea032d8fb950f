"""Every format's layout, played by its own ecosystem's formula straight from the document, against the capture read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from afxplugin.captures import Architecture, Calibration, CaptureRateWarning, Origin, read_capture

SAME_DB = 120.0  # the two sides differ only by the float32 rounding of added biases and multiplied-out matrices


def sigmoid(v: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-v))


def torch_step(cell: str, state: dict[str, Any], k: int, u: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """torch.nn.LSTM, GRU and RNN, as their documentation states them."""
    W, U, b, d = (np.array(state[f"rec.{n}_l{k}"]) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    H = len(h)
    gate = [W[n * H : (n + 1) * H] @ u + b[n * H : (n + 1) * H] for n in range(len(b) // H)]
    back = [U[n * H : (n + 1) * H] @ h + d[n * H : (n + 1) * H] for n in range(len(b) // H)]
    if cell == "rnn":
        return np.tanh(gate[0] + back[0]), c
    if cell == "gru":
        r, z = sigmoid(gate[0] + back[0]), sigmoid(gate[1] + back[1])
        n = np.tanh(gate[2] + r * back[2])
        return (1 - z) * n + z * h, c
    i, f, o = (sigmoid(gate[n] + back[n]) for n in (0, 1, 3))
    c = f * c + i * np.tanh(gate[2] + back[2])
    return o * np.tanh(c), c


def keras_step(layer: dict[str, Any], u: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """keras.layers.LSTM (gates i, f, c, o) and GRU with reset_after (gates z, r, h), vectors from the left."""
    W, U, b = (np.array(part) for part in layer["weights"])
    H = len(h)
    if layer["type"] == "gru":
        xz, xr, xh = (v[0] for v in np.split((u @ W + b[0])[None], 3, axis=1))
        hz, hr, hh = (v[0] for v in np.split((h @ U + b[1])[None], 3, axis=1))
        z = sigmoid(xz + hz)
        return z * h + (1 - z) * np.tanh(xh + sigmoid(xr + hr) * hh), c
    v = u @ W + h @ U + b
    c = sigmoid(v[H : 2 * H]) * c + sigmoid(v[:H]) * np.tanh(v[2 * H : 3 * H])
    return sigmoid(v[3 * H :]) * np.tanh(c), c


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("inputs", [1, 3])
def test_proteus(documents, play, snr, noise, tmp_path, cell, layers, inputs):
    document = documents.proteus(cell=cell, hidden=4, layers=layers, inputs=inputs)
    capture = read_capture(documents.written(tmp_path, document), rate_hz=44100)
    x, state = noise(300, inputs), document["state_dict"]
    h, c, y = np.zeros((layers, 4)), np.zeros((layers, 4)), []
    for frame in x:
        u = frame
        for k in range(layers):
            h[k], c[k] = torch_step(cell, state, k, u, h[k], c[k])
            u = h[k]
        y.append((np.array(state["lin.weight"]) @ u + state["lin.bias"])[0])
    assert capture.architecture == Architecture(cell=cell, hidden=4, layers=layers, inputs=inputs)
    assert capture.skip == 1.0
    assert snr(y, play(capture, x)) > SAME_DB


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("inputs", [1, 2])
def test_aidax(documents, play, snr, noise, tmp_path, cell, layers, inputs):
    document = documents.aidax(cell=cell, hidden=4, layers=layers, inputs=inputs)
    capture = read_capture(documents.written(tmp_path, document))
    x = noise(300, inputs)
    h, c, y = np.zeros((layers, 4)), np.zeros((layers, 4)), []
    W, b = (np.array(part) for part in document["layers"][-1]["weights"])
    for frame in x:
        u = frame
        for k in range(layers):
            h[k], c[k] = keras_step(document["layers"][k], u, h[k], c[k])
            u = h[k]
        y.append((u @ W + b)[0])
    assert capture.architecture == Architecture(cell=cell, hidden=4, layers=layers, inputs=inputs)
    assert snr(y, play(capture, x)) > SAME_DB


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_nam(documents, play, snr, noise, tmp_path, layers):
    document = documents.nam(hidden=4, layers=layers)
    capture = read_capture(documents.written(tmp_path, document, "x.nam"))
    flat, parts = iter(document["weights"]), []
    take = lambda n: np.array([next(flat) for _ in range(n)])  # noqa: E731
    for k in range(layers):
        width = (4 if k else 1) + 4
        parts.append([take(16 * width).reshape(16, width), take(16), take(4), take(4)])
    head, bias = take(4), take(1)[0]
    x, y = noise(300)[:, 0], []
    for sample in x:
        u = np.array([sample])
        for part in parts:
            W, b, h, c = part
            i, f, g, o = np.split(W @ np.concatenate([u, h]) + b, 4)
            part[3] = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            part[2] = u = sigmoid(o) * np.tanh(part[3])
        y.append(head @ u + bias)
    assert snr(y, play(capture, x)) > SAME_DB


def test_several_linear_layers_become_one(documents, play, snr, noise, tmp_path):
    document = documents.aidax(hidden=4)
    draw = documents.random(5)
    tail = [
        {
            "type": "time-distributed-dense",
            "activation": "linear",
            "shape": [None, 5],
            "weights": [draw(4, 5), draw(5)],
        },
        {"type": "dense", "activation": "", "shape": [None, 1], "weights": [draw(5, 1), draw(1)]},
    ]
    bare = document | {"layers": [document["layers"][0], *tail]}
    capture = read_capture(documents.written(tmp_path, bare))
    x = noise(200)
    h, c, y = np.zeros(4), np.zeros(4), []
    for frame in x:
        h, c = keras_step(document["layers"][0], frame, h, c)
        v = h
        for layer in tail:
            v = v @ np.array(layer["weights"][0]) + layer["weights"][1]
        y.append(v[0])
    assert snr(y, play(capture, x)) > SAME_DB


def test_biases_may_be_absent_where_the_file_says_so(documents, tmp_path):
    document = documents.proteus()
    for name in ("rec.bias_ih_l0", "rec.bias_hh_l0", "lin.bias"):
        del document["state_dict"][name]
    document["model_data"]["bias_fl"] = False
    capture = read_capture(documents.written(tmp_path, document), rate_hz=44100)
    assert not capture.weights["rec.bias_l0"].any()
    assert not capture.weights["head.bias"].any()


def test_what_the_files_say_about_themselves(documents, tmp_path):
    aidax = documents.aidax() | {"in_skip": 1, "in_gain": -3, "out_gain": 2.5}
    capture = read_capture(documents.written(tmp_path, aidax))
    assert (capture.name, capture.rate_hz, capture.rate_assumed) == ("Little Amp", 48000, False)
    assert (capture.skip, capture.input_gain_db, capture.output_gain_db) == (1.0, -3.0, 2.5)
    assert capture.origin == Origin("aidax", capture.sha256, licence="CC0", author="A. Person")
    assert len(capture.sha256) == 64
    nam = read_capture(documents.written(tmp_path, documents.nam()))
    assert nam.name == "Little NAM"
    assert nam.calibration == Calibration(input_dbu=12.0, output_dbu=6.0, loudness_lufs=-18.5)
    assert nam.skip == 0.0


@pytest.mark.parametrize("gain_db", [-90, -90.0, -1e300])
def test_aidax_gain_of_minus_90_db_is_silence(documents, tmp_path, gain_db):
    capture = read_capture(documents.written(tmp_path, documents.aidax() | {"out_gain": gain_db}))
    assert np.float32(10.0 ** (capture.output_gain_db / 20)) == 0.0


def test_names_without_metadata_come_from_the_file(documents, tmp_path):
    document = documents.aidax()
    del document["metadata"]
    capture = read_capture(documents.written(tmp_path, document, "Ünï 音 amp.json"), rate_hz=48000)
    assert capture.name == "Ünï 音 amp"


@pytest.mark.parametrize(
    ("stem", "knob"),
    [
        ("TS9_DriveKnob", "Drive"),
        ("BluesJrAmp_VolKnob", "Vol"),
        ("amp_gain_knob", "Gain"),
        ("EQKnob", "Eq"),
        ("a", "Knob"),
    ],
)
def test_a_proteus_knob_is_named_after_its_file(documents, tmp_path, stem, knob):
    path = documents.written(tmp_path, documents.proteus(inputs=2), f"{stem}.json")
    (control,) = read_capture(path, rate_hz=44100).controls
    assert (control.name, control.low, control.high, control.default) == (knob, 0.0, 1.0, 0.5)


def test_aidax_knobs(documents, tmp_path):
    document = documents.aidax(inputs=3)
    names = [c.name for c in read_capture(documents.written(tmp_path, document)).controls]
    assert names == ["PARAM1", "PARAM2"]
    document["metadata"]["controls"] = ["Gain", "Tone"]
    names = [c.name for c in read_capture(documents.written(tmp_path, document)).controls]
    assert names == ["Gain", "Tone"]


@pytest.mark.parametrize(("kind", "hz"), [("proteus", 44100), ("aidax", 48000), ("nam", 48000)])
def test_a_missing_rate_is_assumed_aloud(documents, tmp_path, kind, hz):
    document = getattr(documents, kind)()
    document.pop("sample_rate", None)
    document.pop("metadata", None)
    path = documents.written(tmp_path, document)
    with pytest.warns(CaptureRateWarning, match=f"states no sample rate: {hz} Hz is assumed"):
        capture = read_capture(path)
    assert (capture.rate_hz, capture.rate_assumed) == (hz, True)
    given = read_capture(path, rate_hz=96000)  # a warning would be an error here
    assert (given.rate_hz, given.rate_assumed) == (96000, False)


def test_a_given_rate_replaces_a_stored_one(documents, tmp_path):
    path = documents.written(tmp_path, documents.nam())
    assert read_capture(path, rate_hz=44100).rate_hz == 44100
    assert type(read_capture(path, rate_hz=np.int64(96000)).rate_hz) is int


def test_weights_cannot_be_changed_by_accident(documents, tmp_path):
    capture = read_capture(documents.written(tmp_path, documents.nam()))
    with pytest.raises(ValueError, match="read-only"):
        capture.weights["head.bias"][0] = 1.0
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in capture.weights.values())
