"""Files that are not captures: the message says what they are."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from afxplugin.audio.heads import audio_format
from afxplugin.captures import read_capture
from afxplugin.captures.document import MAX_BYTES
from afxplugin.captures.formats import foreign_kind
from afxplugin.errors import CaptureFormatError


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.nam"))
    return file.getvalue()


def npy():
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def riff(form=b"WAVE", head=b"RIFF"):
    return head + struct.pack("<I", 36) + form + b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 48000, 96000, 2, 16)


ID3 = b"ID3\x04\0\0" + bytes([0, 0, 2, 1]) + b"\0" * 257  # 2 * 128 + 1 bytes follow
AUDIO = [
    ("WAV", riff()), ("WAV", b"RIFF"), ("RIFX", riff(head=b"RIFX")), ("RF64", riff(head=b"RF64")),
    ("BW64", riff(head=b"BW64")), ("AIFF", b"FORM\0\0\0\x20AIFFCOMM"), ("AIFF", b"FORM\0\0\0\x20AIFCFVER"),
    ("FLAC", b"fLaC\0\0\0\x22"), ("Ogg", b"OggS\0\x02"), ("CAF", b"caff\0\x01\0\0desc"),
    ("W64", bytes.fromhex("726966662e91cf11a5d628db04c10000")), ("MP3", b"\xff\xfb\x90\x64\0\0\0\0"),
    ("MP3", ID3 + b"\xff\xfb\x90\x64"), ("MP3", ID3[:40]), ("WAV", ID3 + riff()), ("FLAC", ID3 + b"fLaC"),
    ("AAC", b"\xff\xf1\x50\x80\0\x1f"), ("M4A", b"\0\0\0\x20ftypM4A \0\0"), ("WavPack", b"wvpk\0\0"),
    ("WMA", bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")), ("MIDI", b"MThd\0\0\0\x06"), ("AU", b".snd\0\0\0\x18"),
]  # fmt: skip
FILES = [
    ("an empty file (0 bytes)", b""),
    ("an empty file (only blanks)", b" \r\n\t" * 9),
    ("nothing but zero bytes (an incomplete download?)", b"\0" * 4096),
    ("a web page (HTML); the download did not give the file itself", b"\n\n\n<!DOCTYPE html>\n<html><head>"),
    ("a web page (HTML); the download did not give the file itself", b"\xef\xbb\xbf<HTML lang=en>"),
    ("a web page (HTML); the download did not give the file itself", "<!doctype html>".encode("utf-16")),
    ("a web page (HTML); the download did not give the file itself", b"<!-- saved --><html><body>404</body></html>"),
    ("a web page (HTML); the download did not give the file itself", b'<?xml version="1.0"?><!DOCTYPE html><html>'),
    ("an XML property list", b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD">\n<plist>'),
    ("an XML file", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    ("an image (SVG)", b'<svg xmlns="http://www.w3.org/2000/svg">'),
    ("a property list of macOS", b"bplist00\xd1\x01\x02"),
    ("a ZIP archive; unpack it first", zipped("Amp.nam")),
    ("a PyTorch checkpoint (.pt, .ckpt)", zipped("archive/data.pkl", "archive/version")),
    ("a Keras model (.keras)", zipped("metadata.json", "config.json", "model.weights.h5")),
    ("a pack of presets", zipped("manifest.json", "amp/device.toml")),
    ("arrays of NumPy (.npz)", zipped("w.npy")),
    ("a gzip archive; unpack it first", gzip.compress(b"{}", mtime=0)),
    ("a 7-Zip archive; unpack it first", b"7z\xbc\xaf\x27\x1c\0\x04"),
    ("a RAR archive; unpack it first", b"Rar!\x1a\x07\x01\0"),
    ("a tar archive; unpack it first", tar()),
    ("a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 290211\n"),
    ("a git-annex pointer", b"/annex/objects/SHA256E-s290211--0.nam\n"),
    ("a PDF document", b"%PDF-1.7\n"),
    ("an image (PNG)", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ("an image (JPEG)", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("an image (WebP)", riff(b"WEBP")),
    ("a video (AVI)", riff(b"AVI ")),
    ("a video (MP4)", b"\0\0\0\x20ftypisom\0\0"),
    ("a Keras or HDF5 model (.h5)", b"\x89HDF\r\n\x1a\n\0\0"),
    ("an array of NumPy (.npy)", npy()),
    ("a Python pickle", pickle.dumps([1, 2])),
    ("an ONNX model", b"\x08\x08\x12\x07pytorch\x1a\x052.1.0"),
    ("a document (RTF)", b"{\\rtf1\\ansi"),
    ("plain text, not JSON (it begins with 'NAM capture of my amp')", b"NAM capture of my amp\nEnjoy!\n"),
    ("binary data of no known kind", bytes(range(1, 32)) * 40),
    *((f"an audio file ({name})", data) for name, data in AUDIO),
]  # fmt: skip


@pytest.mark.parametrize(("what", "data"), FILES)
def test_files(tmp_path, what, data):
    path = tmp_path / "amp.nam"
    path.write_bytes(data)
    with pytest.raises(CaptureFormatError) as caught:
        read_capture(path)
    assert caught.value.reason.startswith(f"not a capture: {what}")
    assert str(caught.value).endswith(f": {path}")
    assert foreign_kind(data).startswith(what)


@pytest.mark.parametrize(("name", "data"), AUDIO)
def test_audio(name, data):
    assert audio_format(data) == name


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_captures_are_none_of_these(documents, kind, encoding):
    data = json.dumps(getattr(documents, kind)()).encode(encoding)
    assert foreign_kind(data) == foreign_kind(data[:64]) == ""
    assert audio_format(data) == ""


def test_audio_larger_than_any_capture(tmp_path):
    path = tmp_path / "stem.wav"
    path.write_bytes(riff())
    with path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CaptureFormatError, match=r"^not a capture: an audio file \(WAV\); larger than 32 MB, the most"):
        read_capture(path)


DOCUMENTS = [
    (
        {"model": "SimpleRNN", "hidden_size": 32, "unit_type": "LSTM", "loss_fcns": {}, "device": "", "samplerate": 4},
        "a trainer's configuration (Automated-GuitarAmpModelling): it has the keys model, hidden_size, unit_type, "
        "loss_fcns, device, samplerate and lacks state_dict, its weights",
    ),
    ({"training_losses": [], "validation_losses": [], "test_lossESR_best": 0.1}, "a trainer's record of a training"),
    (
        {"version": "0.2.0", "architecture": "CatLSTM", "config": {"input_size": 1}},
        "a NAM configuration: it has the keys version, architecture, config and lacks weights",
    ),
    ({"net": {"name": "WaveNet"}, "optimizer": {}, "lr_scheduler": {}}, "a configuration of NAM's trainer (model)"),
    ({"train": {}, "validation": {}, "common": {"x_path": "a.wav"}}, "a configuration of NAM's trainer (data)"),
    ({"train_dataloader": {}, "trainer": {}}, "a configuration of NAM's trainer (learning)"),
    ({"class_name": "Sequential", "config": {}, "keras_version": "2.4"}, "the description of a Keras model"),
    ({"residual_channels": 16, "dilations": [1], "variables": []}, "a WaveNet of PedalNetRT or SmartAmp"),
    ({"cells": [], "nbformat": 4}, "a Jupyter notebook"),
    ({"message": "Not Found", "documentation_url": "x"}, "the answer of a web service, not the file: Not Found"),
    ({"a": 1, "b": 2}, "JSON with the keys a, b given"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "what"), DOCUMENTS)
def test_documents(documents, tmp_path, document, what):
    with pytest.raises(CaptureFormatError) as caught:
        read_capture(documents.written(tmp_path, document))
    assert caught.value.reason.startswith(f"not a capture: {what}")
    assert "Proteus (model_data, state_dict), AIDA-X (in_shape, layers), NAM (architecture, weights)" in str(
        caught.value
    )


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
def test_a_capture_inside_another_object(documents, tmp_path, kind):
    with pytest.raises(CaptureFormatError, match="JSON that holds a capture under the key 'model' but is none itself"):
        read_capture(documents.written(tmp_path, {"id": 7, "model": getattr(documents, kind)()}))


@pytest.mark.parametrize("kind", ["nam", "aidax", "proteus"])
def test_json_that_ends_in_the_middle(documents, tmp_path, kind):
    text = json.dumps(getattr(documents, kind)())
    for length in range(1, len(text), 7):
        with pytest.raises(CaptureFormatError, match="JSON that ends in the middle, after "):
            read_capture(documents.written(tmp_path, text[:length]))


@pytest.mark.parametrize("text", ['{"a": tru', '{"a": "\\u00', '{"a": -', '{"a": 1.', '{"a', "{", '{"a": N'])
def test_every_kind_of_end(documents, tmp_path, text):
    with pytest.raises(CaptureFormatError, match="JSON that ends in the middle"):
        read_capture(documents.written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "place"), [('{"a": 1]', "line 1 column 8"), ('{"a": 1}\nx', "line 2 column 1"), ("{\n'a': 1}", "line 2")]
)
def test_damage_is_located(documents, tmp_path, text, place):
    with pytest.raises(CaptureFormatError, match=f"JSON that is damaged at {place}"):
        read_capture(documents.written(tmp_path, text))


def test_the_shared_web_page(reference):
    path = reference.parent / "inputs" / "html.nam"
    if not path.is_file():
        pytest.skip("no inputs beside the reference data")
    with pytest.raises(CaptureFormatError, match=r"^not a capture: a web page \(HTML\); the download did not give"):
        read_capture(path)
