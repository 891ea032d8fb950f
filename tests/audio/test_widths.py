"""Samples in containers that are wider than they, and headers that contradict themselves about it."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin.audio import read_audio, read_info
from afxplugin.errors import AudioError
from tests.audio.containers import F32, FRAMES, I24, I32, PADDED, Build, Coded, check, encode, fmt_body, tone, write


@pytest.mark.parametrize("name", PADDED)
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_in_wider_containers(tmp_path, name, channels):
    build = Build("WAV", PADDED[name], channels)
    info = check(write(tmp_path, build), build)
    told = " ".join(info.notes)
    nonstandard = build.coded.container > -(-build.coded.bits // 8) and not build.coded.extensible
    if nonstandard or build.coded.side != "left":
        assert f"{build.coded.bits}-bit samples padded to {build.coded.container} bytes" in told
        assert f"the {'upper' if build.coded.side == 'left' else 'lower'} {build.coded.bits} bits" in told
    else:
        assert told == ""


@pytest.mark.parametrize("container", ["RF64", "RIFX", "W64", "CAF"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_wider_containers_in_other_files(tmp_path, container, side):
    build = Build(container, Coded("int", 24, 4, side), 2)
    check(write(tmp_path, build), build)


@pytest.mark.parametrize("level", [2.0**-9, 2.0**-16, 2.0**-22])
def test_quiet_samples_in_the_lower_bits(tmp_path, level):
    raw, exact = encode(tone() * level, Coded("int", 24, 4, "right"), "<")
    path = write(tmp_path, Build("WAV", Coded("int", 24, 4, "right"), raw=raw))
    np.testing.assert_array_equal(read_audio(path).x, exact.T)


def test_silence_before_the_first_sound_decides_nothing(tmp_path):
    coded = Coded("int", 24, 4, "left")
    quiet = np.concatenate([np.zeros((900_000, 1)), tone() / 512, tone()])
    raw, exact = encode(quiet, coded, "<")
    np.testing.assert_array_equal(read_audio(write(tmp_path, Build("WAV", coded, raw=raw))).x, exact.T)


def test_padded_samples_of_unknown_length(tmp_path):
    build = Build("WAV", Coded("int", 24, 4, "right"), 2, size=0x7FFFF000)
    check(write(tmp_path, build), build)


def test_a_contradiction_that_nothing_resolves_is_refused_with_both_numbers(tmp_path):
    noise = np.random.default_rng(1).uniform(-1, 1, (FRAMES, 1))
    raw, _ = encode(noise, I32, "<")
    path = write(tmp_path, Build("WAV", Coded("int", 24, 4), raw=raw))
    with pytest.raises(AudioError, match="24 bits a sample in a block align of 4 bytes for 1 channel, and the samples"):
        read_info(path)
    for align in (1, 5, 7):
        path = write(tmp_path, Build("WAV", Coded("int", 24, 3), 2, fmt=fmt_body(I24, 2, align=align)))
        with pytest.raises(AudioError, match=f"24 bits with a block align of {align} bytes"):
            read_info(path)
    path = write(tmp_path, Build("WAV", F32, 1, fmt=fmt_body(F32, 1, align=8)))
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
    assert note in check(write(tmp_path, build), build).notes[0]


@pytest.mark.parametrize("level", [2.0**-5, 2.0**-9, 2.0**-14])
def test_quiet_samples_in_the_upper_bits_stay_quiet(tmp_path, level):
    coded = Coded("int", 20, 3, "left")
    raw, exact = encode(tone() * level, coded, "<")
    np.testing.assert_array_equal(read_audio(write(tmp_path, Build("WAV", coded, raw=raw))).x, exact.T)
