"""What the state tells: one small event for each thing that can change, whoever changed it, undo and opening too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.state.catalogue import Catalogue
    from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Region, Session, Stem
    from afxplugin.editor.state.stem_info import StemInfo


@dataclass(frozen=True)
class StemsChanged:
    """Stems came, went or were moved."""

    stems: tuple[Stem, ...]


@dataclass(frozen=True)
class InfoChanged:
    """It is now known what a stem is, or that it cannot be read."""

    info: StemInfo


@dataclass(frozen=True)
class SelectionChanged:
    """Another stem is looked at; None: none is."""

    stem: Path | None


@dataclass(frozen=True)
class RateChanged:
    """Methods are compared at another rate in Hz; None: the stem's own."""

    session_hz: int | None


@dataclass(frozen=True)
class ChoiceChanged:
    """Another preset or capture; None: none is chosen."""

    choice: Choice | None


@dataclass(frozen=True)
class SourceNeeded:
    """A choice came back by undo or from a file and has not been opened: ``open_choice`` in a worker, then
    ``provide_source``."""

    choice: Choice


@dataclass(frozen=True)
class SourceReady:
    """The chosen preset or capture is open and can be played; problem in words where it cannot be."""

    choice: Choice
    problem: str | None = None


@dataclass(frozen=True)
class SettingsChanged:
    """Knobs, gains or mix moved."""

    settings: KnobSettings


@dataclass(frozen=True)
class RegionChanged:
    """Another stretch is compared; None: the loudest."""

    region: Region | None


@dataclass(frozen=True)
class VariantChanged:
    """Another variant is heard."""

    name: str


@dataclass(frozen=True)
class MatchingChanged:
    """Variants are, or are no more, heard as loud as the reference."""

    loudness_matched: bool


@dataclass(frozen=True)
class QueueChanged:
    """The entries of the render queue are others."""

    entries: tuple[QueueEntry, ...]


@dataclass(frozen=True)
class HistoryChanged:
    """What undo and redo would do, None: nothing; whether the session stands in its file as it is."""

    undo_label: str | None
    redo_label: str | None
    is_saved: bool


@dataclass(frozen=True)
class SessionLeft:
    """Another session is about to take the place of this one, which is still there."""


@dataclass(frozen=True)
class FileChanged:
    """The session has another file; None: none yet."""

    path: Path | None


@dataclass(frozen=True)
class CatalogueChanged:
    """The presets that are there have been looked up."""

    catalogue: Catalogue


Event = (
    StemsChanged
    | InfoChanged
    | SelectionChanged
    | RateChanged
    | ChoiceChanged
    | SourceNeeded
    | SourceReady
    | SettingsChanged
    | RegionChanged
    | VariantChanged
    | MatchingChanged
    | QueueChanged
    | HistoryChanged
    | SessionLeft
    | FileChanged
    | CatalogueChanged
)
Listener = Callable[[Event], None]


def differences(old: Session, new: Session) -> list[Event]:
    """The events that lead from one session to another."""
    events: list[Event] = []
    if old.stems != new.stems:
        events.append(StemsChanged(new.stems))
    if old.session_hz != new.session_hz:
        events.append(RateChanged(new.session_hz))
    if old.choice != new.choice:
        events.append(ChoiceChanged(new.choice))
    if old.settings != new.settings:
        events.append(SettingsChanged(new.settings))
    if old.region != new.region:
        events.append(RegionChanged(new.region))
    if old.variant != new.variant:
        events.append(VariantChanged(new.variant))
    if old.loudness_matched != new.loudness_matched:
        events.append(MatchingChanged(new.loudness_matched))
    if old.queue != new.queue:
        events.append(QueueChanged(new.queue))
    return events
