"""The committed captures against their device: the acceptance figures, on audio that training never heard.

A shorter pass than ``python -m afxplugin.train.evaluate``: the settings that were hardest, less of bass and riffs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.captures import Capture, CaptureBlend, read_capture
from afxplugin.chain import plan_rates
from afxplugin.train.evaluate import AMBER, BLEND, GREEN, PRESETS, Figures, Subject, evaluate, make_test_audio, play

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from afxplugin.captures import AnyCapture

RATE_HZ = 44_100
WORST_ESR, WORST_ESR_BETWEEN = 0.01, 0.02
WORST_ESR_NONLINEAR = 0.05
LEAST_STATIC_RATIO = 5.0
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def capture() -> AnyCapture:
    return read_capture(GREEN.path)


@pytest.fixture(scope="module")
def all_three(capture: AnyCapture) -> list[AnyCapture]:
    return [capture, read_capture(AMBER.path), read_capture(BLEND.path)]


def check(figures: list[Figures]) -> None:
    """Green's limits: the same wherever the knobs stand."""
    for f in figures:
        assert f.esr <= WORST_ESR, f
        assert f.esr_nonlinear <= WORST_ESR_NONLINEAR, f
        assert f.static_ratio >= LEAST_STATIC_RATIO, f


def check_five_settings(figures: list[Figures]) -> None:
    for f in figures:
        assert f.esr <= (WORST_ESR_BETWEEN if f.between else WORST_ESR), f


@pytest.fixture(scope="module")
def song() -> dict[str, NDArray[np.float64]]:
    """Guitar whole, and the first two bars of the bass."""
    audio = make_test_audio(RATE_HZ)
    return {"guitar": audio["guitar strings"], "bass": audio["bass strings"][: int(4.8 * RATE_HZ)]}


@pytest.mark.parametrize(
    ("signal", "drives", "tones"),
    [
        ("guitar", (0.0, 10.0), (0.0, 10.0)),
        ("bass", (2.5, 5.0), (0.0, 10.0)),
        ("bass", (1.25, 6.25), (0.0,)),
    ],
)
def test_green_is_close_to_the_device(
    capture: AnyCapture,
    song: dict[str, NDArray[np.float64]],
    signal: str,
    drives: Sequence[float],
    tones: tuple[float, ...],
) -> None:
    check(evaluate(capture, {signal: song[signal]}, Subject(GREEN.file, tones), drives=drives))


@pytest.mark.parametrize("subject", [AMBER, BLEND], ids=["conditioned", "blend"])
@pytest.mark.parametrize(("signal", "drives"), [("guitar", (0.0, 1.25, 10.0)), ("bass", (1.25, 2.5, 3.75, 5.0, 6.25))])
def test_amber_is_close_to_the_device(
    song: dict[str, NDArray[np.float64]], subject: Subject, signal: str, drives: Sequence[float]
) -> None:
    check_five_settings(evaluate(read_capture(subject.path), {signal: song[signal]}, subject, drives=drives))


def test_green_is_close_to_the_device_on_recorded_riffs(capture: AnyCapture, reference: Path) -> None:
    files = sorted((reference / "audio").glob("input_riff*.wav"))
    assert files
    riffs = make_test_audio(RATE_HZ, files)
    excerpts = {path.stem: riffs[path.stem][: 2 * RATE_HZ] for path in files}
    check(evaluate(capture, excerpts, Subject(GREEN.file, (0.0, 10.0)), drives=(0.0, 5.0, 10.0)))


def test_drive_goes_from_clean_to_thirty_decibels(capture: AnyCapture) -> None:
    """Gain of a quiet 1 kHz sine, which even the highest drive leaves below the diodes."""
    x = 0.001 * np.sin(2 * np.pi * 1000.0 * np.arange(RATE_HZ // 2) / RATE_HZ)
    clean, full = (play(capture, x, drive=drive, tone=10.0)[RATE_HZ // 10 :] for drive in (0.0, 10.0))
    gain_db = 20.0 * np.log10(np.std(full) / np.std(clean))
    assert gain_db >= 30.0


def test_silence_rests_near_zero(all_three: list[AnyCapture]) -> None:
    for drive in (0.0, 3.75, 5.0, 10.0):
        for each in all_three:
            assert np.max(np.abs(play(each, np.zeros(4410), drive=drive, tone=5.0))) < 0.01


def test_the_loops_are_stable_at_every_session_rate(all_three: list[AnyCapture]) -> None:
    for each in all_three:
        assert each.loop_eigenvalues is not None
        for session_hz in (44_100, 48_000, 88_200, 96_000, 192_000):
            assert plan_rates(each, session_hz).stable


def test_the_files_say_what_they_are(all_three: list[AnyCapture]) -> None:
    for each in all_three:
        assert each.rate_hz == RATE_HZ
        assert not each.rate_assumed
        assert each.origin.licence == "CC0-1.0"
        assert {"esr", "esr_nonlinear", "static_ratio"} <= set(each.training)
    green, amber, blend = all_three
    assert isinstance(green, Capture)
    assert [(c.name, c.low, c.high) for c in green.controls] == [("Drive", 0.0, 10.0), ("Tone", 0.0, 10.0)]
    assert isinstance(amber, Capture)
    assert isinstance(blend, CaptureBlend)
    for each in (amber, blend):
        assert [(c.name, c.low, c.high) for c in each.controls] == [("Drive", 0.0, 10.0)]
    assert len(blend.snapshots) == 5


def test_all_captures_together_are_small() -> None:
    assert sum(path.stat().st_size for path in PRESETS.glob("*/*.afx")) < MOST_BYTES
