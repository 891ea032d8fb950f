"""Snapshots lined up and made one: captures that are late and upside down by a known amount."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import Architecture, Capture, Control, write_afx
from afxplugin.chain import Player
from afxplugin.devices import OverdriveDevice
from afxplugin.errors import CaptureError, KnobError
from afxplugin.measure.accuracy import esr
from afxplugin.measure.stems import guitar_di
from afxplugin.render import blending
from afxplugin.render.blending import blend_files, line_up


def late_wire(frames: int, *, gain: float = 1.0, name: str = "wire", rate_hz: int = 44_100) -> Capture:
    """A shift register: the input so small that tanh is straight, handed from unit to unit, read after some frames."""
    hidden, small = 8, 1e-3
    recurrent = np.zeros((hidden, hidden), np.float32)
    recurrent[np.arange(1, hidden), np.arange(hidden - 1)] = 1.0
    head = np.zeros((1, hidden), np.float32)
    head[0, frames] = gain / small
    weights = {
        "rec.weight_ih_l0": np.eye(hidden, 1, dtype=np.float32) * np.float32(small),
        "rec.weight_hh_l0": recurrent,
        "rec.bias_l0": np.zeros(hidden, np.float32),
        "head.weight": head,
        "head.bias": np.zeros(1, np.float32),
    }
    return Capture(name, Architecture("rnn", hidden), weights, rate_hz)


def write(folder: Path, *captures: Capture) -> list[Path]:
    for capture in captures:
        write_afx(folder / f"{capture.name}.afx", capture)
    return [folder / f"{capture.name}.afx" for capture in captures]


def test_delays_and_polarities_are_found() -> None:
    captures = [late_wire(2), late_wire(7, gain=0.3), late_wire(0, gain=-2.0), late_wire(2, gain=-1.0)]
    assert line_up(captures) == ((5, 0, 7, 5), (1, 1, -1, -1))


def test_what_is_lined_up_neither_combs_nor_cancels(tmp_path: Path) -> None:
    """Half way between two wires, the second upside down and five frames late, is a wire again."""
    files = write(tmp_path, late_wire(1, name="a"), late_wire(6, gain=-1.0, name="b"))
    blended = blend_files("both", files, [{"Drive": 0.0}, {"drive": 10.0}])
    assert (blended.delay_frames, blended.polarities) == ((5, 0), (1, -1))
    assert blended.capture.controls == (
        Control("Drive", low=0.0, high=10.0, default=5.0, breakpoints=((0.0, 0.0), (10.0, 10.0))),
    )
    x = guitar_di(44_100, 1.0).x.astype(np.float32)
    output = Player(blended.capture, rate_hz=44_100, knobs={"Drive": 5.0}).process(x)[0]
    assert esr(target=x[0, :-6], output=output[6:]) < 1e-5


def test_what_knobs_do_to_phase_is_no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drive and tone of the simulated overdrive turn phases far, but hold nothing back: a frame at the very most."""
    settings = [(0.0, 5.0), (5.0, 5.0), (10.0, 5.0), (0.0, 0.0), (10.0, 10.0)]
    devices = {f"{number}": OverdriveDevice(*each) for number, each in enumerate(settings)}

    def played(capture: Capture, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return devices[capture.name].process(x[None], capture.rate_hz)[0]

    monkeypatch.setattr(blending, "_played", played)
    delays, polarities = line_up([late_wire(0, name=name) for name in devices])
    assert max(delays) <= 1
    assert set(polarities) == {1}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ([{"Drive": 0.0}], KnobError, "2 captures and 1 settings are given"),
        (
            [{"Drive": 0.0}, {"Tone": 1.0}],
            KnobError,
            "is at Tone, and a.afx at Drive; the same knobs are needed for all: ",
        ),
        ([{"Drive": 1.0}, {"Drive": 1.0}], KnobError, "knob Drive: all snapshots are at 1"),
        ([{}, {}], CaptureError, "a blend over 0 knobs is given"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tmp_path: Path, settings: Any, error: type, message: str) -> None:
    files = write(tmp_path, late_wire(1, name="a"), late_wire(2, name="b"))
    with pytest.raises(error) as caught:
        blend_files("both", files, settings)
    assert message in str(caught.value)


def test_captures_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    files = write(
        tmp_path, late_wire(1, name="a"), late_wire(2, name="b", rate_hz=48_000), late_wire(2, gain=0, name="c")
    )
    settings = [{"Drive": 0.0}, {"Drive": 1.0}]
    with pytest.raises(CaptureError, match=r"different rates: a.afx 44100 Hz, b.afx 48000 Hz; one rate is needed"):
        blend_files("both", files[:2], settings)
    with pytest.raises(CaptureError, match=r"quiet noise becomes silent, so it cannot be lined up \(c\)"):
        blend_files("both", [files[0], files[2]], settings)
    factory = Path(__file__).resolve().parents[2] / "presets" / "green-overdrive" / "overdrive.afx"
    with pytest.raises(CaptureError, match=r"has knobs of its own \(Drive, Tone\)"):
        blend_files("both", [files[0], factory], settings)
