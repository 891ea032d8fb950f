"""Metadata that has nothing to do with the sound never keeps a capture from being played; what is left out is noted."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import Calibration, CaptureRateWarning, Control, blend_captures, read_capture
from afxplugin.captures.afx import afx_bytes
from afxplugin.captures.container import pack, unpack
from afxplugin.captures.formats import parse_capture
from afxplugin.errors import CaptureError
from tests.kernel.networks import make_capture

NAN, INF = float("nan"), float("inf")
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


def with_metadata(documents, kind, metadata):
    return getattr(documents, kind)() | {"metadata": metadata, "sample_rate": 48000}


@pytest.mark.parametrize(
    "value", [NAN, INF, -INF, "loud", True, [], [-18.0], {}, "12 parrots", 1e300, 10**400, "1e999"]
)
@pytest.mark.parametrize("key", ["loudness", "input_level_dbu", "output_level_dbu"])
def test_a_level_that_is_none_is_ignored_and_noted(documents, tmp_path, key, value):
    metadata = {"name": "Amp", "loudness": -18.5, "input_level_dbu": 12.0, "output_level_dbu": 6.0} | {key: value}
    capture = read_capture(documents.written(tmp_path, with_metadata(documents, "nam", metadata)))
    field = {"loudness": "loudness_lufs", "input_level_dbu": "input_dbu", "output_level_dbu": "output_dbu"}[key]
    known = Calibration(input_dbu=12.0, output_dbu=6.0, loudness_lufs=-18.5)
    assert capture.calibration == replace(known, **{field: None})
    (note,) = capture.notes
    assert note.startswith(f"metadata.{key} is ")
    assert note.endswith("; it is ignored")
    assert len(note) < 160


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("12.5 dBu", 12.5), ("12.5dBu", 12.5), ("+4 DBU", 4.0), ("-18", -18.0), ("\u221218 dBu", -18.0),
        ("12,5 dBu", 12.5), (12, 12.0), (None, None), ("", None),
    ],
)  # fmt: skip
def test_a_level_is_read_with_its_unit(documents, tmp_path, value, level):
    path = documents.written(tmp_path, with_metadata(documents, "nam", {"input_level_dbu": value}))
    capture = read_capture(path)
    assert (capture.calibration.input_dbu, capture.notes) == (level, ())


@pytest.mark.parametrize("value", ["4 dBV", "12 V", "-18 LUFS", "12.5 dBu or so", "1,200.5"])
def test_another_unit_is_not_guessed_at(documents, tmp_path, value):
    capture = read_capture(documents.written(tmp_path, with_metadata(documents, "nam", {"input_level_dbu": value})))
    assert capture.calibration.input_dbu is None
    assert capture.notes == (f"metadata.input_level_dbu is {value!r}, not a level in dBu; it is ignored",)


@pytest.mark.parametrize("value", ["-18 LUFS", "-18.0 LKFS", "-18 dB", -18])
def test_loudness_is_read_with_its_unit(documents, tmp_path, value):
    capture = read_capture(documents.written(tmp_path, with_metadata(documents, "nam", {"loudness": value})))
    assert (capture.calibration.loudness_lufs, capture.notes) == (-18.0, ())


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
@pytest.mark.parametrize("value", [[], ["a"], "by me", 5, True])
def test_metadata_that_is_no_object(documents, tmp_path, kind, value):
    capture = read_capture(documents.written(tmp_path, with_metadata(documents, kind, value), "Amp.json"))
    assert (capture.name, capture.calibration) == ("Amp", Calibration())
    if kind != "proteus":  # which looks for nothing in it but a rate
        (note,) = capture.notes
        assert note.startswith("metadata is ")
        assert note.endswith(", not an object; it is ignored")


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
def test_no_metadata_is_nothing_to_note(documents, tmp_path, kind):
    assert read_capture(documents.written(tmp_path, with_metadata(documents, kind, None))).notes == ()


def test_a_name_that_is_no_text(documents, tmp_path):
    capture = read_capture(documents.written(tmp_path, with_metadata(documents, "nam", {"name": ["x"]}), "Amp.nam"))
    assert capture.name == "Amp"
    assert capture.notes == ("metadata.name is a list of 1, not text; it is ignored",)


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
@settings(max_examples=150, deadline=None)
@given(metadata=st.one_of(JUNK, st.dictionaries(st.sampled_from(["name", "loudness", "license", "date"]), JUNK)))
def test_no_metadata_blocks_a_capture(documents, kind, metadata):
    sound = getattr(documents, kind)()
    plain = parse_capture(json.dumps(sound).encode(), name="x", rate_hz=48000)
    capture = parse_capture(json.dumps(sound | {"metadata": metadata}).encode(), name="x", rate_hz=48000)
    for name, array in plain.weights.items():
        np.testing.assert_array_equal(capture.weights[name], array)
    assert json.dumps(vars(capture.calibration), allow_nan=False)
    assert all(note.isprintable() and len(note) < 200 for note in capture.notes)


def test_notes_do_not_pile_up(documents):
    document = documents.nam() | {f"sample{'_' * k}rate": "?" for k in range(200)}
    assert len(parse_capture(json.dumps(document).encode(), name="x", rate_hz=None).notes) == 20


# ---- .afx


def afx_with(capture, **changes):
    """The capture's .afx with parts of its header replaced."""
    container = unpack(afx_bytes(capture))
    header = json.loads(str(container.metadata["afx"])) | changes
    tensors = {name: container.tensor(name) for name in container.entries}
    return pack({"schema": "1", "afx": json.dumps(header)}, tensors)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"calibration": {"input_dbu": NAN}}, "calibration.input_dbu is nan, not a level in dBu; it is ignored"),
        ({"calibration": [1]}, "calibration is a list of 1, not an object; it is ignored"),
        ({"training": "long"}, "training is 'long', not an object; it is ignored"),
        ({"origin": "Berlin"}, "origin is 'Berlin', not an object; it is ignored"),
        ({"origin": {"licence": {"a": 1}}}, "origin.licence is a JSON object of 1, not text; it is ignored"),
    ],
)
def test_afx(changes, note):
    capture = make_capture("lstm", 4)
    again = parse_capture(afx_with(capture, **changes), name="x")
    assert again.notes == (note,)
    for name, array in capture.weights.items():
        np.testing.assert_array_equal(again.weights[name], array)


def test_afx_reads_a_level_with_its_unit():
    data = afx_with(make_capture("lstm", 4), calibration={"input_dbu": "12.5 dBu", "loudness_lufs": "-18 LUFS"})
    assert parse_capture(data, name="x").calibration == Calibration(input_dbu=12.5, loudness_lufs=-18.0)


def test_metadata_that_would_not_be_read_back_is_not_written():
    capture = replace(make_capture("lstm", 4), calibration=Calibration(input_dbu="loud"))  # pyright: ignore[reportArgumentType]
    with pytest.raises(CaptureError, match="its metadata could not be read back: calibration.input_dbu is 'loud'"):
        afx_bytes(capture)


def test_a_blend_carries_the_notes_of_its_snapshots():
    quiet = replace(make_capture("lstm", 4, seed=1), name="low")
    noted = replace(make_capture("lstm", 4, seed=2), name="high", notes=("metadata is 'x', not an object",))
    blend = blend_captures("both", [quiet, noted], [(0.0,), (1.0,)], [Control("Drive")])
    assert blend.notes == ("high: metadata is 'x', not an object",)
    data = afx_with(blend, training=7)
    assert parse_capture(data, name="x").notes == ("training is 7, not an object; it is ignored",)


# ---- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_every_utf_is_read(documents, encoding):
    document = documents.nam()
    document["metadata"]["name"] = "Grün 音 😀"
    plain = parse_capture(json.dumps(document).encode(), name="x")
    for start in ("", " \n"):
        data = (start + json.dumps(document, ensure_ascii=False)).encode(encoding)
        capture = parse_capture(data, name="x")
        assert (capture.name, capture.notes) == ("Grün 音 😀", ())
        np.testing.assert_array_equal(capture.weights["rec.weight_hh_l0"], plain.weights["rec.weight_hh_l0"])


def test_utf_16_with_its_mark_in_either_order(documents):
    text = json.dumps(documents.nam())
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert parse_capture(mark + text.encode(encoding), name="x").name == "Little NAM"


def test_a_name_in_latin_1_does_not_block_a_capture(documents):
    document = documents.nam()
    document["metadata"]["name"] = "Verstärker"
    capture = parse_capture(json.dumps(document, ensure_ascii=False).encode("latin-1"), name="x")
    assert capture.name == "Verst\ufffdrker"
    assert capture.notes == ("the text is not UTF-8 throughout; characters that do not fit are replaced",)


@pytest.mark.parametrize(("name", "noted"), [("utf16.nam", False), ("loud_nan.nam", True)])
def test_shared_inputs(reference, name, noted):
    path = reference.parent / "inputs" / name
    if not path.is_file():
        pytest.skip("no inputs beside the reference data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)
        capture = read_capture(path)
    assert capture.architecture.hidden == 8
    assert bool(capture.notes) == noted
