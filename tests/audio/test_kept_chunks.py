"""What is kept of each container, what is noted as lost, and that other programs read the file that comes out."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from afxplugin.audio import AudioReader, AudioWriter, read_audio, read_info, wav
from tests.audio import riff
from tests.audio.containers import FRAMES, Build

NOON = 48_000 * 3600 * 12
TAG = b"ID3\x04\0\0\0\0\0\x0a" + b"TIT2\0\0\0\0\0\0"
CART = b"0101" + bytes(680) + b"".join(struct.pack("<4sI", b"MRK ", 100 * n) for n in range(8)) + bytes(1300) + b"tag"


def _copied(folder, path, *, rate_hz=None, subtype="24", **options):
    """Path of a copy as a render makes it."""
    with AudioReader(path, **options) as reader:
        info = reader.info
        writer = AudioWriter(
            folder / "copy.wav", rate_hz=rate_hz or info.rate_hz, channels=info.channels, chunks=info.chunks,
            subtype=subtype, overwrite=True,
        )  # fmt: skip
        with writer:
            writer.write(reader.read(10**6))
    return folder / "copy.wav"


def _write(folder, build):
    (folder / "stem").write_bytes(build.bytes())
    return folder / "stem"


def _bodies(path):
    return dict(riff.walk(path.read_bytes()))


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("container", ["WAV", "RF64", "BW64", "W64"])
def test_the_start_time_is_kept(tmp_path, container, place):
    chunks = [(b"bext", riff.bext(b"A=PCM\r\n", time_reference=NOON))]
    path = _write(tmp_path, Build(container, before=chunks) if place == "before" else Build(container, after=chunks))
    assert read_info(path).bext.time_reference == NOON
    assert read_info(_copied(tmp_path, path)).bext.time_reference == NOON


def test_the_start_time_and_markers_of_a_big_endian_file_are_turned_round(tmp_path):
    start = riff.bext(time_reference=NOON)
    turned = start[:338] + struct.pack(">IIH", NOON % 2**32, NOON >> 32, 1) + start[348:]
    cues = struct.pack(">III4sIII", 1, 7, 30, b"data", 0, 0, 30)
    loops = struct.pack(">15I", 0, 0, 20_833, 60, 0, 0, 0, 1, 0, 0, 0, 5, 100, 0, 0)
    chunks = [(b"bext", turned), (b"cue ", cues), (b"smpl", loops), (b"iXML", b"<a/>"), (b"cart", CART)]
    path = _write(tmp_path, Build("RIFX", before=chunks))
    info = read_info(path)
    assert info.chunks.dropped == ("cart",)
    assert (info.bext.time_reference, info.bext.version) == (NOON, 1)
    bodies = _bodies(_copied(tmp_path, path))
    assert bodies[b"cue "] == struct.pack("<III4sIII", 1, 7, 30, b"data", 0, 0, 30)
    assert bodies[b"smpl"] == riff.sampler(5, 100)
    assert bodies[b"iXML"] == b"<a/>"


@pytest.mark.parametrize("padding", [0, 1000])
def test_a_wav_behind_an_id3_tag(tmp_path, padding):
    build = Build("WAV", before=[(b"bext", riff.bext(time_reference=NOON))], front=TAG + bytes(padding))
    path = _write(tmp_path, build)
    info = read_info(path)
    assert (info.bext.time_reference, info.frames, info.chunks.dropped) == (NOON, FRAMES, ())
    np.testing.assert_array_equal(read_audio(path).x, build.expected())
    bodies = _bodies(_copied(tmp_path, path))
    assert bodies[b"id3 "] == TAG


@pytest.mark.parametrize("chunk", [(b"id3 ", TAG), (b"cart", CART), (b"umid", bytes(range(64))), (b"regn", bytes(92))])
def test_further_chunks_are_kept_byte_for_byte(tmp_path, chunk):
    for build in (Build("WAV", before=[chunk]), Build("WAV", after=[chunk]), Build("BW64", after=[chunk])):
        path = _write(tmp_path, build)
        assert read_info(path).chunks.dropped == ()
        assert _bodies(_copied(tmp_path, path))[chunk[0]] == chunk[1]


def test_an_id3_chunk_in_capitals_is_kept_under_its_usual_name(tmp_path):
    path = _write(tmp_path, Build("WAV", after=[(b"ID3 ", TAG)]))
    assert _bodies(_copied(tmp_path, path))[b"id3 "] == TAG


def test_the_timers_of_a_cart_follow_the_rate(tmp_path):
    path = _write(tmp_path, Build("WAV", before=[(b"cart", CART)]))
    body = _bodies(_copied(tmp_path, path, rate_hz=96_000))[b"cart"]
    assert [struct.unpack_from("<I", body, 688 + 8 * n)[0] for n in range(8)] == [200 * n for n in range(8)]


@pytest.mark.parametrize(
    ("container", "chunks", "dropped"),
    [
        ("WAV", [(b"plst", bytes(16)), (b"LIST", b"exif" + bytes(4)), (b"JUNK", bytes(8))], ("plst", "LIST exif")),
        ("WAV", [(b"bext", bytes(20)), (b"cart", bytes(20)), (b"cue ", b"")], ("bext", "cart", "cue")),
        ("W64", [(b"cue ", bytes(16)), (b"levl", bytes(8))], ("cue",)),
        ("AIFF", [(b"MARK", bytes(2)), (b"INST", bytes(20)), (b"COMT", bytes(2))], ("MARK", "INST", "COMT")),
        ("CAF", [(b"mark", bytes(8)), (b"uuid", bytes(16)), (b"info", bytes(4)), (b"free", bytes(9))],
         ("mark", "uuid", "info")),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(tmp_path, container, chunks, dropped):
    assert read_info(_write(tmp_path, Build(container, before=chunks))).chunks.dropped == dropped
    assert read_info(_write(tmp_path, Build(container, after=chunks))).chunks.dropped == dropped


def test_markers_of_a_w64_are_named(tmp_path):
    raw = Build("W64").bytes()
    guid = bytes.fromhex("5662f7ab2d39d21186c700c04f8edb8a")
    (tmp_path / "stem").write_bytes(raw + guid + struct.pack("<q", 32) + bytes(8))
    info = read_info(tmp_path / "stem")
    assert (info.frames, info.chunks.dropped) == (FRAMES, ("markers",))


def _flac(path, *blocks):
    """A FLAC file with further metadata blocks: (type, body), before its own."""
    stream = io.BytesIO()
    soundfile.write(stream, np.zeros(1000), 48_000, format="FLAC", subtype="PCM_24")
    raw = stream.getvalue()
    extra = b"".join(bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in blocks)
    path.write_bytes(raw[:42] + extra + raw[42:])
    return path


def test_a_flac_keeps_the_chunks_of_the_wav_that_it_was_made_from(tmp_path):
    foreign = [b"RIFF\0\0\0\0WAVE", riff.fmt(), riff.chunk(b"bext", riff.bext(time_reference=NOON)), b"data\0\0\0\0"]
    path = _flac(tmp_path / "stem.flac", *((2, b"riff" + each) for each in foreign))
    info = read_info(path)
    assert (info.bext.time_reference, info.chunks.dropped, info.frames) == (NOON, (), 1000)
    assert read_info(_copied(tmp_path, path)).bext.time_reference == NOON


def test_what_a_flac_loses_is_named(tmp_path):
    comment = struct.pack("<I", 3) + b"afx" + struct.pack("<II", 1, 7) + b"TITLE=x"
    cues = bytes(395) + b"\x01" + bytes(8) + b"\xaa" + bytes(27)  # one track, the lead-out
    path = _flac(tmp_path / "stem.flac", (4, comment), (5, cues), (6, bytes(32)), (2, b"aiff" + bytes(8)))
    assert read_info(path).chunks.dropped == ("Vorbis comment", "cue sheet", "picture", "APPL")
    assert read_info(_flac(tmp_path / "plain.flac", (4, comment[:7] + bytes(4)))).chunks.dropped == ()


def _cues(count, there, rest=b""):
    return struct.pack("<I", count) + riff.cue(*range(1, there + 1))[4:] + rest


def _loops(count, there, extra=0, rest=b""):
    body = bytearray(riff.sampler(5, 100)[:36] + riff.sampler(5, 100)[36:] * there + rest)
    struct.pack_into("<II", body, 28, count, extra)
    return bytes(body)


BROKEN = {
    "more cues than there are": ((b"cue ", _cues(3, 2)), _cues(2, 2), "announces 3 markers, 2 are there"),
    "cues without end": ((b"cue ", _cues(2**32 - 1, 2)), _cues(2, 2), "markers, 2 are there"),
    "fewer cues than there are": ((b"cue ", _cues(1, 2)), _cues(2, 2), "announces 1 marker, 2 are there"),
    "no cues by the count": ((b"cue ", _cues(0, 2)), _cues(2, 2), "announces 0 markers, 2 are there"),
    "rest behind the cues": ((b"cue ", _cues(2, 2, b"abc")), _cues(2, 2), ""),
    "more loops than there are": ((b"smpl", _loops(9, 1)), _loops(1, 1), "announces 9 loops, 1 is there"),
    "sampler data that is not there": ((b"smpl", _loops(1, 1, extra=99)), _loops(1, 1), ""),
    "sampler data": ((b"smpl", _loops(1, 1, extra=3, rest=b"abcde")), _loops(1, 1, extra=4, rest=b"abc\0"), ""),
    "more tracks than there are": ((b"chna", struct.pack("<HH", 1, 9) + bytes(40)),
                                   struct.pack("<HH", 1, 1) + bytes(40), "announces 9 tracks, 1 is there"),
    "a label that leaves its list": ((b"LIST", riff.labels(b"abc\0") + struct.pack("<4sI", b"labl", 2**31) + b"x"),
                                     riff.labels(b"abc\0"), "the last 9 bytes of its list adtl ignored"),
    "a list with a byte too many": ((b"LIST", riff.labels(b"abc\0") + b"\0"), riff.labels(b"abc\0"), ""),
    "a list whose last part is not padded": ((b"LIST", riff.labels(b"abcd\0")[:-1]), riff.labels(b"abcd\0"), ""),
    "a list whose parts are not padded": (
        (b"LIST", b"adtl" + riff.chunk(b"labl", bytes(4) + b"abcd\0", pad=False) + riff.chunk(b"labl", bytes(6))),
        b"adtl" + riff.chunk(b"labl", bytes(4) + b"abcd\0") + riff.chunk(b"labl", bytes(6)), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_counts_and_sizes_of_kept_chunks_are_put_right(tmp_path, name, rate_hz):
    chunk, right, note = BROKEN[name]
    path = _write(tmp_path, Build("WAV", before=[chunk]))
    assert note in " ".join(read_info(path).notes)
    assert bool(note) == bool(read_info(path).notes)
    copy = _copied(tmp_path, path, rate_hz=rate_hz)
    if rate_hz == 48_000:
        assert _bodies(copy)[chunk[0]] == right
    assert soundfile.read(copy)[0].shape == (FRAMES,)


def test_libsndfile_reads_what_is_written_whatever_the_source_held(tmp_path):
    rng = np.random.default_rng(7)
    names = (b"bext", b"iXML", b"cue ", b"smpl", b"inst", b"acid", b"LIST", b"id3 ", b"cart", b"chna", b"_PMX", b"regn")
    starts = {b"LIST": (b"adtl", b"INFO", b"adtl" + riff.labels()[4:12], riff.labels()), b"bext": (bytes(602),),
              b"cart": (bytes(2048),), b"cue ": (riff.cue(3),), b"smpl": (riff.sampler(1, 2),)}  # fmt: skip
    for number in range(400):
        chunks = []
        for name in rng.choice(len(names), int(rng.integers(1, 4)), replace=False):
            options = starts.get(names[name], (b"",))
            body = bytearray(options[rng.integers(len(options))] + rng.bytes(int(rng.integers(0, 60))))
            if len(body) > 4 and rng.integers(2):
                struct.pack_into("<I", body, int(rng.integers(0, min(len(body), 40) - 3)), int(rng.integers(0, 2**32)))
            chunks.append((names[name], bytes(body)))
        copy = _copied(tmp_path, _write(tmp_path, Build("WAV", before=chunks)))
        assert soundfile.read(copy)[0].shape == (FRAMES,), (number, chunks)
        assert read_info(copy).frames == FRAMES


@pytest.mark.parametrize(
    "chunk",
    [
        (b"iXML", b"<BWFXML/>"),
        (b"bext", riff.bext(b"A=PCM,F=48000\r\n")),
        (b"bext", riff.bext(b"A=PCM,F=48000,\r\n")),
        (b"LIST", riff.labels(b"odd\0\0")),
        (b"inst", b"1234567"),
        (b"cart", CART),
        (b"axml", b"<a/> "),
        (b"id3 ", TAG + b"\0"),
        (b"acid", bytes(25)),
        (b"regn", bytes(91)),
    ],
)
def test_an_rf64_of_ours_with_an_odd_chunk_is_read_by_us_and_by_libsndfile(tmp_path, monkeypatch, chunk):
    path = _write(tmp_path, Build("WAV", before=[chunk, (b"cue ", riff.cue(9))]))
    small = _copied(tmp_path, path).read_bytes()
    assert small[:4] == b"RIFF"
    monkeypatch.setattr(wav, "LARGEST_RIFF", 1000)
    large = _copied(tmp_path, path)
    assert large.read_bytes()[:4] == b"RF64"
    assert len(large.read_bytes()) == len(small)
    assert all(len(body) % 2 == 0 for _, body in riff.walk(large.read_bytes()))
    np.testing.assert_array_equal(soundfile.read(large, dtype="float32")[0], read_audio(large).x[0])
    kept = {each.id: each.body for each in read_info(large).chunks.items}
    assert kept[b"cue "] == riff.cue(9)
    assert kept[chunk[0]].startswith(_bodies(path)[chunk[0]].rstrip(b"\r\n\0"))


def test_an_rf64_past_4_gb_with_an_odd_chunk_is_read_to_its_end(tmp_path):
    from afxplugin.audio import Chunk

    frames = 2**30 + 5
    header = wav.wav_header(
        rate_hz=48_000, channels=1, subtype="float", frames=frames, chunks=[Chunk(b"iXML", b"<BWFXML/>")]
    )
    path = tmp_path / "large.wav"
    with path.open("wb") as stream:  # sparse
        stream.write(header)
        stream.seek(len(header) + 4 * (frames - 1))
        stream.write(struct.pack("<f", 0.25))
    with AudioReader(path) as reader, soundfile.SoundFile(path) as sound:
        assert reader.info.frames == sound.frames == frames
        assert reader.info.notes == ()
        reader.seek(frames - 2)
        sound.seek(frames - 2)
        np.testing.assert_array_equal(reader.read(5)[0], sound.read(5, dtype="float32"))


def test_an_earlier_rf64_of_ours_with_a_padded_odd_chunk_is_read(tmp_path):
    build = Build("RF64", before=[(b"iXML", b"<BWFXML/>")])
    np.testing.assert_array_equal(read_audio(_write(tmp_path, build)).x, build.expected())
