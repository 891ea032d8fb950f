"""Which part of a stem is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.errors import AudioError, RenderError
from afxplugin.render.excerpt import read_excerpt
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 8_000


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    x = 0.01 * np.random.default_rng(1).standard_normal((2, 10 * RATE_HZ))
    x[:, round(6.3 * RATE_HZ) : round(7.3 * RATE_HZ)] *= 30.0
    return material.stem_file(tmp_path / "x.wav", x.astype(np.float32), rate_hz=RATE_HZ)


def test_loudest_second_is_found_to_a_tenth(stem: Path) -> None:
    excerpt = read_excerpt(stem, from_s=None, seconds=1.0)
    assert excerpt.x.shape == (2, RATE_HZ)
    assert excerpt.from_s == pytest.approx(6.3, abs=0.051)


def test_stretch_that_is_asked_for_is_taken_with_faded_ends(stem: Path) -> None:
    excerpt = read_excerpt(stem, from_s=2.0, seconds=0.5)
    whole = material.read(stem)[:, 16_000:20_000]
    np.testing.assert_array_equal(excerpt.x[:, 80:-80], whole[:, 80:-80])
    assert np.abs(excerpt.x[:, [0, -1]]).max() < 1e-3
    assert (excerpt.from_s, excerpt.seconds) == (2.0, 0.5)


def test_short_stem_is_taken_whole(tmp_path: Path) -> None:
    stem = material.stem_file(tmp_path / "x.wav", material.riff(0.3))
    assert read_excerpt(stem, from_s=None, seconds=20.0).x.shape == (1, 14_400)
    assert read_excerpt(stem, from_s=0.2, seconds=20.0).x.shape == (1, 4_800)


@pytest.mark.parametrize(
    ("from_s", "seconds"), [(10.0, 1.0), (-0.1, 1.0), (0.0, 0.0), (0.0, float("nan")), (0.0, 601.0)]
)
def test_stretch_outside_is_refused(stem: Path, from_s: float, seconds: float) -> None:
    with pytest.raises(RenderError, match=r"^(from|seconds) is .*; allowed: "):
        read_excerpt(stem, from_s=from_s, seconds=seconds)


def test_stem_that_cannot_be_read_or_is_not_finite_is_refused(tmp_path: Path, stem: Path) -> None:
    with pytest.raises(AudioError, match="No such file"):
        read_excerpt(tmp_path / "gone.wav", from_s=None, seconds=1.0)
    x = material.read(stem)
    x[0, 100] = np.nan
    bad = material.stem_file(tmp_path / "nan.wav", x, rate_hz=RATE_HZ)
    assert read_excerpt(bad, from_s=None, seconds=1.0).from_s == pytest.approx(6.3, abs=0.051)
    with pytest.raises(RenderError, match=r"^samples from 0.000 s on are not finite; allowed: numbers: .*nan\.wav$"):
        read_excerpt(bad, from_s=0.0, seconds=1.0)
