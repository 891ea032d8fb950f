"""Snapshots as one capture: put together, written, read back, refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afxplugin.captures import (
    Calibration,
    Capture,
    CaptureBlend,
    Control,
    Origin,
    blend_captures,
    read_capture,
    write_afx,
)
from afxplugin.captures.afx import afx_bytes
from afxplugin.captures.container import pack, unpack
from afxplugin.chain import with_eigenvalues
from afxplugin.errors import CaptureError
from tests.kernel.networks import make_capture

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.captures import AnyCapture

LINE = ((0.0, 0.0), (10.0, 10.0))
DRIVE, TONE = (Control(name, high=10.0, default=5.0, breakpoints=LINE) for name in ("Drive", "Tone"))


def snapshot(seed: int, **changes: Any) -> Capture:
    return replace(make_capture("lstm", 8 + 4 * (seed % 2), seed=seed), name=f"at {seed}", **changes)


@pytest.fixture
def blend() -> CaptureBlend:
    """Two knobs, 2 x 3 snapshots of two sizes, given out of order."""
    places = [(10.0, 5.0), (0.0, 0.0), (0.0, 10.0), (0.0, 5.0), (10.0, 0.0), (10.0, 10.0)]
    captures = [snapshot(k) for k in range(6)]
    made = blend_captures("made of six", captures, places, (DRIVE, TONE), delay_frames=[0, 1, 2, 3, 4, 5])
    made = replace(made, calibration=Calibration(input_dbu=8.2), training={"esr": 0.01}, output_gain_db=-2.0)
    completed = with_eigenvalues(made)
    assert isinstance(completed, CaptureBlend)
    return completed


def test_snapshots_stand_in_the_order_of_their_grid(blend: CaptureBlend) -> None:
    assert blend.axes == ((0.0, 10.0), (0.0, 5.0, 10.0))
    assert [each.at for each in blend.snapshots] == [(d, t) for d in (0.0, 10.0) for t in (0.0, 5.0, 10.0)]
    assert [each.delay_frames for each in blend.snapshots] == [1, 3, 2, 4, 0, 5]
    assert blend.parameters == sum(each.capture.parameters for each in blend.snapshots)
    assert blend.architecture.hidden == 12


def test_a_blend_is_read_back_as_it_was_written(blend: CaptureBlend, tmp_path: Path) -> None:
    write_afx(tmp_path / "six.afx", blend)
    back = read_capture(tmp_path / "six.afx")
    assert isinstance(back, CaptureBlend)
    assert len(back.sha256) == 64
    assert afx_bytes(back) == afx_bytes(blend)
    for name in ("name", "rate_hz", "controls", "calibration", "training", "output_gain_db", "axes"):
        assert getattr(back, name) == getattr(blend, name)
    for ours, theirs in zip(blend.snapshots, back.snapshots, strict=True):
        assert (ours.at, ours.delay_frames, ours.capture.name) == (theirs.at, theirs.delay_frames, theirs.capture.name)
        for name, weight in ours.capture.weights.items():
            np.testing.assert_array_equal(theirs.capture.weights[name], weight)
        np.testing.assert_array_equal(ours.capture.loop_eigenvalues, theirs.capture.loop_eigenvalues)  # pyright: ignore[reportArgumentType]


def test_gains_and_polarity_become_weights(play, noise) -> None:
    loud = snapshot(1, input_gain_db=6.0, output_gain_db=-9.0)
    blend = blend_captures("two", [snapshot(0), loud], [(0.0,), (10.0,)], [DRIVE], polarities=[1, -1])
    folded = blend.snapshots[1].capture
    assert (folded.input_gain_db, folded.output_gain_db) == (0.0, 0.0)
    x = noise(2000)
    gain_in, gain_out = 10.0 ** (6.0 / 20.0), 10.0 ** (-9.0 / 20.0)
    wanted = gain_out * (play(loud, gain_in * x) + loud.skip * gain_in * x[:, 0])
    np.testing.assert_allclose(play(folded, x) + folded.skip * x[:, 0], -wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("licences", "joint"),
    [
        (["CC0-1.0", "CC0-1.0"], "CC0-1.0"),
        (["CC0-1.0", "CC-BY-4.0"], "CC0-1.0 AND CC-BY-4.0"),
        (["CC0-1.0", ""], ""),
    ],
)
def test_every_licence_holds_for_the_whole(licences: list[str], joint: str) -> None:
    captures = [snapshot(k, origin=Origin("proteus", licence=each)) for k, each in enumerate(licences)]
    assert blend_captures("two", captures, [(0.0,), (1.0,)], [DRIVE]).origin.licence == joint


@pytest.mark.parametrize(
    ("captures", "places", "controls", "message"),
    [
        ([0], [(0.0,)], [DRIVE], "1 snapshots are given; 2 to 64 are blended"),
        ([], [], [DRIVE], "no snapshots are given"),
        ([0, 1], [(0.0,), (0.0,)], [DRIVE], "two snapshots are at the same setting"),
        ([0, 1], [(1.0,), (1.0 + 1e-9,)], [DRIVE], "two snapshots are at the same setting"),
        ([0, 1], [(0.0,), (np.nan,)], [DRIVE], "a number for each of 1 knobs is needed"),
        ([0, 1], [(0.0,), (1.0, 2.0)], [DRIVE], "a number for each of 1 knobs is needed"),
        ([0, 1, 2], [(0.0, 0.0), (0.0, 10.0), (10.0, 0.0)], [DRIVE, TONE], "none is at Drive 10, Tone 10"),
        ([0, 1], [(0.0,), (1.0,)], [], "a blend over 0 knobs is given; 1 or 2 are allowed"),
        ([0, 1], [(0.0,), (1.0,)], [DRIVE, DRIVE], "needs distinct names"),
    ],
)
def test_refusals(captures: list[int], places: list[tuple[float, ...]], controls: list[Control], message: str) -> None:
    with pytest.raises(CaptureError) as caught:
        blend_captures("bad", [snapshot(k) for k in captures], places, controls)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"rate_hz": 48_000}, "at 48000 Hz and others are at 44100 Hz; one rate is needed"),
        ({"of": make_capture("gru", 8, inputs=2)}, "has knobs of its own; only captures without knobs are blended"),
        ({"delay": 5000}, "a delay of 5000 frames; 0 to 4096 are allowed"),
    ],
)
def test_snapshots_that_do_not_fit_are_refused(other: dict[str, Any], message: str) -> None:
    delay = other.pop("delay", 0)
    second = other.pop("of", None) or snapshot(1, **other)
    with pytest.raises(CaptureError) as caught:
        blend_captures("bad", [snapshot(0), second], [(0.0,), (1.0,)], [DRIVE], delay_frames=[0, delay])
    assert message in str(caught.value)


def edited(data: bytes, change: Any) -> bytes:
    """The file with its header changed by a function."""
    container = unpack(data)
    header = json.loads(str(container.metadata["afx"]))
    change(header)
    return pack(
        {"schema": "1", "afx": json.dumps(header)}, {name: container.tensor(name) for name in container.entries}
    )


def drop(header: dict[str, Any], *keys: Any) -> None:
    for key in keys[:-1]:
        header = header[key]
    header.pop(keys[-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h["snapshots"].reverse(), "c1.rec.weight_ih_l0: given"),
        (lambda h: drop(h, "snapshots", 0), "c1.rec.weight_ih_l0: given"),
        (lambda h: drop(h, "snapshots", 5), "none is at Drive 10, Tone 10"),
        (lambda h: drop(h, "snapshots", 2, "at"), "afx.snapshots.2.at: given nothing"),
        (lambda h: h["snapshots"][2].update(at=[]), "afx.snapshots.2.at"),
        (lambda h: h["snapshots"][2].update(delay_frames=1.5), "afx.snapshots.2.delay_frames"),
        (lambda h: h["snapshots"][2].update(skip=1e9), "skip: given 1e+09"),
        (lambda h: h["snapshots"].extend(h["snapshots"] * 20), "afx.snapshots"),
        (lambda h: h.update(snapshots=[]), "0 snapshots are given"),
        (lambda h: h.update(controls=h["controls"][:1], maps=h["maps"][:1]), "a number for each of 1 knobs"),
    ],
)
def test_broken_files_are_refused(blend: CaptureBlend, tmp_path: Path, change: Any, message: str) -> None:
    file = tmp_path / "x.afx"
    file.write_bytes(edited(afx_bytes(blend), change))
    with pytest.raises(CaptureError) as caught:
        read_capture(file)
    assert message in str(caught.value)


def test_a_job_knows_one_blend_from_another(blend: CaptureBlend) -> None:
    from afxplugin.render.job import capture_digest

    others: list[AnyCapture] = [
        replace(blend, output_gain_db=0.0),
        replace(blend, snapshots=(replace(blend.snapshots[0], delay_frames=9), *blend.snapshots[1:])),
        blend.snapshots[0].capture,
    ]
    assert len({capture_digest(each) for each in [blend, *others]}) == 4
