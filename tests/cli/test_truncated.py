"""``--truncated play|fail``: stems whose header and content disagree in their length."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest

from afxplugin.audio import read_audio
from afxplugin.cli import main
from afxplugin.editor.queue.item import in_window_words
from afxplugin.errors import RenderError
from afxplugin.render.options import RenderOptions
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A capture, and a stem that announces a quarter of its 24,000 frames."""
    material.capture_file(tmp_path / "amp.afx", material.random_capture())
    path = material.stem_file(tmp_path / "gtr.wav", material.riff(0.5), subtype="PCM_24")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"data") + 4, 3 * 6000)
    path.write_bytes(raw)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in arguments])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


def test_render_refuses_and_names_both_lengths_and_the_option(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "render", session / "gtr.wav", "--capture", session / "amp.afx", "--mix", "0")
    assert status == 1
    assert "announces 6000 frames, the file holds 24000;" in err
    assert "--truncated play" in err


def test_render_plays_what_is_there_and_says_so(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--capture", session / "amp.afx", "--mix", "0", "--out", session / "o", "--truncated", "play", "--json"]
    status, out, _ = run(capsys, "render", session / "gtr.wav", *options)
    assert status == 0
    (result,) = json.loads(out)["stems"]
    assert "the header announces 6000 frames, the file holds 24000" in result["notes"][0]
    assert read_audio(result["output"]).frames == 24_000
    (entry,) = json.loads((session / "o" / "manifest.json").read_text()).values()
    assert entry["options"]["truncated"] == "play"


def test_compare_takes_the_option_and_passes_the_note_on(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--capture", session / "amp.afx", "--rates", "48000", "--methods", "naive", "--out", session / "o"]
    status, _, err = run(capsys, "compare", session / "gtr.wav", *options)
    assert status != 0
    assert "announces 6000 frames, the file holds 24000;" in err
    status, out, err = run(capsys, "compare", session / "gtr.wav", *options, "--truncated", "play", "--json")
    assert status == 0
    assert "the file holds 24000" in err
    assert "the file holds 24000" in json.loads(out)["notes"][0]
    assert json.loads(out)["excerpt"]["seconds"] == 0.5


def test_info_says_what_is_wrong_and_does_not_fail(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "info", session / "gtr.wav")
    assert (status, err) == (0, "")
    assert "the header announces 6000 frames, the file holds 24000" in out


@pytest.mark.parametrize("command", ["render", "compare"])
def test_other_words_are_refused(session: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    options = ["--capture", session / "amp.afx", "--truncated", "maybe"]
    status, _, err = run(capsys, command, session / "gtr.wav", *options)
    assert status != 0
    assert "truncated is 'maybe'; allowed: fail, play" in err


def test_the_default_is_no_part_of_a_jobs_key() -> None:
    assert "truncated" not in RenderOptions().as_dict()
    assert RenderOptions(truncated="play").as_dict()["truncated"] == "play"
    with pytest.raises(RenderError, match="allowed: fail, play"):
        RenderOptions(truncated="")


def test_a_window_names_the_command() -> None:
    told = in_window_words("1 there; allowed: truncated='play' (--truncated play), which plays what is there: a.wav")
    assert told == "1 there; afx render on the command line can play what is there: a.wav"
