"""The sine through a variant: figures held to measure's own, and to what is known of oversampling."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from afxplugin.editor.comparing.probe import Probe, Probes, measure_aliasing, play_probe
from afxplugin.editor.state.session import Choice, KnobSettings
from afxplugin.editor.state.sources import open_choice, with_settings
from afxplugin.measure.aliasing import asr_db
from afxplugin.measure.probes import sine
from afxplugin.render.comparing import StoppedError
from afxplugin.render.source import open_source
from tests.render.material import identity_capture

PROBE = Probe()


def test_what_passes_unchanged_has_no_aliases() -> None:
    source = open_source(capture=identity_capture(), preset=None)
    for session_hz in (48_000, 96_000):
        y = play_probe(source, session_hz, "naive", PROBE, threading.Event())
        assert len(y) == session_hz
        np.testing.assert_allclose(np.abs(y).max(), 0.5, rtol=1e-3)
        found = measure_aliasing(y, PROBE, session_hz)
        assert found.asr_db < -120.0
        assert found.nmr_db < -50.0


def test_a_known_alias_is_measured() -> None:
    """A tone beside the harmonics at -46 dB of the probe, which is a sine: -46 dB, and well audible."""
    y = sine(rate_hz=48_000, seconds=1.0, frequency_hz=PROBE.frequency_hz, amplitude=0.5)
    y += sine(rate_hz=48_000, seconds=1.0, frequency_hz=7000.0, amplitude=0.0025)
    found = measure_aliasing(y, PROBE, 48_000)
    assert found.asr_db == pytest.approx(20 * np.log10(0.005), abs=0.01)
    assert found.asr_db == asr_db(y, frequency_hz=PROBE.frequency_hz, rate_hz=48_000)
    assert found.nmr_db > 0.0


def test_what_lies_above_hearing_is_not_heard() -> None:
    y = sine(rate_hz=96_000, seconds=1.0, frequency_hz=PROBE.frequency_hz, amplitude=0.5)
    quiet = measure_aliasing(y, PROBE, 96_000)
    loud = measure_aliasing(y + sine(rate_hz=96_000, seconds=1.0, frequency_hz=31_000.0, amplitude=0.05), PROBE, 96_000)
    assert loud.asr_db > -21.0
    assert loud.nmr_db == pytest.approx(quiet.nmr_db, abs=1.0)


def test_oversampling_lowers_both() -> None:
    source = open_choice(Choice(preset="Green Overdrive/Crunch"))
    stop = threading.Event()
    found = [
        measure_aliasing(play_probe(source, 48_000, "auto", PROBE, stop, oversample=factor), PROBE, 48_000)
        for factor in (1, 2)
    ]
    assert found[1].asr_db < found[0].asr_db - 20.0
    assert found[1].nmr_db < found[0].nmr_db - 20.0


def test_it_ends_on_request() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        play_probe(open_source(capture=identity_capture(), preset=None), 48_000, "naive", PROBE, stop)


def test_a_response_is_played_once_for_the_same_settings_and_again_for_others() -> None:
    source = open_choice(Choice(preset="Green Overdrive/Crunch"))
    probes, stop = Probes(most=2), threading.Event()
    first = probes.measured(source, 48_000, "naive", PROBE, stop)
    np.testing.assert_array_equal(first[0], play_probe(source, 48_000, "naive", PROBE, stop))
    assert first[1] == measure_aliasing(first[0], PROBE, 48_000)
    assert probes.measured(source, 48_000, "naive", PROBE, stop)[0] is first[0]
    driven = with_settings(source, KnobSettings({"Drive": 9.0}))
    assert np.abs(probes.measured(driven, 48_000, "naive", PROBE, stop)[0] - first[0]).max() > 0.01
    assert probes.measured(source, 48_000, "naive", PROBE, stop)[0] is first[0]
    other = probes.measured(source, 48_000, "naive", PROBE, stop, oversample=2)
    assert other[1].asr_db < first[1].asr_db
    assert probes.measured(driven, 48_000, "naive", PROBE, stop)[0] is not first[0]  # the oldest went
    with pytest.raises(ValueError, match="read-only"):
        first[0][0] = 1.0
