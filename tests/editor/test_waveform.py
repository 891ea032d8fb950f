"""The outline of a stem, held against the extremes that numpy finds in all its samples."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from afxplugin.editor.waveform import BASE_FRAMES, Outlines, read_pyramid, read_samples
from afxplugin.editor.workers import CancelledWorkError, Control
from afxplugin.errors import AudioError
from tests.render.material import stem_file


def noise(frames: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    envelope = np.linspace(0.1, 0.9, frames)
    return (np.random.default_rng(seed).uniform(-1, 1, (channels, frames)) * envelope).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 255, 256, 257, 65_536, 65_537, 200_001])
def test_every_level_has_the_extremes_of_its_bins(tmp_path: Path, frames: int) -> None:
    x = noise(frames)
    pyramid = read_pyramid(stem_file(tmp_path / "a.wav", x))
    assert (pyramid.channels, pyramid.frames, pyramid.rate_hz) == (2, frames, 48_000)
    for k, level in enumerate(pyramid.levels):
        width = BASE_FRAMES << k
        bins = -(-frames // width)
        assert level.shape == (2, bins, 2)
        for b in range(bins):
            part = x[:, b * width : (b + 1) * width]
            np.testing.assert_array_equal(level[:, b, 0], part.min(axis=1))
            np.testing.assert_array_equal(level[:, b, 1], part.max(axis=1))
    assert pyramid.levels[-1].shape[1] == 1


@pytest.mark.parametrize(("start", "per_column", "count"), [
    (0.0, 256.0, 300), (1000.0, 700.3, 200), (-5000.0, 999.0, 300), (90_000.0, 5000.0, 40), (0.0, 100_000.0, 1),
    (12_345.6, 40.0, 500),
])  # fmt: skip
def test_columns_hold_all_that_lies_in_them_and_at_most_a_bin_more(
    tmp_path: Path, start: float, per_column: float, count: int
) -> None:
    x = noise(100_000, channels=1, seed=3)
    pyramid = read_pyramid(stem_file(tmp_path / "a.wav", x))
    columns = pyramid.columns(start, per_column, count)
    assert columns.shape == (1, count, 2)
    width = max(BASE_FRAMES, 2 ** int(np.log2(max(per_column, BASE_FRAMES))))
    for c in range(count):
        first, last = start + c * per_column, start + (c + 1) * per_column
        if last <= 0 or first >= 100_000:
            np.testing.assert_array_equal(columns[0, c], 0.0)
            continue
        inside = x[0, max(0, int(np.ceil(first))) : max(0, int(np.floor(last)))]
        around = x[0, max(0, int(first) - width) : int(last) + width + 1]
        if len(inside):
            assert columns[0, c, 0] <= inside.min()
            assert columns[0, c, 1] >= inside.max()
        assert columns[0, c, 0] >= around.min()
        assert columns[0, c, 1] <= around.max()


def test_no_columns_of_nothing(tmp_path: Path) -> None:
    pyramid = read_pyramid(stem_file(tmp_path / "a.wav", noise(1000)))
    assert pyramid.columns(0.0, 10.0, 0).shape == (2, 0, 2)
    assert not pyramid.columns(5000.0, 10.0, 20).any()


def test_samples_that_are_no_numbers_count_as_silence(tmp_path: Path) -> None:
    x = noise(1000, channels=1)
    x[0, 300:310], x[0, 600] = np.nan, np.inf
    pyramid = read_pyramid(stem_file(tmp_path / "a.wav", x))
    assert np.isfinite(pyramid.levels[0]).all()
    assert np.abs(pyramid.levels[-1]).max() < 1.0
    assert not read_samples(tmp_path / "a.wav", 300, 10).any()


def test_half_an_hour_takes_the_memory_of_its_outline_alone(tmp_path: Path) -> None:
    frames = 1800 * 48_000
    import soundfile

    path = tmp_path / "long.wav"
    block = (0.5 * noise(1_000_000, channels=1).T).astype(np.float32)
    with soundfile.SoundFile(path, "w", 48_000, 1, "PCM_16") as file:
        for start in range(0, frames, len(block)):
            file.write(block[: min(len(block), frames - start)])
    shares: list[float] = []
    tracemalloc.start()
    pyramid = read_pyramid(path, Control(lambda share, _: shares.append(share)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pyramid.frames == frames
    assert pyramid.nbytes < 6e6
    assert peak < 16e6  # all samples as float32 are 346 MB
    assert shares == sorted(shares)
    assert len(shares) > 50
    assert shares[-1] == 1.0


def test_it_ends_when_nobody_wants_it(tmp_path: Path) -> None:
    path = stem_file(tmp_path / "a.wav", noise(3_000_000, channels=1))
    cancelled = threading.Event()
    seen: list[float] = []

    def progress(share: float, _: str) -> None:
        seen.append(share)
        cancelled.set()

    with pytest.raises(CancelledWorkError):
        read_pyramid(path, Control(progress, cancelled))
    assert len(seen) == 1
    assert seen[0] < 0.5


def test_outlines_are_read_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    path = stem_file(tmp_path / "a.wav", noise(5000))
    outlines = Outlines()
    assert outlines.known(path) is None
    first = outlines.read(path)
    assert outlines.read(path) is first
    assert outlines.known(path) is first
    stem_file(path, noise(6000, seed=1))
    assert outlines.known(path) is None
    assert outlines.read(path).frames == 6000
    path.unlink()
    with pytest.raises(AudioError, match="cannot be read"):
        outlines.known(path)


def test_the_least_used_outlines_go(tmp_path: Path) -> None:
    paths = [stem_file(tmp_path / f"{k}.wav", noise(100_000, channels=1)) for k in range(4)]
    one = read_pyramid(paths[0]).nbytes
    outlines = Outlines(most_bytes=3 * one)
    for path in paths[:3]:
        outlines.read(path)
    outlines.known(paths[0])
    outlines.read(paths[3])
    assert [outlines.known(path) is not None for path in paths] == [True, False, True, True]


def test_samples_of_a_stretch(tmp_path: Path) -> None:
    x = noise(5000)
    path = stem_file(tmp_path / "a.wav", x)
    np.testing.assert_array_equal(read_samples(path, 100, 50), x[:, 100:150])
    assert read_samples(path, 4990, 50).shape == (2, 10)
    assert read_samples(path, 9000, 50).shape == (2, 0)
