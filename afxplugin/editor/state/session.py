"""What a session of the editor is: plain frozen data, so that undo, autosave and files all handle the same thing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from afxplugin.editor.state.stored_paths import file_stem, folders_of
from afxplugin.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What an excerpt of a stem may be to be compared: all variants of it are held in memory at the session's rate.
LONGEST_REGION_S: Final = 60.0
SHORTEST_REGION_S: Final = 0.25
GAIN_LIMIT_DB: Final = 60.0
NO_POSITIONS: Final[Mapping[str, float]] = {}


@dataclass(frozen=True)
class Stem:
    """An audio file of the session, by its absolute path; one of Windows, read elsewhere, as it was written."""

    path: Path

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return file_stem(self.path)


@dataclass(frozen=True)
class Choice:
    """What stems are played through: a preset by its label ("Device/Preset"), or a capture's file.

    Raises SessionError unless exactly one of the two is given.
    """

    preset: str | None = None
    capture: Path | None = None

    def __post_init__(self) -> None:
        if (self.preset is None) == (self.capture is None):
            given = "neither" if self.preset is None else "both"
            raise SessionError(f"a preset or a capture is needed, {given} given; allowed: one of the two")

    @property
    def label(self) -> str:
        """The preset's label, the name of the capture's file where there is no preset."""
        return self.preset if self.preset is not None else file_stem(self.capture or Path())


@dataclass(frozen=True)
class KnobSettings:
    """What a user has set over a preset.

    positions: knobs by name in their own units; those not named stand where the preset has them. Gains in dB are added
    to the preset's. mix: 0 (stem alone) to 1 (capture alone); None: the preset's.
    Raises SessionError for a number outside these.
    """

    positions: Mapping[str, float] = field(default_factory=lambda: NO_POSITIONS)
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float | None = None

    def __post_init__(self) -> None:
        for name, gain_db in (("input gain", self.input_gain_db), ("output gain", self.output_gain_db)):
            if not abs(gain_db) <= GAIN_LIMIT_DB:  # false for NaN too
                raise SessionError(f"{name} is {gain_db:g} dB; allowed: {-GAIN_LIMIT_DB:g} to {GAIN_LIMIT_DB:g} dB")
        if self.mix is not None and not 0.0 <= self.mix <= 1.0:
            raise SessionError(f"mix is {self.mix:g}; allowed: 0 to 1")
        for name, position in self.positions.items():
            if not math.isfinite(position):
                raise SessionError(f"knob {name} is {position}; allowed: a finite number")

    def __hash__(self) -> int:
        return hash((frozenset(self.positions.items()), self.input_gain_db, self.output_gain_db, self.mix))

    def with_position(self, name: str, position: float) -> KnobSettings:
        """These with one knob somewhere else; the name counts whatever its case."""
        others = {known: at for known, at in self.positions.items() if known.casefold() != name.casefold()}
        return replace(self, positions={**others, name: position})

    def without_position(self, name: str) -> KnobSettings:
        """These with one knob back where the preset has it."""
        kept = {known: at for known, at in self.positions.items() if known.casefold() != name.casefold()}
        return replace(self, positions=kept)


@dataclass(frozen=True)
class Region:
    """A stretch of a stem, in seconds from its first frame. Raises SessionError for one too short, long or early."""

    start_s: float
    seconds: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.start_s < math.inf:
            raise SessionError(f"a region from {self.start_s:g} s; allowed: 0 s or later")
        if not SHORTEST_REGION_S <= self.seconds <= LONGEST_REGION_S:
            raise SessionError(
                f"a region of {self.seconds:.3g} s; allowed: {SHORTEST_REGION_S:g} to {LONGEST_REGION_S:g} s"
            )

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds from the stem's first frame."""
        return self.start_s + self.seconds


@dataclass(frozen=True)
class QueueEntry:
    """A stem to be rendered through a choice as it was set when it was queued; variant: a name of ``variants``."""

    stem: Path
    choice: Choice
    settings: KnobSettings = field(default_factory=KnobSettings)
    variant: str = "auto"


@dataclass(frozen=True)
class Session:
    """Everything that a session's file holds.

    session_hz: the rate at which methods are compared; None: that of the stem which is looked at. region: the stretch
    that is compared, of whichever stem; None: the loudest of each. variant: what is heard and rendered, a name of
    ``variants`` or "reference". loudness_matched: whether variants are heard as loud as the reference.
    """

    stems: tuple[Stem, ...] = ()
    session_hz: int | None = None
    choice: Choice | None = None
    settings: KnobSettings = field(default_factory=KnobSettings)
    region: Region | None = None
    variant: str = "auto"
    loudness_matched: bool = True
    queue: tuple[QueueEntry, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the stems are, beside which presets may be."""
        return folders_of(tuple(each.path for each in self.stems))

    def stem(self, path: Path) -> Stem | None:
        """The stem of this path, None where it is not of the session."""
        return next((each for each in self.stems if each.path == path), None)
