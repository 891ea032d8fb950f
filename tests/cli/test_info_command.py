"""``afx info``: captures and audio files."""

from __future__ import annotations

import hashlib
import json
import os
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
    assert [facts["kind"] for facts in json.loads(out)] == ["unknown", "audio", "audio", "unknown"]
    assert err.count("\n") == 2
    assert "announces 900 frames, the file holds 10" in json.loads(out)[2]["notes"][0]
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
    assert "cannot be read: is a folder, not a file: " in info(capsys, tmp_path)[2]


def fails(capsys: pytest.CaptureFixture[str], path: Path) -> str:
    """The one line that is said of a file that cannot be described, without the path at its end."""
    status, out, err = info(capsys, path)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    line = err.removesuffix("\n")
    assert line.startswith("afx: ")
    assert line.endswith(f": {path}")
    return line.removeprefix("afx: ").removesuffix(f": {path}")


BOTH = "read are audio files (WAV, RF64, AIFF, FLAC, W64, CAF) and captures (Proteus, AIDA-X, NAM, .afx)"
MP3 = b"\xff\xfb\x90\x64" + b"\0" * 413


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (MP3 * 3, "an MP3 file"),
        (b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10 + MP3, "an MP3 file"),
        (b"OggS\0\x02" + b"\0" * 40, "an Ogg file"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "an M4A file"),
        (b"wvpk" + b"\0" * 40, "a WavPack file"),
    ],
)
@pytest.mark.parametrize("name", ["x.mp3", "x.wav", "x.nam", "x"])
def test_audio_that_is_not_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert fails(capfd, tmp_path / name) == f"{what}; WAV, RF64, AIFF, FLAC, W64, CAF are read"  # no decoder's chatter


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x24\0\0\0WAVE", b"\0" * 4096, b"\x01\x02\x03" * 100])
@pytest.mark.parametrize("name", ["take.wav", "take.WAV", "take.bwf"])
def test_a_damaged_recording_is_told_of_as_audio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    _, _, err = info(capsys, path)
    assert "capture" not in err.replace(str(path), "")
    assert "UTF" not in err
    assert "JSON" not in err
    assert "WAV" in err


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file (0 bytes)"),
        (b"\0" * 64, "nothing but zero bytes (an incomplete download?)"),
        (b"PK\x03\x04" + b"\0" * 40, "a ZIP archive; unpack it first"),
        (b"%PDF-1.7", "a PDF document"),
        (b"<html><body>", "a web page (HTML); the download did not give the file itself"),
        (b"notes on the session", "plain text, not JSON (it begins with 'notes on the session')"),
    ],
)
@pytest.mark.parametrize("name", ["x", "x.nam", "x.txt"])
def test_what_is_neither_names_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert fails(capsys, tmp_path / name) == f"{what}; {BOTH}"


def test_a_web_page_called_wav_is_still_a_web_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kick.wav").write_bytes(b"<!doctype html>")
    assert fails(capsys, tmp_path / "kick.wav").startswith("a web page (HTML)")


def test_content_decides_and_not_the_suffix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = material.capture_file(tmp_path / "amp.wav", material.random_capture())
    stem = material.stem_file(tmp_path / "stem.wav").rename(tmp_path / "stem.nam")
    kinds = [facts["kind"] for facts in json.loads(info(capsys, capture, stem, "--json")[1])]
    assert kinds == ["capture", "audio"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize("name", ["pipe", "pipe.wav", "pipe.nam"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert fails(capsys, tmp_path / name) == "cannot be read: is a pipe, not a file"


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, tmp_path / "gone.nam") == "cannot be read: No such file or directory"


def test_the_reason_stands_by_itself_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    facts = json.loads(info(capsys, tmp_path / "x.pdf", "--json")[1])
    assert facts == {"kind": "unknown", "path": str(tmp_path / "x.pdf"), "error": f"a PDF document; {BOTH}"}


def test_notes_of_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = 4 * 2 * (1 + 2 + 1) + 2 * 2 + 2 + 1
    document = {
        "architecture": "LSTM",
        "config": {"input_size": 1, "hidden_size": 2, "num_layers": 1},
        "weights": [0.1] * count,
        "metadata": {"loudness": "loud", "samplerate": 44100, "name": ["x"]},
    }
    path = tmp_path / "amp.nam"
    path.write_text(json.dumps(document))
    notes = [
        "metadata.name is a list of 1, not text; it is ignored",
        "metadata.loudness is 'loud', not a loudness in LUFS; it is ignored",
    ]
    facts = json.loads(info(capsys, path, "--json")[1])
    assert (facts["notes"], facts["rate_hz"], facts["rate_assumed"]) == (notes, 44100, False)
    lines = info(capsys, path)[1].splitlines()
    assert [line.strip() for line in lines if line.strip().startswith("note ")] == [f"note          {n}" for n in notes]


def test_nothing_to_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = material.capture_file(tmp_path / "amp.afx", material.random_capture())
    assert json.loads(info(capsys, path, "--json")[1])["notes"] == []
    assert "note " not in info(capsys, path)[1]
