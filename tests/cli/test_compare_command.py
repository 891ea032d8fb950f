"""``afx compare``: table, JSON, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from afxplugin.cli import main
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def session(tmp_path: Path) -> Path:
    material.capture_file(tmp_path / "amp.afx", material.random_capture(rate_hz=44_100, knobs=("Drive",)))
    material.stem_file(tmp_path / "gtr.wav", material.riff(2.0))
    return tmp_path


def compare(session: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(session / "gtr.wav"), "--capture", str(session / "amp.afx"), *more])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


def test_table_is_printed_and_written(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rates", "48000,96000", "--methods", "naive,cidl", "--out", str(session / "o"), "--set", "Drive=0.8"]
    status, out, err = compare(session, capsys, *options)
    assert (status, err) == (0, "")
    assert (session / "o" / "comparison.md").read_text() in out
    assert "Drive 0.8" in out
    assert "written with 5 WAVs" in out
    assert len(list((session / "o").glob("*.wav"))) == 5


def test_json(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rates", "44100", "--methods", "naive", "--from", "0.5", "--seconds", "1", "--json"]
    status, out, _ = compare(session, capsys, *options)
    told = json.loads(out)
    assert status == 0
    assert told["excerpt"] == {"from_s": 0.5, "seconds": 1.0, "channels": 1}
    (cell,) = told["cells"]
    assert (cell["identical"], cell["snr_db"], cell["latency_frames"]) == (True, None, 0)
    assert set(told["auto"]) == {"44100"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--rates", "fast"], "whole Hz"),
        (["--rates", "7000000"], "7000000"),
        (["--rates", ","], "nothing to compare"),
        (["--methods", "best"], "unknown method 'best'"),
        (["--from", "5"], "allowed: 0 to below"),
        (["--seconds", "0"], "allowed"),
        (["--set", "Gain=1"], "Drive"),
    ],
)
def test_usage_errors(session: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    status, out, err = compare(session, capsys, *more)
    assert (status, out) == (2, "")
    assert message in err
    assert not (session / "compared").exists()
