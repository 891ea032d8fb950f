"""The plugin's engine plays what the chain plays: the same bits, as late as it says, for any block size."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import AnyCapture, Capture, Control, blend_captures
from afxplugin.chain import Player, plan_rates
from afxplugin.chain.plan import FILTERS, METHODS
from afxplugin.plugin.document import LIVE_METHODS
from tests.kernel.networks import make_capture
from tests.plugin.conftest import Engine, document_of, noise


def aligned(engine: Engine, x: np.ndarray, **how: object) -> np.ndarray:
    """What comes out, its latency taken off."""
    late = engine.latency_frames
    return engine.run(np.pad(x, ((0, 0), (0, late))), **how)[:, late:]  # type: ignore[arg-type]


def played(capture: AnyCapture, x: np.ndarray, **options: object) -> np.ndarray:
    player = Player(capture, **options)  # type: ignore[arg-type]
    return np.concatenate([player.process(x), player.flush()], axis=1)[:, player.latency_frames :]


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("oversample", [1, 2])
def test_a_blend_of_snapshots_has_the_bits_of_the_player(library: ctypes.CDLL, rate_hz: int, oversample: int) -> None:
    """Two knobs, six snapshots of two sizes, some held back to line up."""
    captures = [make_capture("gru" if k % 2 else "lstm", 8 + 4 * (k % 2), seed=k) for k in range(6)]
    knobs = [Control(name, high=10.0, default=2.0, breakpoints=((0.0, 0.0), (10.0, 1.0))) for name in ("Drive", "Tone")]
    places = [(d, t) for d in (0.0, 1.0) for t in (0.0, 0.3, 1.0)]
    blend = blend_captures("six", captures, places, knobs, delay_frames=[0, 2, 0, 5, 0, 1])
    x, settings = noise(3000), {"Drive": 7.3, "Tone": 1.9}
    engine = Engine(library, rate_hz=rate_hz)
    assert engine.load(document_of(blend, knobs=settings)) == ""
    engine["oversampling"] = int(np.log2(oversample))
    engine.activate()
    assert np.array_equal(aligned(engine, x), played(blend, x, rate_hz=rate_hz, oversample=oversample, knobs=settings))
    # A knob that moves: as the player's, from the block on in which it did.
    moved = Player(blend, rate_hz=rate_hz, oversample=oversample, knobs=settings)
    first = moved.process(x)
    moved.set_knob("Tone", 8.0)
    wanted = np.concatenate([first, moved.process(x)], axis=1)
    engine.activate()
    heard = [engine.run(x)]
    engine["knob2"] = 0.8
    heard.append(engine.run(x))
    late = engine.latency_frames - moved.latency_frames
    assert np.array_equal(np.concatenate(heard, axis=1)[:, late:], wanted[:, : wanted.shape[1] - late])


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 22_050, 47_999])
@pytest.mark.filterwarnings("ignore::afxplugin.chain.UnstablePlanWarning")
@pytest.mark.parametrize(
    ("method", "oversample", "filters"),
    [
        ("auto", 1, "linear"),
        ("auto", 4, "linear"),
        ("resample", 2, "low-latency"),
        ("cidl", 1, "linear"),
        ("stn", 8, "linear"),
    ],
)
def test_same_bits_as_the_player(
    library: ctypes.CDLL, overdrive: Capture, rate_hz: int, method: str, oversample: int, filters: str
) -> None:
    x = noise(3000)
    engine = Engine(library, rate_hz=rate_hz)
    assert engine.load(document_of(overdrive, knobs={"Drive": 7.3, "Tone": 2.1})) == ""
    engine["method"] = METHODS.index(method)
    engine["oversampling"] = int(np.log2(oversample))
    engine["filters"] = FILTERS.index(filters)
    engine["input_gain"], engine["output_gain"], engine["mix"] = -3.1, 4.7, 0.8
    engine.activate()
    wanted = played(
        overdrive, x, rate_hz=rate_hz, method=method, oversample=oversample, filters=filters,
        knobs={"Drive": 7.3, "Tone": 2.1}, input_gain_db=-3.1, output_gain_db=4.7, mix=float(np.float32(0.8)),
    )  # fmt: skip
    assert np.array_equal(aligned(engine, x), np.where(np.isfinite(wanted), wanted, 0.0))
    assert engine["status"] in (1.0, 2.0)


@settings(max_examples=15, deadline=None)
@given(block=st.one_of(st.just(8192), st.just(1), st.integers(2, 700)))
def test_any_block_size_gives_the_same_bits(library: ctypes.CDLL, overdrive: Capture, block: int) -> None:
    x = noise(2500)
    outputs = []
    for size in (2500, block):
        engine = Engine(library)
        engine.load(document_of(overdrive))
        engine.activate()
        outputs.append(engine.run(x, block=size, in_place=size == block))
    assert np.array_equal(*outputs)


def test_a_start_from_zero_is_kept_in_the_document(library: ctypes.CDLL, overdrive: Capture) -> None:
    engine = Engine(library)
    engine.load(document_of(overdrive, start="zero"))
    engine.activate()
    x = noise(2000)
    assert np.array_equal(aligned(engine, x), played(overdrive, x, rate_hz=48_000, start="zero"))
    assert '"start":"zero"' in engine.document


def test_mono_plays_the_left_input_to_both_outputs(library: ctypes.CDLL, overdrive: Capture) -> None:
    x = noise(2000)
    stereo, mono = Engine(library), Engine(library)
    for engine in (stereo, mono):
        engine.load(document_of(overdrive))
    mono["channels"] = 1
    for engine in (stereo, mono):
        engine.activate()
    left = stereo.run(x)[0]
    assert np.array_equal(mono.run(x), [left, left])


def test_reactivating_starts_again_from_silence(playing: Engine) -> None:
    first = playing.run(noise(3000))
    playing.activate()
    assert np.array_equal(playing.run(noise(3000)), first)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000])
def test_latency_holds_every_choice_and_knows_the_rate_alone(
    library: ctypes.CDLL, overdrive: Capture, rate_hz: int
) -> None:
    from dataclasses import replace

    engine = Engine(library, rate_hz=rate_hz)
    empty = engine.latency_frames
    most = 0
    for capture_hz in (44_100, 44_101, 47_999, 48_000, 88_200, 96_000, 192_000, 383_999):
        capture = replace(overdrive, rate_hz=capture_hz)
        for filters in FILTERS:
            for oversample in (1, 8):
                for method in ("resample", "cidl"):
                    plan = plan_rates(capture, rate_hz, method=method, oversample=oversample, filters=filters)
                    most = max(most, plan.latency_frames)
    assert most <= empty <= most + 2 + 2 * max(1, rate_hz / 44_100)
    engine.load(document_of(overdrive))
    engine.activate()
    assert engine.latency_frames == empty


def test_nothing_loaded_passes_the_sound_as_late(library: ctypes.CDLL) -> None:
    engine = Engine(library)
    engine.activate()
    x = noise(2000)
    assert engine["status"] == 0.0
    assert np.array_equal(aligned(engine, x), x)


def test_a_slow_capture_plays_by_delay_line(library: ctypes.CDLL, overdrive: Capture) -> None:
    from dataclasses import replace

    slow = replace(overdrive, rate_hz=11_000, loop_eigenvalues=None)
    engine = Engine(library)
    engine.load(document_of(slow))
    engine["method"] = METHODS.index("resample")
    engine.activate()
    assert engine["status"] == 4.0
    assert np.isfinite(engine.run(noise(2000))).all()


def test_an_impossible_method_becomes_auto(library: ctypes.CDLL, overdrive: Capture) -> None:
    engine = Engine(library, rate_hz=40_000)
    engine.load(document_of(overdrive))
    engine["method"] = METHODS.index("apdl")  # not realisable below the capture's rate
    engine.activate()
    assert engine["status"] == 3.0
    x = noise(2000)
    assert np.array_equal(aligned(engine, x), played(overdrive, x, rate_hz=40_000))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("method", ["auto", "cidl", "lagrange5"])
def test_live_has_no_latency(library: ctypes.CDLL, overdrive: Capture, rate_hz: int, method: str) -> None:
    engine = Engine(library, live=True, rate_hz=rate_hz)
    engine.load(document_of(overdrive))
    engine["method"] = LIVE_METHODS.index(method)
    engine.activate()
    assert engine.latency_frames == 0
    x = noise(2000)
    assert np.array_equal(engine.run(x), played(overdrive, x, rate_hz=rate_hz, method=method, filters="low-latency"))


@pytest.mark.parametrize("rate_hz", [7_999.0, 400_000.0, 768_000.0])
def test_rates_that_are_not_played_pass_the_sound(library: ctypes.CDLL, overdrive: Capture, rate_hz: float) -> None:
    engine = Engine(library, rate_hz=rate_hz)
    engine.load(document_of(overdrive))
    engine.activate()
    x = noise(500)
    assert engine.latency_frames == 0
    assert engine["status"] == 5.0
    assert np.array_equal(engine.run(x), x)


def test_the_rate_changes_in_place(playing: Engine, overdrive: Capture) -> None:
    x = noise(2000)
    playing.run(x)
    playing.activate(96_000)
    assert np.array_equal(aligned(playing, x), played(overdrive, x, rate_hz=96_000))
