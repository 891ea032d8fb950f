"""``afx info``: captures and audio files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from afxplugin.cli import main
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

RATES = ["44100", "48000", "88200", "96000", "176400", "192000"]


def info(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["info", *map(str, arguments)])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


def test_capture_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",)))
    status, out, err = info(capsys, path, "--json")
    assert (status, err) == (0, "")
    facts: dict[str, Any] = json.loads(out)
    assert set(facts) >= {
        "kind", "format", "architecture", "parameters", "rate_hz", "rate_assumed", "knobs", "calibration", "licence",
        "sha256", "plans",
    }  # fmt: skip
    assert (facts["kind"], facts["rate_hz"], facts["rate_assumed"]) == ("capture", 48_000, False)
    assert facts["architecture"] == {"cell": "lstm", "hidden": 8, "layers": 1, "inputs": 2}
    assert facts["parameters"] == 4 * 8 * (2 + 8 + 1) + 9
    assert facts["knobs"] == [{"name": "Drive", "unit": "", "low": 0.0, "high": 1.0, "default": 0.5}]
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert list(facts["plans"]) == RATES
    for rate, plan in facts["plans"].items():
        assert plan["session_hz"] == int(rate)
        assert 0.0 < plan["pole_radius"] < 1.0
        assert plan["reason"]


def test_capture_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",)))
    _, out, _ = info(capsys, path)
    assert "LSTM-8, 361 parameters" in out
    assert "48 kHz (stored in the file)" in out
    assert "Drive 0 to 1, default 0.5" in out
    assert out.count("pole radius") == len(RATES)


def test_audio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = material.stem_file(tmp_path / "x.aiff", material.riff(0.5, channels=2), subtype="PCM_24")
    facts = json.loads(info(capsys, path, "--json")[1])
    expected = {"kind": "audio", "format": "AIFF", "subtype": "PCM_24", "rate_hz": 48_000, "channels": 2}
    assert facts.items() >= (expected | {"frames": 24_000, "seconds": 0.5, "bext": None}).items()
    assert "0:00.5 (24000 frames)" in info(capsys, path)[1]


def test_several_paths_give_a_list_and_bad_ones_do_not_stop_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = material.stem_file(tmp_path / "x.wav")
    (tmp_path / "bad.wav").write_bytes(material.wav_bytes(rate_hz=48_000, frames=10, announced=900))
    (tmp_path / "bad.json").write_text('{"model_data": 3')
    status, out, err = info(capsys, tmp_path / "bad.json", good, tmp_path / "bad.wav", tmp_path / "gone", "--json")
    assert status == 1
    assert [facts["kind"] for facts in json.loads(out)] == ["unknown", "audio", "unknown", "unknown"]
    assert err.count("\n") == 3
    assert "truncated" in err
    assert "bad.json" in err
    assert "No such file" in err


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"[" * 100_000, b"RIFF"])
def test_files_that_are_neither(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    status, out, err = info(capsys, tmp_path / "x")
    assert (status, out) == (1, "")
    assert err.startswith("afx: ")
    assert err.count("\n") == 1


def test_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read: not a file but a folder: " in info(capsys, tmp_path)[2]
