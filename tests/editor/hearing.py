"""A state with a listener, for tests of what it tells."""

from __future__ import annotations

from afxplugin.editor.state import events
from afxplugin.editor.state.state import EditorState


class Heard:
    """A state with all that it has told."""

    def __init__(self, state: EditorState | None = None) -> None:
        self.state = state or EditorState()
        self.events: list[events.Event] = []
        self.unsubscribe = self.state.subscribe(self.events.append)

    def since(self) -> list[events.Event]:
        """Events since the last look, those of the history left out."""
        told = [each for each in self.events if not isinstance(each, events.HistoryChanged)]
        self.events.clear()
        return told
