"""Settled starts: silence in, the rest output out, from the first frame."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.kernel.feedback import METHODS, design_feedback
from afxplugin.kernel.kernel import Kernel
from afxplugin.kernel.linearise import rest_state_reference
from afxplugin.kernel.reference import plain_network, process_plain
from tests.kernel.networks import make_capture, signal, snr_db

if TYPE_CHECKING:
    from afxplugin.captures import Cell

CELLS: list[tuple[Cell, int]] = [("lstm", 1), ("lstm", 2), ("gru", 1), ("rnn", 1)]


@pytest.mark.parametrize(("cell", "layers"), CELLS)
@pytest.mark.parametrize("method", METHODS[:5])
@pytest.mark.parametrize("delay", [Fraction(1), Fraction(160, 147), Fraction(4)])
def test_silence_stays_at_rest(method: str, delay: Fraction, cell: Cell, layers: int, isa: str) -> None:
    capture = make_capture(cell, 16, layers=layers, inputs=2, seed=2)
    kernel = Kernel(capture, design_feedback(method, delay), streams=3, isa=isa)
    kernel.settle([0.4])
    kernel.reset_settled()
    y = kernel.process(np.zeros((3, 2000)), [0.4])
    assert np.abs(y - kernel.rest_output).max() < 2e-6
    network = plain_network(capture)
    exact = float(network.output(rest_state_reference(network, [0.4]), np.zeros(())))
    assert kernel.rest_output == pytest.approx(exact, abs=2e-6)


@pytest.mark.parametrize("method", ["naive", "stn", "apdl", "cidl"])
def test_a_stored_state_is_where_settling_starts_and_the_plain_loop_agrees(method: str, isa: str) -> None:
    capture, x = make_capture("lstm", 8, seed=4, stored_state=True), signal(400)
    feedback = design_feedback(method, Fraction(160, 147))
    kernel = Kernel(capture, feedback, isa=isa)
    kernel.settle()
    kernel.reset_settled()
    y = kernel.process(x)[0]
    assert snr_db(process_plain(capture, feedback, x[0], start="settled"), y) > 90.0


def test_a_reset_begins_anew(isa: str) -> None:
    capture, x = make_capture("gru", 12), signal(300, streams=2)
    kernel = Kernel(capture, design_feedback("apdl", Fraction(160, 147)), streams=2, isa=isa)
    first = kernel.process(x)
    assert not np.array_equal(kernel.process(x), first)
    kernel.reset_zero()
    assert np.array_equal(kernel.process(x), first)


def test_rest_output_is_zero_before_settling() -> None:
    assert Kernel(make_capture("lstm", 8), design_feedback("naive", Fraction(1))).rest_output == 0.0
