"""Blends of snapshots: what is heard at and between settings, against players of the single snapshots mixed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin import _core
from afxplugin.captures import Capture, CaptureBlend, Control, blend_captures
from afxplugin.chain import Player, plan_rates, with_eigenvalues
from afxplugin.errors import KnobError
from afxplugin.kernel.kernel import build_network
from afxplugin.measure.accuracy import esr
from tests.chain.conftest import band_limited_noise, lstm_capture

if TYPE_CHECKING:
    from collections.abc import Sequence

PATHS = [
    (44_100, "auto", 1),
    (44_100, "auto", 2),
    (48_000, "auto", 1),
    (48_000, "cidl", 1),
    (96_000, "lagrange5", 1),
    (88_200, "auto", 1),
]


def line(name: str, *positions: float) -> Control:
    """A knob whose position is its coordinate."""
    points = tuple((at, at) for at in (positions[0], positions[-1]))
    return Control(name, low=positions[0], high=positions[-1], default=positions[0], breakpoints=points)


def snapshots(count: int, *, skip: float = 1.0) -> list[Capture]:
    return [lstm_capture(hidden=8 + 4 * k, inputs=1, skip=skip, seed=40 + k, head=0.5) for k in range(count)]


def one_knob(count: int = 3, **changes: Any) -> CaptureBlend:
    positions = [10.0 * k / (count - 1) for k in range(count)]
    return blend_captures("blend", snapshots(count), [(p,) for p in positions], [line("Drive", *positions)], **changes)


def played(capture: Capture | CaptureBlend, x: NDArray[np.float64], rate_hz: int, **how: Any) -> NDArray[np.float64]:
    player = Player(capture, rate_hz=rate_hz, **how)
    x = np.atleast_2d(x).astype(np.float32)
    return np.concatenate([player.process(x), player.flush()], axis=1)[:, player.latency_frames :].astype(np.float64)


def signal(rate_hz: int) -> NDArray[np.float64]:
    return band_limited_noise(rate_hz=rate_hz, seconds=0.2, high_hz=8000.0, seed=5)


@pytest.mark.parametrize(("rate_hz", "method", "oversample"), PATHS)
@pytest.mark.parametrize("start", ["settled", "zero"])
def test_at_its_own_setting_a_snapshot_is_heard_bit_for_bit(
    rate_hz: int, method: str, oversample: int, start: str
) -> None:
    blend, x = one_knob(), signal(rate_hz)
    how = {"method": method, "oversample": oversample, "start": start}
    for number, position in enumerate((0.0, 5.0, 10.0)):
        # The plan of the blend weighs all snapshots; the one alone is given the method that came of that.
        chosen = Player(blend, rate_hz=rate_hz, method=method, oversample=oversample).plan.method
        how["method"] = "auto" if chosen == "direct" else chosen
        alone = played(blend.snapshots[number].capture, x, rate_hz, **how)
        np.testing.assert_array_equal(played(blend, x, rate_hz, knobs={"Drive": position}, **how), alone)


@pytest.mark.parametrize(("rate_hz", "method", "oversample"), PATHS)
def test_between_settings_the_neighbours_are_crossfaded(rate_hz: int, method: str, oversample: int) -> None:
    blend, x = one_knob(), signal(rate_hz)
    how = {"method": method, "oversample": oversample}
    below, above = (played(blend.snapshots[k].capture, x, rate_hz, **how) for k in (1, 2))
    output = played(blend, x, rate_hz, knobs={"Drive": 6.25}, **how)
    assert esr(target=0.75 * below + 0.25 * above, output=output) < 1e-12


def test_two_knobs_blend_the_four_around_them() -> None:
    captures = snapshots(6)
    places = [(d, t) for d in (0.0, 10.0) for t in (0.0, 2.0, 10.0)]
    blend = blend_captures("six", captures, places, [line("Drive", 0.0, 10.0), line("Tone", 0.0, 10.0)])
    x = signal(48_000)
    alone = [played(each, x, 48_000) for each in captures]
    output = played(blend, x, 48_000, knobs={"Drive": 3.0, "Tone": 4.0})
    wanted = 0.7 * (0.75 * alone[1] + 0.25 * alone[2]) + 0.3 * (0.75 * alone[4] + 0.25 * alone[5])
    assert esr(target=wanted, output=output) < 1e-11


@pytest.mark.parametrize(
    ("axes", "at", "expected"),
    [
        ([[0, 1, 3]], [2], [0, 0.5, 0.5]),
        ([[0, 1, 3]], [-9], [1, 0, 0]),
        ([[0, 1, 3]], [9], [0, 0, 1]),
        ([[0, 1, 3]], [1], [0, 1, 0]),
        ([[0, 1, 3]], [np.nan], [1, 0, 0]),
        ([[0, 1], [0, 4]], [0.5, 1], [0.375, 0.125, 0.375, 0.125]),
        ([[0, 1], [0, 4]], [1, 4], [0, 0, 0, 1]),
    ],
)
def test_weights(axes: Sequence[Sequence[float]], at: Sequence[float], expected: Sequence[float]) -> None:
    count = len(expected)
    model = _core.Model([build_network(snapshots(1)[0])] * count, axes, [])
    np.testing.assert_allclose(model.weights(at), expected, atol=1e-7)


def test_the_map_leads_from_the_knob_to_the_grid() -> None:
    """A taper over the knob: half of its way is a quarter of the way between the snapshots."""
    control = Control("Drive", high=10.0, default=5.0, breakpoints=((0.0, 0.0), (5.0, 0.25), (10.0, 1.0)))
    blend = blend_captures("two", snapshots(2), [(0.0,), (1.0,)], [control])
    x = signal(44_100)
    below, above = (played(each.capture, x, 44_100) for each in blend.snapshots)
    assert esr(target=0.75 * below + 0.25 * above, output=played(blend, x, 44_100, knobs={"Drive": 5.0})) < 1e-12


@pytest.mark.parametrize(
    ("rate_hz", "method", "floor_db"),
    [(44_100, "auto", 140), (88_200, "auto", 140), (48_000, "resample", 105), (48_000, "cidl", 60)],
)
def test_snapshots_that_are_late_are_lined_up(identity: Capture, rate_hz: int, method: str, floor_db: float) -> None:
    """Two wires, the second's capture 3 frames late: with the first held back, both say the same at every setting.

    Where the kernel runs at another rate, 3 frames are no whole number of its own, and a cubic comes within -60 dB
    below 4 kHz. Resamplers by themselves leave -109 dB.
    """
    control = line("Drive", 0.0, 1.0)
    late = blend_captures("late", [identity, identity], [(0.0,), (1.0,)], [control], delay_frames=[3, 0])
    x = band_limited_noise(rate_hz=rate_hz, seconds=0.3, high_hz=4000.0, seed=6)
    delayed = played(late, x, rate_hz, method=method, knobs={"Drive": 0.0})[0]
    frequency_hz = np.fft.rfftfreq(x.size, 1.0 / rate_hz)
    wanted = np.fft.irfft(np.fft.rfft(x) * np.exp(-2j * np.pi * frequency_hz * 3 / 44_100), x.size)
    assert -10.0 * np.log10(esr(target=wanted, output=delayed)) > floor_db
    undelayed = played(late, x, rate_hz, method=method, knobs={"Drive": 1.0})[0]
    assert -10.0 * np.log10(esr(target=x, output=undelayed)) > min(floor_db, 70)


@pytest.mark.parametrize(("rate_hz", "method"), [(44_100, "auto"), (48_000, "auto"), (96_000, "cidl")])
def test_blocks_channels_and_moves_give_the_same_bits(rate_hz: int, method: str) -> None:
    blend = one_knob(delay_frames=[2, 0, 1])
    x = np.stack([signal(rate_hz), 0.5 * signal(rate_hz)[::-1]]).astype(np.float32)

    def moved(blocks: Sequence[int], rows: slice) -> NDArray[np.float32]:
        player = Player(blend, rate_hz=rate_hz, method=method, knobs={"Drive": 1.0})
        parts, done = [], 0
        for size in blocks:
            if done >= 4000:
                player.set_knob("Drive", 9.0)
            parts.append(player.process(x[rows, done : done + size]))
            done += size
        return np.concatenate(parts, axis=1)

    whole = moved([4000, x.shape[1] - 4000], slice(None))
    pieces = [*[1] * 7, *[17] * 229, 100, *[64] * 8]
    assert sum(pieces[:237]) == 4000
    np.testing.assert_array_equal(moved(pieces, slice(None)), whole[:, : sum(pieces)])
    np.testing.assert_array_equal(moved([4000, x.shape[1] - 4000], slice(1, 2)), whole[1:])


@pytest.mark.parametrize("position", [0.0, 3.0, 5.0, 10.0])
def test_knobs_that_are_fixed_leave_out_what_is_not_heard(position: float) -> None:
    blend, x = one_knob(delay_frames=[2, 0, 1]), signal(48_000)
    fixed, free = (played(blend, x, 48_000, knobs={"Drive": position}, fixed_knobs=each) for each in (True, False))
    np.testing.assert_array_equal(fixed, free)
    player = Player(blend, rate_hz=48_000, fixed_knobs=True)
    with pytest.raises(KnobError, match="knob Drive: is given a position while playing"):
        player.set_knob("Drive", 1.0)


def test_silence_stays_silent_and_the_rest_is_that_of_the_mix() -> None:
    blend = one_knob()
    rests = [played(each.capture, np.zeros(100), 48_000)[0, -1] for each in blend.snapshots]
    output = played(blend, np.zeros(2000), 48_000, knobs={"Drive": 7.5})[0]
    np.testing.assert_allclose(output, 0.5 * rests[1] + 0.5 * rests[2], atol=1e-6)


def test_the_plan_weighs_every_snapshot() -> None:
    """One snapshot that rings decides for all of them."""
    ringing = lstm_capture(hidden=12, inputs=1, skip=1.0, seed=2, head=0.4, memory=1.3)
    calm = snapshots(1)[0]
    blend = blend_captures("two", [calm, ringing], [(0.0,), (1.0,)], [line("Drive", 0.0, 1.0)])
    radii = [Player(each, rate_hz=48_000, method="cidl").plan.pole_radius for each in (calm, ringing)]
    assert Player(blend, rate_hz=48_000, method="cidl").plan.pole_radius == max(radii)
    assert radii[0] != radii[1]


def test_eigenvalues_are_completed_where_files_lack_them() -> None:
    bare = [replace(each, loop_eigenvalues=None) for each in snapshots(2)]
    blend = blend_captures("two", bare, [(0.0,), (1.0,)], [line("Drive", 0.0, 1.0)])
    assert blend.loop_eigenvalues is None
    untold = with_eigenvalues(blend, most_s=0.0)
    assert untold.loop_eigenvalues is not None
    assert untold.loop_eigenvalues.size == 0
    assert plan_rates(untold, 96_000).stable is None
    some = replace(
        blend, snapshots=(replace(blend.snapshots[0], capture=with_eigenvalues(bare[0])), *untold.snapshots[1:])
    )
    assert plan_rates(some, 96_000).stable is None  # as long as one of them is not known
    completed = with_eigenvalues(blend)
    assert completed.loop_eigenvalues is not None
    assert completed.loop_eigenvalues.size == 2 * 8 + 2 * 12
