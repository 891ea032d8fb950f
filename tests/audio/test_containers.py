"""Headers that lie, pads that are missing, wider containers: what is there plays, or both numbers are told."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import soundfile

from afxplugin.audio import AudioReader, read_audio, read_info
from afxplugin.errors import AudioError
from tests.audio import riff
from tests.audio.containers import (
    ALL,
    F32,
    FRAMES,
    I16,
    I24,
    LIST,
    RIFFS,
    TAILS,
    XML,
    Build,
    check,
    codings,
    encode,
    fmt_body,
    odd_chunk,
    tone,
    writable,
    write,
)


@pytest.mark.parametrize(
    ("container", "coded"), [(container, coded) for container in ALL for coded in codings(container)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_container_and_coding_is_read(tmp_path, container, coded, channels):
    build = Build(container, coded, channels, before=[odd_chunk(container)], after=[odd_chunk(container)])
    info = check(write(tmp_path, build), build)
    assert info.notes == ()
    assert info.format == {"RIFX": "WAV", "AIFC": "AIFF"}.get(container, container)


@pytest.mark.parametrize(
    ("file_format", "subtype", "endian"),
    writable(
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
    assert "length open: 480 frames" in " ".join(check(write(tmp_path, build), build).notes)


@pytest.mark.parametrize(
    ("container", "size"),
    [("RF64", 0), ("RF64", -1), ("BW64", 0), ("BW64", -1), ("CAF", -1), ("W64", -1), ("W64", 2**63 - 25),
     ("AIFF", 0x7F000000 - 8), ("AIFC", 0x7F000000)],
)  # fmt: skip
def test_unknown_in_the_words_of_other_containers(tmp_path, container, size):
    build = Build(container, size=size, frames=0x7F000000 // 3)
    assert "length open: 480 frames" in " ".join(check(write(tmp_path, build), build).notes)


@pytest.mark.parametrize("container", ["WAV", "RF64", "RIFX", "CAF"])
def test_chunks_behind_samples_of_unknown_length_are_not_played(tmp_path, container):
    after = [(b"info", b"abc\0")] if container == "CAF" else [(b"LIST", LIST[1][:-1])]
    build = Build(container, size=-1 if container == "CAF" else 0xFFFFFFFF, after=after)
    check(write(tmp_path, build), build)


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
    path = write(tmp_path, build)
    with pytest.raises(AudioError, match=rf"{size // frame} frames, the file holds {FRAMES}; .*--truncated play"):
        read_info(path)
    assert (
        f"announces {size // frame} frames, the file holds {FRAMES}, which"
        in check(path, build, truncated="play").notes[0]
    )


@pytest.mark.parametrize("container", ["WAV", "RF64", "AIFF", "W64", "CAF"])
def test_a_file_cut_short_plays_its_whole_frames(tmp_path, container):
    build = Build(container, I24, 2)
    raw = build.bytes()
    cut = raw[: len(raw) - 6 * 100 - 2]
    path = tmp_path / "stem"
    path.write_bytes(cut)
    with pytest.raises(AudioError, match=r"announces 480 frames, the file holds 379;"):
        read_info(path)
    np.testing.assert_array_equal(read_audio(path, truncated="play").x, build.expected()[:, :379])


@pytest.mark.parametrize("lie", ["more", "less"])
def test_a_wrong_size_with_a_chunk_behind_the_samples(tmp_path, lie):
    size = 3 * FRAMES + (16 if lie == "more" else -600)
    build = Build("WAV", size=size, after=[(b"LIST", LIST[1][:-1])])
    path = write(tmp_path, build)
    with pytest.raises(AudioError, match=rf"announces {size // 3} frames, the file holds {FRAMES};"):
        read_info(path)
    info = check(path, build, truncated="play")
    assert [chunk.id for chunk in info.chunks.items] == [b"LIST"]


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("container", ["WAV", "RF64"])
@pytest.mark.parametrize("frames_odd", [False, True])
def test_what_well_formed_files_have_behind_their_samples_does_no_harm(tmp_path, tail, container, frames_odd):
    raw, exact = encode(tone()[: FRAMES - frames_odd], I24, "<")
    path = write(tmp_path, Build(container, raw=raw, behind=TAILS[tail]))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


def test_bytes_left_out_are_told(tmp_path):
    assert (
        "90 bytes after the announced end ignored; they do not look like audio"
        in read_info(write(tmp_path, Build("WAV", behind=TAILS["rubbish"]))).notes[0]
    )
    assert (
        "4096 zero bytes after the announced end ignored"
        in read_info(write(tmp_path, Build("WAV", behind=bytes(4096)))).notes[0]
    )


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("container", RIFFS)
@pytest.mark.parametrize("chunk", [LIST, XML, (b"xyz ", b"abc"), (b"inst", b"1234567")])
def test_odd_chunks_padded_or_not(tmp_path, container, chunk, padded):
    if container == "RIFX" and chunk is LIST:
        chunk = (b"LIST", b"INFO" + struct.pack(">4sI", b"INAM", 4) + b"abc\0\0")
    build = Build(container, before=[chunk], after=[chunk], padded=padded)
    check(write(tmp_path, build), build)


@pytest.mark.parametrize("size", [0, 3, 17, 400, 10**6, 2**32 - 1])
def test_samples_are_found_behind_a_chunk_whose_size_is_wrong(tmp_path, size):
    listed = struct.pack("<4sI", b"LIST", size) + LIST[1][:-1]
    body = b"WAVE" + riff.chunk(b"fmt ", fmt_body(I24, 1)) + listed + riff.chunk(b"data", encode(tone(), I24, "<")[0])
    path = tmp_path / "stem"
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    check(path, Build("WAV"))


@pytest.mark.parametrize("size", [0, 2, 3000, 2**40, -7])
def test_a_caf_whose_info_chunk_lies(tmp_path, size):
    build = Build("CAF", before=[(b"info", b"\0\0\0\1artist\0me\0")])
    raw = build.bytes().replace(struct.pack(">4sq", b"info", 14), struct.pack(">4sq", b"info", size))
    path = tmp_path / "stem"
    path.write_bytes(raw)
    check(path, build)


@pytest.mark.parametrize("size", [0, 31, 2**40])
def test_a_caf_whose_description_lies_about_its_size(tmp_path, size):
    build = Build("CAF")
    path = tmp_path / "stem"
    path.write_bytes(build.bytes().replace(struct.pack(">4sq", b"desc", 32), struct.pack(">4sq", b"desc", size)))
    check(path, build)


def test_an_rf64_whose_data_chunk_has_a_real_size(tmp_path):
    build = Build("RF64")
    raw = build.bytes()
    at = raw.index(b"data")
    for sizes in (0, 5, 2**64 - 1):
        changed = bytearray(raw)
        struct.pack_into("<I", changed, at + 4, 3 * FRAMES)
        struct.pack_into("<Q", changed, 28, sizes)
        (tmp_path / "stem").write_bytes(changed)
        check(tmp_path / "stem", build)


@pytest.mark.parametrize("offset", [1, 3, 2**31, 1440])
def test_an_aiff_with_an_offset_that_leads_nowhere(tmp_path, offset):
    build = Build("AIFF", offset=offset)
    assert "offset" in check(write(tmp_path, build), build).notes[0]


def test_an_aiff_with_an_offset_that_is_right(tmp_path):
    raw, exact = encode(tone(), I24, ">")
    path = write(tmp_path, Build("AIFF", raw=b"\x11" * 6 + raw, offset=6, frames=FRAMES))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


@pytest.mark.parametrize("frames", [0, 120, 481, 2**32 - 1])
def test_an_aiff_whose_count_of_frames_is_wrong(tmp_path, frames):
    build = Build("AIFF", frames=frames)
    path = write(tmp_path, build)
    with pytest.raises(AudioError, match=rf"announces {frames} frames, the file holds 480; .*--truncated play"):
        read_info(path)
    check(path, build, truncated="play")


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
    with pytest.raises(AudioError, match=rf"announces {wrapped} frames, the file holds {frames};"):
        read_info(path)
    with AudioReader(path, truncated="play") as reader:
        reader.seek(frames - 3)
        np.testing.assert_array_equal(reader.read(10), [[0.0, 0.25, -0.5]])


def test_a_second_chunk_of_samples_is_told(tmp_path):
    build = Build("WAV", after=[(b"data", bytes(300))])
    assert "a second data chunk was left out; only the first is played" in check(write(tmp_path, build), build).notes[0]


@pytest.mark.parametrize("container", [each for each in RIFFS if each not in ("RF64", "BW64")])
@pytest.mark.parametrize("empty", [1, 2])
def test_samples_behind_an_empty_chunk_of_samples_are_played(tmp_path, container, empty):
    build = Build(container, before=[(b"data", b"")] * empty)
    (note,) = check(write(tmp_path, build), build).notes
    assert note == f"its first data chunk is empty; the {'second' if empty == 1 else 'next'} is played"


def _with_more(folder, more, *, sound=None):
    """Path of a file whose header agrees with itself, and what follows its end."""
    build = Build("WAV", raw=None if sound is None else encode(sound, I24, "<")[0])
    path = write(folder, build)
    path.write_bytes(path.read_bytes() + more)
    return build, path


def test_junk_behind_a_header_that_agrees_is_told_and_not_played(tmp_path):
    build, path = _with_more(tmp_path, np.random.default_rng(2).bytes(7770))
    (note,) = check(path, build).notes
    assert note == "7770 bytes after the announced end ignored; they do not look like audio"


@pytest.mark.parametrize("sound", [tone(), tone() * 1e-5])
def test_sound_behind_a_header_that_agrees_stays_a_disagreement(tmp_path, sound):
    _, path = _with_more(tmp_path, encode(tone(frames=5000), I24, "<")[0], sound=sound)
    with pytest.raises(AudioError, match="announces 480 frames, the file holds 5480"):
        read_info(path)
    assert read_info(path, truncated="play").frames == 5480


def test_junk_behind_a_header_that_contradicts_itself_stays_a_disagreement(tmp_path):
    path = write(tmp_path, Build("WAV", form_size=20_000, behind=np.random.default_rng(2).bytes(7770)))
    with pytest.raises(AudioError, match="announces 480 frames, the file holds 3070"):
        read_info(path)
