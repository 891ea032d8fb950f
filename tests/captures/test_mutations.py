"""Damaged capture files read as something sound or raise an error of ours, and nothing else."""

from __future__ import annotations

import copy
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import CaptureRateWarning, read_capture
from afxplugin.captures.afx import afx_bytes
from afxplugin.captures.formats import foreign_kind, parse_capture
from afxplugin.captures.weights import weight_shapes
from afxplugin.errors import AfxError

KINDS = ("proteus", "aidax", "nam", "afx")
NUMBERS = (-1, 0, 2**40, 10**400, 1e39, -1e308, float("nan"), float("inf"))
LISTS = ([], [[]], [1, [2]], [None], ["x"], [[1.0, 2.0], [3.0]])
ODD = st.sampled_from([None, True, "", "1", "lstm", "\ud800", {}, {"a": []}, *NUMBERS, *LISTS]).map(copy.deepcopy)


@pytest.fixture(scope="session")
def intact(documents, tmp_path_factory):
    """Return {format: bytes} of a sound file of each format, and a place to put damaged ones."""
    folder = tmp_path_factory.mktemp("mutations")
    files = {kind: json.dumps(getattr(documents, kind)(hidden=2)).encode() for kind in KINDS[:3]}
    path = documents.written(folder, files["aidax"])
    return files | {"afx": afx_bytes(read_capture(path))}, folder / "damaged"


def check(path, data):
    path.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CaptureRateWarning)
            capture = read_capture(path)
    except AfxError:
        return
    assert 8000 <= capture.rate_hz <= 384000
    for name, shape in weight_shapes(capture.architecture).items():
        assert capture.weights[name].shape == shape
        assert np.isfinite(capture.weights[name]).all()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes(intact, kind, data):
    files, path = intact
    octets = bytearray(files[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    length = data.draw(st.one_of(st.just(len(octets)), st.integers(0, len(octets))))
    check(path, bytes(octets[:length]) + data.draw(st.binary(max_size=3)))


def places(node, way=()):
    """Yield the path of every key and item, the first few of a long list only."""
    items = node.items() if isinstance(node, dict) else list(enumerate(node))[:3] if isinstance(node, list) else ()
    for key, inner in items:
        yield (*way, key)
        yield from places(inner, (*way, key))


def damage(data, document):
    """Delete, replace or duplicate one part of a JSON document."""
    *way, last = data.draw(st.sampled_from(list(places(document))))
    inner = document
    for key in way:
        inner = inner[key]
    match data.draw(st.sampled_from(["delete", "replace", "nest", "copy"])):
        case "delete":
            del inner[last]
        case "replace":
            inner[last] = data.draw(ODD)
        case "nest":
            inner[last] = [inner[last]]
        case "copy" if isinstance(inner, list):
            inner.append(inner[last])
        case _:
            inner[f"{last}2"] = inner[last] if isinstance(inner, dict) else None


@pytest.mark.parametrize("kind", KINDS[:3])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_documents(intact, kind, data):
    files, path = intact
    document = json.loads(files[kind])
    for _ in range(data.draw(st.integers(1, 2))):
        damage(data, document)
    check(path, json.dumps(document).encode())


@settings(max_examples=200, deadline=None)
@given(data=st.data(), part=st.sampled_from(["container", "header"]))
def test_damaged_afx_headers(intact, data, part):
    files, path = intact
    whole = files["afx"]
    end = 8 + int.from_bytes(whole[:8], "little")
    container = json.loads(whole[8:end])
    if part == "container":
        damage(data, container)
    else:
        header = json.loads(container["__metadata__"]["afx"])
        damage(data, header)
        container["__metadata__"]["afx"] = json.dumps(header)
    text = json.dumps(container).encode()
    check(path, len(text).to_bytes(8, "little") + text + whole[end:])


ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")


@settings(max_examples=200, deadline=None)
@given(data=st.data(), kind=st.sampled_from(KINDS[:3]), encoding=st.sampled_from(ENCODINGS))
def test_damaged_bytes_of_other_encodings(intact, data, kind, encoding):
    files, path = intact
    octets = bytearray(files[kind].decode().encode(encoding))
    for _ in range(data.draw(st.integers(0, 3))):
        octets[data.draw(st.integers(0, min(200, len(octets) - 1)))] = data.draw(st.integers(0, 255))
    check(path, bytes(octets[: data.draw(st.integers(0, len(octets)))]))


HEADS = st.sampled_from(
    [
        b"",
        b"{",
        b"[",
        b"ID3",
        b"ID3\x04\0\0\0\0\0\x04",
        b"RIFF",
        b"FORM",
        b"PK\x03\x04",
        b"\xff\xfb",
        b"\x08\x08\x12",
        b"<",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    head=HEADS, tail=st.binary(max_size=64), mark=st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\0"])
)
def test_any_bytes_are_told_of_in_one_line(head, tail, mark):
    data = mark + head + tail
    kind = foreign_kind(data)
    assert kind.isprintable()
    assert len(kind) < 160
    with pytest.raises(AfxError) as caught:
        parse_capture(data, name="x")
    assert caught.value.reason.isprintable()
    assert len(caught.value.reason) < 400
