"""Only floating-point samples count as samples, wherever an array comes in."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from afxplugin.audio import Audio, AudioWriter
from afxplugin.captures import Capture
from afxplugin.chain import Player
from afxplugin.devices import OverdriveDevice
from afxplugin.engine.feed import GraphFeed
from afxplugin.engine.player import GraphPlayer
from afxplugin.errors import AudioError, BlockError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.kernel import Kernel
from afxplugin.measure.accuracy import esr, esr_without_linear, linear_fit, mae, mesr, mr_stft, snr_db
from afxplugin.measure.aliasing import asr_db
from afxplugin.measure.alignment import lag_frames
from afxplugin.measure.harmonics import analyse_harmonics, last_second
from afxplugin.measure.masking import nmr_db
from afxplugin.rates import Oversampler, Resampler, resample_fft

Entry = Callable[[np.ndarray, Capture], object]
FLOATS = np.random.default_rng(2).uniform(-1.0, 1.0, (1, 4096))
TYPES = ["int8", "int16", "int32", "int64", "uint8", "bool", "complex64", "complex128", "object", "U8", "datetime64[s]"]


def given(dtype: str) -> np.ndarray:
    """(1, 4096) of a type that samples cannot have."""
    if np.dtype(dtype).kind in "iuM":
        return np.clip(30_000 * FLOATS, -100, 100).astype("int8").astype(dtype)
    return FLOATS.astype(dtype)


def feed(x: np.ndarray, _: Capture) -> object:
    return GraphFeed.feed(cast("Any", None), {"stem": x})


def feed_one(x: np.ndarray, _: Capture) -> object:
    return GraphPlayer.process(cast("Any", SimpleNamespace(feed=None, _input="stem")), x)


def kernel(x: np.ndarray, capture: Capture) -> object:
    return Kernel(capture, design_feedback("naive", Fraction(1))).process(x)


TONE: dict[str, Any] = {"frequency_hz": 1_001.0, "rate_hz": 44_100}
ENTRIES: dict[str, Entry] = {
    "player": lambda x, capture: Player(capture, rate_hz=48_000).process(x),
    "kernel": kernel,
    "graph": feed,
    "graph player": feed_one,
    "resampler": lambda x, _: Resampler(44_100, 48_000).process(x[0]),
    "oversampler up": lambda x, _: Oversampler(2).up(x[0]),
    "oversampler down": lambda x, _: Oversampler(2).down(x[0]),
    "ideal resampler": lambda x, _: resample_fft(x, 44_100, 48_000),
    "device": lambda x, _: OverdriveDevice().process(x, 44_100),
    **{
        f"{measure.__name__} of {which}": lambda x, _, measure=measure, which=which: measure(
            **({"target": FLOATS, "output": FLOATS} | {which: x})
        )
        for measure in (esr, snr_db, mae, mr_stft)
        for which in ("target", "output")
    },
    "mesr": lambda x, _: mesr(target=x[0], output=FLOATS[0], **TONE),
    "without linear": lambda x, _: esr_without_linear(target=FLOATS, output=FLOATS, input=x, taps=4),
    "linear fit": lambda x, _: linear_fit(target=FLOATS[0], input=x[0], taps=4),
    "lag": lambda x, _: lag_frames(target=FLOATS[0], output=x[0]),
    "harmonics": lambda x, _: analyse_harmonics(x[0], **TONE),
    "last second": lambda x, _: last_second(x[0], 44_100),
    "aliasing": lambda x, _: asr_db(x[0], **TONE),
    "masking": lambda x, _: nmr_db(target=FLOATS[0], output=x[0], rate_hz=44_100),
}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_other_types_are_refused_with_what_to_do(entry: str, dtype: str, amp: Capture) -> None:
    x = given(dtype)
    with pytest.raises(BlockError, match="float32 or float64 with full scale ±1 is needed") as refused:
        ENTRIES[entry](x, amp)
    assert str(refused.value).startswith(f"samples are {x.dtype}; ")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble", ">f4", ">f8"])
def test_every_floating_type_is_taken_at_its_value(dtype: str, amp: Capture) -> None:
    x = FLOATS.astype("float16")
    wanted = Player(amp, rate_hz=48_000).process(x.astype(np.float32))
    assert np.array_equal(Player(amp, rate_hz=48_000).process(x.astype(dtype)), wanted)


def test_16_bits_are_told_how_to_become_samples(amp: Capture) -> None:
    x = (32_768 * FLOATS).astype(np.int16)
    with pytest.raises(BlockError, match=r"int16 samples: divide by 32768"):
        Player(amp, rate_hz=48_000).process(x)
    Player(amp, rate_hz=48_000).process(x / 32_768)


@pytest.mark.parametrize("dtype", TYPES)
def test_files_and_audio_take_floating_point_alone(dtype: str, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="float32 or float64 with full scale ±1 is needed"):
        Audio(given(dtype), 48_000)
    with (
        pytest.raises(BlockError, match="float32 or float64 with full scale ±1 is needed"),
        AudioWriter(tmp_path / "x.wav", rate_hz=48_000, channels=1) as writer,
    ):
        writer.write(given(dtype))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_not_finite_is_refused_and_changes_nothing(value: float, amp: Capture) -> None:
    x = FLOATS[:, :2_000].repeat(3, axis=0)
    wanted = Player(amp, rate_hz=48_000).process(x)
    player = Player(amp, rate_hz=48_000)
    first = player.process(x[:, :700])
    bad = x[:, 700:].copy()
    bad[2, 600], bad[1, 601] = value, np.nan
    with pytest.raises(BlockError, match=r"the sample at frame 600 of this block, channel 3, is (nan|-?inf)"):
        player.process(bad)
    assert np.array_equal(np.concatenate([first, player.process(x[:, 700:])], axis=1), wanted)
