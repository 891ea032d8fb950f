"""Spectra and differences, held to signals of which all is known."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from afxplugin.editor.comparing.compared import Tone
from afxplugin.editor.comparing.probe import Probe
from afxplugin.editor.comparing.spectra import (
    FLOOR_DBFS,
    SWEEP_S,
    Spectrogram,
    alias_frequencies,
    difference,
    spectrogram,
    spectrum,
    sweep_spectrogram,
    tone_spectrum,
)
from afxplugin.editor.state.variants import find_variant, plan_variant
from afxplugin.editor.workers import CancelledWorkError, Control
from afxplugin.measure.probes import log_sweep, sine
from afxplugin.render.source import open_source
from tests.render.material import identity_capture, random_capture

PROBE = Probe(1318.51, 0.5)


def test_a_full_scale_sine_reads_zero_dbfs() -> None:
    size = 8192
    on_a_bin = 200 * 48_000 / size
    x = sine(rate_hz=48_000, seconds=2.0, frequency_hz=on_a_bin)
    found = spectrum(np.stack([x, x]), 48_000)
    top = int(np.argmax(found.level_dbfs))
    assert found.frequency_hz[top] == pytest.approx(on_a_bin)
    assert found.level_dbfs[top] == pytest.approx(0.0, abs=1e-6)
    assert found.level_dbfs[top + 4 :].max() < -100.0
    assert len(found.frequency_hz) == len(found.level_dbfs) == size // 2 + 1


def test_silence_is_the_floor_and_short_signals_are_taken() -> None:
    assert np.all(spectrum(np.zeros((2, 100), np.float32), 48_000).level_dbfs == FLOOR_DBFS)


def test_channels_are_averaged_in_power() -> None:
    x = sine(rate_hz=48_000, seconds=1.0, frequency_hz=200 * 48_000 / 8192)
    one = spectrum(np.stack([x, 0 * x]), 48_000).level_dbfs.max()
    assert one == pytest.approx(-3.0103, abs=1e-3)


def test_aliases_lie_where_folding_puts_them() -> None:
    places = alias_frequencies(5000.0 + 1 / 3, kernel_hz=48_000, rate_hz=48_000)
    assert places[5] == pytest.approx(48_000 - 5 * (5000 + 1 / 3))
    assert places[9] == pytest.approx(48_000 - 9 * (5000 + 1 / 3))
    assert places[14] == pytest.approx(14 * (5000 + 1 / 3) - 48_000)
    assert 4 not in places
    # What folds at the kernel's rate and lies above what is looked at is not there.
    assert all(place < 22_050 for place in alias_frequencies(1318.51, kernel_hz=88_200, rate_hz=44_100).values())
    # Where the rate is a multiple of the tone every alias hides behind a harmonic.
    assert alias_frequencies(1000.0, kernel_hz=48_000, rate_hz=48_000) == {}


def test_harmonics_and_aliases_are_marked_with_their_levels() -> None:
    n = np.arange(48_000) / 48_000
    y = 0.5 * np.sin(2 * np.pi * PROBE.frequency_hz * n) + 0.05 * np.sin(2 * np.pi * 3 * PROBE.frequency_hz * n + 1)
    places = alias_frequencies(PROBE.frequency_hz, kernel_hz=48_000, rate_hz=48_000)
    order = 23
    y += 0.001 * np.sin(2 * np.pi * places[order] * n + 2)
    found = tone_spectrum(Tone(y, 48_000, 48_000), PROBE)
    levels = {mark.order: mark.level_dbfs for mark in found.harmonics}
    assert levels[1] == pytest.approx(20 * np.log10(0.5), abs=1e-3)
    assert levels[3] == pytest.approx(20 * np.log10(0.05), abs=1e-3)
    assert levels[2] < -120.0
    assert len(levels) == int(24_000 / PROBE.frequency_hz)
    (alias,) = found.aliases
    assert alias.order == order
    assert alias.frequency_hz == pytest.approx(places[order])
    assert alias.level_dbfs == pytest.approx(-60.0, abs=1.0)
    top = int(np.argmax(found.spectrum.level_dbfs))
    assert found.spectrum.frequency_hz[top] == pytest.approx(PROBE.frequency_hz, abs=0.6)


def test_a_clean_tone_has_no_alias() -> None:
    y = sine(rate_hz=96_000, seconds=1.0, frequency_hz=PROBE.frequency_hz, amplitude=0.5)
    assert tone_spectrum(Tone(y, 96_000, 96_000), PROBE).aliases == ()


def swept_hz(found: Spectrogram, column: int, rate_hz: int) -> float:
    """Where the sine is: it rises from 20 Hz to 20 kHz, or 0.45 of the rate."""
    return 20.0 * (min(20_000.0, 0.45 * rate_hz) / 20.0) ** (found.time_s[column] / SWEEP_S)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_the_sweep_is_where_it_is_said_to_be(rate_hz: int) -> None:
    y = log_sweep(rate_hz=rate_hz, seconds=SWEEP_S, amplitude=0.5)
    found = spectrogram(y, rate_hz, columns=200)
    assert found.level_dbfs.shape == (len(found.frequency_hz), 200)
    assert len(found.frequency_hz) <= 512
    assert len(found.time_s) == 200
    step = found.frequency_hz[1] - found.frequency_hz[0]
    for column in (60, 100, 140, 190):
        top = found.frequency_hz[int(np.argmax(found.level_dbfs[:, column]))]
        assert top == pytest.approx(swept_hz(found, column, rate_hz), rel=0.03, abs=2 * step)
        assert found.level_dbfs[:, column].max() > -25.0  # a moving sine fills several bins


def test_a_sweep_through_a_variant_shows_what_it_adds() -> None:
    wire = open_source(capture=identity_capture(), preset=None)
    clean = sweep_spectrogram(wire, plan_variant(wire.capture, 48_000, find_variant("naive")), Control(), columns=100)
    source = open_source(capture=random_capture(), preset=None)
    planned = plan_variant(source.capture, 48_000, find_variant("naive"))
    shares: list[float] = []
    bent = sweep_spectrogram(source, planned, Control(lambda share, _: shares.append(share)), columns=100)
    assert shares == sorted(shares)
    twice = 2 * swept_hz(bent, 50, 48_000)
    row = int(np.argmin(np.abs(bent.frequency_hz - twice)))
    assert bent.level_dbfs[row - 1 : row + 2, 50].max() > clean.level_dbfs[row - 1 : row + 2, 50].max() + 20.0
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledWorkError):
        sweep_spectrogram(source, planned, Control(cancelled=cancelled))


def test_the_difference_is_what_was_added() -> None:
    frames = 48_000
    reference = np.tile(sine(rate_hz=48_000, seconds=1.0, frequency_hz=440.0, amplitude=0.5), (2, 1)).astype(np.float32)
    output = reference.copy()
    output[1, 24_000:24_480] += 0.1
    found = difference(reference, output, 48_000, bins=100)
    assert len(found.time_s) == len(found.low) == len(found.high) == 100
    assert found.time_s[50] == pytest.approx(0.505)
    assert found.high[50] == pytest.approx(0.1, rel=1e-5)
    assert found.low[50] == pytest.approx(0.0, abs=1e-6)
    # Half of the channels differ by 0.1.
    assert found.difference_dbfs[50] == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=1e-3)
    assert np.all(found.difference_dbfs[:50] == FLOOR_DBFS)
    assert found.reference_dbfs.mean() == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert len(difference(reference[:, :7], output[:, :7], 48_000).time_s) == 7
    with pytest.raises(ValueError, match="two of the same shape"):
        difference(reference, output[:, : frames - 1], 48_000)
