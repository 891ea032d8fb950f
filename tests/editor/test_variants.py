"""The variants: their plans, and what is greyed with which reason."""

from __future__ import annotations

import pytest

from afxplugin.chain import plan_rates
from afxplugin.editor.state.session import Choice
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.variants import VARIANTS, check_heard, find_variant, plan_variant, plan_variants
from afxplugin.errors import SessionError
from afxplugin.render.source import Source


def test_the_keys_are_one_to_nine_and_names_are_distinct() -> None:
    assert [each.key for each in VARIANTS] == list(range(1, 10))
    assert len({each.name for each in VARIANTS}) == 9
    assert all(each.about for each in VARIANTS)
    assert find_variant("auto-4x").oversample == 4
    with pytest.raises(SessionError, match=r"'lagrange5' is unknown; allowed: naive, stn"):
        find_variant("lagrange5")
    for name in ("reference", "device", "cidl"):
        check_heard(name)
    with pytest.raises(SessionError):
        check_heard("nothing")


@pytest.mark.parametrize("session_hz", [44_100, 48_000, 96_000])
def test_each_has_the_plan_of_a_render(source: Source, session_hz: int) -> None:
    planned = plan_variants(source.capture, session_hz)
    assert [each.variant for each in planned] == list(VARIANTS)
    for each in planned:
        plan = plan_rates(source.capture, session_hz, method=each.variant.method, oversample=each.variant.oversample)
        assert each.plan == plan
        assert each.playable == plan.stable
        assert each.latency_frames == plan.latency_frames
        assert each.latency_ms == pytest.approx(1000 * plan.latency_frames / session_hz)
        assert each.pole_radius == plan.pole_radius
        assert each.reason
        assert not each.reason.startswith("asked for")


def test_what_cannot_be_realised_is_greyed_with_the_reason(source: Source) -> None:
    # Down from 44.1 to 22.05 kHz the delay is half a frame: an all-pass filter cannot be read so early.
    by_name = {each.name: each for each in plan_variants(source.capture, 22_050)}
    apdl = by_name["apdl"]
    assert (apdl.playable, apdl.plan, apdl.latency_ms, apdl.pole_radius) == (False, None, None, None)
    assert "apdl" in apdl.reason.lower()
    assert by_name["auto"].playable


def test_what_is_not_stable_is_greyed_with_the_reason() -> None:
    # The all-pass filter's own pole makes the overdrive's slowest mode ring ten times as long at 48 kHz.
    capture = open_choice(Choice(preset="Green Overdrive/Crunch")).capture
    by_name = {each.name: each for each in plan_variants(capture, 48_000)}
    apdl = by_name["apdl"]
    assert apdl.plan is not None
    assert not apdl.plan.stable
    assert not apdl.playable
    assert apdl.reason.startswith("UNSTABLE: it rings for")
    assert all(each.playable for name, each in by_name.items() if name != "apdl")


def test_the_filters_of_a_preset_are_those_of_the_plan(source: Source) -> None:
    linear = plan_variant(source.capture, 48_000, find_variant("resample"))
    quick = plan_variant(source.capture, 48_000, find_variant("resample"), filters="low-latency")
    assert quick.plan is not None
    assert quick.plan.filters == "low-latency"
    assert (quick.latency_frames or 0) < (linear.latency_frames or 0)
