"""The program as ``afx`` starts it, and beside it a guide who says where things are on the screen, as a screen reader
would: by role and accessible name.

Reads one request a line from stdin, a role and a name divided by a tab; answers with one line of JSON: x, y, width,
height in pixels of the screen, whether it is checked, disabled, focused, selected, and its description; or null where
nothing of the kind is visible. It only looks: everything is done by the mouse and the keys of the screen.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

STATES = ("checked", "disabled", "focused", "selected")


def look(role: str, name: str) -> dict[str, Any] | None:
    """The first visible thing of this role whose name begins like this; in a dialog where one is open."""
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QApplication

    top = QApplication.activeModalWidget() or QApplication.activePopupWidget() or QApplication.activeWindow()
    if top is None:
        return None
    ratio = top.devicePixelRatioF()
    left = [QAccessible.queryAccessibleInterface(top)]
    while left:
        thing = left.pop()
        if thing is None or not thing.isValid() or thing.state().invisible:
            continue
        text = thing.text(QAccessible.Text.Name).replace("&", "")
        if thing.role() == getattr(QAccessible.Role, role) and text.startswith(name):
            area, state = thing.rect(), thing.state()
            place = {"x": area.x(), "y": area.y(), "width": area.width(), "height": area.height()}
            return {
                **{key: value * ratio for key, value in place.items()},
                **{each: bool(getattr(state, each)) for each in STATES},
                "name": text,
                "told": thing.text(QAccessible.Text.Description),
            }
        left += [thing.child(k) for k in reversed(range(thing.childCount()))]
    return None


def guide() -> None:
    """Begin to answer what is asked, in the thread of the windows, which calls this."""
    from PySide6.QtCore import QObject, Qt, Signal

    class Guide(QObject):
        asked = Signal(str, str)

        def answer(self, role: str, name: str) -> None:
            print(json.dumps(look(role, name)), flush=True)

        def listen(self) -> None:
            for line in sys.stdin:
                role, _, name = line.rstrip("\n").partition("\t")
                self.asked.emit(role, name)

    # Answers are given while the program does nothing else.
    made = Guide()
    made.asked.connect(made.answer, Qt.ConnectionType.QueuedConnection)
    threading.Thread(target=made.listen, daemon=True).start()


def main() -> None:
    """The program; the guide comes with its application object."""
    from afxplugin.cli import main as program
    from afxplugin.editor import app as editor

    start_application = editor.start_application

    def start() -> Any:
        made = start_application()
        guide()
        return made

    editor.start_application = start
    program()


if __name__ == "__main__":
    main()
