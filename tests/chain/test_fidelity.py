"""Fidelity of rate conversion on real captures, by a fixed protocol, against measured figures.

Protocol: two real riffs, 1.2 s each from frame 20000 with 10 ms fades, at -6 dB, one after the other; giant-FFT
conversion to the session's rate, played from zero state, giant-FFT conversion back; SNR against the capture at its own
rate, 2000 frames dropped at each end.
"""

from __future__ import annotations

import warnings
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.audio import read_audio
from afxplugin.captures import Capture, read_capture
from afxplugin.chain import Player, plan_rates, with_eigenvalues
from afxplugin.measure.accuracy import snr_db
from afxplugin.rates.fft import resample_fft

Signal = NDArray[np.float64]
CAPTURE_HZ = 44_100
CEILING_DB = 75.0  # float32 noise and the aliasing of the base output limit what can be told beyond
# The figures were taken over five riffs, of which two are at hand. Louder or brighter riffs move all methods of a
# capture together (by 2 to 7 dB here), so each is compared with the figure moved by the capture's median difference;
# differences spread by up to 1.6 dB around it.
SPREAD_DB = 2.0
MOST_MOVED_DB = 8.0

# SNR in dB by an independent implementation over five riffs.
COLUMNS = (
    (48_000, "naive"), (48_000, "stn"), (48_000, "lidl"), (48_000, "apdl"), (48_000, "cidl"), (48_000, "lagrange5"),
    (88_200, "naive"), (88_200, "stn"), (88_200, "lidl"),
    (96_000, "lidl"), (96_000, "apdl"), (96_000, "cidl"), (96_000, "lagrange5"),
    (192_000, "lidl"), (192_000, "apdl"), (192_000, "cidl"), (192_000, "lagrange5"),
    (40_500, "naive"), (40_500, "lidl"), (40_500, "cidl"), (40_500, "lagrange4"), (40_500, "lagrange5"),
)  # fmt: skip
FIGURES = {
    "BlackstarHT40_AmpClean": (
        "5.8 22.2 23.4 43.5 43.4 61.9 -3.8 12.2 101.3 29.4 55.9 70.9 99.3 37.1 68.8 90.2 98.7 "
        "6.4 14.3 35.8 44.0 50.6"
    ),
    "BlackstarHT40_AmpHighGain": (
        "5.5 23.8 25.0 43.1 41.1 55.6 -4.8 13.8 80.2 30.9 55.4 68.7 80.1 38.4 68.1 79.6 80.1 "
        "5.6 10.1 34.3 40.6 44.4"
    ),
    "DumbleKit_LowG_DirectOut": (
        "0.3 18.9 20.2 42.5 45.0 67.3 -3.1 9.7 102.5 26.2 54.8 72.6 97.6 33.9 67.8 91.6 96.6 "
        "0.0 12.0 37.4 47.4 55.8"
    ),
    "LittleBigMuff_HighGainPedal": (
        "16.8 37.8 39.1 64.6 64.8 77.6 2.1 23.0 84.8 46.0 76.3 83.3 84.6 54.0 83.6 84.1 83.1 "
        "16.7 35.2 57.1 64.5 68.6"
    ),
    "PlexiBreed_JTM_pedal": (
        "7.5 29.6 30.7 53.1 54.5 71.2 -4.7 17.7 96.5 37.3 65.4 81.0 96.3 45.3 78.3 94.9 95.7 "
        "7.4 24.9 46.9 53.0 59.7"
    ),
    "PrincetonAmp_Clean": (
        "10.9 28.0 29.7 50.9 49.6 64.7 -1.8 14.2 103.8 36.5 63.2 77.0 102.2 44.5 76.2 96.0 102.4 "
        "11.1 25.1 41.8 48.9 53.7"
    ),
    "RockmanAcoustic_Pedal": (
        "12.0 22.8 27.0 43.9 39.7 43.8 -2.0 9.0 63.2 33.8 55.7 61.6 63.1 41.8 62.3 63.1 63.2 "
        "11.9 22.7 31.9 34.0 33.0"
    ),
    "XComp_Pedal": (
        "25.8 37.0 42.6 59.0 54.9 62.9 8.3 23.1 83.7 49.3 71.4 79.7 83.6 57.4 81.1 83.6 83.5 "
        "25.4 38.2 47.3 50.6 52.4"
    ),
}  # fmt: skip


@cache
def capture_of(folder: Path, name: str) -> Capture:
    return with_eigenvalues(read_capture(folder / "captures" / "guitarml" / f"{name}.json", rate_hz=CAPTURE_HZ))


@cache
def riffs(folder: Path) -> Signal:
    """(frames,) excerpts, one after the other."""
    frames = int(1.2 * CAPTURE_HZ)
    fade = np.minimum(1.0, np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (0.010 * CAPTURE_HZ))
    found = [read_audio(folder / "audio" / f"input_riff{k}.wav").x[0, 20_000 : 20_000 + frames] for k in (2, 4)]
    return 10 ** (-6 / 20) * np.concatenate([fade * x for x in found])


def played(capture: Capture, x: Signal, rate_hz: int, **path) -> Signal:
    """x (frames,) from zero state, latency taken off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forced methods that are not stable: their figures are compared too
        player = Player(capture, rate_hz=rate_hz, start="zero", **path)
    y = np.concatenate([player.process(x[None]), player.flush()], axis=1)
    return y[0, player.latency_frames :].astype(np.float64)


@cache
def base_of(folder: Path, name: str) -> Signal:
    return played(capture_of(folder, name), riffs(folder), CAPTURE_HZ)


@cache
def riffs_at(folder: Path, rate_hz: int) -> Signal:
    return resample_fft(riffs(folder), CAPTURE_HZ, rate_hz)


def converted_snr_db(folder: Path, name: str, rate_hz: int, *, high_hz: float | None = None, **path) -> float:
    """SNR of a way of playing; high_hz: only below this frequency."""
    target = base_of(folder, name)
    back = resample_fft(
        played(capture_of(folder, name), riffs_at(folder, rate_hz), rate_hz, **path), rate_hz, CAPTURE_HZ
    )
    frames = min(target.size, back.size)
    target, back = target[:frames], back[:frames]
    if high_hz is not None:
        target, back = below(target, high_hz), below(back, high_hz)
    return snr_db(target=target[2_000 : frames - 2_000], output=back[2_000 : frames - 2_000])


def below(x: Signal, high_hz: float) -> Signal:
    spectrum = np.fft.rfft(x)
    spectrum[np.fft.rfftfreq(x.size, 1.0 / CAPTURE_HZ) > high_hz] = 0.0
    return np.fft.irfft(spectrum, x.size)


@pytest.mark.parametrize("name", FIGURES)
def test_each_method_is_as_close_as_measured(name: str, reference: Path) -> None:
    figures = np.array([float(text) for text in FIGURES[name].split()])
    ours = np.array([converted_snr_db(reference, name, rate_hz, method=method) for rate_hz, method in COLUMNS])
    moved = float(np.median((ours - figures)[figures < 60.0]))  # above that, float32 noise and aliasing have their say
    assert abs(moved) <= MOST_MOVED_DB
    short = {
        c: (o, f) for c, o, f in zip(COLUMNS, ours, figures, strict=True) if o < min(f + moved, CEILING_DB) - SPREAD_DB
    }
    assert not short


def over_captures(folder: Path, rate_hz: int, **options) -> NDArray[np.float64]:
    return np.array([converted_snr_db(folder, name, rate_hz, **options) for name in FIGURES])


def test_the_default_path_is_as_close_as_a_good_resampler(reference: Path) -> None:
    full = over_captures(reference, 48_000)
    low = over_captures(reference, 48_000, high_hz=15_000.0)
    assert full.mean() >= 81.0, full
    assert full.min() >= 46.0, full
    assert low.mean() >= 100.0, low
    assert low.min() >= 88.0, low


def test_the_low_latency_resampler_holds_its_figures(reference: Path) -> None:
    full = over_captures(reference, 48_000, method="resample", filters="low-latency")
    low = over_captures(reference, 48_000, method="resample", filters="low-latency", high_hz=15_000.0)
    assert full.mean() >= 66.0, full
    assert full.min() >= 34.0, full
    assert low.mean() >= 91.0, low
    assert low.min() >= 69.0, low


def test_auto_is_never_worse_than_the_best_delay_line(reference: Path) -> None:
    """Up to 3 dB, the spread between riffs, at every rate that sessions use."""
    for name in FIGURES:
        for rate_hz in (48_000, 96_000, 192_000):
            best = max(converted_snr_db(reference, name, rate_hz, method=m) for m in ("lidl", "cidl", "lagrange5"))
            assert converted_snr_db(reference, name, rate_hz) >= min(best, CEILING_DB) - 3.0, (name, rate_hz)


def test_conversion_of_a_made_capture_is_close(amp: Capture, noise) -> None:
    """What holds without real captures: the order of the methods, and the default's closeness."""
    x = noise(rate_hz=CAPTURE_HZ, seconds=0.6, high_hz=12_000.0, seed=3)
    target = played(amp, x, CAPTURE_HZ)

    def snr(rate_hz: int, **path) -> float:
        y = played(amp, resample_fft(x, CAPTURE_HZ, rate_hz), rate_hz, **path)
        back = resample_fft(y, rate_hz, CAPTURE_HZ)[: target.size]
        return snr_db(target=target[2_000:-2_000], output=back[2_000 : target.size - 2_000])

    assert snr(48_000) > 80.0
    assert snr(48_000) > snr(48_000, method="cidl") > snr(48_000, method="lidl") > snr(48_000, method="naive")
    assert snr(88_200) > 75.0
    assert snr(96_000) > 60.0
    assert snr(96_000) > snr(96_000, method="lidl") > snr(96_000, method="naive")


def real_captures(folder: Path) -> list[Capture]:
    """Every LSTM capture at hand, at the rate its file states or its format has."""
    found: list[Capture] = []
    for path in sorted(folder.joinpath("captures").rglob("*.json")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of assumed rates
            found.append(with_eigenvalues(read_capture(path)))
    return found


def idle_noise(capture: Capture) -> float:
    """How far silence strays from rest at the capture's own rate: float32 rounding, amplified by the network."""
    y = Player(capture, rate_hz=capture.rate_hz).process(np.zeros((1, 48_000)))
    return float(np.abs(y - np.median(y)).max())


def test_what_auto_selects_stays_bounded_and_comes_to_rest(reference: Path) -> None:
    """Bursts of loud noise and silence: finite, at most four times the base peak, at rest 10 tau after the end.

    Rest is -80 dBFS around the rest value, or twice the capture's own idle noise where that is more (two captures).
    """
    rng = np.random.default_rng(2)
    captures = [c for c in real_captures(reference) if plan_rates(c, c.rate_hz).tau_ms < 1_000.0]
    assert len(captures) > 15
    for capture, (filters, ratio) in product(captures, (("low-latency", 0.91875), ("linear", 1.09), ("linear", 2.18))):
        rate_hz = round(capture.rate_hz * ratio)
        loud = np.tile(np.repeat([1.0, 0.0], rate_hz // 4), 4)
        x = (loud * rng.uniform(-1.0, 1.0, loud.size))[None]
        player = Player(capture, rate_hz=rate_hz, filters=filters)
        y = player.process(x)
        assert np.isfinite(y).all()
        assert np.abs(y).max() <= 4.0 * np.abs(Player(capture, rate_hz=capture.rate_hz).process(x)).max()
        tail = round(10.0 * max(player.plan.tau_ms, 1.0) / 1000.0 * rate_hz) + player.latency_frames
        silence = player.process(np.zeros((1, tail + 4_096)))
        rest = float(np.median(Player(capture, rate_hz=rate_hz, filters=filters).process(np.zeros((1, 8_192)))))
        assert np.abs(silence[:, tail:] - rest).max() < max(1e-4, 2.0 * idle_noise(capture)), (capture.name, rate_hz)


def test_a_minute_of_noise_and_silence_stays_bounded(reference: Path) -> None:
    capture = capture_of(reference, "BlackstarHT40_AmpHighGain")
    rng = np.random.default_rng(3)
    for rate_hz in (48_000, 96_000):
        loud = np.tile(np.repeat([1.0, 0.0], rate_hz), 30)
        y = Player(capture, rate_hz=rate_hz).process((loud * rng.uniform(-1.0, 1.0, loud.size))[None])
        assert np.isfinite(y).all()
        base = Player(capture, rate_hz=CAPTURE_HZ).process(rng.uniform(-1.0, 1.0, (1, CAPTURE_HZ)))
        assert np.abs(y).max() <= 4.0 * np.abs(base).max()
