"""What is no file, a pipe above all, is never waited for: it is named and refused at once."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from afxplugin.editor.state.autosave import Autosave
from afxplugin.editor.state.offered import sort_offered
from afxplugin.editor.state.session import Choice
from afxplugin.editor.state.session_file import SUFFIX, read_session
from afxplugin.editor.state.settings import Settings, read_settings
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.stem_info import StemInfo, read_stem_info
from afxplugin.errors import AfxError, CaptureError, SessionError

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
# Nothing takes so long but what hangs.
LONG_S = 60.0


def ended(act: Callable[[], object]) -> object:
    """What it returns or raises; fails where it waits."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(act())
        except AfxError as error:
            answers.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONG_S)
    assert answers, "it waits"
    return answers[0]


@pytest.fixture(params=["a pipe", "a folder", "a socket", "a device"])
def special(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """What it is called, and a path of it."""
    path = tmp_path / f"odd{SUFFIX}"
    if request.param == "a pipe":
        os.mkfifo(path)
    elif request.param == "a folder":
        path.mkdir()
    elif request.param == "a socket":
        monkeypatch.chdir(tmp_path)  # such names are short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    else:
        path.symlink_to("/dev/zero")
    return request.param, path


def test_a_session(special: tuple[str, Path]) -> None:
    kind, path = special
    error = ended(lambda: read_session(path))
    assert isinstance(error, SessionError)
    assert str(error) == f"cannot be read: is {kind}, not a file: {path}"


def test_a_capture(special: tuple[str, Path]) -> None:
    assert isinstance(ended(lambda: open_choice(Choice(capture=special[1]))), CaptureError)


def test_a_stem(special: tuple[str, Path]) -> None:
    info = ended(lambda: read_stem_info(special[1]))
    assert isinstance(info, StemInfo)
    assert info.error


def test_settings(special: tuple[str, Path]) -> None:
    kind, path = special
    read = ended(lambda: read_settings(path))
    assert read.settings == Settings()  # pyright: ignore[reportAttributeAccessIssue]
    assert kind in read.problem  # pyright: ignore[reportAttributeAccessIssue]


def test_what_an_editor_left(special: tuple[str, Path], tmp_path: Path) -> None:
    kind, _ = special
    (found,) = ended(lambda: Autosave(tmp_path).recoverable())  # pyright: ignore[reportGeneralTypeIssues]
    assert found.session is None
    assert kind in found.problem


def test_an_argument(special: tuple[str, Path]) -> None:
    kind, path = special
    offered = ended(lambda: sort_offered([path]))
    assert offered.session is None  # pyright: ignore[reportAttributeAccessIssue]
    (note,) = offered.notes  # pyright: ignore[reportAttributeAccessIssue]
    if kind != "a folder":  # which may hold stems
        assert note.startswith(f"is {kind}, not a file; allowed: audio files")
    assert note.endswith(str(path))
