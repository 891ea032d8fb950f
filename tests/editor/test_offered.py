"""Files that are dropped, chosen or given: each is taken for what it is, and what cannot be opened says what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from afxplugin.editor.state.offered import Offered, sort_offered
from tests.render.material import riff, stem_file


def test_a_folder_gives_its_stems(tmp_path: Path) -> None:
    first = stem_file(tmp_path / "a" / "1.wav")
    second = stem_file(tmp_path / "a" / "b" / "2.flac", subtype="PCM_16")
    stem_file(tmp_path / "a" / "rendered" / "1 [x].wav")
    (tmp_path / "a" / "notes.txt").write_text("")
    assert sort_offered([tmp_path / "a", first]) == Offered((first, second))
    (tmp_path / "empty").mkdir()
    (note,) = sort_offered([tmp_path / "empty"]).notes
    assert note == f"no audio files in this folder; allowed: WAV, AIFF, FLAC and such: {tmp_path / 'empty'}"


@pytest.mark.parametrize("suffix", [".json", ".nam", ".afx", ".AFX", ".NAM"])
def test_a_capture_is_no_stem(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"amp{suffix}"
    path.write_text("{}")
    stem = stem_file(tmp_path / "a.wav")
    assert sort_offered([path, stem]) == Offered((stem,), capture=path)


@pytest.mark.parametrize("name", ["song.afxsession", "song.AFXSESSION"])
def test_a_session_is_opened_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("schema = 1\n")
    assert sort_offered([path]) == Offered(session=path)
    found = sort_offered([stem_file(tmp_path / "a.wav"), path])
    assert (found.session, found.stems, found.capture) == (path, (), None)
    assert found.notes == (f"not opened, as a session is opened alone: {tmp_path / 'a.wav'}",)


def test_of_several_captures_the_first_is_played(tmp_path: Path) -> None:
    paths = [tmp_path / f"{k}.nam" for k in range(3)]
    for path in paths:
        path.write_text("{}")
    found = sort_offered(paths)
    assert found.capture == paths[0]
    assert found.notes == (f"not opened, as one capture is played at a time (2 files): {paths[1]}",)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("mine.afxpack", b"PK\x03\x04", "a pack of presets; allowed: to install it with afx preset import: "),
        ("manifest.json", b"{}", "a list of rendered files, not a capture; allowed: audio files"),
        ("comparison.json", b"{}", "a list of rendered files, not a capture; allowed: audio files"),
        ("device.toml", b"", "a preset's description; allowed: to install it with afx preset add: "),
        ("notes.txt", b"words", "not audio ("),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "not audio ("),
    ],
)
def test_what_cannot_be_opened_says_what_it_is(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = sort_offered([path])
    assert (found.stems, found.session, found.capture) == ((), None, None)
    (note,) = found.notes
    assert note.startswith(told)
    assert note.endswith(f": {path}")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    found = sort_offered([tmp_path / "none.wav", tmp_path / "none.afxsession"])
    assert found.stems == ()
    assert found.session is None
    assert [note.partition(": /")[0] for note in found.notes] == ["cannot be opened: No such file or directory"] * 2


def test_a_folder_of_presets_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "TS9").mkdir()
    (tmp_path / "TS9" / "device.toml").write_text("")
    (note,) = sort_offered([tmp_path / "TS9"]).notes
    assert note.startswith("a folder of presets; allowed: ")


def test_audio_of_another_name_is_a_stem(tmp_path: Path) -> None:
    stem = stem_file(tmp_path / "a.wav", riff(0.1))
    odd = Path(shutil.move(stem, tmp_path / "a.take2"))
    assert sort_offered([odd]) == Offered((odd,))


def test_a_torn_file_of_audio_stays_a_stem_with_its_reason(tmp_path: Path) -> None:
    torn = tmp_path / "torn.wav"
    torn.write_bytes(b"RIFF")
    assert sort_offered([torn]) == Offered((torn,))
