"""Headers that lie, pads that are missing, wider containers: what is there plays, or both numbers are told."""

from __future__ import annotations

import contextlib
import itertools
import struct
import time

import numpy as np
import pytest
import soundfile

from afxplugin.audio import AudioReader, read_audio, read_info
from afxplugin.errors import AfxError, AudioError
from tests.audio import riff
from tests.audio.containers import (
    F32,
    FRAMES,
    I16,
    I24,
    I32,
    PADDED,
    PLAIN,
    U8,
    Build,
    Coded,
    encode,
    fmt_body,
    tone,
)

RIFFS = ("WAV", "RF64", "BW64", "RIFX")
ALL = (*RIFFS, "W64", "AIFF", "AIFC", "CAF")
LIST = (b"LIST", b"INFO" + struct.pack("<4sI", b"INAM", 4) + b"abc\0" + b"\0")
XML = (b"iXML", b"<BWFXML/>")
ODD_CHUNK = {"AIFF": (b"NAME", b"abc"), "AIFC": (b"NAME", b"abc"), "CAF": (b"info", b"abcde"), "W64": XML}


def _writable(formats, subtypes, endians=None):
    """What libsndfile writes of all combinations: tuples with as many parts as there are arguments."""
    combined = itertools.product(formats, subtypes, *([endians] if endians else []))
    return [each for each in combined if soundfile.check_format(*each)]


def _odd(container):
    return ODD_CHUNK.get(container, XML)


def _path(folder, build):
    path = folder / "stem"
    path.write_bytes(build.bytes())
    return path


def _check(path, build, **options):
    info = read_info(path, **options)
    assert (info.rate_hz, info.channels, info.frames) == (48_000, build.channels, FRAMES)
    np.testing.assert_array_equal(read_audio(path, **options).x, build.expected())
    return info


def _codings(container):
    return [c for c in PLAIN.values() if not (c is U8 and container in ("AIFF", "AIFC", "CAF"))
            and not (c.kind == "float" and container == "AIFF")]  # fmt: skip


@pytest.mark.parametrize(
    ("container", "coded"), [(container, coded) for container in ALL for coded in _codings(container)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_container_and_coding_is_read(tmp_path, container, coded, channels):
    build = Build(container, coded, channels, before=[_odd(container)], after=[_odd(container)])
    info = _check(_path(tmp_path, build), build)
    assert info.notes == ()
    assert info.format == {"RIFX": "WAV", "AIFC": "AIFF"}.get(container, container)


@pytest.mark.parametrize(
    ("file_format", "subtype", "endian"),
    _writable(
        ("WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF"),
        ("PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
        ("FILE", "BIG", "LITTLE"),
    ),
)
def test_samples_are_those_of_libsndfile_bit_for_bit(tmp_path, file_format, subtype, endian):
    x = np.random.default_rng(3).uniform(-1.2, 1.2, (1000, 2))
    x[0], x[1], x[2] = 1.0, -1.0, 0.0
    soundfile.write(tmp_path / "stem", x, 44_100, format=file_format, subtype=subtype, endian=endian)
    reference = soundfile.read(tmp_path / "stem", dtype="float32", always_2d=True)[0]
    np.testing.assert_array_equal(read_audio(tmp_path / "stem").x, reference.T)
    assert read_info(tmp_path / "stem").subtype == soundfile.info(tmp_path / "stem").subtype


SPELLINGS = (0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFDB, 0xFFFFFFFF, 0x7FFFFFDB, 0x7FFFEFFF, 0xFFFFFFFE, 0x7FFFFFFE)


@pytest.mark.parametrize("size", SPELLINGS)
@pytest.mark.parametrize("container", ["WAV", "RIFX", "RF64"])
@pytest.mark.parametrize("form_size", [0, 0x7FFFF024, 0xFFFFFFFF, None])
def test_a_size_that_means_unknown_plays_to_the_end_of_the_file(tmp_path, container, size, form_size):
    build = Build(container, size=size, form_size=form_size, before=[XML])
    assert "length open: 480 frames" in " ".join(_check(_path(tmp_path, build), build).notes)


@pytest.mark.parametrize(
    ("container", "size"),
    [("RF64", 0), ("RF64", -1), ("BW64", 0), ("BW64", -1), ("CAF", -1), ("W64", -1), ("W64", 2**63 - 25),
     ("AIFF", 0x7F000000 - 8), ("AIFC", 0x7F000000)],
)  # fmt: skip
def test_unknown_in_the_words_of_other_containers(tmp_path, container, size):
    build = Build(container, size=size, frames=0x7F000000 // 3)
    assert "length open: 480 frames" in " ".join(_check(_path(tmp_path, build), build).notes)


@pytest.mark.parametrize("container", ["WAV", "RF64", "RIFX", "CAF"])
def test_chunks_behind_samples_of_unknown_length_are_not_played(tmp_path, container):
    after = [(b"info", b"abc\0")] if container == "CAF" else [(b"LIST", LIST[1][:-1])]
    build = Build(container, size=-1 if container == "CAF" else 0xFFFFFFFF, after=after)
    _check(_path(tmp_path, build), build)


@pytest.mark.parametrize(
    ("container", "lie"),
    [
        (container, lie)
        for container in ALL
        for lie in ("quarter", "9/10", "zero", "16 more", "one frame more", "twice", "one frame less")
        if lie != "zero" or container not in ("RF64", "BW64")  # there it means unknown
    ],
)
@pytest.mark.parametrize("coded", [I16, I24, F32])
def test_a_size_that_is_wrong_is_refused_with_both_numbers_and_played_if_asked(tmp_path, container, coded, lie):
    if container == "AIFF" and coded is F32:
        container = "AIFC"
    frame = coded.container * 2
    true = FRAMES * frame
    size = {"quarter": true // 4, "9/10": true // 10 * 9 // frame * frame, "zero": 0, "16 more": true + 16,
            "one frame more": true + frame, "twice": 2 * true, "one frame less": true - frame}[lie]  # fmt: skip
    build = Build(container, coded, 2, size=size)
    path = _path(tmp_path, build)
    with pytest.raises(AudioError, match=rf"{size // frame} frames announced, {FRAMES} there; .*--truncated play"):
        read_info(path)
    assert f"announces {size // frame} frames, {FRAMES} are there" in _check(path, build, truncated="play").notes[0]


@pytest.mark.parametrize("container", ["WAV", "RF64", "AIFF", "W64", "CAF"])
def test_a_file_cut_short_plays_its_whole_frames(tmp_path, container):
    build = Build(container, I24, 2)
    raw = build.bytes()
    cut = raw[: len(raw) - 6 * 100 - 2]
    path = tmp_path / "stem"
    path.write_bytes(cut)
    with pytest.raises(AudioError, match=r"truncated: 480 frames announced, 379 there"):
        read_info(path)
    np.testing.assert_array_equal(read_audio(path, truncated="play").x, build.expected()[:, :379])


@pytest.mark.parametrize("lie", ["more", "less"])
def test_a_wrong_size_with_a_chunk_behind_the_samples(tmp_path, lie):
    size = 3 * FRAMES + (16 if lie == "more" else -600)
    build = Build("WAV", size=size, after=[(b"LIST", LIST[1][:-1])])
    path = _path(tmp_path, build)
    with pytest.raises(AudioError, match=rf"{size // 3} frames announced, {FRAMES} there"):
        read_info(path)
    info = _check(path, build, truncated="play")
    assert [chunk.id for chunk in info.chunks.items] == [b"LIST"]


TAILS = {
    "nothing": b"",
    "zeros": bytes(40),
    "a sector of zeros": bytes(4096),
    "ID3v1": b"TAG" + bytes(125),
    "ID3v2": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10),
    "APE tag": b"APETAGEX" + bytes(24),
    "one byte": b"\x7f",
    "a chunk that is cut": struct.pack("<4sI", b"LIST", 10**6) + b"adtl",
    "an unknown chunk": struct.pack("<4sI", b"xyz ", 4) + b"abcd",
    "an unknown chunk and zeros": struct.pack("<4sI", b"xyz ", 4) + b"abcd" + bytes(600),
    "an unknown chunk and ID3v1": struct.pack("<4sI", b"xyz ", 4) + b"abcdTAG" + bytes(125),
    "a list and zeros": struct.pack("<4sI", b"LIST", 4) + b"INFO" + bytes(4000),
    "bext": struct.pack("<4sI", b"bext", 602) + riff.bext(time_reference=77),
    "rubbish": b"\xff\x00\x80rubbish" * 9,
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("container", ["WAV", "RF64"])
@pytest.mark.parametrize("frames_odd", [False, True])
def test_what_well_formed_files_have_behind_their_samples_does_no_harm(tmp_path, tail, container, frames_odd):
    raw, exact = encode(tone()[: FRAMES - frames_odd], I24, "<")
    path = _path(tmp_path, Build(container, raw=raw, behind=TAILS[tail]))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


def test_bytes_left_out_are_told(tmp_path):
    assert "90 bytes behind the end" in read_info(_path(tmp_path, Build("WAV", behind=TAILS["rubbish"]))).notes[0]
    assert "4096 zero bytes" in read_info(_path(tmp_path, Build("WAV", behind=bytes(4096)))).notes[0]


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("container", RIFFS)
@pytest.mark.parametrize("chunk", [LIST, XML, (b"xyz ", b"abc"), (b"inst", b"1234567")])
def test_odd_chunks_padded_or_not(tmp_path, container, chunk, padded):
    if container == "RIFX" and chunk is LIST:
        chunk = (b"LIST", b"INFO" + struct.pack(">4sI", b"INAM", 4) + b"abc\0\0")
    build = Build(container, before=[chunk], after=[chunk], padded=padded)
    _check(_path(tmp_path, build), build)


@pytest.mark.parametrize("size", [0, 3, 17, 400, 10**6, 2**32 - 1])
def test_samples_are_found_behind_a_chunk_whose_size_is_wrong(tmp_path, size):
    listed = struct.pack("<4sI", b"LIST", size) + LIST[1][:-1]
    body = b"WAVE" + riff.chunk(b"fmt ", fmt_body(I24, 1)) + listed + riff.chunk(b"data", encode(tone(), I24, "<")[0])
    path = tmp_path / "stem"
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    _check(path, Build("WAV"))


@pytest.mark.parametrize("size", [0, 2, 3000, 2**40, -7])
def test_a_caf_whose_info_chunk_lies(tmp_path, size):
    build = Build("CAF", before=[(b"info", b"\0\0\0\1artist\0me\0")])
    raw = build.bytes().replace(struct.pack(">4sq", b"info", 14), struct.pack(">4sq", b"info", size))
    path = tmp_path / "stem"
    path.write_bytes(raw)
    _check(path, build)


@pytest.mark.parametrize("size", [0, 31, 2**40])
def test_a_caf_whose_description_lies_about_its_size(tmp_path, size):
    build = Build("CAF")
    path = tmp_path / "stem"
    path.write_bytes(build.bytes().replace(struct.pack(">4sq", b"desc", 32), struct.pack(">4sq", b"desc", size)))
    _check(path, build)


def test_an_rf64_whose_data_chunk_has_a_real_size(tmp_path):
    build = Build("RF64")
    raw = build.bytes()
    at = raw.index(b"data")
    for sizes in (0, 5, 2**64 - 1):
        changed = bytearray(raw)
        struct.pack_into("<I", changed, at + 4, 3 * FRAMES)
        struct.pack_into("<Q", changed, 28, sizes)
        (tmp_path / "stem").write_bytes(changed)
        _check(tmp_path / "stem", build)


@pytest.mark.parametrize("offset", [1, 3, 2**31, 1440])
def test_an_aiff_with_an_offset_that_leads_nowhere(tmp_path, offset):
    build = Build("AIFF", offset=offset)
    assert "offset" in _check(_path(tmp_path, build), build).notes[0]


def test_an_aiff_with_an_offset_that_is_right(tmp_path):
    raw, exact = encode(tone(), I24, ">")
    path = _path(tmp_path, Build("AIFF", raw=b"\x11" * 6 + raw, offset=6, frames=FRAMES))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


@pytest.mark.parametrize("frames", [0, 120, 481, 2**32 - 1])
def test_an_aiff_whose_count_of_frames_is_wrong(tmp_path, frames):
    build = Build("AIFF", frames=frames)
    path = _path(tmp_path, build)
    with pytest.raises(AudioError, match=rf"{frames} frames announced, 480 there; .*--truncated play"):
        read_info(path)
    _check(path, build, truncated="play")


@pytest.mark.parametrize("name", PADDED)
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_in_wider_containers(tmp_path, name, channels):
    build = Build("WAV", PADDED[name], channels)
    info = _check(_path(tmp_path, build), build)
    told = " ".join(info.notes)
    nonstandard = build.coded.container > -(-build.coded.bits // 8) and not build.coded.extensible
    if nonstandard or build.coded.side != "left":
        assert f"{build.coded.bits}-bit samples in {build.coded.container} bytes" in told
        assert ("upper" if build.coded.side == "left" else "lower") in told
    else:
        assert told == ""


@pytest.mark.parametrize("container", ["RF64", "RIFX", "W64", "CAF"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_wider_containers_in_other_files(tmp_path, container, side):
    build = Build(container, Coded("int", 24, 4, side), 2)
    _check(_path(tmp_path, build), build)


@pytest.mark.parametrize("level", [2.0**-9, 2.0**-16, 2.0**-22])
def test_quiet_samples_in_the_lower_bits(tmp_path, level):
    raw, exact = encode(tone() * level, Coded("int", 24, 4, "right"), "<")
    path = _path(tmp_path, Build("WAV", Coded("int", 24, 4, "right"), raw=raw))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


def test_silence_before_the_first_sound_decides_nothing(tmp_path):
    coded = Coded("int", 24, 4, "left")
    quiet = np.concatenate([np.zeros((900_000, 1)), tone() / 512, tone()])
    raw, exact = encode(quiet, coded, "<")
    np.testing.assert_array_equal(read_audio(_path(tmp_path, Build("WAV", coded, raw=raw))).x, exact.T)


def test_padded_samples_of_unknown_length(tmp_path):
    build = Build("WAV", Coded("int", 24, 4, "right"), 2, size=0x7FFFF000)
    _check(_path(tmp_path, build), build)


def test_a_contradiction_that_nothing_resolves_is_refused_with_both_numbers(tmp_path):
    noise = np.random.default_rng(1).uniform(-1, 1, (FRAMES, 1))
    raw, _ = encode(noise, I32, "<")
    path = _path(tmp_path, Build("WAV", Coded("int", 24, 4), raw=raw))
    with pytest.raises(
        AudioError, match="24 bits a sample in a block align of 4 bytes for 1 channels, and the samples"
    ):
        read_info(path)
    for align in (1, 5, 7):
        path = _path(tmp_path, Build("WAV", Coded("int", 24, 3), 2, fmt=fmt_body(I24, 2, align=align)))
        with pytest.raises(AudioError, match=f"24 bits with a block align of {align} bytes"):
            read_info(path)
    path = _path(tmp_path, Build("WAV", F32, 1, fmt=fmt_body(F32, 1, align=8)))
    with pytest.raises(AudioError, match="32 bits with a block align of 8 bytes"):
        read_info(path)


@pytest.mark.parametrize(
    ("align", "byte_rate", "note"),
    [
        (6, 1234, "byte rate is 1234"),
        (0, 0, "block align is 0"),
        (0, 288_000, "block align is 0"),
        (3, 288_000, "block align is 3"),
        (3, 144_000, "block align is 3"),
        (8, 288_000, "8 bytes for 2 channels"),
    ],
)
def test_a_contradiction_that_the_rest_resolves_is_told(tmp_path, align, byte_rate, note):
    build = Build("WAV", I24, 2, fmt=fmt_body(I24, 2, align=align, byte_rate=byte_rate))
    assert note in _check(_path(tmp_path, build), build).notes[0]


@pytest.mark.parametrize("container", ["WAV", "RF64"])
@pytest.mark.parametrize("wrapped", [5, 400])
def test_a_size_that_wrapped_past_4_gb(tmp_path, container, wrapped):
    frames = (2**32 + wrapped * 4) // 4
    head = Build("WAV", F32, raw=b"", size=wrapped * 4).bytes()
    path = tmp_path / "stem"
    with path.open("wb") as stream:  # sparse: only its head and its end are on the disk
        stream.write(head)
        stream.seek(len(head) + 4 * (frames - 2))
        stream.write(np.array([0.25, -0.5], "<f4").tobytes())
        if container == "RF64":
            stream.write(riff.chunk(b"cue ", riff.cue(3)))
    with pytest.raises(AudioError, match=rf"{wrapped} frames announced, {frames} there"):
        read_info(path)
    with AudioReader(path, truncated="play") as reader:
        reader.seek(frames - 3)
        np.testing.assert_array_equal(reader.read(10), [[0.0, 0.25, -0.5]])


@pytest.mark.parametrize(
    ("file_format", "subtype"),
    _writable(("WAV", "W64"), ("IMA_ADPCM", "MS_ADPCM", "GSM610", "ALAW", "ULAW")),
)
@pytest.mark.parametrize("frames", [1, 505, 3000])
def test_coded_samples_have_the_length_that_was_coded(tmp_path, subtype, file_format, frames):
    path = tmp_path / "stem"
    soundfile.write(path, tone(frames=frames), 48_000, format=file_format, subtype=subtype)
    decoded = soundfile.read(path, dtype="float32", always_2d=True)[0].T
    raw = path.read_bytes()
    stated = struct.unpack_from("<I", raw, raw.index(b"fact") + (24 if file_format == "W64" else 8))[0]
    info = read_info(path)
    assert info.subtype == subtype
    known = subtype.endswith(("ADPCM", "610")) and stated < 2**31  # libsndfile's MS ADPCM in W64 states nonsense
    assert info.frames == (stated if known else decoded.shape[1])
    np.testing.assert_array_equal(read_audio(path).x, decoded[:, : info.frames])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
@pytest.mark.parametrize("stated", ["frames", "samples", "too many", "far too few", "nothing"])
def test_the_fact_chunk_ends_the_last_block(tmp_path, subtype, channels, stated):
    path = tmp_path / "stem.wav"
    soundfile.write(path, tone(channels, 9000), 48_000, format="WAV", subtype=subtype)
    decoded = soundfile.info(path).frames
    raw = bytearray(path.read_bytes())
    value = {"frames": 9000, "samples": 9000 * channels, "too many": 99_999, "far too few": 7, "nothing": 0}[stated]
    struct.pack_into("<I", raw, raw.index(b"fact") + 8, value)
    path.write_bytes(raw)
    assert decoded > 9000
    if stated in ("too many", "far too few"):
        with pytest.raises(AudioError, match=rf"{value} frames announced, {decoded} there"):
            read_info(path)
        assert read_info(path, truncated="play").frames == decoded
    else:
        assert read_info(path).frames == (decoded if stated == "nothing" else 9000)


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "ULAW"])
@pytest.mark.parametrize("lie", ["quarter", "more", "unknown"])
def test_coded_samples_with_a_wrong_size(tmp_path, subtype, lie):
    path = tmp_path / "stem.wav"
    soundfile.write(path, tone(1, 4000), 48_000, format="WAV", subtype=subtype)
    expected = read_audio(path).x
    raw = bytearray(path.read_bytes())
    at = raw.index(b"data") + 4
    (size,) = struct.unpack_from("<I", raw, at)
    block = 1 if subtype == "ULAW" else struct.unpack_from("<H", raw, 32)[0]
    value = {"quarter": size // 4 // block * block, "more": size + 2 * block, "unknown": 0x7FFFF000}[lie]
    struct.pack_into("<I", raw, at, value)
    path.write_bytes(raw)
    if lie != "unknown":
        with pytest.raises(AudioError, match=r"frames announced, .* there; allowed: truncated='play'"):
            read_info(path)
        assert read_info(path, truncated="play").frames >= expected.shape[1]
    np.testing.assert_array_equal(read_audio(path, truncated="play").x[:, : expected.shape[1]], expected)


@pytest.mark.parametrize(
    ("file_format", "subtype"),
    [("AIFF", "ULAW"), ("AIFF", "ALAW"), ("AIFF", "IMA_ADPCM"), ("CAF", "ULAW"), ("CAF", "ALAW"), ("CAF", "ALAC_16"),
     ("CAF", "ALAC_24"), ("RF64", "ULAW")],
)  # fmt: skip
def test_coded_samples_of_other_containers(tmp_path, file_format, subtype):
    path = tmp_path / "stem"
    soundfile.write(path, tone(2, 9000), 48_000, format=file_format, subtype=subtype)
    reference = soundfile.read(path, dtype="float32", always_2d=True)[0]
    np.testing.assert_array_equal(read_audio(path).x, reference.T)
    assert (read_info(path).subtype, read_info(path).notes) == (subtype, ())


def test_a_flac_that_is_cut_plays_what_can_be_decoded(tmp_path):
    path = tmp_path / "stem.flac"
    x = np.random.default_rng(1).integers(-(2**23), 2**23, (100_000, 1)) / 2**23
    soundfile.write(path, x, 48_000, subtype="PCM_24")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(AudioError, match=r"truncated: 100000 frames announced, 49152 there; .*--truncated play"):
        read_audio(path)
    played = read_audio(path, truncated="play").x
    assert played.shape[1] == 49_152  # twelve blocks
    np.testing.assert_array_equal(played, x[: played.shape[1]].T)
    assert f"announces 100000 frames, {played.shape[1]} are there" in read_info(path, truncated="play").notes[0]


def test_a_flac_that_is_cut_in_its_last_block(tmp_path):
    path = tmp_path / "stem.flac"
    soundfile.write(path, tone(1, 10_000), 48_000, subtype="PCM_24")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(AudioError, match=r"of the 10000 that it announced.*--truncated play"):
        read_audio(path)
    assert read_audio(path, truncated="play").x.shape[1] == 8192


@pytest.mark.parametrize("tail", ["ID3v1", "APE tag", "zeros", "nothing"])
@pytest.mark.parametrize("front", [b"", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)])
@pytest.mark.parametrize("known", [True, False])
def test_a_flac_with_tags_around_it_and_of_unknown_length(tmp_path, tail, front, known):
    path = tmp_path / "stem.flac"
    x = np.random.default_rng(5).integers(-(2**15), 2**15, (9000, 2)) / 2**15
    soundfile.write(path, x, 48_000, subtype="PCM_16")
    raw = bytearray(path.read_bytes())
    if not known:  # RFC 9639, 8.2: 36 bits of zeros
        raw[21] &= 0xF0
        raw[22:26] = bytes(4)
    path.write_bytes(front + raw + TAILS[tail])
    np.testing.assert_array_equal(read_audio(path).x, x.T)
    assert len(read_info(path).notes) == (not known)


MP3 = b"\xff\xfb\x90\x64" + bytes(413)
STRANGERS = {
    "an MP3 file": MP3 * 9,
    "an MP3 file ": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + MP3 * 9,
    "an Ogg file": b"OggS" + bytes(200),
    "an MP4 or M4A file": b"\0\0\0\x20ftypM4A " + bytes(200),
    "an HTML page": b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a JSON file": b'{"model": 1}',
    "a text file": "Größe: 3 dB\n".encode() * 400,
    "a text file ": "Größe\n".encode("utf-16"),
    "a ZIP archive": b"PK\x03\x04" + bytes(99),
    "a gzip archive": b"\x1f\x8b" + bytes(99),
    "a file of zeros": bytes(5000),
    "a RIFF file of type 'AVI'": b"RIFF\x20\0\0\0AVI LIST" + bytes(90),
    "an IFF file of type '8SVX'": b"FORM\0\0\0\x208SVX" + bytes(90),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
    "not an audio file of a known kind": b"\x01\x02\x03\x04\x80\x90" * 90,
}


@pytest.mark.parametrize("what", STRANGERS)
def test_files_of_other_kinds_are_named(tmp_path, what):
    (tmp_path / "stem.wav").write_bytes(STRANGERS[what])
    with pytest.raises(AudioError, match=rf"^{what.strip()}.*; allowed: WAV, RF64, AIFF, FLAC, W64, CAF: .*stem\.wav$"):
        read_info(tmp_path / "stem.wav")


def test_mp3_in_a_wav_is_named(tmp_path):
    path = _path(tmp_path, Build("WAV", fmt=struct.pack("<HHIIHHH", 0x55, 1, 48_000, 16_000, 1, 0, 0), raw=MP3))
    with pytest.raises(AudioError, match="coding 0x0055 \\(MP3\\); allowed: PCM"):
        read_info(path)


def test_a_second_chunk_of_samples_is_told(tmp_path):
    build = Build("WAV", after=[(b"data", bytes(300))])
    assert "1 further chunks of samples left out" in _check(_path(tmp_path, build), build).notes[0]


@pytest.mark.parametrize("at", [24, 25])
def test_a_damaged_packet_table_is_refused_in_silence(tmp_path, capfd, at):
    path = tmp_path / "stem.caf"
    soundfile.write(path, tone(1, 6000), 48_000, format="CAF", subtype="ALAC_16")
    raw = bytearray(path.read_bytes())
    table = raw.index(b"pakt") + 12
    (size,) = struct.unpack_from(">q", raw, table - 8)
    raw[table + at : table + size] = b"\xff" * (size - at)
    path.write_bytes(raw)
    with pytest.raises(AudioError, match="packet table is damaged"):
        read_info(path)
    assert capfd.readouterr() == ("", "")


def test_a_w64_cut_in_its_first_header(tmp_path):
    (tmp_path / "stem.w64").write_bytes(Build("W64").bytes()[:20])
    with pytest.raises(AudioError, match="allowed: WAV"):
        read_info(tmp_path / "stem.w64")


def test_no_library_writes_to_the_terminal(tmp_path, capfd):
    for number, raw in enumerate(STRANGERS.values()):
        (tmp_path / str(number)).write_bytes(raw)
        with pytest.raises(AudioError):
            read_info(tmp_path / str(number))
    cut = Build("WAV").bytes()[:50]
    (tmp_path / "cut").write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + cut)
    read_info(tmp_path / "cut", truncated="play")
    assert capfd.readouterr() == ("", "")


def _mutated(rng):
    """A file of a random container with some of its header's words changed, cut or doubled."""
    container = ALL[rng.integers(len(ALL))]
    codings = _codings(container)
    build = Build(container, codings[rng.integers(len(codings))], int(rng.integers(1, 3)), before=[_odd(container)])
    raw = bytearray(build.bytes())
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(0, 120))
        value = int(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, int(rng.integers(2**32))]))
        if rng.integers(2):
            raw[at] = value & 0xFF
        else:
            struct.pack_into("<I" if rng.integers(2) else ">I", raw, at, value)
    end = len(raw) if rng.integers(3) else int(rng.integers(8, len(raw)))
    return bytes(raw[:end])


@pytest.mark.parametrize("part", [b"LIST\0\0\0\0", b"LIST", b"data", b"data\0\0\0\0", b"\xff\xf8\xc9\x18", b"ID3\4"])
@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_file_of_nothing_but_heads_takes_no_time(tmp_path, container, part):
    """A guard against guesses that multiply; generous, for busy machines."""
    head = b"fLaC" + bytes([0x80, 0, 0, 34]) + bytes(34) if container == "FLAC" else Build(container, raw=b"").bytes()
    (tmp_path / "stem").write_bytes(head[: -4 if container == "WAV" else None] + b"\x07\0\0\0" + part * 2**18)
    began = time.process_time()
    for truncated in ("fail", "play"):
        with contextlib.suppress(AfxError):
            read_info(tmp_path / "stem", truncated=truncated)
    assert time.process_time() - began < 30


def test_mutated_headers_are_read_or_refused(tmp_path):
    rng = np.random.default_rng(2026)
    path = tmp_path / "stem"
    played = 0
    for truncated, _ in itertools.product(("fail", "play"), range(1500)):
        path.write_bytes(raw := _mutated(rng))
        try:
            x = read_audio(path, truncated=truncated).x
        except AfxError:
            continue
        except Exception as error:
            raise AssertionError(raw[:120].hex()) from error
        played += 1
        assert 1 <= x.size <= len(raw)
    assert played > 500
