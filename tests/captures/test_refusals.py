"""What bad capture files get: an error that says what, given and allowed; nothing is allocated or crashes."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from afxplugin.captures import read_capture
from afxplugin.captures.document import MAX_BYTES
from afxplugin.errors import CaptureError, CaptureFormatError, CaptureWeightError, RateError


def refused(documents, folder, document, error, message, *, rate_hz=None):
    path = documents.written(folder, document)
    with pytest.raises(error) as caught:
        read_capture(path, rate_hz=rate_hz)
    assert message in caught.value.reason
    assert str(caught.value) == f"{caught.value.reason}: {path}"


def changed(document, path, value):
    """Return the document with one key replaced, or deleted where value is ...; path is dotted."""
    document = json.loads(json.dumps(document))
    *way, last = path.split("/")
    inner = document
    for key in way:
        inner = inner[int(key) if isinstance(inner, list) else key]
    if value is ...:
        del inner[int(last) if isinstance(inner, list) else last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a capture: an empty file (0 bytes); Proteus (model_data, state_dict), AIDA-X"),
        ("RIFF\x00\x01", "not a capture: an audio file (WAV)"),
        ('{"model_data": {"model', "JSON that ends in the middle, after 22 characters (an incomplete download?)"),
        (b"\xff\xfe\x00{", "not a capture: plain text, not JSON (it begins with '笀')"),
        ("[1, 2]", "JSON list given, an object is needed"),
        ("3", "not a capture: plain text, not JSON (it begins with '3')"),
        ("{}", "an empty JSON object given; Proteus (model_data, state_dict), AIDA-X"),
        ('{"a": 1, "b": 2}', "JSON with the keys a, b given"),
        ("[" * 1_000_000, "nested deeper than 64 levels"),
        ('{"a":' * 1_000_000, "nested deeper than 64 levels"),
        ("[" * 1_000_000 + "]" * 1_000_000, "nested deeper than 64 levels"),
        ('{"a": "' + '\\"[' * 100 + '", "b": ' + "[" * 65 + "]" * 65 + "}", "nested deeper than 64 levels"),
        ('{"a": ' + "9" * 5000 + "}", "not readable as JSON (Exceeds the limit"),
    ],
)
def test_not_a_capture(documents, tmp_path, text, message):
    refused(documents, tmp_path, text, CaptureFormatError, message)


def test_brackets_in_text_are_not_nesting(documents, tmp_path):
    document = documents.nam()
    document["metadata"]["name"] = '[{"' * 60
    assert read_capture(documents.written(tmp_path, document)).name == '[{"' * 60


def test_unreadable_paths(tmp_path):
    with pytest.raises(CaptureError, match=r"^cannot be read: No such file or directory: .*nothing\.json$"):
        read_capture(tmp_path / "nothing.json")
    with pytest.raises(CaptureError, match="cannot be read: is a folder, not a file: "):
        read_capture(tmp_path)
    with pytest.raises(CaptureError, match="cannot be read"):
        read_capture("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(CaptureError, match="cannot be read: is a pipe, not a file: "):
        read_capture(tmp_path / "pipe.json")


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CaptureFormatError, match="larger than 32 MB, the most that a capture may have"):
        read_capture(path)


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("model_data", ..., CaptureFormatError, "model_data: given nothing"),
        ("state_dict", ..., CaptureFormatError, "state_dict: given nothing"),
        ("model_data/hidden_size", 0, CaptureWeightError, "hidden size: given 0, needs 1 to 128"),
        ("model_data/hidden_size", 10**6, CaptureWeightError, "hidden size: given 1000000, needs 1 to 128"),
        ("model_data/hidden_size", -3, CaptureWeightError, "hidden size: given -3, needs 1 to 128"),
        ("model_data/hidden_size", "many", CaptureFormatError, "model_data.hidden_size: given 'many'"),
        ("model_data/num_layers", 4, CaptureWeightError, "layers: given 4, needs 1 to 3"),
        ("model_data/input_size", 9, CaptureWeightError, "inputs: given 9, needs 1 to 8"),
        ("model_data/output_size", 2, CaptureFormatError, "model_data.output_size: given 2, needs 1"),
        (
            "model_data/unit_type",
            "TCN",
            CaptureFormatError,
            "cell: given 'tcn'; lstm, gru and rnn are played",
        ),
        ("model_data/model", "ConvNet", CaptureFormatError, "model_data.model: 'ConvNet' is not played; SimpleRNN is"),
        ("model_data/skip", 2, CaptureFormatError, "model_data.skip: given 2, needs 0 or 1"),
        ("model_data/delay", 2, CaptureFormatError, "model_data.delay: given 2, a feedback delay of 1 frame is played"),
        ("state_dict/lin.bias", ..., CaptureFormatError, "state_dict.lin.bias: given nothing, needs (1,)"),
        ("state_dict/lin.bias", [float("nan")], CaptureWeightError, "lin.bias: given nan at (0,), needs finite"),
        ("state_dict/lin.bias", [float("inf")], CaptureWeightError, "lin.bias: given inf at (0,), needs finite"),
        ("state_dict/lin.bias", [1e39], CaptureWeightError, "lin.bias: given 1e+39 at (0,), needs finite"),
        ("state_dict/lin.bias", [None], CaptureWeightError, "lin.bias: given a list of 1 that are not all numbers"),
        ("state_dict/lin.bias", ["0.5"], CaptureWeightError, "lin.bias: given a list of 1 that are not all numbers"),
        ("state_dict/lin.bias", [True], CaptureWeightError, "lin.bias: given a list of 1 that are not all numbers"),
        ("state_dict/lin.bias", [10**400], CaptureWeightError, "lin.bias: given an integer of more than 300 digits"),
        ("state_dict/lin.bias", 0.5, CaptureWeightError, "lin.bias: given (), needs (1,)"),
        ("state_dict/lin.bias", {"a": 1}, CaptureWeightError, "lin.bias: given a JSON object of 1"),
        ("state_dict/rec.weight_hh_l0/0", [1.0], CaptureWeightError, "given rows of different lengths, needs (12, 3)"),
    ],
)
def test_proteus(documents, tmp_path, key, value, error, message):
    document = changed(documents.proteus(), key, value)
    refused(documents, tmp_path, document, error, message, rate_hz=44100)


def test_a_matrix_of_the_wrong_shape_is_named(documents, tmp_path):
    document = documents.proteus(hidden=40)
    document["state_dict"]["rec.weight_hh_l0"] = np.zeros((160, 39)).tolist()
    message = "rec.weight_hh_l0: given (160, 39), needs (160, 40)"
    refused(documents, tmp_path, document, CaptureWeightError, message, rate_hz=44100)


def test_biases_that_are_finite_apart_but_not_together(documents, tmp_path):
    document = documents.proteus()
    for name in ("rec.bias_ih_l0", "rec.bias_hh_l0"):
        document["state_dict"][name][2] = 3e38
    refused(documents, tmp_path, document, CaptureWeightError, "rec.bias_l0: given 6e+38 at (2,)", rate_hz=44100)


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("layers", ..., CaptureFormatError, "layers: given nothing"),
        ("layers", [], CaptureFormatError, "layers: given a list of 0"),
        ("in_shape", ..., CaptureFormatError, "in_shape: given nothing"),
        ("in_shape", [None, None, 9], CaptureWeightError, "inputs: given 9, needs 1 to 8"),
        ("in_skip", 2, CaptureFormatError, "in_skip: given 2.0, needs 0 or 1"),
        ("out_gain", 1e308, CaptureWeightError, "out_gain: given 1e+308 dB, needs a finite gain of at most 120 dB"),
        ("in_gain", float("nan"), CaptureWeightError, "in_gain: given nan dB, needs a finite gain of at most 120 dB"),
        ("layers/0/type", "conv1d", CaptureFormatError, "layers.0: 'conv1d' is not played here; lstm or gru"),
        ("layers/0/type", "dense", CaptureFormatError, "layers: given no lstm or gru layer"),
        ("layers/0/type", "gru", CaptureWeightError, "layers.0.weights.0: given (1, 12), needs (1, 9)"),
        ("layers/1/activation", "tanh", CaptureFormatError, "layers.1.activation: 'tanh' is not played after a dense"),
        ("layers/1", ..., CaptureFormatError, "layers: given 0 dense layers, needs 1 to 8"),
        ("layers/0/shape", [None, None, 10**6], CaptureWeightError, "hidden size: given 1000000, needs 1 to 128"),
        ("layers/0/shape", [None, None, None], CaptureWeightError, "hidden size: given 0, needs 1 to 128"),
        ("layers/0/weights/2", ..., CaptureWeightError, "layers.0.weights: given 2 arrays, needs 3"),
        ("layers/1/shape", [None, None, 2], CaptureWeightError, "dense 0 weights.0: given (3, 1), needs (3, 2)"),
        (
            "metadata/samplerate",
            "4k",
            RateError,
            "metadata.samplerate: given 4000, needs a whole number of Hz from 8000",
        ),
    ],
)
def test_aidax(documents, tmp_path, key, value, error, message):
    refused(documents, tmp_path, changed(documents.aidax() | {"in_skip": 0}, key, value), error, message)


def test_stacked_layers_of_different_sizes(documents, tmp_path):
    small, large = documents.aidax(hidden=3), documents.aidax(hidden=5)
    small["layers"].insert(1, large["layers"][0])
    message = "layers: given lstm 3 then lstm 5; stacked layers must be alike"
    refused(documents, tmp_path, small, CaptureFormatError, message)


def test_linear_layers_that_multiply_out_to_infinity(documents, tmp_path):
    document = documents.aidax()
    big = {"type": "dense", "activation": "", "shape": [1], "weights": [[[3e38]], [0.0]]}
    document["layers"] += [big] * 7
    refused(documents, tmp_path, document, CaptureWeightError, "needs finite numbers")


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("architecture", "WaveNet", CaptureFormatError, "NAM architecture 'WaveNet' is not played; LSTM is played"),
        ("architecture", "ConvNet", CaptureFormatError, "NAM architecture 'ConvNet' is not played; LSTM is played"),
        ("architecture", ..., CaptureFormatError, "architecture: given nothing"),
        ("config", ..., CaptureFormatError, "config: given None"),
        ("config/hidden_size", ..., CaptureFormatError, "config.hidden_size: given nothing"),
        ("config/hidden_size", 10**6, CaptureWeightError, "hidden size: given 1000000, needs 1 to 128"),
        ("config/input_size", 2, CaptureFormatError, "config.input_size: given 2, needs 1"),
        ("weights/0", ..., CaptureWeightError, "weights: given (69,), needs (70,)"),
        ("weights", {}, CaptureWeightError, "weights: given a JSON object of 0 that are not all numbers, needs (70,)"),
        ("weights/7", 1e39, CaptureWeightError, "weights: given 1e+39 at (7,), needs finite numbers"),
        ("weights/7", float("nan"), CaptureWeightError, "weights: given nan at (7,), needs finite numbers"),
        ("weights/7", float("-inf"), CaptureWeightError, "weights: given -inf at (7,), needs finite numbers"),
        ("weights/7", "0.5", CaptureWeightError, "weights: given a list of 70 that are not all numbers, needs (70,)"),
        (
            "sample_rate",
            7_000_000,
            RateError,
            "sample_rate: given 7000000, needs a whole number of Hz from 8000 to 384000",
        ),
        ("sample_rate", 44100.5, RateError, "sample_rate: given 44100.5, needs a whole number of Hz"),
    ],
)
def test_nam(documents, tmp_path, key, value, error, message):
    refused(documents, tmp_path, changed(documents.nam(), key, value), error, message)


@pytest.mark.parametrize("rate_hz", [0, -1, 7_000_000, 7999, 384_001])
def test_a_given_rate_outside_the_range(documents, tmp_path, rate_hz):
    path = documents.written(tmp_path, documents.nam())
    with pytest.raises(RateError, match=f"capture rate: given {rate_hz}, needs a whole number of Hz from"):
        read_capture(path, rate_hz=rate_hz)
