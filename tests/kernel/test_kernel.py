"""The compiled kernel against the specification in NumPy, and the bits that must not depend on how it is called."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.kernel.feedback import METHODS, Feedback, design_feedback
from afxplugin.kernel.kernel import Kernel
from afxplugin.kernel.reference import process_plain
from tests.kernel.networks import ISAS, make_capture, signal, snr_db

if TYPE_CHECKING:
    from afxplugin.captures import Cell

DELAYS = {
    "down": Fraction(147, 160),
    "up": Fraction(160, 147),
    "twice": Fraction(2),
    "96k": Fraction(320, 147),
    "4x": Fraction(4),
}
SIZES = (8, 12, 16, 20, 24, 32, 40, 64)


def realisable(method: str, delay: Fraction) -> bool:
    return method != "apdl" or delay >= 1


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("method", ["naive", "stn", "lidl", "apdl", "cidl", "lagrange2", "lagrange4", "lagrange5"])
def test_every_method_follows_its_equation(method: str, delay: str, isa: str) -> None:
    if not realisable(method, DELAYS[delay]):
        return
    capture, x = make_capture("lstm", 12, seed=3), signal(700)
    feedback = design_feedback(method, DELAYS[delay])
    y = Kernel(capture, feedback, isa=isa).process(x)[0]
    assert snr_db(process_plain(capture, feedback, x[0]), y) > 90.0


@pytest.mark.parametrize("hidden", [1, 2, 3, 5, 7, 13, 33, 41, 100, 127, 128, *SIZES])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_every_cell_and_size(cell: Cell, hidden: int, isa: str) -> None:
    capture, x = make_capture(cell, hidden, seed=hidden), signal(150, streams=3)
    feedback = design_feedback("cidl", DELAYS["up"])
    y = Kernel(capture, feedback, streams=3, isa=isa).process(x)
    for stream in (0, 2):
        assert snr_db(process_plain(capture, feedback, x[stream]), y[stream]) > 90.0


@pytest.mark.parametrize("method", ["naive", "stn", "lidl", "apdl", "cidl", "lagrange5"])
@pytest.mark.parametrize(("cell", "hidden"), [("lstm", 16), ("lstm", 21), ("gru", 20), ("rnn", 24), ("lstm", 128)])
def test_three_layers(cell: Cell, hidden: int, method: str, isa: str) -> None:
    capture, x = make_capture(cell, hidden, layers=3, inputs=2, seed=hidden), signal(150, streams=3)
    feedback = design_feedback(method, DELAYS["up"])
    y = Kernel(capture, feedback, streams=3, isa=isa).process(x, [0.4])
    for stream in (0, 2):
        assert snr_db(process_plain(capture, feedback, x[stream], [0.4]), y[stream]) > 90.0
    cut = Kernel(capture, feedback, streams=3, isa=isa)
    parts = [cut.process(x[:, a:b], [0.4]) for a, b in pairwise([0, 1, 18, 18, 82, 150])]
    assert np.array_equal(np.concatenate(parts, axis=1), y)


@settings(max_examples=60, deadline=None)
@given(
    cell=st.sampled_from(["lstm", "gru", "rnn"]),
    hidden=st.integers(1, 48),
    layers=st.integers(1, 3),
    inputs=st.integers(1, 8),
    seed=st.integers(0, 10_000),
    method=st.sampled_from(METHODS[:8]),
    delay=st.sampled_from(sorted(DELAYS.values())),
    isa=st.sampled_from(ISAS),
)
def test_random_networks(
    cell: Cell, hidden: int, layers: int, inputs: int, seed: int, method: str, delay: Fraction, isa: str
) -> None:
    if not realisable(method, delay):
        return
    capture, x = make_capture(cell, hidden, layers=layers, inputs=inputs, seed=seed), signal(120, seed=seed)
    knobs = np.random.default_rng(seed).uniform(0.0, 1.0, (120, inputs - 1))
    feedback = design_feedback(method, delay)
    y = Kernel(capture, feedback, isa=isa).process(x, knobs)[0]
    plain = process_plain(capture, feedback, x[0], knobs, dtype=np.float32)
    exact = process_plain(capture, feedback, x[0], knobs)
    assert snr_db(exact, y) > min(90.0, snr_db(exact, plain) - 6.0)


@pytest.mark.parametrize("feedback", [
    Feedback(offset=3, b=(0.5, 0.25, 0.25)),
    Feedback(offset=2, b=(0.9, 0.3), a=0.1),
    Feedback(offset=2, b=(0.6,), a=-0.4, tap="read"),
    Feedback(offset=1, b=(1.0,), tap="read"),
    Feedback(offset=384, b=(1.0,)),
])  # fmt: skip
def test_filters_of_ones_own(feedback: Feedback, isa: str) -> None:
    capture, x = make_capture("lstm", 8, seed=5), signal(900, streams=2)
    y = Kernel(capture, feedback, streams=2, isa=isa).process(x)
    assert snr_db(process_plain(capture, feedback, x[1]), y[1]) > 90.0


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("method", METHODS)
def test_delay_one_is_naive_bit_for_bit(method: str, cell: Cell, isa: str) -> None:
    capture, x = make_capture(cell, 16), signal(400)
    plain = Kernel(capture, Feedback(offset=1, b=(1.0,)), isa=isa).process(x)
    assert np.array_equal(Kernel(capture, design_feedback(method, Fraction(1)), isa=isa).process(x), plain)


@pytest.mark.parametrize("whole", [2, 3, 4])
def test_whole_delays_make_the_delay_lines_one_and_m_copies_of_the_network(whole: int, isa: str) -> None:
    capture, x = make_capture("lstm", 40), signal(600)
    outputs = [
        Kernel(capture, design_feedback(m, Fraction(whole)), isa=isa).process(x) for m in ("lidl", "apdl", "cidl")
    ]
    assert np.array_equal(outputs[0], outputs[1])
    assert np.array_equal(outputs[0], outputs[2])
    naive = design_feedback("naive", Fraction(1))
    for phase in range(whole):
        alone = Kernel(capture, naive, isa=isa).process(x[:, phase::whole])
        assert np.array_equal(outputs[0][:, phase::whole], alone)


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("method", ["naive", "stn", "lidl", "apdl", "cidl", "lagrange5"])
@pytest.mark.parametrize(
    ("cell", "hidden", "layers"),
    [("lstm", 40, 1), ("gru", 20, 2), ("lstm", 13, 1), ("rnn", 24, 1), ("lstm", 12, 3), ("gru", 7, 3), ("rnn", 16, 3)],
)
def test_bits_do_not_depend_on_blocks_streams_or_position(
    cell: Cell, hidden: int, layers: int, method: str, delay: str, isa: str
) -> None:
    if not realisable(method, DELAYS[delay]):
        return
    capture, x = make_capture(cell, hidden, layers=layers), signal(333, streams=7)
    feedback = design_feedback(method, DELAYS[delay])
    alone = np.concatenate([Kernel(capture, feedback, isa=isa).process(x[s : s + 1]) for s in range(7)])
    for streams in (2, 3, 4, 5, 7):
        together = Kernel(capture, feedback, streams=streams, isa=isa).process(x[:streams])
        assert np.array_equal(together, alone[:streams])
    backwards = Kernel(capture, feedback, streams=5, isa=isa).process(x[4::-1])
    assert np.array_equal(backwards, alone[4::-1])


@pytest.mark.parametrize("block", [1, 17, 64, 4096])
def test_block_sizes(block: int, isa: str) -> None:
    capture, x = make_capture("lstm", 40), signal(4500, streams=2)
    for method, delay in (("naive", "up"), ("stn", "down"), ("apdl", "96k"), ("cidl", "up"), ("lidl", "4x")):
        feedback = design_feedback(method, DELAYS[delay])
        whole = Kernel(capture, feedback, streams=2, isa=isa).process(x)
        kernel = Kernel(capture, feedback, streams=2, isa=isa)
        parts = [kernel.process(x[:, k : k + block]) for k in range(0, x.shape[1], block)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole), method


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 400), max_size=8).map(sorted),
    streams=st.integers(1, 6),
    method=st.sampled_from(["naive", "stn", "lidl", "apdl", "cidl"]),
    delay=st.sampled_from([d for d in DELAYS.values() if d > 1]),
    isa=st.sampled_from(ISAS),
)
def test_any_split_into_calls(cuts: list[int], streams: int, method: str, delay: Fraction, isa: str) -> None:
    capture, x = make_capture("lstm", 8, inputs=2), signal(400, streams=streams)
    knobs = np.linspace(0.2, 0.8, 400)[:, None]
    feedback = design_feedback(method, delay)
    whole = Kernel(capture, feedback, streams=streams, isa=isa).process(x, knobs)
    kernel = Kernel(capture, feedback, streams=streams, isa=isa)
    edges = [0, *cuts, 400]
    parts = [kernel.process(x[:, a:b], knobs[a:b]) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("delay", ["up", "4x"])
def test_a_constant_knob_is_the_same_bits_either_way(delay: str, isa: str) -> None:
    capture, x = make_capture("lstm", 20, inputs=3), signal(300, streams=2)
    feedback = design_feedback("cidl", DELAYS[delay])
    constant = Kernel(capture, feedback, streams=2, isa=isa).process(x, [0.3, 0.7])
    per_frame = Kernel(capture, feedback, streams=2, isa=isa).process(x, np.tile([0.3, 0.7], (300, 1)))
    assert np.array_equal(constant, per_frame)


def test_instruction_sets_agree() -> None:
    capture, x = make_capture("lstm", 40), signal(4000)
    outputs = [Kernel(capture, design_feedback("cidl", DELAYS["up"]), isa=isa).process(x) for isa in ISAS]
    for other in outputs[1:]:
        assert snr_db(outputs[0], other) > 80.0
