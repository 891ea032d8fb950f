"""The program: a window with its office, in the language of the desktop, and what a crash left offered first."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from afxplugin.editor import dialogs
from afxplugin.editor.office import Office
from afxplugin.editor.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNALS_MS: Final = 200


def run(paths: Sequence[Path] = ()) -> int:
    """Show a window on a session's file or stems, and return the exit status when it is closed.

    Raises nothing for what cannot be opened: the window says so.
    """
    app = start_application()
    office = Office()
    window = MainWindow(office)
    window.show()
    favour_window()
    office.begin()
    QTimer.singleShot(0, window, lambda: open_first(office, window, list(paths)))
    _heed_signals(app, window)
    status = app.exec()
    office.close(keep_autosave=True)
    return status


def favour_window() -> None:
    """What keeps Python from halting the window while workers are busy.

    What is there for good is left out of searches for garbage, and workers hand over the interpreter every half
    millisecond instead of every five: the window asks for it anew after each call of Qt's that lets go of it.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)


def start_application() -> QApplication:
    """The application object, with its names and translations; the one that is there if there is one."""
    there = QApplication.instance()
    app = there if isinstance(there, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("afxplugin")
    app.setApplicationDisplayName("afxplugin")
    app.setDesktopFileName("afxplugin")
    install_translations(app)
    return app


def install_translations(app: QApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """Qt's own texts and ours in a language (None: the desktop's), where there are translations; those that are."""
    locale = locale or QLocale()
    found: list[QTranslator] = []
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("afx", str(Path(__file__).parent / "translations")),
    ):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)
            found.append(translator)
    return found


def open_first(office: Office, window: MainWindow, paths: list[Path]) -> None:
    """Offer what a crash left, else open what was asked for."""
    for found in office.files.autosave.recoverable():
        if found.session is None:
            office.bridge.problem.emit(found.problem or "")
            continue
        if dialogs.ask_recover(window, found):
            office.files.recover(found)
            return
        office.files.autosave.discard(found)
    if paths:
        office.take([path.absolute() for path in paths], lambda go: go())


def display_problem() -> str:
    """Why no window can be shown here, in words; empty where one can. To be asked before there is an application."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen in ("offscreen", "minimal", "vnc") or sys.platform in ("win32", "darwin"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return "no display is here: neither DISPLAY nor WAYLAND_DISPLAY is set; allowed: to run it on a desktop"


def _heed_signals(app: QApplication, window: MainWindow) -> None:
    """Ctrl-C in the terminal ends it at once; what is not saved is offered at the next start."""
    del app
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda given, _: stopped.append(given))

    def look() -> None:
        if stopped:
            QGuiApplication.exit(128 + stopped[0])

    # Python hears of a signal only while it runs, which Qt does not let it otherwise.
    timer = QTimer(window, interval=_SIGNALS_MS)
    timer.timeout.connect(look)
    timer.start()
