"""The render queue: the session's entries kept at work, and how far they are told some times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.queue.rendering import QueueOptions
from afxplugin.editor.state import events
from afxplugin.editor.state.variants import find_variant
from afxplugin.editor.widgets.queue_view import QueueRow
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.desks.files import FileDesk
    from afxplugin.editor.queue.item import QueueItem
    from afxplugin.editor.state.session import QueueEntry

_TELLING_MS: Final = 80


class RenderDesk(QObject):
    """rows: (the queue, whether it is at work, seconds until all of it is done or None)."""

    rows = Signal(list, bool, object)

    def __init__(self, bridge: EngineBridge, files: FileDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state, self._files = bridge, bridge.state, files
        self.queue = RenderQueue(self._state.open_choice, self._options, seconds_of=self._seconds_of)
        self._soon = QTimer(self, singleShot=True, interval=_TELLING_MS)
        self._soon.timeout.connect(self._tell)
        self._unsubscribe = self.queue.subscribe(lambda _: bridge.post(self._tell_soon))
        bridge.told.connect(self._heard)

    def add_all(self) -> int:
        """Queue every readable stem through what is chosen, as it is set; how many entries are new."""
        infos = self._state.infos
        stems = [each.path for each in self._state.session.stems if not _unreadable(infos.get(each.path))]
        added: list[int] = [0]
        self._bridge.attempt(lambda: added.append(self._state.queue_renders(stems)))
        return added[-1]

    def start(self) -> None:
        """Begin, or go on."""
        self.queue.resume_all()

    def pause(self) -> None:
        """Hold everything."""
        self.queue.pause_all()

    def cancel(self, entries: list[QueueEntry]) -> None:
        """End these."""
        for entry in entries:
            self._bridge.attempt(lambda entry=entry: self.queue.cancel(entry))

    def retry(self, entries: list[QueueEntry], *, overwrite: bool = False) -> None:
        """Let these, where they failed or were cancelled, be rendered again."""
        over = {item.entry for item in self.queue.items if item.status in ("failed", "cancelled")}
        for entry in entries:
            if entry in over:
                self._bridge.attempt(lambda entry=entry: self.queue.retry(entry, overwrite=overwrite))
        self.queue.start()

    def remove(self, entries: list[QueueEntry]) -> None:
        """Take these out of the queue, but for those that are begun: they are cancelled first, on purpose."""
        begun = {item.entry for item in self.queue.items if item.is_begun}
        self._state.remove_entries([each for each in entries if each not in begun])
        if any(each in begun for each in entries):
            self._bridge.problem.emit(self.tr("a render under way stays in the queue; allowed: to cancel it first"))

    def clear_finished(self) -> None:
        """Take out all that is over."""
        self._state.remove_entries([item.entry for item in self.queue.items if item.is_over])

    def close(self) -> None:
        """End everything; half-written files go."""
        self._unsubscribe()
        self._soon.stop()
        self.queue.close()

    @property
    def is_at_work(self) -> bool:
        """Whether something is being rendered, or about to be."""
        return any(item.status == "running" for item in self.queue.items) or (
            self.queue.is_started and any(item.status == "waiting" for item in self.queue.items)
        )

    @property
    def has_unfinished(self) -> bool:
        """Whether an end now would cost something: a render that is at work, paused half way, or about to begin."""
        return self.is_at_work or any(item.is_begun for item in self.queue.items)

    def _options(self) -> QueueOptions:
        settings = self._files.settings
        return QueueOptions(settings.output_folder, settings.template, settings.subtype)

    def _seconds_of(self, path: Path) -> float | None:
        info = self._state.infos.get(path)
        return info.seconds if info is not None and info.seconds else None

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.QueueChanged):
            self.queue.set_entries(event.entries)
        elif isinstance(event, events.SessionLeft):
            # What another session has queued begins when it is told to.
            self.queue.stop()

    def _tell_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _tell(self) -> None:
        self.rows.emit([_row(item) for item in self.queue.items], self.is_at_work, self.queue.totals.seconds_left)


def _row(item: QueueItem) -> QueueRow:
    entry = item.entry
    try:
        variant = find_variant(entry.variant).label
    except AfxError:
        variant = entry.variant
    message = item.error or "; ".join(item.notes)
    output = item.output if item.status == "done" else None
    return QueueRow(
        entry, entry.stem, entry.choice.label, variant, item.status, item.share, item.times_real_time,
        item.seconds_left, message, output,
    )  # fmt: skip


def _unreadable(info: Any) -> bool:
    return info is not None and info.error is not None
