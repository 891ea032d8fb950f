"""Requests that cannot be met are refused before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from afxplugin.errors import CaptureError, KnobError, MethodError, RateError, RenderError
from afxplugin.render import render
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def session(tmp_path: Path) -> Path:
    material.stem_file(tmp_path / "bass.wav")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "best"}, MethodError, "unknown method 'best'; allowed: auto, resample"),
        ({"oversample": 3}, RenderError, "oversample is 3; allowed: 1, 2, 4, 8"),
        ({"filters": "steep"}, RenderError, "filters is 'steep'"),
        ({"start": "warm"}, RenderError, "start is 'warm'"),
        ({"nan": "ignore"}, RenderError, "nan is 'ignore'"),
        ({"subtype": "32"}, RenderError, "subtype is '32'; allowed: float, 24, 16"),
        ({"mix": 1.5}, RenderError, "mix is 1.5; allowed: 0 to 1"),
        ({"mix": float("nan")}, RenderError, "mix is nan"),
        ({"tail_s": -1.0}, RenderError, "tail is -1 s"),
        ({"input_gain_db": float("inf")}, RenderError, "input gain is inf dB"),
        ({"jobs": 0}, RenderError, "jobs is 0"),
        ({"template": "{song}"}, RenderError, "unknown field"),
        ({"overwrite": True, "resume": True}, RenderError, "one of the two"),
        ({"knobs": {"Gain": 0.5}}, KnobError, "Gain.*Drive"),
        ({"knobs": {"drive": 1.5}}, KnobError, "allowed 0 to 1"),
        ({"capture": None}, RenderError, "neither given"),
        ({"preset": "x"}, RenderError, "both given"),
    ],
)
def test_wrong_requests_are_refused_before_anything_is_written(
    session: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    options = {"capture": material.random_capture(knobs=("Drive",)), **options}
    with pytest.raises(error, match=message):
        render(session, **options)
    assert not (session / "rendered").exists()


def test_capture_that_cannot_be_read_is_refused(session: Path) -> None:
    (session / "broken.json").write_text("{")
    with pytest.raises(CaptureError, match=r"broken\.json"):
        render(session, capture=session / "broken.json")
    with pytest.raises(CaptureError, match="nowhere"):
        render(session, capture=session / "nowhere.json")
    with pytest.raises(RateError, match="7000000"):
        render(session, capture=material.capture_file(session / "a.afx"), capture_rate_hz=7_000_000)
