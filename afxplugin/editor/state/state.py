"""The one thing in the editor that changes: the session with its history, what is looked at, what is known of files.

All methods are for one thread, the window's, but for ``open_choice``. They are what a user can do: each either does all
of it, tells the listeners and is undone in one step, or raises an AfxError and changes nothing. Nothing slow happens
here: what reads files is done by workers, which hand their findings to the methods that begin with ``provide``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from afxplugin.audio import check_rate
from afxplugin.editor.state import events
from afxplugin.editor.state.history import History
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Region, Session, Stem
from afxplugin.editor.state.session_file import write_session
from afxplugin.editor.state.sources import open_choice, with_settings
from afxplugin.editor.state.stored_paths import file_name
from afxplugin.editor.state.variants import check_heard
from afxplugin.editor.state.view import StateView
from afxplugin.errors import MethodError, SessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from afxplugin.editor.state.catalogue import Catalogue
    from afxplugin.editor.state.stem_info import StemInfo
    from afxplugin.render.source import Source


class EditorState(StateView):
    """An editor's state, from an empty session on; ``subscribe`` to hear of every change."""

    # Stems.

    def add_stems(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Add stems by their files' paths (see ``offered.sort_offered`` for folders); those that are new."""
        known = {stem.path for stem in self.session.stems}
        new = tuple(dict.fromkeys(each.absolute() for each in paths if each.absolute() not in known))
        label = f"add {file_name(new[0])}" if len(new) == 1 else f"add {len(new)} stems"
        self._do(replace(self.session, stems=(*self.session.stems, *map(Stem, new))), label)
        if new:
            self.select_stem(new[0])
        return new

    def remove_stem(self, path: Path) -> None:
        """Take a stem out of the session; its file stays. Raises SessionError where it is not there."""
        self._known(path)
        places = [stem.path for stem in self.session.stems]
        at = places.index(path)
        kept = tuple(stem for stem in self.session.stems if stem.path != path)
        self._do(replace(self.session, stems=kept), f"remove {file_name(path)}")
        if self._selection is None and kept:
            self.select_stem(kept[min(at, len(kept) - 1)].path)

    def select_stem(self, path: Path | None) -> None:
        """Look at a stem, or at none; no step of the history. Raises SessionError where it is not there."""
        if path is not None:
            self._known(path)
        if path != self._selection:
            self._selection = path
            self._tell(events.SelectionChanged(path))

    def provide_info(self, info: StemInfo) -> None:
        """What a worker found a stem to be."""
        self._infos[info.path] = info
        self._tell(events.InfoChanged(info))

    # The rate, and what is played.

    def set_session_rate(self, session_hz: int | None) -> None:
        """Compare at this rate in Hz, or at the stem's own. Raises RateError outside 8 to 384 kHz."""
        if session_hz is not None:
            check_rate(session_hz, what="a session rate")
        label = "session rate of the stem" if session_hz is None else f"session rate {session_hz / 1000:g} kHz"
        self._do(replace(self.session, session_hz=session_hz), label)

    def provide_catalogue(self, catalogue: Catalogue) -> None:
        """What presets a worker found."""
        self._catalogue = catalogue
        self._tell(events.CatalogueChanged(catalogue))

    def open_choice(self, choice: Choice) -> Source:
        """Open a preset or capture, from any thread; opened ones are kept. Raises PresetError, CaptureError."""
        with self._opening:
            known = self._sources.get(choice)
        if known is None:
            known = open_choice(choice, self.session.folders)
            with self._opening:
                self._sources[choice] = known
        return known

    def choose(self, choice: Choice, *, settings: KnobSettings | None = None) -> None:
        """Play stems through this preset or capture, its knobs as it sets them; quick where it has been opened.

        Raises PresetError, CaptureError where it cannot be opened, KnobError for settings that it does not take.
        """
        source = self.open_choice(choice)
        settings = settings or KnobSettings()
        with_settings(source, settings)
        self._problems.pop(choice, None)
        self._do(replace(self.session, choice=choice, settings=settings), f"choose {choice.label}")

    def choose_preset(self, label: str) -> None:
        """``choose`` a preset by its label, "Device/Preset"."""
        self.choose(Choice(preset=label))

    def choose_capture(self, path: Path) -> None:
        """``choose`` a capture by its file."""
        self.choose(Choice(capture=path.absolute()))

    def neighbour(self, step: int, among: Sequence[str] | None = None) -> Choice | None:
        """The choice of the preset so many places further in the catalogue, or among these labels; None: no preset."""
        cards = self._catalogue.cards
        if among is not None:
            cards = tuple(card for card in cards if card.label in set(among))
        now = self.session.choice.preset if self.session.choice is not None else None
        label = self._catalogue.neighbour(now, step, among=cards)
        return None if label is None else Choice(preset=label)

    def provide_source(self, choice: Choice, source: Source) -> None:
        """What a worker opened after SourceNeeded."""
        with self._opening:
            self._sources[choice] = source
        self._problems.pop(choice, None)
        self._tell(events.SourceReady(choice))

    def provide_source_problem(self, choice: Choice, problem: str) -> None:
        """Why a worker could not open a choice."""
        self._problems[choice] = problem
        self._tell(events.SourceReady(choice, problem))

    # Knobs.

    def set_knob(self, name: str, position: float) -> None:
        """Turn a knob, in its own units; one step until ``end_gesture``. Raises KnobError outside its range."""
        name = self._knob_name(name)
        self._set(self.session.settings.with_position(name, float(position)), f"turn {name}", f"knob {name}")

    def set_input_gain(self, gain_db: float) -> None:
        """Add to the preset's input gain; one step until ``end_gesture``. Raises SessionError beyond 60 dB."""
        self._set(replace(self.session.settings, input_gain_db=gain_db), "input gain", "input gain")

    def set_output_gain(self, gain_db: float) -> None:
        """Add to the preset's output gain; one step until ``end_gesture``. Raises SessionError beyond 60 dB."""
        self._set(replace(self.session.settings, output_gain_db=gain_db), "output gain", "output gain")

    def set_mix(self, mix: float | None) -> None:
        """The capture's share, 0 to 1; None: the preset's. One step until ``end_gesture``. Raises SessionError."""
        self._set(replace(self.session.settings, mix=mix), "mix", "mix")

    def end_gesture(self) -> None:
        """A knob or region was let go: what follows is a step of its own."""
        self._history.seal()

    # Comparing.

    def set_region(self, start_s: float, seconds: float) -> None:
        """Compare this stretch; one step until ``end_gesture``. Raises SessionError for one too short or long."""
        self._do(replace(self.session, region=Region(start_s, seconds)), "choose region", merge="region")

    def clear_region(self) -> None:
        """Compare the loudest stretch of each stem."""
        self._do(replace(self.session, region=None), "choose loudest region")

    def choose_variant(self, name: str) -> None:
        """Hear and render this variant.

        Raises SessionError for an unknown one, MethodError for one that cannot be played here.
        """
        check_heard(name)
        for planned in self.variants:
            if planned.name == name and not planned.playable:
                raise MethodError(f"{planned.variant.label} cannot be played here: {planned.reason}")
        self._do(replace(self.session, variant=name), f"choose {name}", merge="variant")

    def toggle_matching(self) -> None:
        """Hear variants as loud as the reference, or as loud as they are."""
        matched = not self.session.loudness_matched
        self._do(
            replace(self.session, loudness_matched=matched), "match loudness" if matched else "do not match loudness"
        )

    # The queue.

    def queue_renders(self, stems: Iterable[Path], choices: Iterable[Choice] | None = None) -> int:
        """Queue every stem through every choice (None: the present one, as it is set); how many entries are new.

        No step of the history: what is rendered cannot be undone, so undo and redo leave the queue as it is.
        Raises SessionError where a stem is not of the session, or nothing is chosen.
        """
        variant = self.session.variant if self.session.variant not in ("reference", "device") else "auto"
        now = self.session.choice
        wanted = [now] if choices is None else list(choices)
        known = {stem.path for stem in self.session.stems}
        entries = dict.fromkeys(self.session.queue)
        before = len(entries)
        for path in stems:
            if path not in known:
                self._known(path)
            for choice in wanted:
                if choice is None:
                    raise SessionError("no preset is chosen; allowed: to choose one, or a capture, first")
                settings = self.session.settings if choice == now else KnobSettings()
                entries[QueueEntry(path, choice, settings, variant)] = None
        self._queue(tuple(entries))
        return len(entries) - before

    def remove_entries(self, entries: Iterable[QueueEntry]) -> None:
        """Take entries out of the queue."""
        gone = frozenset(entries)
        self._queue(tuple(each for each in self.session.queue if each not in gone))

    # History and files.

    def undo(self) -> str | None:
        """Take back the last step; what it was, None where there is none."""
        return self._travel(self._history.undo)

    def redo(self) -> str | None:
        """Do again what was taken back; what it was, None where there is nothing."""
        return self._travel(self._history.redo)

    def new(self) -> None:
        """An empty session without a file; what was not saved is lost, so ask first."""
        self.load(Session(), None)

    def load(self, session: Session, path: Path | None, *, saved: bool = True) -> None:
        """Take a session that was read elsewhere, with a history of its own; saved False: one from an autosave."""
        self._tell(events.SessionLeft())
        old = self.session
        self._history = History(session)
        if not saved:
            self._history.mark_unsaved()
        self._path = path
        self._tell(events.FileChanged(path))
        self._tell_changes(old)

    def save(self, path: Path | None = None) -> None:
        """Write the session into its file, or this one from now on. Raises SessionError where that cannot be."""
        target = path or self._path
        if target is None:
            raise SessionError("the session has no file yet; allowed: to say where it should be saved")
        session = self.session
        write_session(target.absolute(), session)
        self.provide_saved(session, target.absolute())

    def provide_saved(self, session: Session, path: Path) -> None:
        """A worker wrote this session into this file, with ``session_file.write_session``."""
        self._history.mark_saved(session)
        if path != self._path:
            self._path = path
            self._tell(events.FileChanged(path))
        self._tell_history()

    # Inside.

    def _do(self, session: Session, label: str, *, merge: str | None = None) -> None:
        old = self.session
        if self._history.push(session, label, merge=merge):
            self._tell_changes(old)

    def _queue(self, queue: tuple[QueueEntry, ...]) -> None:
        if queue != self.session.queue:
            self._history.amend(lambda session: replace(session, queue=queue))
            self._tell(events.QueueChanged(queue))
            self._tell_history()

    def _set(self, settings: KnobSettings, label: str, merge: str | None) -> None:
        source = self.source
        if source is not None:
            with_settings(source, settings)
        self._do(replace(self.session, settings=settings), label, merge=merge)

    def _travel(self, move: Callable[[], str | None]) -> str | None:
        old = self.session
        label = move()
        if label is not None:
            self._tell_changes(old)
        return label

    def _knob_name(self, name: str) -> str:
        """As the preset spells it; as given where it is not open. Raises KnobError through ``with_settings`` later."""
        for knob in self.knobs:
            if knob.name.casefold() == name.casefold():
                return knob.name
        return name

    def _known(self, path: Path) -> None:
        if self.session.stem(path) is None:
            count = len(self.session.stems)
            raise SessionError(f"no stem of this session; allowed: one of its {count} stems", path=path)

    def _tell_changes(self, old: Session) -> None:
        moved = self._select_what_is_there()
        for event in events.differences(old, self.session):
            self._tell(event)
        if moved:
            self._tell(events.SelectionChanged(self._selection))
        choice = self.session.choice
        if choice is not None and choice != old.choice:
            if self.source is None:
                self._tell(events.SourceNeeded(choice))
            else:
                self._tell(events.SourceReady(choice))
        self._tell_history()
