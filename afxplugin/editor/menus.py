"""The menus with their shortcuts: every command of the window has its place here and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMenu, QMenuBar, QTabBar, QWidget

from afxplugin.editor.state.variants import DEVICE, REFERENCE, VARIANTS
from afxplugin.editor.widgets.header import RATES_HZ
from afxplugin.editor.widgets.words import rate_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Menus(QObject):
    """Fills a menu bar; ``actions`` holds the commands by name, for a window to enable, disable and rename."""

    def __init__(self, bar: QMenuBar, commands: dict[str, Callable[..., Any]], parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._commands = commands
        self.actions: dict[str, QAction] = {}
        self._fill_file(bar.addMenu(self.tr("&File")))
        self._fill_edit(bar.addMenu(self.tr("&Edit")))
        self._fill_listen(bar.addMenu(self.tr("&Listen")))
        self._fill_view(bar.addMenu(self.tr("&View")))
        self._fill_help(bar.addMenu(self.tr("&Help")))

    def show_recent(self, paths: Sequence[Path]) -> None:
        """Sessions that were open last."""
        self.recent.clear()
        for k, path in enumerate(paths, 1):
            action = self.recent.addAction(f"&{k}  {path.stem}" if k < 10 else path.stem)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self._commands["open_recent"](path))
        self.recent.setEnabled(bool(paths))

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do; empty: nothing."""
        for name, label, text in (("undo", undo, self.tr("&Undo")), ("redo", redo, self.tr("&Redo"))):
            self.actions[name].setText(f"{text} {label}" if label else text)
            self.actions[name].setEnabled(bool(label))

    def _fill_file(self, menu: QMenu) -> None:
        self._add(menu, "new", self.tr("&New session"), QKeySequence.StandardKey.New)
        self._add(menu, "open", self.tr("&Open session…"), QKeySequence.StandardKey.Open)
        self.recent = menu.addMenu(self.tr("Open &recent"))
        self._add(menu, "save", self.tr("&Save session"), QKeySequence.StandardKey.Save)
        self._add(menu, "save_as", self.tr("Save session &as…"), "Ctrl+Shift+S")
        menu.addSeparator()
        self._add(menu, "add_stems", self.tr("&Add stems…"), "Ctrl+I")
        self._add(menu, "add_folder", self.tr("Add a &folder of stems…"), "Ctrl+Shift+I")
        self._add(menu, "open_capture", self.tr("Open a &capture…"), "Ctrl+Shift+O")
        menu.addSeparator()
        self._add(menu, "settings", self.tr("Se&ttings…"), "Ctrl+,")
        self._add(menu, "quit", self.tr("&Quit"), "Ctrl+Q")

    def _fill_edit(self, menu: QMenu) -> None:
        self._add(menu, "undo", self.tr("&Undo"), QKeySequence.StandardKey.Undo)
        self._add(menu, "redo", self.tr("&Redo"), "Ctrl+Shift+Z")
        menu.addSeparator()
        self._add(menu, "remove_stem", self.tr("Re&move this stem"), "Ctrl+Backspace")
        self._add(menu, "queue", self.tr("Add all stems to the &queue"), "Ctrl+Return")

    def _fill_listen(self, menu: QMenu) -> None:
        self._add(menu, "play", self.tr("&Play or stop"), "Space")
        self._add(menu, "loudest", self.tr("Compare the &loudest stretch"), "Ctrl+L")
        self._add(menu, "matching", self.tr("&Equal loudness"), "M")
        menu.addSeparator()
        self._add(menu, "hear", self.tr("&Reference"), "0", REFERENCE)
        self._add(menu, "hear", self.tr("&Device"), "D", DEVICE)
        for each in VARIANTS:
            self._add(menu, "hear", each.label, str(each.key), each.name)
        menu.addSeparator()
        self._add(menu, "step", self.tr("Pre&vious preset"), "Ctrl+Up", -1)
        self._add(menu, "step", self.tr("&Next preset"), "Ctrl+Down", 1)
        rates = menu.addMenu(self.tr("&Session rate"))
        self._add(rates, "rate", self.tr("The stem's own"), "Ctrl+R", None)
        for each in RATES_HZ:
            self._add(rates, "rate", rate_text(each), "", each)

    def _fill_view(self, menu: QMenu) -> None:
        for k, text in enumerate((self.tr("&Compare"), self.tr("&Render"), self.tr("&Live"))):
            self._add(menu, "page", text, f"Ctrl+{k + 1}", k)
        menu.addSeparator()
        tabs = (
            self.tr("Figures"), self.tr("Spectrum"), self.tr("Sweep"), self.tr("Difference"), self.tr("Blind test"),
        )  # fmt: skip
        for k, text in enumerate(tabs):
            self._add(menu, "tab", text, f"Ctrl+Shift+{k + 1}", k)
        menu.addSeparator()
        self._add(menu, "search", self.tr("&Find a preset"), QKeySequence.StandardKey.Find)
        looks = menu.addMenu(self.tr("&Theme"))
        for name, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self._add(looks, "theme", text, "", name)

    def _fill_help(self, menu: QMenu) -> None:
        self._add(menu, "keys", self.tr("&Keys"), "F1")
        self._add(menu, "about", self.tr("&About"), "")

    def _add(self, menu: QMenu, name: str, text: str, keys: Any, *arguments: Any) -> None:
        """A command; with an argument it is one of several of the same name."""
        action = menu.addAction(text)
        if keys:
            action.setShortcut(QKeySequence(keys))
        # On the window too, so that keys work while no menu is open.
        self._owner.addAction(action)
        action.triggered.connect(lambda _=False: self._commands[name](*arguments))
        self.actions[f"{name} {arguments[0]}" if arguments else name] = action


class KeysOfControls(QObject):
    """Leaves Space to the button or list of choices that has the keyboard, where Space would else start playing.

    A click gives no button the keyboard: only who goes there by Tab presses it by Space. And the wheel turns nothing
    that has not the keyboard: who scrolls past a list of choices did not mean to choose.
    """

    def watch(self, window: QWidget, *, buttons: bool = True) -> None:
        """Watch every box, tab bar and, with ``buttons``, button in a window."""
        for button in window.findChildren(QAbstractButton) if buttons else ():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.installEventFilter(self)
        for box in window.findChildren(QComboBox):
            # By default the wheel itself gives it the keyboard.
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.installEventFilter(self)
        for tabs in window.findChildren(QTabBar):
            tabs.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key that a shortcut would take, and the wheel."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            takes = not hasattr(watched, "leaves_space") and event.key() == Qt.Key.Key_Space
            if takes and not event.modifiers() and not isinstance(watched, QTabBar):
                event.accept()
        elif event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox | QTabBar) and not watched.hasFocus():
            event.ignore()
            return True
        return False
