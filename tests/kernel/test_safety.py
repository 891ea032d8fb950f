"""What the kernel refuses, and what it leaves alone: denormals, the caller's flags, the heap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from afxplugin import _core
from afxplugin.captures import Architecture
from afxplugin.errors import CaptureWeightError
from afxplugin.kernel.feedback import Feedback, design_feedback
from afxplugin.kernel.kernel import Kernel, build_network
from tests.kernel.networks import make_capture, signal

NAIVE = design_feedback("naive", Fraction(1))


def test_denormals_count_as_zero_inside_and_live_on_outside(isa: str) -> None:
    capture = make_capture("lstm", 16)
    tiny = np.full((1, 200), 1e-40, np.float32)
    quiet = Kernel(capture, NAIVE, isa=isa).process(tiny)
    assert np.array_equal(quiet, Kernel(capture, NAIVE, isa=isa).process(np.zeros((1, 200))))
    assert (tiny * np.float32(0.5) > 0.0).all()


def test_no_allocation_while_processing(run_native: Callable[[Path], str]) -> None:
    assert "the counter counts" in run_native(Path(__file__).with_name("allocations.cpp"))


def test_other_threads_run_meanwhile() -> None:
    kernel = Kernel(make_capture("lstm", 64), design_feedback("cidl", Fraction(160, 147)))
    x = signal(400_000)
    worker = threading.Thread(target=kernel.process, args=(x,))
    worker.start()
    turns = 0
    while worker.is_alive():
        turns += 1
    worker.join()
    assert turns > 1000


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rec.weight_ih_l0", np.zeros((32, 2), np.float32), "input weight of layer 0 has 64 numbers, needs 32"),
        ("rec.weight_hh_l0", np.zeros((32, 7), np.float32), "recurrent weight of layer 0 has 224 numbers, needs 256"),
        ("rec.bias_l0", np.zeros(31, np.float32), "bias of layer 0 has 31 numbers, needs 32"),
        ("rec.bias_l0", np.full(32, np.nan, np.float32), "bias of layer 0 holds a number that is not finite"),
        ("rec.weight_hh_l0", np.full((32, 8), np.inf, np.float32), "not finite"),
        ("rec.weight_hh_l0", np.full((32, 8), 3e38, np.float32), "above 1e30"),
        ("head.weight", np.zeros((1, 9), np.float32), "head weight has 9 numbers, needs 8"),
        ("head.bias", np.zeros(2, np.float32), "head.bias has 2 numbers, needs 1"),
        ("rec.h0", np.zeros(3, np.float32), "initial h has 3 numbers, needs 8"),
    ],
)
def test_wrong_weights_are_named(name: str, value: np.ndarray, message: str) -> None:
    capture = make_capture("lstm", 8)
    with pytest.raises(CaptureWeightError, match=message):
        build_network(replace(capture, weights=dict(capture.weights) | {name: value}))


def test_a_missing_weight_is_named() -> None:
    capture = make_capture("gru", 8)
    weights = {k: v for k, v in capture.weights.items() if k != "rec.bias_hn_l0"}
    with pytest.raises(CaptureWeightError, match=r"'rec.bias_hn_l0' is missing"):
        build_network(replace(capture, weights=weights))


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (Architecture("lstm", 0), "hidden size is 0, allowed are 1 to 128"),
        (Architecture("lstm", 1_000_000), "hidden size is 1000000"),
        (Architecture("lstm", 8, 1, 9), "number of inputs is 9, allowed are 1 to 8"),
        (Architecture("lstm", 8, 0), "number of layers is 0, allowed are 1 to 3"),
    ],
)
def test_sizes_out_of_range_are_refused(architecture: Architecture, message: str) -> None:
    with pytest.raises(CaptureWeightError, match=message):
        build_network(replace(make_capture("lstm", 8), architecture=architecture))


@pytest.mark.parametrize(
    ("feedback", "message"),
    [
        (Feedback(offset=0, b=(1.0,)), "offset is 0, must be at least 1"),
        (Feedback(offset=1, b=()), "feedback has 0 taps"),
        (Feedback(offset=1, b=(0.1,) * 16), "feedback has 16 taps, allowed are 1 to 15"),
        (Feedback(offset=100_000, b=(1.0,)), "allowed are up to 8192"),
        (Feedback(offset=1, b=(float("nan"),)), "not finite"),
    ],
)
def test_feedback_that_cannot_be_is_refused(feedback: Feedback, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Kernel(make_capture("lstm", 8), feedback)


def test_calls_of_the_wrong_shape_are_refused() -> None:
    kernel = Kernel(make_capture("lstm", 8, inputs=3), NAIVE, streams=2)
    with pytest.raises(ValueError, match="x has 1 streams, the kernel has 2"):
        kernel.process(np.zeros((1, 10)), [0.5, 0.5])
    for wrong in ([], [0.5], np.zeros((9, 2)), np.zeros((10, 3))):
        with pytest.raises(ValueError, match="conditioning must be"):
            kernel.process(np.zeros((2, 10)), wrong)
    with pytest.raises(ValueError, match="at least 1"):
        Kernel(make_capture("lstm", 8), NAIVE, streams=0)
    with pytest.raises(ValueError, match="instruction set: 'mmx' was given"):
        Kernel(make_capture("lstm", 8), NAIVE, isa="mmx")


def test_an_empty_call_changes_nothing(isa: str) -> None:
    kernel = Kernel(make_capture("lstm", 8), NAIVE, isa=isa)
    assert kernel.process(np.zeros((1, 0))).shape == (1, 0)


def test_the_core_checks_sizes_by_itself() -> None:
    with pytest.raises(ValueError, match="cell is 'elman'"):
        _core.Network("elman", 8, 1, [], np.zeros(8, np.float32), 0.0, 1.0)
