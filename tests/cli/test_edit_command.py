"""``afx edit``: where it cannot be shown, it says so and how it could be."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from afxplugin.cli import edit as edit_module
from afxplugin.cli import main


def edit(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["edit", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edit_module, "NEEDED", ("no_such_window_system",))
    status, told = edit(capsys)
    assert (status, told) == (
        2,
        "afx: the editor needs no_such_window_system, not installed here; allowed: build/setup editor, in a clone\n",
    )


@pytest.mark.skipif(importlib.util.find_spec("PySide6") is None, reason="the extra editor is not installed")
def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    status, told = edit(capsys, "stem.wav")
    assert status == 2
    assert told.startswith("afx: no display is here: neither DISPLAY nor WAYLAND_DISPLAY is set")


def test_the_command_line_starts_without_a_window_system() -> None:
    code = (
        "import sys, afxplugin.cli.app as app; app.build_app()\n"
        "print([name for name in ('PySide6', 'pyqtgraph', 'scipy') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
