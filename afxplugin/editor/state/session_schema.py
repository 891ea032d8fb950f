"""The schema of a session's file, checked where it is read; schema 1 stays readable for ever."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from afxplugin.audio import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from afxplugin.editor.state.session import GAIN_LIMIT_DB, LONGEST_REGION_S, SHORTEST_REGION_S
from afxplugin.editor.state.variants import DEVICE, REFERENCE, VARIANTS

SCHEMA = 1
_HEARD = (*(variant.name for variant in VARIANTS), REFERENCE, DEVICE)


def _checked_path(path: str) -> str:
    if not path.strip() or "\0" in path:
        raise ValueError("a path is needed, relative to this file, with / between folders")
    return path


def _rendered(name: str) -> str:
    if name not in _HEARD[:-2]:
        raise ValueError(f"one of {', '.join(_HEARD[:-2])} is needed")
    return name


def _heard(name: str) -> str:
    if name not in _HEARD:
        raise ValueError(f"one of {', '.join(_HEARD)} is needed")
    return name


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Gain = Annotated[Number, Field(ge=-GAIN_LIMIT_DB, le=GAIN_LIMIT_DB)]
FilePath = Annotated[str, Field(max_length=4000), AfterValidator(_checked_path)]


class Table(BaseModel):
    """A table of the file; keys that it does not have are mistakes."""

    model_config = ConfigDict(extra="forbid")


class StemTable(Table):
    """``[[stem]]``"""

    path: FilePath


class PlayTable(Table):
    """``[play]``: what stems are played through, and how it is set."""

    preset: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    capture: FilePath | None = None
    knobs: dict[str, Number] = {}
    input_gain_db: Gain = 0.0
    output_gain_db: Gain = 0.0
    mix: Annotated[Number, Field(ge=0.0, le=1.0)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.preset is not None and self.capture is not None:
            raise ValueError("preset and capture: one of the two is needed")
        return self


class QueueTable(PlayTable):
    """``[[queue]]``: a stem to be rendered."""

    stem: FilePath
    variant: Annotated[str, AfterValidator(_rendered)] = "auto"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.preset is None and self.capture is None:
            raise ValueError("a preset or a capture is needed")
        return self


class RegionTable(Table):
    """``[region]``, in seconds."""

    start_s: Annotated[Number, Field(ge=0.0)]
    seconds: Annotated[Number, Field(ge=SHORTEST_REGION_S, le=LONGEST_REGION_S)]


class SessionFile1(Table):
    """A session's file, version 1."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    session_hz: Annotated[int, Field(strict=True, ge=LOWEST_RATE_HZ, le=HIGHEST_RATE_HZ)] | None = None
    variant: Annotated[str, AfterValidator(_heard)] = "auto"
    loudness_matched: Annotated[bool, Field(strict=True)] = True
    play: PlayTable = PlayTable()
    region: RegionTable | None = None
    stem: Annotated[list[StemTable], Field(max_length=10_000)] = []
    queue: Annotated[list[QueueTable], Field(max_length=100_000)] = []
