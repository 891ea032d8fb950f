"""``afx edit``: the editor's window on a session or stems."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from afxplugin.errors import AfxError

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[SESSION | STEMS… | CAPTURE]",
        help="A session (.afxsession), or stems, folders of stems, and a capture (.json, .nam, .afx) for them.",
    ),
]
NEEDED = ("PySide6", "pyqtgraph")


class NoWindowError(AfxError, RuntimeError):
    """The editor cannot be shown here."""


def edit(paths: Paths = None) -> None:
    """Open the editor: hear the methods side by side at the session's rate, see why, render.

    Exit status: 0 closed, 2 it cannot be shown here.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise NoWindowError(
            f"the editor needs {' and '.join(missing)}, not installed here; allowed: build/setup editor, in a clone"
        )
    try:
        from afxplugin.editor.app import display_problem, run
    except ImportError as error:
        raise NoWindowError(
            f"the editor's window system does not start: {error}; allowed: a system with the libraries of Qt 6 "
            "(Debian, Ubuntu: apt install libegl1 libxkbcommon-x11-0 libxcb-cursor0)"
        ) from None
    problem = display_problem()
    if problem:
        raise NoWindowError(problem)
    from afxplugin.cli.stopping import Stopping

    with Stopping():  # the window answers signals itself
        status = run(paths or [])
    raise typer.Exit(status)
