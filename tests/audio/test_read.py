"""Reading: every format, block by block, odd containers, and what bad files get."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afxplugin.audio import Audio, AudioReader, read_audio, read_info
from afxplugin.errors import AfxError, AudioError, RateError
from tests.audio import riff

SAMPLES = np.arange(-500, 500, dtype="<i2")


def _write(path, x, rate_hz, **options):
    soundfile.write(path, x, rate_hz, **options)
    return path


def _noise(frames=3000, channels=2):
    return np.random.default_rng(1).integers(-(2**23), 2**23, (frames, channels)) / 2**23


@pytest.mark.parametrize(
    ("file_format", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAVEX", "PCM_24"),
        ("RF64", "FLOAT"),
        ("AIFF", "PCM_24"),
        ("AIFF", "FLOAT"),
        ("FLAC", "PCM_24"),
        ("W64", "FLOAT"),
        ("CAF", "PCM_24"),
    ],
)
def test_every_format_is_read_as_channels_by_frames(tmp_path, file_format, subtype):
    x = _noise()
    path = _write(tmp_path / "stem", x, 44_100, format=file_format, subtype=subtype)
    info = read_info(path)
    assert (info.rate_hz, info.channels, info.frames) == (44_100, 2, 3000)
    assert info.format == {"WAVEX": "WAV"}.get(file_format, file_format)
    assert (info.subtype, info.bext, info.path) == (subtype, None, path)
    audio = read_audio(path)
    assert audio.x.dtype == np.float32
    assert audio.x.flags.c_contiguous
    tolerance = 2**-15 if subtype == "PCM_16" else 0.0  # libsndfile rounded and clipped when it wrote
    np.testing.assert_allclose(audio.x, x.T, rtol=0, atol=tolerance)


@pytest.mark.parametrize("block", [1, 17, 999, 1000, 4096])
@pytest.mark.parametrize("file_format", ["WAV", "FLAC"])
def test_blocks_put_together_are_the_file(tmp_path, block, file_format):
    x = _noise(1000)
    path = _write(tmp_path / "stem", x, 48_000, format=file_format, subtype="PCM_24")
    with AudioReader(path) as reader:
        blocks = [reader.read(block)]
        while blocks[-1].shape[1]:
            assert blocks[-1].flags.c_contiguous
            blocks.append(reader.read(block))
        assert reader.frame == 1000
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), x.T)


def test_seek_starts_the_next_block_there(tmp_path):
    x = _noise(1000)
    path = _write(tmp_path / "stem.wav", x, 48_000, subtype="PCM_24")
    with AudioReader(path) as reader:
        reader.read(100)
        reader.seek(990)
        np.testing.assert_array_equal(reader.read(100), x[990:].T)
        reader.seek(0)
        np.testing.assert_array_equal(reader.read(5), x[:5].T)
        reader.seek(1000)
        assert reader.read(5).shape == (2, 0)
        with pytest.raises(AudioError, match="allowed: 0 to 1000"):
            reader.seek(1001)


@pytest.mark.parametrize("name", ["Größe 吉他 🎸.wav", "n" * 251 + ".wav", "line\nbreak.wav", " [x] 'y' %s.wav"])
def test_names_of_any_kind(tmp_path, name):
    path = _write_bytes(tmp_path / name, riff.wav(riff.fmt(), riff.chunk(b"data", SAMPLES.tobytes())))
    assert read_info(path).frames == 1000


def test_a_name_that_is_not_utf8(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bass\xff\xfe.wav"))
    try:
        _write_bytes(path, riff.wav(riff.fmt(), riff.chunk(b"data", SAMPLES.tobytes())))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert read_audio(path).frames == 1000


def test_a_path_longer_than_libsndfile_can_open_by_name(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 1500:
        folder /= "d" * 200
    folder.mkdir(parents=True)
    path = _write_bytes(folder / "stem.wav", riff.wav(riff.fmt(), riff.chunk(b"data", SAMPLES.tobytes())))
    assert read_info(path).frames == 1000


def _write_bytes(path, raw):
    path.write_bytes(raw)
    return path


DATA = riff.chunk(b"data", SAMPLES.tobytes())
CUE = riff.chunk(b"cue ", riff.cue(7))
ODD = {
    "chunks before and after": riff.wav(riff.chunk(b"JUNK", bytes(7)), riff.fmt(), DATA, riff.chunk(b"xyz ", b"abc")),
    "odd chunk without its pad byte": riff.wav(riff.fmt(), DATA, riff.chunk(b"note", b"abc", pad=False), CUE),
    "RIFF size of zero": riff.wav(riff.fmt(), DATA, size=0),
    "RIFF size beyond the file": riff.wav(riff.fmt(), DATA, size=2**31),
    "endless data from a pipe": riff.wav(riff.fmt(), riff.chunk(b"data", SAMPLES.tobytes(), size=0xFFFFFFFF)),
    "last chunk beyond the file": riff.wav(riff.fmt(), DATA, riff.chunk(b"LIST", b"adtl", size=10**6)),
    "rubbish after the data": riff.wav(riff.fmt(), DATA) + b"\xff\x00\x80rubbish" * 9,
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_containers_are_read(tmp_path, odd):
    path = _write_bytes(tmp_path / "odd.wav", ODD[odd])
    np.testing.assert_array_equal(read_audio(path).x[0], SAMPLES / np.float32(32768))


def test_a_chunk_after_one_that_was_not_padded_is_found(tmp_path):
    path = _write_bytes(tmp_path / "odd.wav", ODD["odd chunk without its pad byte"])
    assert [(chunk.id, chunk.body) for chunk in read_info(path).chunks.items] == [(b"cue ", riff.cue(7))]


BAD = {
    r"empty file \(0 bytes\); allowed: WAV": b"",
    "a text file, not audio that is read; supported: WAV": b"just some text, and more of it" * 40,
    "the header announces 1000 frames, the file holds 990; allowed: truncated='play'": riff.wav(riff.fmt(), DATA)[:-20],
    "the header announces 1000 frames, the file holds 0; allowed: 1 or more": riff.wav(riff.fmt(), DATA)[: 12 + 24 + 8],
    "^0 frames; allowed: 1 or more": riff.wav(riff.fmt(), riff.chunk(b"data", b"")),
    "not an audio file that can be read": riff.wav(riff.fmt()),
    "not an audio": riff.wav(DATA),
    "PCM samples of 0 bits with a block align of 0 bytes": riff.wav(riff.fmt(bits=0), DATA),
    "not an audio file that can be read .*; allowed: WAV": riff.wav(
        riff.chunk(b"fmt ", riff.fmt()[8:], size=2**32 - 1), DATA
    ),
    "coding 0x1234; allowed: PCM, float": riff.wav(riff.fmt(tag=0x1234), DATA),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_files_say_what_is_wrong(tmp_path, message):
    path = _write_bytes(tmp_path / "bad.wav", BAD[message])
    with pytest.raises(AudioError, match=message) as caught:
        read_info(path)
    assert "bad.wav" in str(caught.value)


@pytest.mark.parametrize("rate_hz", [0, 1, 7_999, 384_001, 7_000_000, 2**32 - 1])
def test_rates_that_are_not_handled(tmp_path, rate_hz):
    path = _write_bytes(tmp_path / "bad.wav", riff.wav(riff.fmt(rate_hz), DATA))
    with pytest.raises(RateError, match=f"{rate_hz} Hz; allowed: 8000 to 384000 Hz"):
        read_info(path)


def test_a_rate_that_is_not_handled_in_another_format(tmp_path):
    path = _write(tmp_path / "slow.aiff", _noise(10), 4_000, subtype="PCM_16")
    with pytest.raises(RateError, match="4000 Hz"):
        read_info(path)


@pytest.mark.parametrize("file_format", ["WAV", "RF64", "AIFF", "W64", "CAF"])
def test_truncated_files_of_every_container_are_refused(tmp_path, file_format):
    path = _write(tmp_path / "stem", _noise(), 48_000, format=file_format, subtype="PCM_24")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(AudioError, match="truncated"):
        read_info(path)


def test_a_chunk_that_announces_more_than_any_memory(tmp_path):
    path = _write(tmp_path / "stem.w64", _noise(), 48_000, format="W64", subtype="PCM_24")
    raw = bytearray(path.read_bytes())
    assert raw[40:44] == b"fmt "
    struct.pack_into("<Q", raw, 56, 2**62)
    path.write_bytes(raw)
    with pytest.raises(AudioError, match="not an audio file that can be read"):
        read_info(path)


def test_a_truncated_flac_fails_where_it_ends(tmp_path):
    path = _write(tmp_path / "stem.flac", _noise(200_000), 48_000, subtype="PCM_24")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(AudioError):
        read_audio(path)


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    path = _write(tmp_path / "stem.wav", _noise(100_000), 48_000, subtype="PCM_24")
    with AudioReader(path) as reader:
        reader.read(10_000)
        os.truncate(path, 20_000 * 6)
        with pytest.raises(
            AudioError, match=r"^ended at frame \d+ of 100000: it was shortened while it was read; render it again"
        ):
            reader.read(90_000)


def test_a_file_that_vanishes(tmp_path):
    with pytest.raises(AudioError, match="No such file"):
        read_info(tmp_path / "gone.wav")


def test_what_is_not_a_file(tmp_path):
    with pytest.raises(AudioError, match="cannot be read: is a folder, not a file"):
        read_info(tmp_path)
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="cannot be read: is a pipe, not a file"):
        read_info(tmp_path / "pipe.wav")


def test_formats_that_are_not_read_are_named(tmp_path):
    path = _write(tmp_path / "stem.ogg", _noise(1000), 48_000, format="OGG", subtype="VORBIS")
    with pytest.raises(AudioError, match="^Ogg is not supported; supported: WAV, RF64, AIFF, FLAC, W64, CAF"):
        read_info(path)


GOOD = riff.wav(
    riff.fmt(), riff.chunk(b"bext", riff.bext(b"A=PCM\r\n")), riff.chunk(b"cue ", riff.cue(5, 6)), DATA,
    riff.chunk(b"LIST", riff.labels()),
)  # fmt: skip


@given(
    changes=st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6),
    words=st.lists(
        st.tuples(st.integers(0, len(GOOD) // 4 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1])), max_size=2
    ),
    length=st.integers(0, len(GOOD)),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mutated_files_are_read_or_refused(tmp_path, changes, words, length):
    raw = bytearray(GOOD)
    for at, value in changes:
        raw[at] = value
    for at, value in words:
        struct.pack_into("<I", raw, 4 * at, value)
    path = _write_bytes(tmp_path / "mutated.wav", bytes(raw[:length] if length > 40 else raw))
    try:
        audio = read_audio(path)
    except AfxError:
        return
    assert audio.frames >= 1


@pytest.mark.parametrize(
    ("x", "message"),
    [(np.zeros(5), "shape"), (np.zeros((0, 5)), "shape"), (np.zeros((1, 5), np.int16), "int16")],
)
def test_audio_refuses_what_is_not_channels_by_frames(x, message):
    with pytest.raises(AudioError, match=message):
        Audio(x, 48_000)


def test_audio_knows_its_size():
    audio = Audio(np.zeros((2, 24_000), np.float32), 48_000)
    assert (audio.channels, audio.frames, audio.seconds) == (2, 24_000, 0.5)
    with pytest.raises(RateError):
        Audio(np.zeros((2, 5)), 0)
