"""Test signals and synthesised stems: in tune, in time, in band, and the same music at every rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from afxplugin.errors import RateError
from afxplugin.measure.accuracy import snr_db
from afxplugin.measure.alignment import lag_frames
from afxplugin.measure.probes import faded, impulse, log_sweep, noise, sine
from afxplugin.measure.stems import BEAT_S, SONG_SECONDS, bass_di, drums, guitar_di
from afxplugin.measure.strings import BASS, GUITAR, decaying_sum, midi_hz, pluck

STEMS = {"guitar": guitar_di, "bass": bass_di, "drums": drums}


def _level_db(x, low_hz, high_hz, rate_hz):
    """Power of a band re the whole, in dB, under a window that keeps the ends of the signal out of it."""
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    frequency_hz = np.fft.rfftfreq(len(x), 1 / rate_hz)
    return 10 * np.log10(power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].sum() / power.sum() + 1e-30)


def test_sine_is_the_formula():
    x = sine(rate_hz=48_000, seconds=0.5, frequency_hz=12_000, amplitude=0.5, phase_rad=np.pi / 2)
    assert len(x) == 24_000
    np.testing.assert_allclose(x[:8], [0.5, 0, -0.5, 0, 0.5, 0, -0.5, 0], atol=1e-12)


def test_sweep_passes_each_octave_in_the_same_time():
    rate_hz, seconds = 48_000, 4.0
    x = log_sweep(rate_hz=rate_hz, seconds=seconds, low_hz=100, high_hz=1600)
    for octave in range(4):
        middle = int((octave + 0.5) / 4 * seconds * rate_hz)
        part = x[middle - 2400 : middle + 2400]
        crossings = np.count_nonzero(np.diff(np.signbit(part)))
        assert crossings / 2 / 0.1 == pytest.approx(100 * 2 ** (octave + 0.5), rel=0.06)
    assert abs(x[0]) == 0.0
    assert abs(x[-1]) < 1e-3


@pytest.mark.parametrize("rate_hz", [8_000, 11_025])
def test_sweep_stays_below_half_the_rate(rate_hz):
    x = log_sweep(rate_hz=rate_hz, seconds=3.0)
    assert _level_db(x[: len(x) * 3 // 4], 0.46 * rate_hz, rate_hz, rate_hz) < -60


def test_noise_is_flat_in_its_band_and_empty_outside():
    x = noise(rate_hz=48_000, seconds=1.0, seed=3, low_hz=1000, high_hz=4000, rms=0.2)
    spectrum = np.abs(np.fft.rfft(x)) ** 2
    assert np.sqrt(np.mean(x**2)) == pytest.approx(0.2, rel=1e-6)
    assert np.max(spectrum[:1000]) < 1e-15 * np.max(spectrum)
    assert np.max(spectrum[4001:]) < 1e-15 * np.max(spectrum)
    halves = spectrum[1000:2500].mean(), spectrum[2500:4001].mean()
    assert halves[0] == pytest.approx(halves[1], rel=0.2)


def test_noise_is_the_same_waveform_at_every_rate():
    low, high = (noise(rate_hz=rate_hz, seconds=0.5, seed=4, high_hz=15_000) for rate_hz in (48_000, 96_000))
    np.testing.assert_allclose(high[::2], low, atol=1e-12)
    assert not np.allclose(low, noise(rate_hz=48_000, seconds=0.5, seed=5, high_hz=15_000))


def test_noise_of_a_band_above_half_the_rate_is_silence():
    assert not np.any(noise(rate_hz=8_000, seconds=0.1, seed=0, low_hz=6500, high_hz=16_000))


def test_impulse_is_one_sample():
    x = impulse(rate_hz=8_000, seconds=0.01, at_frame=7, amplitude=-0.5)
    assert (len(x), x[7], np.count_nonzero(x)) == (80, -0.5, 1)


def test_fades_rise_from_and_fall_to_silence():
    y = faded(np.ones((2, 1000)), rate_hz=10_000, seconds=0.01)
    np.testing.assert_allclose(y[:, 50], 0.5)
    assert np.all(y[:, 0] == 0.0)
    assert np.all(y[:, 100:900] == 1.0)
    np.testing.assert_array_equal(y, y[:, ::-1])


@pytest.mark.parametrize("frames", [0, 1, 511, 512, 2000, 4096])
def test_decaying_modes_are_the_impulse_responses_of_two_poles(frames):
    rng = np.random.default_rng(1)
    amplitudes, decays, angles = rng.standard_normal(9), rng.uniform(1e-4, 1e-2, 9), rng.uniform(0.01, 2.5, 9)
    lengths = np.minimum(np.array([0, 1, 511, 512, 513, 1024, 1999, 5000, 9000]), frames)
    expected = np.zeros(frames)
    for amplitude, decay, w, length in zip(amplitudes, decays, angles, lengths, strict=True):
        r = np.exp(-decay)
        hit = np.zeros(length)
        hit[:1] = amplitude
        expected[:length] += lfilter([0.0, r * np.sin(w)], [1.0, -2 * r * np.cos(w), r * r], hit)
    y = decaying_sum(amplitudes, -decays + 1j * angles, lengths, frames=frames)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("instrument", "note"), [(GUITAR, 40), (GUITAR, 64), (GUITAR, 83), (BASS, 28), (BASS, 43)])
def test_plucked_strings_are_in_tune(instrument, note):
    x = pluck(instrument, note=note, muted=False, upstroke=False, rate_hz=48_000, seconds=2.0)
    size = 2**20
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), size))
    around = np.abs(np.arange(len(spectrum)) * 48_000 / size / midi_hz(note) - 1) < 0.3
    found_hz = np.argmax(np.where(around, spectrum, 0)) * 48_000 / size
    # The stiffness raises the first partial by half of B, a tenth of a cent; 2 cents are hardly heard.
    assert abs(1200 * np.log2(found_hz / midi_hz(note))) < 2


def test_a_pluck_is_the_same_waveform_at_every_rate():
    low, high = (
        pluck(GUITAR, note=45, muted=False, upstroke=True, rate_hz=rate_hz, seconds=0.5) for rate_hz in (48_000, 96_000)
    )
    np.testing.assert_allclose(high[::2], low, atol=1e-6)  # partials end where they have decayed by 100 dB
    assert low[0] == 0.0
    assert 0.2 < np.max(np.abs(low)) < 2


def test_the_palm_mutes():
    sounding = [
        np.sum(pluck(GUITAR, note=40, muted=muted, upstroke=False, rate_hz=48_000, seconds=1.0)[24_000:] ** 2)
        for muted in (False, True)
    ]
    assert 10 * np.log10(sounding[1] / sounding[0]) < -30


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("name", STEMS)
def test_stems_peak_at_6_db_and_start_and_end_silent(name, rate_hz):
    audio = STEMS[name](rate_hz, 3.0)
    assert (audio.rate_hz, audio.frames, audio.channels) == (rate_hz, 3 * rate_hz, 2 if name == "drums" else 1)
    assert audio.x.dtype == np.float32
    assert np.max(np.abs(audio.x)) == pytest.approx(10 ** (-6 / 20), rel=1e-6)
    assert np.max(np.abs(audio.x[:, [0, -1]])) < 1e-6


@pytest.mark.parametrize("name", STEMS)
def test_stems_are_the_same_music_at_every_rate(name):
    low, high = STEMS[name](48_000, 4.8), STEMS[name](96_000, 4.8)
    # Strokes start at the nearest frame of either rate: half a frame apart at most.
    for row_low, row_high in zip(low.x, high.x, strict=True):
        assert snr_db(target=row_low, output=row_high[::2]) > 8
        assert abs(lag_frames(target=row_low, output=row_high[::2], largest_lag_frames=100)) < 0.5


@pytest.mark.parametrize("name", STEMS)
def test_stems_hold_nothing_above_the_band_of_a_recording(name):
    x = STEMS[name](96_000, 4.8).x[0].astype(np.float64)
    assert _level_db(x, 20_000, 48_000, 96_000) < -60


@pytest.mark.parametrize("name", STEMS)
def test_stems_repeat_and_depend_on_their_seed(name):
    first, again, other = STEMS[name](8_000, 2.4), STEMS[name](8_000, 2.4), STEMS[name](8_000, 2.4, seed=1)
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("name", STEMS)
def test_strokes_fall_on_the_beat(name):
    # Every bar of the first four starts with a stroke, a few milliseconds late as a hand is, and louder than what was.
    rate_hz = 48_000
    x = np.abs(STEMS[name](rate_hz, 9.6).x[0])
    for bar in range(1, 4):
        beat = round(bar * 4 * BEAT_S * rate_hz)
        before, after = x[beat - rate_hz // 100 : beat], x[beat : beat + rate_hz // 25]
        assert np.max(after) > 3 * np.max(before)


def test_stereo_drums_have_width_and_a_middle():
    left, right = drums(48_000, 4.8).x
    assert 0.5 < np.corrcoef(left, right)[0, 1] < 0.99


def test_the_song_repeats_after_eight_bars():
    rate_hz = 8_000
    x = bass_di(rate_hz, SONG_SECONDS + 4.8).x[0].astype(np.float64)
    period = round(SONG_SECONDS * rate_hz)
    first, second = x[: 4 * rate_hz], x[period : period + 4 * rate_hz]
    envelopes = [np.sqrt(np.mean(part.reshape(-1, rate_hz // 10) ** 2, axis=1)) for part in (first, second)]
    assert np.max(np.abs(20 * np.log10(envelopes[0] / envelopes[1]))) < 3
    assert not np.array_equal(first, second)  # played, not copied


@pytest.mark.parametrize("stem", STEMS.values())
def test_stems_refuse_rates_that_are_not_handled(stem):
    with pytest.raises(RateError):
        stem(4_000)
