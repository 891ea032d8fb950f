"""Samples that libsndfile decodes (ADPCM, G.711, GSM, ALAC, FLAC): their true length, wrong sizes, cut files."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
import soundfile

from afxplugin.audio import AudioReader, read_audio, read_info
from afxplugin.errors import AudioError
from tests.audio.containers import TAILS, tone, writable


@pytest.mark.parametrize(
    ("file_format", "subtype"),
    writable(("WAV", "W64"), ("IMA_ADPCM", "MS_ADPCM", "GSM610", "ALAW", "ULAW")),
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
        with pytest.raises(AudioError, match=rf"announces {value} frames, the file holds {decoded};"):
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
        with pytest.raises(
            AudioError, match=r"the header announces .* frames, the file holds .*; allowed: truncated='play'"
        ):
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
    with pytest.raises(AudioError, match=r"announces 100000 frames, the file holds 49152; .*--truncated play"):
        read_audio(path)
    played = read_audio(path, truncated="play").x
    assert played.shape[1] == 49_152  # twelve blocks
    np.testing.assert_array_equal(played, x[: played.shape[1]].T)
    assert (
        f"announces 100000 frames, the file holds {played.shape[1]}, which"
        in read_info(path, truncated="play").notes[0]
    )


def test_a_flac_that_is_cut_in_its_last_block(tmp_path):
    path = tmp_path / "stem.flac"
    soundfile.write(path, tone(1, 10_000), 48_000, subtype="PCM_24")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(AudioError, match=r"damaged at or after frame 0 of 10000.*--truncated play"):
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


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
def test_the_fact_chunk_ends_coded_samples_of_a_wrong_size(tmp_path, subtype, channels):
    path = tmp_path / "stem.wav"
    soundfile.write(path, tone(channels, 9000), 48_000, format="WAV", subtype=subtype)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"fact") + 8, 9000)
    path.write_bytes(raw)
    expected = read_audio(path).x
    struct.pack_into("<I", raw, raw.index(b"data") + 4, struct.unpack_from("<H", raw, 32)[0])
    path.write_bytes(raw)
    with pytest.raises(AudioError, match="the file holds 9000"):
        read_info(path)
    np.testing.assert_array_equal(read_audio(path, truncated="play").x, expected)


@pytest.mark.parametrize("share", [0.3, 0.7])
@pytest.mark.parametrize("damaged_bytes", [1, 3000])
def test_a_flac_damaged_in_its_middle_plays_what_is_before(tmp_path, share, damaged_bytes):
    path = tmp_path / "stem.flac"
    x = np.random.default_rng(1).integers(-(2**23), 2**23, (100_000, 1)) / 2**23
    soundfile.write(path, x, 48_000, subtype="PCM_24")
    raw = bytearray(path.read_bytes())
    at = int(share * len(raw))
    while not any(raw[at : at + damaged_bytes]):
        at += 1
    raw[at : at + damaged_bytes] = bytes(damaged_bytes)
    path.write_bytes(raw)
    with pytest.raises(AudioError, match=r"coding is damaged .*allowed: truncated='play' \(--truncated play\)"):
        read_audio(path)
    played = read_audio(path, truncated="play").x
    assert played.shape[1] // 4096 in (int(share * 100_000) // 4096 - 1, int(share * 100_000) // 4096)
    np.testing.assert_array_equal(played, x[: played.shape[1]].T)
    (note,) = read_info(path, truncated="play").notes
    assert f"announces 100000 frames, {played.shape[1]} lie before the damage" in note


def test_a_flac_damaged_from_its_start_does_not_advise_the_option_that_is_given(tmp_path):
    path = tmp_path / "stem.flac"
    soundfile.write(path, tone(1, 3000), 48_000, subtype="PCM_24")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(AudioError, match="damaged from the first frame on; allowed: an undamaged file") as caught:
        read_info(path, truncated="play")
    assert "truncated" not in caught.value.reason


@pytest.mark.parametrize("truncated", ["fail", "play"])
def test_a_flac_that_shrinks_while_it_is_read(tmp_path, truncated):
    path = tmp_path / "stem.flac"
    soundfile.write(path, np.random.default_rng(1).uniform(-1, 1, 200_000), 48_000, subtype="PCM_24")
    with AudioReader(path, truncated=truncated) as reader:
        reader.read(10_000)
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises(AudioError, match="it was shortened while it was read; render it again"):
            reader.read(190_000)
