"""What a batch takes from files and folders."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from afxplugin.errors import RenderError
from afxplugin.render.stems import find_stems


@pytest.fixture
def session(tmp_path: Path) -> Path:
    names = [
        "b.wav", "a.FLAC", "notes.txt", ".hidden.wav", "song/c.aiff", "song/.git/d.wav", "rendered/b [Amp].wav",
        "out/e.wav",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(found: tuple[Path, ...], below: Path) -> list[str]:
    return [str(each.relative_to(below)) for each in found]


def test_folder_is_searched_in_order_without_hidden_and_rendered_files(session: Path) -> None:
    search = find_stems([session], out=session / "out")
    assert names(search.stems, session) == ["a.FLAC", "b.wav", "song/c.aiff"]
    assert not search.empty_folders


def test_file_given_by_name_is_taken_whatever_it_is_called(session: Path) -> None:
    search = find_stems([session / "notes.txt", session / "absent.wav"], out=None)
    assert names(search.stems, session) == ["notes.txt", "absent.wav"]


def test_file_found_twice_is_taken_once(session: Path) -> None:
    search = find_stems([session / "b.wav", session, session / "song" / ".." / "b.wav"], out=session / "out")
    assert names(search.stems, session) == ["b.wav", "a.FLAC", "song/c.aiff"]


def test_files_that_a_manifest_lists_as_rendered_are_no_stems(session: Path) -> None:
    (session / "manifest.json").write_text(json.dumps({"key": {"output": "b.wav"}}))
    assert names(find_stems([session], out=session).stems, session) == ["a.FLAC", "out/e.wav", "song/c.aiff"]


@pytest.mark.parametrize("text", ["", "[1]", '{"key": 3}', "[" * 100_000])
def test_foreign_manifest_hides_nothing(session: Path, text: str) -> None:
    (session / "manifest.json").write_text(text)
    assert "b.wav" in names(find_stems([session], out=None).stems, session)


def test_folders_without_audio_are_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    search = find_stems([tmp_path / "empty"], out=None)
    assert not search.stems
    assert search.empty_folders == (tmp_path / "empty",)


def test_folder_that_links_to_itself_ends(session: Path) -> None:
    (session / "song" / "again").symlink_to(session)
    assert names(find_stems([session], out=session / "out").stems, session) == ["a.FLAC", "b.wav", "song/c.aiff"]


def refusing(monkeypatch: pytest.MonkeyPatch, folder: Path, number: int) -> None:
    """Let the system refuse to list a folder, as it does to everybody but root."""
    listed = os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == folder:
            raise OSError(number, os.strerror(number), str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT, errno.ENAMETOOLONG, errno.EIO])
def test_folder_that_cannot_be_searched_is_told_and_the_others_are(
    session: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refusing(monkeypatch, session / "song", number)
    search = find_stems([session], out=session / "out")
    assert names(search.stems, session) == ["a.FLAC", "b.wav"]
    assert search.unsearched == ((session / "song", f"cannot be searched: {os.strerror(number)}"),)
    assert search.empty_folders == ()
    refusing(monkeypatch, session, number)
    search = find_stems([session, session / "song" / "c.aiff"], out=None)
    assert names(search.stems, session) == ["song/c.aiff"]
    assert [path for path, _ in search.unsearched] == [session]


def test_pipe_called_like_a_manifest_holds_nothing_up(session: Path) -> None:
    os.mkfifo(session / "manifest.json")
    assert "b.wav" in names(find_stems([session], out=session / "out").stems, session)


def test_link_that_leads_nowhere_is_a_stem_of_its_own(session: Path) -> None:
    (session / "gone.wav").symlink_to("nowhere")
    found = names(find_stems([session], out=session / "out").stems, session)
    assert found == ["a.FLAC", "b.wav", "gone.wav", "song/c.aiff"]


def test_no_stem_at_all_is_refused() -> None:
    with pytest.raises(RenderError, match="no stem given"):
        find_stems([], out=None)
