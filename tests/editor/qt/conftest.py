"""A Qt application without a display, and everything that is written kept away from the user's own folders."""

from __future__ import annotations

import importlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _missing() -> str:
    for name in ("PySide6.QtWidgets", "pyqtgraph", "pytestqt"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            return f"the editor's window needs {name}: {error}"
    return ""


MISSING = _missing()


class _NotHere(pytest.Module):
    def collect(self) -> Any:
        pytest.skip(MISSING, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Modules that cannot be imported without Qt are skipped, with the reason."""
    return _NotHere.from_parent(parent, path=module_path) if MISSING else None


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration, state, data and cache of a user who starts for the first time."""
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home" / name.lower()))
    return tmp_path / "home"


@pytest.fixture(params=["dark", "light"])
def dressed(request: pytest.FixtureRequest, qapp: Any) -> Generator[str]:
    """Each of both palettes in turn, by name."""
    from afxplugin.editor.look import theme
    from afxplugin.editor.look.style_sheet import style_sheet

    theme.apply(qapp, theme.resolve(request.param))
    qapp.setPalette(theme.qt_palette(theme.current()))
    qapp.setStyleSheet(style_sheet(theme.current()))
    yield request.param
    theme.apply(qapp, theme.DARK)
    qapp.setPalette(theme.qt_palette(theme.DARK))
    qapp.setStyleSheet("")


@pytest.fixture
def desk(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An open window that plays on a device that nobody hears."""
    from tests.editor.qt.office_fixtures import Desk, use_silent_device

    use_silent_device(monkeypatch)
    return Desk(qtbot)
