"""What one batch asks of the sound and of the files: the same for every stem of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from afxplugin.errors import KnobError, MethodError, RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afxplugin.engine.lookup import Insert
    from afxplugin.render.automation import Automation

# As chain.plan has them; written again because that loads the core, which answering --help does not need.
METHODS = (
    "auto",
    "resample",
    "naive",
    "stn",
    "lidl",
    "apdl",
    "cidl",
    "lagrange1",
    "lagrange2",
    "lagrange3",
    "lagrange4",
    "lagrange5",
)
OVERSAMPLINGS = (1, 2, 4, 8)
FILTERS = ("linear", "low-latency")
STARTS = ("settled", "zero")
NAN_POLICIES = ("fail", "zero")
TRUNCATED_POLICIES = ("fail", "play")
SUBTYPES = ("float", "24", "16")
ENGINES = ("direct", "graph")
GAIN_LIMIT_DB = 120.0
TAIL_LIMIT_S = 3600.0


@dataclass(frozen=True)
class RenderOptions:
    """How stems are played; defaults are those of ``afx render``.

    nan: what non-finite samples of a stem lead to, ``fail`` or ``zero`` (played as silence).
    truncated: what a stem leads to whose header and content disagree in the number of frames, ``fail`` or ``play``.
    subtype: ``float`` (32 bits), ``24`` or ``16`` (with dither). tail_s: seconds rendered after a stem's end.
    mix: share of the capture in the output, 0 (stem alone) to 1; of the whole path where there are inserts.
    engine: ``direct``, the capture alone, or ``graph``, the plugin between other plugins in a host.
    inserts_before, inserts_after: plugins in the path before and after the capture; they need the graph.
    calibration_gain_db: how much of the output gain is the preset's loudness calibration.
    automation: knobs that move while a stem is played.
    input_dbu: level in dBu that full scale of the stems is; input_level_gain_db: how much of the input gain follows
    from it.
    Raises MethodError for ``method``, RenderError for anything else that is not allowed.
    """

    method: str = "auto"
    oversample: int = 1
    filters: str = "linear"
    start: str = "settled"
    nan: str = "fail"
    knobs: Mapping[str, float] = field(default_factory=dict[str, float])
    input_gain_db: float = 0.0
    output_gain_db: float = 0.0
    mix: float = 1.0
    subtype: str = "float"
    tail_s: float = 0.0
    engine: str = "direct"
    inserts_before: tuple[Insert, ...] = ()
    inserts_after: tuple[Insert, ...] = ()
    calibration_gain_db: float = 0.0
    automation: Automation | None = None
    input_dbu: float | None = None
    input_level_gain_db: float = 0.0
    truncated: str = "fail"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise MethodError(f"unknown method {self.method!r}; allowed: {', '.join(METHODS)}")
        _one_of("oversample", self.oversample, OVERSAMPLINGS)
        _one_of("filters", self.filters, FILTERS)
        _one_of("start", self.start, STARTS)
        _one_of("nan", self.nan, NAN_POLICIES)
        _one_of("truncated", self.truncated, TRUNCATED_POLICIES)
        _one_of("subtype", self.subtype, SUBTYPES)
        _one_of("engine", self.engine, ENGINES)
        if self.engine == "direct" and (self.inserts_before or self.inserts_after):
            raise RenderError("inserts are asked for with the engine 'direct'; allowed: the engine 'graph'")
        _within("input gain", self.input_gain_db, -GAIN_LIMIT_DB, GAIN_LIMIT_DB, " dB")
        _within("output gain", self.output_gain_db, -GAIN_LIMIT_DB, GAIN_LIMIT_DB, " dB")
        _within("mix", self.mix, 0.0, 1.0)
        _within("tail", self.tail_s, 0.0, TAIL_LIMIT_S, " s")
        for name, value in self.knobs.items():
            if not math.isfinite(value):
                raise KnobError(f"knob {name!r} is {value}; a finite number is needed")

    def as_dict(self) -> dict[str, Any]:
        """The options as plain JSON values.

        Those of the graph, levels, automation and truncated stems only where they are used: jobs without keep their
        keys.
        """
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        told["knobs"] = dict(sorted(self.knobs.items()))
        for place in ("inserts_before", "inserts_after"):
            told[place] = [insert.as_dict() for insert in getattr(self, place)]
        if self.engine == "direct":
            for name in ("engine", "inserts_before", "inserts_after"):
                del told[name]
        if self.automation is None:
            del told["automation"]
        else:
            told["automation"] = self.automation.as_dict()
        if self.input_dbu is None:
            del told["input_dbu"], told["input_level_gain_db"]
        if self.truncated == "fail":
            del told["truncated"]
        if self.calibration_gain_db == 0.0:
            del told["calibration_gain_db"]
        return told


def _one_of(name: str, given: object, allowed: tuple[object, ...]) -> None:
    if given not in allowed:
        raise RenderError(f"{name} is {given!r}; allowed: {', '.join(str(each) for each in allowed)}")


def _within(name: str, given: float, low: float, high: float, unit: str = "") -> None:
    if not low <= given <= high:
        raise RenderError(f"{name} is {given:g}{unit}; allowed: {low:g} to {high:g}{unit}")
