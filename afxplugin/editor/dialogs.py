"""Questions that a user is asked, and files that they choose; each answers and changes nothing."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from afxplugin.editor.state.session_file import SUFFIX

if TYPE_CHECKING:
    from afxplugin.editor.state.autosave import Recoverable


class Unsaved(Enum):
    """What is to become of changes that are not saved."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


def ask_unsaved(parent: QWidget, name: str) -> Unsaved:
    """Save the changes, discard them, or stay?"""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Unsaved changes"))
    box.setText(_tr("Save the changes to “{name}”?").format(name=name))
    box.setInformativeText(_tr("What is not saved is lost."))
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
    box.setDefaultButton(kinds.Save)
    chosen = box.exec()
    return {kinds.Save.value: Unsaved.SAVE, kinds.Discard.value: Unsaved.DISCARD}.get(chosen, Unsaved.STAY)


def ask_stop_rendering(parent: QWidget) -> bool:
    """End while stems are being rendered?"""
    buttons = QMessageBox.StandardButton
    chosen = QMessageBox.question(
        parent,
        _tr("Rendering"),
        _tr("Stems are still being rendered. End anyway? Files that are not complete are removed."),
        buttons.Yes | buttons.No,
        buttons.No,
    )
    return chosen == buttons.Yes


def ask_recover(parent: QWidget | None, found: Recoverable) -> bool:
    """Go on with what an editor left that did not end by itself?"""
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(round(found.saved_at)), QLocale.FormatType.ShortFormat)
    name = found.of.stem if found.of is not None else _tr("a session without a name")
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Recover a session"))
    box.setText(
        _tr("The program did not end by itself last time. Go on with {name}, as of {when}?").format(
            name=name, when=when
        )
    )
    box.setInformativeText(_tr("Otherwise these changes are removed."))
    recover = box.addButton(_tr("&Recover"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(_tr("Re&move"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(recover)
    box.exec()
    return box.clickedButton() is recover


def choose_stems(parent: QWidget, start: Path | None = None) -> list[Path]:
    """Audio files, looked for in the folder ``start``; none where it was called off."""
    kinds = _tr("Audio (*.wav *.aif *.aiff *.flac *.caf *.w64 *.rf64 *.ogg *.mp3);;All files (*)")
    chosen, _ = QFileDialog.getOpenFileNames(parent, _tr("Add stems"), str(start or ""), kinds)
    return [Path(each) for each in chosen]


def choose_folder(parent: QWidget, title: str, start: Path | None = None) -> Path | None:
    """A folder."""
    chosen = QFileDialog.getExistingDirectory(parent, title, str(start or ""))
    return Path(chosen) if chosen else None


def choose_capture(parent: QWidget, start: Path | None = None) -> Path | None:
    """A capture's file, looked for in the folder ``start``."""
    kinds = _tr("Captures (*.json *.nam *.afx);;All files (*)")
    chosen, _ = QFileDialog.getOpenFileName(parent, _tr("Open a capture"), str(start or ""), kinds)
    return Path(chosen) if chosen else None


def choose_session(parent: QWidget, start: Path | None = None) -> Path | None:
    """A session's file to be opened, looked for in the folder ``start``."""
    chosen, _ = QFileDialog.getOpenFileName(parent, _tr("Open session"), str(start or ""), _session_kinds())
    return Path(chosen) if chosen else None


def choose_session_to_save(parent: QWidget, now: Path | None, start: Path | None = None) -> Path | None:
    """A session's file to be written, in the folder ``start`` at first; an existing one was asked about."""
    offered = now or (start or Path()) / (_tr("Session") + SUFFIX)
    chosen, _ = QFileDialog.getSaveFileName(parent, _tr("Save session"), str(offered), _session_kinds())
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def show_keys(parent: QWidget) -> None:
    """What can be done by which key."""
    rows = (
        ("Space", _tr("play or stop")), ("0, D, 1–9", _tr("reference, device, variants")),
        ("M", _tr("equal loudness")), ("Ctrl+↑, Ctrl+↓", _tr("previous, next preset")),
        ("Ctrl+F", _tr("find a preset")),
        ("S", _tr("in the list of presets: favourite")),
        ("←, →", _tr("waveform: move the region; with Shift its length")), ("+, −, A", _tr("waveform: zoom, show all")),
        ("↑, ↓", _tr("knob: turn; with Shift finely; Enter types a value, Delete resets")),
        ("Ctrl+1, 2, 3", _tr("compare, render, live")),
        ("Ctrl+Shift+1–5", _tr("figures, spectrum, sweep, difference, blind test")),
        ("Ctrl+Return", _tr("add all stems to the queue")), ("Ctrl+Z, Ctrl+Shift+Z", _tr("undo, redo")),
        ("Ctrl+I, Ctrl+O, Ctrl+S", _tr("add stems, open, save")),
    )  # fmt: skip
    lines = "".join(
        f"<tr><td style='padding:3px 18px 3px 0'><b>{keys}</b></td><td style='padding:3px 0'>{text}</td></tr>"
        for keys, text in rows
    )
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("Keys"))
    box.setText(f"<table>{lines}</table>")
    box.exec()


def show_about(parent: QWidget, version: str) -> None:
    """What this is."""
    QMessageBox.about(
        parent,
        _tr("About"),
        _tr("<h3>afxplugin {version}</h3><p>Plays neural captures of amps, pedals and compressors right at any session "
            "rate, and shows what each way of doing so costs.</p><p>GPL-3.0-or-later</p>").format(version=version),
    )  # fmt: skip


def _session_kinds() -> str:
    return _tr("Sessions (*{suffix})").format(suffix=SUFFIX)


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)
