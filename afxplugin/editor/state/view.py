"""What can be seen of the editor's state: the session, what is looked at, what is known of files; and who listens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from afxplugin.audio import check_rate
from afxplugin.editor.state import events
from afxplugin.editor.state.catalogue import Catalogue
from afxplugin.editor.state.history import History
from afxplugin.editor.state.session import Choice, KnobSettings, Session
from afxplugin.editor.state.sources import KnobView, knob_views, with_settings
from afxplugin.editor.state.variants import PlannedVariant, plan_variants
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from afxplugin.editor.state.stem_info import StemInfo
    from afxplugin.render.source import Source

DEFAULT_HZ = 48_000


class StateView:
    """The part of ``EditorState`` that changes nothing; ``subscribe`` to hear of every change."""

    def __init__(self, session: Session | None = None, path: Path | None = None) -> None:
        self._history = History(session or Session())
        self._listeners: list[events.Listener] = []
        self._path = path
        self._selection: Path | None = None
        self._infos: dict[Path, StemInfo] = {}
        self._catalogue = Catalogue()
        self._sources: dict[Choice, Source] = {}
        self._problems: dict[Choice, str] = {}
        self._opening = threading.Lock()
        self._planned: dict[tuple[Choice, int], tuple[PlannedVariant, ...]] = {}
        self._select_what_is_there()

    def subscribe(self, listener: events.Listener) -> Callable[[], None]:
        """Call ``listener`` with every event, in the calling thread, after the change; the answer ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @property
    def session(self) -> Session:
        """The session as it is."""
        return self._history.value

    @property
    def path(self) -> Path | None:
        """The session's file, None where it has none yet."""
        return self._path

    @property
    def selection(self) -> Path | None:
        """The stem that is looked at."""
        return self._selection

    @property
    def infos(self) -> Mapping[Path, StemInfo]:
        """What is known of stems, by path."""
        return self._infos

    @property
    def catalogue(self) -> Catalogue:
        """The presets that are there."""
        return self._catalogue

    @property
    def session_hz(self) -> int:
        """The rate at which methods are compared: the session's, else the looked-at stem's, else 48 kHz."""
        if self.session.session_hz is not None:
            return self.session.session_hz
        info = self._infos.get(self._selection) if self._selection is not None else None
        return info.rate_hz if info is not None and info.rate_hz else DEFAULT_HZ

    @property
    def source(self) -> Source | None:
        """The chosen preset or capture, opened, as it sets itself; None where none is chosen or it is not open yet."""
        choice = self.session.choice
        return None if choice is None else self._sources.get(choice)

    @property
    def source_problem(self) -> str | None:
        """Why the chosen preset or capture cannot be played, in words; None where it can, or is not open yet."""
        choice = self.session.choice
        return None if choice is None else self._problems.get(choice)

    @property
    def played(self) -> Source | None:
        """``source`` with the user's settings: what is compared and rendered."""
        source = self.source
        if source is None:
            return None
        try:
            return with_settings(source, self.session.settings)
        except AfxError:  # a session file may name knobs that the preset no longer has
            return None

    @property
    def knobs(self) -> tuple[KnobView, ...]:
        """The knobs to show; none where nothing is chosen or open yet."""
        source = self.source
        if source is None:
            return ()
        try:
            return knob_views(source, self.session.settings)
        except AfxError:
            return knob_views(source, KnobSettings())

    @property
    def variants(self) -> tuple[PlannedVariant, ...]:
        """The variants at the session's rate, in the order of their keys; none where nothing is chosen or open yet."""
        choice, source = self.session.choice, self.source
        if choice is None or source is None:
            return ()
        key = (choice, self.session_hz)
        if key not in self._planned:
            self._planned[key] = plan_variants(source.capture, self.session_hz, filters=source.filters)
        return self._planned[key]

    def plan_ahead(self, choice: Choice, source: Source, session_hz: int | None = None) -> None:
        """Plan a choice's variants at a rate in Hz, None the present one, from any thread: ``variants`` then has them.

        Raises RateError outside 8 to 384 kHz.
        """
        session_hz = session_hz or self.session_hz
        check_rate(session_hz, what="a session rate")
        if (choice, session_hz) not in self._planned:
            planned = plan_variants(source.capture, session_hz, filters=source.filters)
            self._planned[choice, session_hz] = planned

    @property
    def is_saved(self) -> bool:
        """Whether the session stands in its file as it is; an empty new one counts as saved."""
        return self._history.is_saved

    def _select_what_is_there(self) -> bool:
        """Keep looking at a stem that is there; whether that is another one than before."""
        if self._selection is not None and self.session.stem(self._selection) is not None:
            return False
        before = self._selection
        self._selection = self.session.stems[0].path if self.session.stems else None
        return before != self._selection

    def _tell_history(self) -> None:
        history = self._history
        self._tell(events.HistoryChanged(history.undo_label, history.redo_label, history.is_saved))

    def _tell(self, event: events.Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
