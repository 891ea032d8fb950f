"""Players that are used for stem after stem: fewer of them, the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afxplugin.chain import Player
from afxplugin.render import render
from afxplugin.render.options import RenderOptions
from afxplugin.render.player_pool import PlayerPool
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

AMP = material.random_capture()


def test_players_are_used_again_with_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = material.random_capture(rate_hz=44_100, knobs=("Drive",))
    for k in range(12):
        rate_hz, channels = [(48_000, 1), (44_100, 2), (96_000, 1)][k % 3]
        x = material.riff(0.1 + 0.01 * k, rate_hz=rate_hz, channels=channels, seed=k)
        material.stem_file(tmp_path / "stems" / f"{k:02}.wav", x, rate_hz=rate_hz)
    built: list[int] = []

    class Counted(Player):
        def __init__(self, *given: Any, **options: Any) -> None:
            built.append(options["rate_hz"])
            super().__init__(*given, **options)

    monkeypatch.setattr("afxplugin.render.player.Player", Counted)
    options = {"capture": capture, "knobs": {"Drive": 0.7}, "mix": 0.6, "output_gain_db": -3.0}
    assert render(tmp_path / "stems", out=tmp_path / "all", jobs=1, **options).complete
    assert sorted(built) == [44_100, 48_000, 96_000]
    for stem in sorted((tmp_path / "stems").iterdir()):
        render(stem, out=tmp_path / "alone", **options)
        name = f"{stem.stem} [Amp].wav"
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "all" / name).read_bytes()


def test_player_that_failed_is_not_used_again(tmp_path: Path) -> None:
    x = material.riff(0.5)
    material.stem_file(tmp_path / "b.wav", x)
    x[0, 20_000] = np.nan
    material.stem_file(tmp_path / "a.wav", x)
    batch = render(tmp_path, capture=AMP, out=tmp_path / "o", jobs=1)
    assert [each.status for each in batch.results] == ["failed", "done"]
    render(tmp_path / "b.wav", capture=AMP, out=tmp_path / "p")
    assert (tmp_path / "o" / "b [Amp].wav").read_bytes() == (tmp_path / "p" / "b [Amp].wav").read_bytes()


def test_pool_keeps_few_players() -> None:
    options = RenderOptions()
    pool = PlayerPool(AMP, options)
    for k in range(100):
        pool.give_back(Player(AMP, rate_hz=48_000, channels=1), 48_000 + k, 1)
    assert pool.take(48_000, 1) is None
    assert sum(pool.take(48_000 + k, 1) is not None for k in range(100)) == 32
    assert pool.take(48_099, 1) is None


def test_pool_serves_its_own_capture_and_options_alone() -> None:
    options = RenderOptions()
    pool = PlayerPool(AMP, options)
    assert pool.serves(AMP, options)
    assert not pool.serves(material.random_capture(), options)
    assert not pool.serves(AMP, RenderOptions())
