"""Parameters of a loaded plugin: found by name, set by position in their range or by what the plugin shows."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from afxplugin.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afxplugin.engine.description import Setting

# DPF tells hosts the block size, the rate and the latency through parameters that are no user's business.
_INTERNAL = frozenset({"Buffer Size", "Sample Rate", "Latency"})
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_BISECTIONS = 26


class Processor(Protocol):
    """What of a loaded plugin is used here."""

    def get_parameters_description(self) -> Sequence[Mapping[str, Any]]: ...  # noqa: D102
    def get_parameter_text(self, index: int) -> str: ...  # noqa: D102
    def set_parameter(self, index: int, value: float) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class Parameter:
    """A parameter of a plugin: where it stands (0 to 1), what the plugin shows there and at both ends, its choices."""

    name: str
    value: float
    text: str
    unit: str
    low: str
    high: str
    choices: tuple[str, ...]
    automatable: bool
    index: int

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "choices": list(self.choices)}

    @staticmethod
    def from_dict(given: Mapping[str, Any]) -> Parameter:
        """The parameter of ``as_dict``."""
        plain: dict[str, Any] = dict(given)
        plain["choices"] = tuple(given["choices"])
        return Parameter(**plain)


def read_parameters(processor: Processor, value: Mapping[int, float]) -> list[Parameter]:
    """All parameters that are a user's business; ``value`` is where each stands, by index."""
    found: list[Parameter] = []
    for each in processor.get_parameters_description():
        if each["name"] in _INTERNAL and not each["isAutomatable"]:
            continue
        choices = tuple(str(text) for text in each["valueStrings"])
        found.append(
            Parameter(
                name=str(each["name"]),
                value=float(value.get(int(each["index"]), 0.0)),
                text=str(each["text"]),
                unit=str(each["label"]).strip(),
                low=str(each["min"]),
                high=str(each["max"]),
                choices=choices,
                automatable=bool(each["isAutomatable"]),
                index=int(each["index"]),
            )
        )
    return found


def parameter_named(node: str, parameters: Sequence[Parameter], name: str) -> Parameter:
    """The parameter of this name, whatever its case.

    Raises:
        GraphError: there is none; the message names those that come close, or all.
    """
    for each in parameters:
        if each.name.casefold() == name.casefold():
            return each
    names = [each.name for each in parameters]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    told = f"close to it: {', '.join(close)}" if close else f"it has {', '.join(names) or 'none'}"
    raise GraphError(f"{node}: has no parameter {name!r}; {told}")


def position_of(node: str, parameter: Parameter, setting: Setting, processor: Processor | None) -> float:
    """Where from 0 to 1 a setting puts a parameter.

    Text is looked for among the choices; a number in text is looked for with ``processor``, which is moved about for it
    (None: the plugin is playing and must not be).

    Raises:
        GraphError: a number outside 0 to 1, or text that the plugin never shows.
    """
    if not isinstance(setting, str):
        if not 0.0 <= setting <= 1.0:
            raise GraphError(f"{node}: {parameter.name} is {setting:g}; allowed: 0 to 1 over its range")
        return float(setting)
    folded = [choice.casefold() for choice in parameter.choices]
    if setting.casefold() in folded:
        return folded.index(setting.casefold()) / max(1, len(folded) - 1)
    wanted = _number(setting)
    low, high = _number(parameter.low), _number(parameter.high)
    if wanted is None or low is None or high is None or not min(low, high) <= wanted <= max(low, high):
        allowed = ", ".join(parameter.choices) or f"{parameter.low} to {parameter.high} {parameter.unit}".strip()
        raise GraphError(f"{node}: {parameter.name} is {setting!r}; allowed: {allowed}, or a number from 0 to 1")
    if processor is None:
        raise GraphError(f"{node}: {parameter.name} is {setting!r}; while it plays, allowed: a number from 0 to 1")
    return _search(processor, parameter.index, wanted, low, high)


def _search(processor: Processor, index: int, wanted: float, low: float, high: float) -> float:
    """Most plugins show what is linear over the range; the others at least what rises or falls throughout."""

    def shown(position: float) -> float:
        processor.set_parameter(index, position)
        value = _number(processor.get_parameter_text(index))
        return math.nan if value is None else value

    guess = (wanted - low) / (high - low) if high != low else 0.0
    if abs(shown(guess) - wanted) <= 1e-5 * abs(high - low):
        return guess
    below, above = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (below + above)
        if (shown(middle) < wanted) == (low < high):
            below = middle
        else:
            above = middle
    return above


def _number(text: str) -> float | None:
    found = _NUMBER.match(text)
    return float(found[1]) if found else None
