"""Paths in a session's file: on both systems, relative where that can be, and those of the other system untouched."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.state.autosave import Autosave
from afxplugin.editor.state.session import Choice, QueueEntry, Session, Stem
from afxplugin.editor.state.session_file import parse_session, read_session, session_text, write_session
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.stem_info import read_stem_info
from afxplugin.editor.state.stored_paths import file_name, file_stem, folders_of, is_foreign, resolved, stored
from afxplugin.errors import CaptureError

POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="paths of Windows lead somewhere here")
FOREIGN = (
    r"C:\Audio\kick.wav",
    "C:/Audio/kick.wav",
    r"C:\Audio/drums\kick.wav",
    r"\\server\share\kick.wav",
    r"\\server/share\kick.wav",
    "//server/share/kick.wav",
)


@pytest.mark.parametrize("text", FOREIGN)
def test_a_path_of_windows_is_kept_as_it_is_elsewhere(text: str) -> None:
    path = resolved(text, PurePosixPath("/music/song"))
    assert str(path) == text
    assert file_name(path) == "kick.wav"
    assert file_stem(path) == "kick"
    for folder in (PurePosixPath("/music/song"), PurePosixPath("/elsewhere"), None):
        assert stored(path, folder) == text


@pytest.mark.parametrize(
    ("text", "path", "again"),
    [
        ("stems/kick.wav", r"D:\songs\a\stems\kick.wav", "stems/kick.wav"),
        (r"stems\kick.wav", r"D:\songs\a\stems\kick.wav", "stems/kick.wav"),
        (r"..\b/kick.wav", r"D:\songs\b\kick.wav", "../b/kick.wav"),
        (r"\Audio\kick.wav", r"D:\Audio\kick.wav", "../../Audio/kick.wav"),
        ("/Audio/kick.wav", r"D:\Audio\kick.wav", "../../Audio/kick.wav"),
        ("d:kick.wav", r"D:\songs\a\kick.wav", "kick.wav"),
        (r"D:\songs\a\kick.wav", r"D:\songs\a\kick.wav", "kick.wav"),
        (r"C:\Audio\kick.wav", r"C:\Audio\kick.wav", "C:/Audio/kick.wav"),
        (r"\\server\share\kick.wav", r"\\server\share\kick.wav", "//server/share/kick.wav"),
        ("//server/share/kick.wav", r"\\server\share\kick.wav", "//server/share/kick.wav"),
    ],
)
def test_on_windows_it_leads_where_it_says(text: str, path: str, again: str) -> None:
    folder = PureWindowsPath(r"D:\songs\a")
    found = resolved(text, folder)
    assert found == PureWindowsPath(path)
    assert not is_foreign(found)
    assert stored(found, folder) == again
    assert resolved(again, folder) == found


def test_a_share_that_holds_session_and_stem_is_left_relative() -> None:
    folder = PureWindowsPath(r"\\server\share\song")
    assert stored(PureWindowsPath(r"\\server\share\stems\a.wav"), folder) == "../stems/a.wav"
    assert stored(PureWindowsPath(r"\\other\share\a.wav"), folder) == "//other/share/a.wav"


@pytest.mark.parametrize("name", [r"a\b.wav", "C:a.wav", "K: take 1.wav", "a:b/c.wav"])
def test_names_that_only_look_so_are_files_of_this_system(name: str) -> None:
    folder = PurePosixPath("/music")
    path = resolved(name, folder)
    assert path == folder / name
    assert not is_foreign(path)
    assert stored(path, folder) == name


def test_a_path_with_two_slashes_is_one_of_this_system() -> None:
    assert not is_foreign(PurePosixPath("//server/share/kick.wav"))


@POSIX_ONLY
@pytest.mark.parametrize("text", FOREIGN)
def test_a_session_of_windows_is_opened_shown_and_saved_elsewhere(tmp_path: Path, text: str) -> None:
    quoted = f"'{text}'"
    head = 'schema = 1\nvariant = "auto"\nloudness_matched = true\n'
    tables = f"[play]\ncapture = {quoted}\n[[stem]]\npath = {quoted}\n[[queue]]\nstem = {quoted}\npreset = 'A/B'\n"
    (tmp_path / "a.afxsession").write_text(head + tables)
    session = read_session(tmp_path / "a.afxsession")
    (stem,) = session.stems
    assert (stem.name, session.queue[0].stem, session.choice) == ("kick", stem.path, Choice(capture=stem.path))
    assert session.choice is not None
    assert session.choice.label == "kick"
    assert read_stem_info(stem.path).error is not None
    with pytest.raises(CaptureError):
        open_choice(session.choice)
    # Saved into another folder, and by the autosave, it still says what it said.
    (tmp_path / "sub").mkdir()
    write_session(tmp_path / "sub" / "b.afxsession", session)
    assert read_session(tmp_path / "sub" / "b.afxsession") == session
    text_of = session_text(session, folder=None)
    assert parse_session(text_of, folder=Path("/")) == session
    autosave = Autosave(tmp_path / "state")
    autosave.save(session, None)
    assert text.replace("\\", "\\\\") in autosave.path.read_text()
    autosave.close()


@POSIX_ONLY
def test_nothing_is_looked_for_or_rendered_where_a_path_of_windows_does_not_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amp: Path
) -> None:
    """As a path it is a relative one here: in the folder that the program was started in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rendered").mkdir()
    path = Path(r"C:\Audio\kick.wav")
    assert Session(stems=(Stem(path),)).folders == ()
    assert folders_of((path, tmp_path / "a.wav")) == (tmp_path,)
    assert read_stem_info(path).error == "missing: a path of Windows, which this system does not have"
    queue = RenderQueue(open_choice)
    queue.set_entries([QueueEntry(path, Choice(capture=amp))])
    queue.start()
    assert queue.wait_idle(60.0)
    assert queue.items[0].status == "failed"
    assert "a path of Windows" in (queue.items[0].error or "")
    assert queue.close()
    assert list((tmp_path / "rendered").iterdir()) == []


@POSIX_ONLY
def test_backslashes_lead_to_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "stems").mkdir()
    (tmp_path / "stems" / "a.wav").touch()
    (tmp_path / r"stems\b.wav").touch()
    for name, found in ((r"stems\a.wav", "stems/a.wav"), (r"stems\b.wav", r"stems\b.wav")):
        session = parse_session(f"schema = 1\n[[stem]]\npath = '{name}'\n", folder=tmp_path)
        assert session.stems == (Stem(tmp_path / found),)
