"""Changes while the plugin's engine plays: parameters, bypass, another method, another capture, bad input."""

from __future__ import annotations

import ctypes
import json
import math
import random
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import Capture
from tests.plugin.conftest import Engine, document_of, noise

RATE_HZ = 48_000


def sine(frames: int, *, hz: float = 220.0, level: float = 0.2) -> np.ndarray:
    x = level * np.sin(2.0 * math.pi * hz * np.arange(frames) / RATE_HZ)
    return np.stack([x, x]).astype(np.float32)


def high_band(y: np.ndarray) -> float:
    """Largest magnitude above 12 kHz, where a smooth change of a low note leaves nothing."""
    spectrum = np.fft.rfft(y, axis=1)
    spectrum[:, : int(12_000 / RATE_HZ * y.shape[1])] = 0.0
    return float(np.abs(np.fft.irfft(spectrum, y.shape[1], axis=1)[:, 500:-500]).max())


def run_until(engine: Engine, x: np.ndarray, seconds: float = 2.0) -> np.ndarray:
    """Plays x a block at a time, leaving time for what is built in the background."""
    pause = seconds * 512 / x.shape[1]
    blocks = []
    for start in range(0, x.shape[1], 512):
        blocks.append(engine.run(x[:, start : start + 512]))
        time.sleep(pause)
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize(
    ("symbol", "value"), [("input_gain", 12.0), ("output_gain", -12.0), ("mix", 0.0), ("knob1", 1.0), ("bypass", 1.0)]
)
def test_parameters_move_without_a_click(playing: Engine, symbol: str, value: float) -> None:
    playing["knob1"] = 0.0  # nearly clean: harmonics do not hide a click
    x = sine(RATE_HZ)
    playing.run(x)
    settled = high_band(playing.run(x))
    before = playing.run(x[:, : RATE_HZ // 2])
    playing[symbol] = value
    after = playing.run(x[:, RATE_HZ // 2 :])
    moved = high_band(np.concatenate([before, after], axis=1))
    playing.run(x)
    assert moved < max(settled, high_band(playing.run(x))) + 2e-4  # a step of the same size gives 0.02 and more


@pytest.mark.parametrize(
    ("symbol", "value"), [("input_gain", 12.0), ("output_gain", -12.0), ("mix", 0.25), ("bypass", 1.0)]
)
def test_what_comes_with_the_first_block_holds_from_its_first_frame(
    library: ctypes.CDLL, overdrive: Capture, symbol: str, value: float
) -> None:
    x, outputs = noise(2000), []
    for early in (True, False):
        engine = Engine(library)
        engine.load(document_of(overdrive))
        if early:
            engine[symbol] = value
        engine.activate()
        engine[symbol] = value
        outputs.append(engine.run(x))
    assert np.array_equal(*outputs)


def test_bypass_is_aligned(playing: Engine) -> None:
    playing["bypass"] = 1.0
    playing.activate()
    x = noise(2000)
    late = playing.latency_frames
    assert np.array_equal(playing.run(np.pad(x, ((0, 0), (0, late))))[:, late:], x)


@pytest.mark.parametrize("live", [False, True])
def test_another_method_comes_in_by_a_fade(library: ctypes.CDLL, overdrive: Capture, live: bool) -> None:
    def started(method: int) -> Engine:
        engine = Engine(library, live=live)
        engine.load(document_of(overdrive, knobs={"Drive": 0.0}))
        engine["method"] = method
        engine.activate()
        return engine

    changed, other = started(0), started(2)
    x = sine(2 * RATE_HZ)
    quiet = high_band(other.run(x)[:, RATE_HZ:])
    changed.run(x[:, :RATE_HZ])
    changed["method"] = 2
    y = run_until(changed, x)
    assert high_band(y) < quiet + 2e-4
    other.run(x[:, :RATE_HZ])
    assert np.abs(changed.run(x) - other.run(x)).max() < 1e-4


def test_another_capture_comes_in_by_a_fade(playing: Engine, overdrive: Capture) -> None:
    x = sine(RATE_HZ)
    playing.run(x)
    assert playing.load(document_of(replace(overdrive, output_gain_db=-60.0), knobs={"Drive": 0.0})) == ""
    y = playing.run(x)
    assert high_band(y) < 3e-3  # of the driven one that fades out; a cut leaves 0.1 and more
    assert np.abs(y[:, -4800:]).max() < 2e-3


def test_the_document_goes_round_with_the_knobs_where_they_stand(playing: Engine, overdrive: Capture) -> None:
    playing.load(document_of(overdrive, knobs={"Drive": 7.3, "Tone": 2.1}))
    kept = json.loads(playing.document)
    assert kept["positions"] == [float(np.float32(7.3)), float(np.float32(2.1))]
    assert (kept["path"], kept["name"]) == ("amps/it.afx", overdrive.name)
    assert playing["knob1"] == np.float32(0.73)
    playing["knob2"] = 0.5
    assert json.loads(playing.document)["positions"] == [float(np.float32(7.3)), 5.0]
    kept = playing.document
    assert playing.load(kept) == ""
    assert playing.document == kept


MOVES = {"frames": [700, 700, 1500], "knobs": [0, 1, 0], "positions": [9.0, 1.0, 2.0]}


def test_a_document_can_move_knobs_on_the_frame(library: ctypes.CDLL, overdrive: Capture) -> None:
    """As parameters do that are set between two blocks; once more from the start after an activation."""
    moved, by_hand = Engine(library, rate_hz=44_100), Engine(library, rate_hz=44_100)
    for engine, changes in ((moved, {"moves": MOVES}), (by_hand, {})):
        assert engine.load(document_of(overdrive, **changes)) == ""
        engine["method"] = 2  # naive: not late, so that frames of the stem are the network's
        engine.activate()
    x = noise(3000)
    wanted = [by_hand.run(x[:, :700])]
    by_hand["knob1"], by_hand["knob2"] = 0.9, 0.1
    wanted.append(by_hand.run(x[:, 700:1500]))
    by_hand["knob1"] = 0.2
    wanted.append(by_hand.run(x[:, 1500:]))
    for block in (512, 17, 3000):
        heard = moved.run(x, block=block)
        np.testing.assert_allclose(heard, np.concatenate(wanted, axis=1), atol=1e-6)
        np.testing.assert_array_equal(heard[:, :700], wanted[0][:, :700])
        moved.activate()
    assert "moves" not in json.loads(moved.document)


@pytest.mark.parametrize(
    "change",
    [
        {"frames": [700, 700]}, {"frames": [700, 600, 1500]}, {"frames": [-1, 700, 1500]}, {"frames": [0.5, 700, 1500]},
        {"frames": [0, 0, 2**60]}, {"knobs": [0, 2, 0]}, {"knobs": [0, -1, 0]}, {"positions": [9.0, "loud", 2.0]},
        {"positions": [1e39, 1.0, 2.0]}, {"positions": None},
    ],
)  # fmt: skip
def test_moves_that_cannot_be_are_refused(playing: Engine, overdrive: Capture, change: dict[str, object]) -> None:
    assert "moves: columns of equal length" in playing.load(document_of(overdrive, moves={**MOVES, **change}))
    assert "moves: columns of equal length" in playing.load(document_of(overdrive, moves=5))


def test_without_eigenvalues_auto_takes_what_needs_no_check(library: ctypes.CDLL, overdrive: Capture) -> None:
    import base64
    import hashlib

    from afxplugin.captures.afx import afx_bytes

    data = afx_bytes(replace(overdrive, loop_eigenvalues=None))
    text = json.dumps(
        {"version": 1, "sha256": hashlib.sha256(data).hexdigest(), "afx": base64.b64encode(data).decode()}
    )
    engine = Engine(library)
    assert engine.load(text) == ""
    engine.activate()
    assert engine["status"] == 1.0


def test_what_is_no_number_is_silence(playing: Engine) -> None:
    x = noise(4000)
    clean = playing.run(x)
    playing.activate()
    bad = x.copy()
    bad[0, 1000:1003] = [np.nan, np.inf, -np.inf]
    y = playing.run(bad)
    assert np.isfinite(y).all()
    assert np.array_equal(y[1], clean[1])
    late = 1003 + playing.latency_frames
    assert np.abs(y[0, late + 1000 :] - clean[0, late + 1000 :]).max() < 1e-5  # 2e-7 as measured


@given(value=st.one_of(st.floats(width=32), st.sampled_from([math.nan, math.inf, -math.inf, 1e38])))
@settings(max_examples=200, deadline=None)
def test_parameters_take_what_they_can(library: ctypes.CDLL, value: float) -> None:
    engine = Engine(library)
    for symbol, low, high in (("input_gain", -60, 60), ("mix", 0, 1), ("method", 0, 11), ("oversampling", 0, 3)):
        before = engine[symbol]
        engine[symbol] = value
        if not math.isfinite(value):
            assert engine[symbol] == before
        assert low <= engine[symbol] <= high
        assert symbol not in ("method", "oversampling") or engine[symbol].is_integer()


def broken_documents(good: str) -> list[bytes]:
    """States that no session should hold, from empty braces to a newer version."""
    rng = random.Random(1)
    entries = json.loads(good)
    changes: list[dict[str, object]] = [
        {"version": 2}, {"version": -1}, {"version": "1"}, {"sha256": "0" * 64}, {"afx": entries["afx"][:-8]},
        {"afx": "!!!!"}, {"afx": 5}, {"afx": ""}, {"positions": [1.0]}, {"positions": [1e39, 0.0]}, {"positions": "5"},
    ]  # fmt: skip
    texts = [json.dumps(entries | change).encode() for change in changes]
    texts += [good.encode()[: rng.randrange(1, len(good))] for _ in range(40)]
    texts += [rng.randbytes(rng.randrange(1, 3000)) for _ in range(40)]
    texts += [b"{}", b"[]", b"null", b"0", b'"', b"[" * 100_000, b'{"a":' * 100_000]
    for _ in range(60):  # a few changed characters
        text = bytearray(good.encode())
        for _ in range(rng.randrange(1, 4)):
            text[rng.randrange(len(text))] = rng.randrange(32, 127)
        texts.append(bytes(text))
    return texts


def test_broken_documents_change_nothing(playing: Engine, overdrive: Capture) -> None:
    good = document_of(overdrive)
    x = noise(2000)
    wanted = playing.run(x)
    kept = playing.document
    refused = 0
    for text in broken_documents(good):
        why = playing.load(text)
        if why:
            refused += 1
            assert playing.document == kept
        else:  # a changed character of the name, the path or a position
            assert playing.load(good) == ""
    assert refused > 140
    playing.activate()
    assert np.array_equal(playing.run(x), wanted)


def test_a_huge_document_is_refused(playing: Engine) -> None:
    assert "at most 48 MB" in playing.load(b"x" * (49 << 20))


def test_a_newer_version_is_named(playing: Engine, overdrive: Capture) -> None:
    assert "version 2" in playing.load(document_of(overdrive, version=2))


def test_frames_of_any_number(playing: Engine) -> None:
    assert playing.run(np.zeros((2, 0), np.float32), block=1).shape == (2, 0)
    playing.library.engine_run(playing.handle, None, None, None, None, 0)
    assert np.isfinite(playing.run(noise(200_000), block=200_000)).all()


def test_a_thousand_loads_leave_nothing_behind(library: ctypes.CDLL, overdrive: Capture) -> None:
    text = document_of(overdrive)

    def cycle() -> None:
        engine = Engine(library)
        engine.load(text)
        engine.activate()
        engine.run(np.zeros((2, 64), np.float32))
        engine["method"] = 5.0
        engine.run(np.zeros((2, 64), np.float32))

    for _ in range(100):
        cycle()
    before = psutil.Process().memory_info().rss
    for _ in range(1000):
        cycle()
    assert psutil.Process().memory_info().rss - before < 4 << 20
    assert psutil.Process().num_threads() < 50
