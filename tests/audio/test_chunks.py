"""Chunks of a broadcast WAV: kept byte for byte, history added, positions scaled with the rate."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from afxplugin.audio import AudioReader, AudioWriter, read_info
from tests.audio import riff

X = np.arange(-100, 100, dtype="<i2")
DATA = riff.chunk(b"data", X.tobytes())
IXML = "<BWFXML><NOTE>Größe</NOTE></BWFXML>".encode() + b" "


def _source(folder, *chunks, rate_hz=48_000):
    path = folder / "source.wav"
    path.write_bytes(riff.wav(riff.fmt(rate_hz), *chunks))
    return path


def _rendered(source, folder, **options):
    """Chunks of a copy of `source`, found by walking the file by hand."""
    with AudioReader(source) as reader:
        writer = AudioWriter(
            folder / "copy.wav",
            rate_hz=options.pop("rate_hz", reader.info.rate_hz),
            channels=reader.info.channels,
            chunks=reader.info.chunks,
            **options,
        )
        with writer:
            writer.write(reader.read(1000))
    return riff.walk((folder / "copy.wav").read_bytes())


def test_everything_but_the_history_is_kept_byte_for_byte(tmp_path):
    kept = [
        (b"iXML", IXML),
        (b"cue ", riff.cue(10, 150)),
        (b"LIST", riff.labels(b"chorus\0", region_frames=40)),
        (b"LIST", b"INFO" + riff.chunk(b"INAM", b"Song\0")),
        (b"smpl", riff.sampler(5, 100)),
        (b"acid", bytes(range(24))),
    ]
    old = riff.bext(b"A=ANALOGUE,M=mono,T=Studer\r\n", time_reference=2**33 + 5)
    source = _source(
        tmp_path,
        riff.chunk(b"bext", old),
        *(riff.chunk(*item) for item in kept[:2]),
        DATA,
        *(riff.chunk(*item) for item in kept[2:]),
        riff.chunk(b"PEAK", bytes(16)),
    )
    found = _rendered(source, tmp_path, history="afxplugin 0.1, LIDL")
    new = b"A=PCM,F=48000,W=32,M=mono,T=afxplugin 0.1; LIDL\r\n"
    names = [name for name, _ in found]
    assert found[names.index(b"bext")][1] == old + new
    assert [item for item in found if item[0] not in (b"JUNK", b"fmt ", b"fact", b"bext", b"data")] == kept
    assert found[-1] == (b"data", (X / np.float32(32768)).astype("<f4").tobytes())


def test_what_the_extension_says(tmp_path):
    source = _source(tmp_path, riff.chunk(b"bext", riff.bext(b"A=PCM\r\n", time_reference=2**32 + 7)), DATA)
    bext = read_info(source).bext
    assert bext is not None
    assert (bext.description, bext.originator, bext.originator_reference) == ("take 3", "Recorder", "REF0001")
    assert (bext.origination_date, bext.origination_time) == ("2026-11-02", "10:20:30")
    assert (bext.time_reference, bext.version, bext.coding_history) == (2**32 + 7, 1, "A=PCM\r\n")


@pytest.mark.parametrize(
    ("old", "kept"),
    [
        (b"", b""),
        (b"A=PCM\r\n", b"A=PCM\r\n"),
        (b"A=PCM", b"A=PCM\r\n"),
        (b"A=PCM\r\n\0\0\0", b"A=PCM\r\n"),
    ],
    ids=["none", "ended", "not ended", "padded"],
)
@pytest.mark.parametrize(("subtype", "bits"), [("float", 32), ("24", 24), ("16", 16)])
def test_a_line_is_added_to_the_history(tmp_path, old, kept, subtype, bits):
    source = _source(tmp_path, riff.chunk(b"bext", riff.bext(old)), DATA)
    body = dict(_rendered(source, tmp_path, subtype=subtype, history="é\r\nx"))[b"bext"]
    assert body[602:] == kept + f"A=PCM,F=48000,W={bits},M=mono,T=?  x\r\n".encode()


def test_positions_follow_the_rate(tmp_path):
    source = _source(
        tmp_path,
        riff.chunk(b"bext", riff.bext(time_reference=48_000 * 3600 * 30)),
        riff.chunk(b"cue ", riff.cue(10, 151)),
        riff.chunk(b"LIST", riff.labels(b"odd\0", region_frames=40)),
        riff.chunk(b"smpl", riff.sampler(5, 101)),
        riff.chunk(b"iXML", IXML),
        DATA,
    )
    found = dict(_rendered(source, tmp_path, rate_hz=96_000))
    assert struct.unpack_from("<Q", found[b"bext"], 338)[0] == 96_000 * 3600 * 30
    assert found[b"cue "] == riff.cue(20, 302)
    assert found[b"LIST"] == riff.labels(b"odd\0", region_frames=80)
    assert struct.unpack_from("<I", found[b"smpl"], 8)[0] == 10_416  # half of 20 833 ns, to even
    assert found[b"smpl"][36:] == riff.sampler(10, 202)[36:]
    assert found[b"iXML"] == IXML


def test_positions_are_rounded_to_a_frame(tmp_path):
    source = _source(tmp_path, riff.chunk(b"cue ", riff.cue(147, 100)), DATA, rate_hz=44_100)
    assert dict(_rendered(source, tmp_path, rate_hz=48_000))[b"cue "] == riff.cue(160, 109)  # 108.84


@pytest.mark.parametrize("channels", [3, 6])
def test_speaker_positions_are_kept(tmp_path, channels):
    extension = struct.pack("<HHIH", 22, 16, 0x33F, 1) + bytes.fromhex("000000001000800000aa00389b71")
    plain = riff.fmt(48_000, channels, 16, 0xFFFE)[8:]
    source = tmp_path / "source.wav"
    source.write_bytes(riff.wav(riff.chunk(b"fmt ", plain + extension), riff.chunk(b"data", bytes(12 * channels))))
    assert struct.unpack_from("<I", dict(_rendered(source, tmp_path))[b"fmt "], 20)[0] == 0x33F


def test_chunks_of_an_rf64_source_are_kept(tmp_path):
    body = riff.chunk(b"ds64", struct.pack("<QQQI", 0, 400, 200, 0)) + riff.fmt()
    body += riff.chunk(b"data", X.tobytes(), size=0xFFFFFFFF) + riff.chunk(b"cue ", riff.cue(9))
    source = tmp_path / "source.wav"
    source.write_bytes(struct.pack("<4sI", b"RF64", 0xFFFFFFFF) + b"WAVE" + body)
    assert read_info(source).frames == 200
    assert dict(_rendered(source, tmp_path))[b"cue "] == riff.cue(9)


@pytest.mark.parametrize(
    "chunk",
    [
        riff.chunk(b"bext", b"too short"),
        riff.chunk(b"cue ", b"\xff\xff\xff\xff" + bytes(30)),
        riff.chunk(b"cue ", b""),
        riff.chunk(b"smpl", b"\xff" * 50),
        riff.chunk(b"LIST", b"adtl" + struct.pack("<4sI", b"ltxt", 2**32 - 1) + bytes(3)),
        riff.chunk(b"LIST", b"adtlltxt"),
        riff.chunk(b"LIST", b""),
    ],
)
def test_malformed_chunks_do_no_harm(tmp_path, chunk):
    source = _source(tmp_path, chunk, DATA)
    found = dict(_rendered(source, tmp_path, rate_hz=96_000))
    assert len(found[b"data"]) == 4 * 200


def test_a_chunk_that_the_file_does_not_hold_is_named(tmp_path):
    chunks = read_info(_source(tmp_path, DATA, riff.chunk(b"iXML", b"<", size=500))).chunks
    assert (chunks.items, chunks.dropped) == ((), ("iXML",))
