"""The .afx format: what is written is read back equal, to the byte; a malformed file is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy

from afxplugin.captures import Architecture, Calibration, Capture, Control, Origin, read_capture, write_afx
from afxplugin.captures.afx import afx_bytes
from afxplugin.captures.weights import state_shapes, weight_shapes
from afxplugin.errors import CaptureError, CaptureFormatError, CaptureWeightError, RateError


def full_capture(cell="lstm", layers=2):
    """Build a capture that uses everything that an .afx can hold."""
    architecture = Architecture(cell, hidden=5, layers=layers, inputs=3)
    draw = np.random.default_rng(4)
    shapes = weight_shapes(architecture) | state_shapes(architecture)
    states = 5 * layers * (2 if cell == "lstm" else 1)
    return Capture(
        name="Grün 音",
        architecture=architecture,
        weights={name: draw.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()},
        rate_hz=44100,
        controls=(
            Control(
                "Drive",
                unit="dB",
                low=0.0,
                high=40.0,
                default=12.5,
                breakpoints=((0.0, -1.0), (20.0, 0.1), (40.0, 1.0)),
            ),
            Control("Tone", low=0.0, high=10.0, default=5.0, breakpoints=((0.0, 0.0), (10.0, 1.0))),
        ),
        skip=1.0,
        input_gain_db=-3.25,
        output_gain_db=1.5,
        calibration=Calibration(input_dbu=12.5, loudness_lufs=-18.0),
        training={"esr": 0.0041, "epochs": 200, "data": ["a", "b"]},
        origin=Origin("proteus", sha256="ab" * 32, licence="CC0", author="A. Person", link="https://example.org"),
        loop_eigenvalues=draw.standard_normal((25, states)) + 1j * draw.standard_normal((25, states)),
    )


def assert_same(one, two):
    plain = {"weights": {}, "loop_eigenvalues": None, "sha256": ""}
    assert replace(one, **plain) == replace(two, **plain)
    assert set(one.weights) == set(two.weights)
    assert all(np.array_equal(array, two.weights[name]) for name, array in one.weights.items())
    if one.loop_eigenvalues is None:
        assert two.loop_eigenvalues is None
    else:
        assert np.array_equal(one.loop_eigenvalues, two.loop_eigenvalues)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_round_trip_is_equal_and_byte_stable(tmp_path, cell, layers):
    capture = full_capture(cell, layers)
    write_afx(tmp_path / "a.afx", capture)
    again = read_capture(tmp_path / "a.afx")
    assert_same(capture, again)
    write_afx(tmp_path / "b.afx", again)
    assert (tmp_path / "a.afx").read_bytes() == (tmp_path / "b.afx").read_bytes()
    shuffled = replace(capture, weights=dict(reversed(list(capture.weights.items()))))
    assert afx_bytes(shuffled) == (tmp_path / "a.afx").read_bytes()


@pytest.mark.parametrize("kind", ["proteus", "aidax", "nam"])
def test_other_formats_become_afx(documents, tmp_path, kind):
    capture = read_capture(documents.written(tmp_path, getattr(documents, kind)()), rate_hz=48000)
    write_afx(tmp_path / "x.afx", capture)
    again = read_capture(tmp_path / "x.afx")
    assert_same(capture, again)
    assert again.origin.sha256 == capture.sha256 != again.sha256


def test_an_assumed_rate_stays_known_as_assumed(tmp_path):
    write_afx(tmp_path / "x.afx", replace(full_capture(), rate_assumed=True))
    with pytest.warns(UserWarning, match="states no sample rate: 44100 Hz is assumed"):
        assert read_capture(tmp_path / "x.afx").rate_assumed
    assert not read_capture(tmp_path / "x.afx", rate_hz=48000).rate_assumed


def test_the_library_reads_our_file_and_we_read_the_librarys(tmp_path):
    capture = full_capture()
    data = afx_bytes(capture)
    tensors = safetensors.numpy.load(data)
    assert all(np.array_equal(array, capture.weights[name]) for name, array in tensors.items())
    assert len(tensors) == len(capture.weights)
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    path = tmp_path / "theirs.afx"
    safetensors.numpy.save_file({k: v.copy() for k, v in capture.weights.items()}, path, metadata)
    assert_same(read_capture(path), capture)


def test_tensors_can_be_mapped_from_the_file(tmp_path):
    capture = full_capture()
    path = tmp_path / "x.afx"
    write_afx(path, capture)
    length = int.from_bytes(path.read_bytes()[:8], "little")
    assert (8 + length) % 64 == 0
    header = json.loads(path.read_bytes()[8 : 8 + length])
    begin, _ = header["rec.weight_hh_l0"]["data_offsets"]
    shape = tuple(header["rec.weight_hh_l0"]["shape"])
    mapped = np.memmap(path, "<f4", mode="r", offset=8 + length + begin, shape=shape)
    assert np.array_equal(mapped, capture.weights["rec.weight_hh_l0"])


def edited(tmp_path, *, schema="1", tensors=None, raw=None, **header):
    """Write a valid file with parts of its header, its schema or its tensors replaced; ... deletes a key."""
    capture = full_capture()
    given = json.loads(safetensors_metadata(afx_bytes(capture))["afx"]) | header
    given = {key: value for key, value in given.items() if value is not ...}
    weights = {k: v for k, v in (dict(capture.weights) | (tensors or {})).items() if v is not ...}
    metadata = {"schema": schema, "afx": json.dumps(given) if raw is None else raw}
    metadata = {key: value for key, value in metadata.items() if value is not ...}
    path = tmp_path / "edited.afx"
    safetensors.numpy.save_file(weights, path, metadata)
    return path


def safetensors_metadata(data):
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]


def test_unknown_keys_and_tensors_are_ignored(tmp_path):
    path = edited(tmp_path, schema="1.7", flavour="new", tensors={"extra": np.zeros(3)})
    assert_same(read_capture(path), full_capture())


def test_a_control_without_a_map_is_linear_over_its_range(tmp_path):
    controls = read_capture(edited(tmp_path, maps=...)).controls
    assert controls[0].breakpoints == ((0.0, 0.0), (40.0, 1.0))


POINTS = [[0, 0], [40, 1]]
TONE = [[0, 0], [10, 1]]
ROWS = [[0.0] * 20]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"schema": "2"}, CaptureFormatError, "schema '2' of .afx is not known; schema 1 is read"),
        ({"schema": "one"}, CaptureFormatError, "schema 'one' of .afx is not known; schema 1 is read"),
        ({"schema": ...}, CaptureFormatError, "a safetensors file, but not an .afx one"),
        ({"raw": ...}, CaptureFormatError, "a safetensors file, but not an .afx one"),
        ({"raw": "[" * 10**6}, CaptureFormatError, "nested deeper than 64 levels"),
        ({"raw": "{"}, CaptureFormatError, "JSON that ends in the middle, after 1 characters"),
        ({"architecture": ...}, CaptureFormatError, "afx.architecture: given nothing"),
        ({"architecture": {"cell": "wavenet"}}, CaptureFormatError, "cell: given 'wavenet'; lstm, gru and rnn are"),
        ({"architecture": {"cell": "lstm", "hidden": 10**9}}, CaptureWeightError, "hidden size: given 1000000000"),
        ({"architecture": {"cell": "gru", "hidden": 5}}, CaptureError, "controls: given 2, needs 0"),
        ({"rate_hz": ...}, CaptureFormatError, "afx.rate_hz: given nothing"),
        ({"rate_hz": 0}, RateError, "rate_hz: given 0, needs a whole number of Hz from 8000 to 384000"),
        ({"skip": 1e39}, CaptureWeightError, "skip: given 1e+39, needs a gain of at most 1e6"),
        ({"skip": float("nan")}, CaptureFormatError, "afx.skip: given nan"),
        ({"input_gain_db": 400}, CaptureWeightError, "input_gain_db: given 400.0 dB"),
        ({"maps": [POINTS]}, CaptureFormatError, "maps: given 1, needs 2, one for each control"),
        (
            {"maps": [POINTS[::-1], TONE]},
            CaptureError,
            "Drive: given breakpoints at [40.0, 0.0], needs increasing",
        ),
        ({"maps": [[[0, 0], [30, 1]], TONE]}, CaptureError, "at [0.0, 30.0], needs at least two from 0 to 40"),
        ({"maps": [[], TONE]}, CaptureError, "control Drive: given breakpoints at [], needs at least two"),
        ({"tensors": {"head.bias": ...}}, CaptureWeightError, "head.bias: given nothing, needs (1,)"),
        ({"tensors": {"head.bias": np.zeros(1)}}, CaptureWeightError, "head.bias: given F64, needs F32"),
        ({"tensors": {"head.bias": np.zeros(2, "f4")}}, CaptureWeightError, "head.bias: given (2,), needs (1,)"),
        ({"tensors": {"head.bias": np.full(1, np.nan, "f4")}}, CaptureWeightError, "head.bias: given nan at (0,)"),
        ({"tensors": {"rec.h0": np.zeros(3, "f4")}}, CaptureWeightError, "rec.h0: given (3,), needs (10,)"),
        ({"loop_eigenvalues": {"real": ROWS, "imag": []}}, CaptureWeightError, "in 1 + 0, needs as many real"),
        ({"loop_eigenvalues": {"real": [[1.0]], "imag": [[0.0]]}}, CaptureWeightError, "rows of [1] in 1 + 1"),
    ],
)
def test_refusals(tmp_path, change, error, message):
    path = edited(tmp_path, **change)
    with pytest.raises(error) as caught:
        read_capture(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("cut", [9, 100, 1500, -1])
def test_truncated(tmp_path, cut):
    path = tmp_path / "x.afx"
    path.write_bytes(afx_bytes(full_capture())[:cut])
    with pytest.raises(CaptureFormatError, match="truncated"):
        read_capture(path)


def test_trailing_bytes(tmp_path):
    path = tmp_path / "x.afx"
    path.write_bytes(afx_bytes(full_capture()) + b"\0")
    with pytest.raises(CaptureFormatError, match="malformed: the header tells of"):
        read_capture(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate_hz": 100}, "rate_hz: given 100"),
        ({"skip": float("inf")}, "cannot be written as JSON"),
        ({"training": {"model": object()}}, "cannot be written as JSON"),
        ({"weights": {}}, "needs"),
        ({"controls": ()}, "controls: given 0, needs 2"),
        ({"controls": (Control("A"), Control("a"))}, "needs distinct names"),
        ({"controls": (Control("A"), Control(""))}, "a control without a name"),
        ({"controls": (Control("A"), Control("B", high=2.0, breakpoints=((0, 0), (2, 1)), default=3.0))}, "default 3"),
    ],
)
def test_what_cannot_be_read_back_is_not_written(tmp_path, change, message):
    path = tmp_path / "x.afx"
    path.write_bytes(b"before")
    with pytest.raises((CaptureError, RateError)) as caught:
        write_afx(path, replace(full_capture(), **change))
    assert message in str(caught.value)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["x.afx"]


def test_an_unwritable_place_leaves_nothing_behind(tmp_path):
    (tmp_path / "x.afx").mkdir()
    with pytest.raises(CaptureError, match=r"^cannot be written: .*: .*x\.afx$"):
        write_afx(tmp_path / "x.afx", full_capture())
    with pytest.raises(CaptureError, match="cannot be written: No such file"):
        write_afx(tmp_path / "nowhere" / "x.afx", full_capture())
    assert [file.name for file in tmp_path.iterdir()] == ["x.afx"]
