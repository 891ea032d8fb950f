"""Files as recorders and encoders left them: the sound comes back through a render with the capture mixed out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from afxplugin.audio import read_audio, read_info
from afxplugin.errors import AudioError
from afxplugin.render.batch import render


@pytest.fixture(scope="module")
def inputs(reference: Path) -> Path:
    """Folder of such files, beside that of the reference data."""
    folder = reference.parent / "inputs"
    if not folder.is_dir():
        pytest.skip(f"no such files at {folder}")
    return folder


def _sound():
    n = np.arange(4800)
    return 0.3 * np.sin(2 * np.pi * 220 * n / 48_000) * np.hanning(4800) ** 0.2


def _rendered(stem, capture, folder, **options):
    batch = render([stem], capture=capture, mix=0.0, out=folder, **options)
    assert batch.complete, batch.results
    return batch.results[0]


@pytest.fixture(scope="module")
def capture() -> Path:
    return next((Path(__file__).parents[2] / "presets").glob("*/*.afx"))


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("s24le_mono.wav", "24-bit samples padded to 4 bytes"),
        ("sox_pipe.wav", "4800 frames up to the end"),
        ("rf_ixml_odd.wav", None),
        ("list873_1.wav", None),
        ("bext.w64", None),
    ],
)
def test_the_sound_comes_back(inputs, capture, tmp_path, name, note):
    result = _rendered(inputs / name, capture, tmp_path)
    audio = read_audio(result.output)
    assert audio.rate_hz == 48_000
    np.testing.assert_allclose(audio.x, [_sound()], rtol=0, atol=2.0**-23)  # 24 bits
    assert (note is None) == (result.notes == ())
    assert note is None or note in result.notes[0]


@pytest.mark.parametrize(
    ("name", "announced"), [("crash_quarter.wav", 1200), ("crash_zero.wav", 0), ("cubicsdr_16more.wav", 4805)]
)
def test_a_wrong_length_is_refused_with_both_numbers_and_played_if_asked(inputs, capture, tmp_path, name, announced):
    batch = render([inputs / name], capture=capture, mix=0.0, out=tmp_path)
    error = batch.results[0].error
    assert f"announces {announced} frames, the file holds 4800;" in error
    assert "--truncated play" in error
    with pytest.raises(AudioError, match="holds 4800;"):
        read_info(inputs / name)
    result = _rendered(inputs / name, capture, tmp_path, truncated="play")
    np.testing.assert_allclose(read_audio(result.output).x, [_sound()], rtol=0, atol=2.0**-23)
    assert f"announces {announced} frames, the file holds 4800, which" in result.notes[0]


def test_the_start_time_of_a_w64_is_kept(inputs, capture, tmp_path):
    result = _rendered(inputs / "bext.w64", capture, tmp_path)
    source, output = read_info(inputs / "bext.w64").bext, read_info(result.output).bext
    assert source.time_reference == output.time_reference > 0
    assert source.description == output.description == "Gtr DI"
