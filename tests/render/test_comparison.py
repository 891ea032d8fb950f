"""Methods side by side: the figures, the files, the table."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from afxplugin.errors import MethodError, RateError, RenderError
from afxplugin.render import compare
from afxplugin.render.comparing import StoppedError
from afxplugin.render.comparison import COMPARED_METHODS, Cell, Comparison
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

AMP = material.random_capture(rate_hz=44_100)


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return material.stem_file(tmp_path / "gtr.wav", material.riff(1.0, rate_hz=48_000, channels=2))


def figures(comparison: Comparison) -> dict[tuple[int, str], float]:
    return {(cell.rate_hz, cell.method): cell.snr_db for cell in comparison.cells if cell.snr_db is not None}


def test_every_method_at_every_rate_is_written_and_measured(stem: Path, tmp_path: Path) -> None:
    comparison = compare(stem, capture=AMP, rates_hz=(44_100, 48_000, 88_200), out=tmp_path / "o")
    assert len(comparison.cells) == 3 * len(COMPARED_METHODS)
    for cell in comparison.cells:
        assert cell.wav is not None
        info = soundfile.info(cell.wav)
        assert (info.samplerate, info.channels, info.frames) == (cell.rate_hz, 2, cell.rate_hz)
        assert cell.times_real_time is not None
        assert cell.times_real_time > 0
    snr = figures(comparison)
    assert all(np.isinf(snr[44_100, method]) for method in COMPARED_METHODS)
    assert snr[48_000, "lidl"] > snr[48_000, "naive"] + 10.0
    assert snr[48_000, "resample"] > snr[48_000, "naive"]
    assert snr[88_200, "lidl"] == snr[88_200, "cidl"] > 60.0


def test_json_and_table_say_the_same(stem: Path, tmp_path: Path) -> None:
    compare(stem, capture=AMP, rates_hz=(48_000,), methods=("naive", "cidl"), out=tmp_path / "o")
    told: dict[str, Any] = json.loads((tmp_path / "o" / "comparison.json").read_text())
    assert told["auto"]["48000"]["method"] == "resample"
    assert told["auto"]["48000"]["reason"]
    table = (tmp_path / "o" / "comparison.md").read_text()
    for cell in told["cells"]:
        (row,) = (line for line in table.splitlines() if f"| {cell['method']} " in line)
        assert f" {cell['snr_db']:.1f} |" in row
        assert f" {cell['plan']['pole_radius']:.5f} |" in row
        assert (tmp_path / "o" / cell["wav"]).is_file()
        assert set(cell) >= {"latency_frames", "latency_ms", "times_real_time", "pole_radius", "stable"}
    assert told["auto"]["48000"]["reason"] in table


def test_cell_that_cannot_be_realised_says_why(stem: Path, tmp_path: Path) -> None:
    capture = material.random_capture(rate_hz=48_000)
    comparison = compare(stem, capture=capture, rates_hz=(44_100,), methods=("apdl", "cidl"), out=tmp_path / "o")
    apdl, cidl = comparison.cells
    assert apdl.snr_db is None
    assert "APDL" in str(apdl.error)
    assert cidl.error is None
    assert str(apdl.error) in comparison.table.read_text()


def test_reference_is_the_capture_at_its_own_rate(stem: Path, tmp_path: Path) -> None:
    wire = material.identity_capture(rate_hz=48_000)
    comparison = compare(stem, capture=wire, rates_hz=(96_000,), methods=("naive",), out=tmp_path / "o")
    reference = material.read(comparison.reference_wav)
    np.testing.assert_allclose(reference[:, 480:-480], material.read(stem)[:, 480:-480], atol=1e-6)
    assert figures(comparison)[96_000, "naive"] > 100.0


def test_default_folder_stands_beside_the_stem(stem: Path) -> None:
    comparison = compare(stem, capture=AMP, rates_hz=(44_100,), methods=("naive",))
    assert comparison.table.parent == stem.parent / "compared" / "gtr [Amp]"


def test_rates_without_a_common_measure_do_not_drift(stem: Path, tmp_path: Path) -> None:
    comparison = compare(stem, capture=AMP, rates_hz=(44_101,), methods=("resample",), out=tmp_path / "o")
    assert figures(comparison)[44_101, "resample"] > 40.0


@pytest.mark.parametrize(
    ("options", "error"),
    [({"methods": ["best"]}, MethodError), ({"rates_hz": [7_000_000]}, RateError), ({"rates_hz": []}, RenderError)],
)
def test_wrong_requests_are_refused(stem: Path, options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        compare(stem, capture=AMP, **options)
    assert not (stem.parent / "compared").exists()


def without_snr(stem: Path, folder: Path, **options: Any) -> list[dict[str, Any]]:
    """The cells of a comparison, which has a table beside its JSON, none of them with an SNR."""
    compare(stem, capture=AMP, rates_hz=(44_100, 48_000), methods=("naive", "cidl"), out=folder, **options)
    table = (folder / "comparison.md").read_text()

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in JSON")

    cells = json.loads((folder / "comparison.json").read_text(), parse_constant=refuse)["cells"]
    for cell in cells:
        (row,) = (line for line in table.splitlines() if f"| {cell['method']} " in line and _khz(cell) in line)
        assert row.split("|")[3].strip() == ""
        assert cell["note"] in row
        assert (cell["snr_db"], cell["identical"], cell["error"]) == (None, False, None)
        assert (folder / cell["wav"]).is_file()
    return cells


def _khz(cell: dict[str, Any]) -> str:
    return f"{cell['rate_hz'] / 1000:g} kHz"


def test_silence_has_no_snr(tmp_path: Path) -> None:
    silence = material.stem_file(tmp_path / "x.wav", np.zeros((2, 48_000), np.float32))
    assert {cell["note"] for cell in without_snr(silence, tmp_path / "o")} == {"silent: no SNR"}


def test_what_becomes_silent_has_no_snr(stem: Path, tmp_path: Path) -> None:
    mute = replace(material.identity_capture(rate_hz=44_100), skip=0.0)
    (cell,) = compare(stem, capture=mute, rates_hz=(48_000,), methods=("lidl",), out=tmp_path / "o").cells
    assert (cell.snr_db, cell.note) == (None, "silent: no SNR")


@pytest.mark.parametrize("frames", [1, 2_000, 4_353])
def test_what_is_as_short_as_the_ends_left_out_has_no_snr(frames: int, tmp_path: Path) -> None:
    x = material.riff(1.0, rate_hz=48_000)[:, 4_000 : 4_000 + frames]
    short = material.stem_file(tmp_path / "x.wav", x, rate_hz=48_000)
    notes = {cell["note"] for cell in without_snr(short, tmp_path / "o")}
    assert notes == {f"too short to compare ({frames} frames; needs more than 4353)"}


def test_longer_ones_have_one(tmp_path: Path) -> None:
    x = material.riff(1.0, rate_hz=48_000)[:, 4_000:8_354]
    long = material.stem_file(tmp_path / "x.wav", x, rate_hz=48_000)
    (cell,) = compare(long, capture=AMP, rates_hz=(48_000,), methods=("lidl",), out=tmp_path / "o").cells
    assert cell.note is None
    assert cell.snr_db is not None
    assert cell.snr_db > 10.0


def test_output_that_is_not_finite_is_a_cell_that_says_so(tmp_path: Path) -> None:
    """A square wave overshoots when it is resampled: beyond float32 behind this capture."""
    square = np.where(np.arange(48_000) // 100 % 2, 1.0, -1.0).astype(np.float32)[None]
    stem = material.stem_file(tmp_path / "x.wav", square, rate_hz=48_000)
    loud = replace(material.identity_capture(rate_hz=48_000), skip=1e30, output_gain_db=170.37)  # 3.3e38
    comparison = compare(stem, capture=loud, rates_hz=(48_000, 44_100), methods=("naive",), out=tmp_path / "o")
    same, other = comparison.cells
    assert (same.error, same.snr_db) == (None, np.inf)
    assert "stops being finite" in str(other.error)
    assert str(other.error) in comparison.table.read_text()


def test_stop_ends_it_without_a_table(stem: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def stop_at_once(cell: Cell, done: int, total: int) -> None:
        del cell, done, total
        stop.set()

    with pytest.raises(StoppedError):
        compare(stem, capture=AMP, out=tmp_path / "o", stop=stop, listener=stop_at_once)
    assert not (tmp_path / "o" / "comparison.md").exists()
    assert material.leftovers(tmp_path) == []


@pytest.mark.parametrize(("direction", "rate_hz"), [("up", 48_000), ("down", 40_500)])
def test_published_figures_are_met(reference: Path, tmp_path: Path, direction: str, rate_hz: int) -> None:
    """SNR of the renders published with the ICASSP 2025 paper against their own base, within 1.2 dB.

    Their clips were played, brought back and published; ours come from ``compare`` alone.
    """
    folder = reference / "audio" / "icassp25"
    names = {"naive": "naive", "stn": "STN1"} | {f"lagrange{order}": f"L{order}" for order in range(1, 6)}
    comparison = compare(
        folder / "clip-4.wav",
        capture=reference / "captures" / "guitarml" / "BlackstarHT40_AmpHighGain.json",
        capture_rate_hz=44_100,
        rates_hz=[rate_hz],
        methods=list(names),
        out=tmp_path,
    )
    stem = f"BlackstarHT40_AmpHighGain_{direction}_clip-4"
    base = material.read(folder / f"{stem}_base.wav")[:, 2_000:-2_000].astype(float)
    for (_, method), snr_db in figures(comparison).items():
        published = material.read(folder / f"{stem}_{names[method]}.wav")[:, 2_000:][:, : base.shape[1]].astype(float)
        theirs_db = 10 * np.log10(np.sum(base**2) / np.sum((base - published) ** 2))
        assert snr_db == pytest.approx(theirs_db, abs=1.2)
