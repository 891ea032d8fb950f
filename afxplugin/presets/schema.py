"""The schemas of ``device.toml`` and ``preset.toml``, one model for each version, all of them readable for ever.

Version 1: device.toml with at least one preset. Version 2 adds knobs of the device's own over the capture's, presets
apart from their device, calibration, and what a search should find. A released model never changes: a new key is a new
version, for an older program must refuse what it would play wrongly.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from afxplugin.presets.names import checked_line, checked_name, checked_path, checked_text

MAX_GAIN_DB = 120.0
LATEST = 2

Name = Annotated[str, Field(max_length=100), AfterValidator(checked_name)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(checked_text)]
Knob = Annotated[str, Field(max_length=200), AfterValidator(checked_line)]
Text1 = Annotated[str, AfterValidator(checked_text)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Gain = Annotated[Number, Field(ge=-MAX_GAIN_DB, le=MAX_GAIN_DB)]
Tags = Annotated[list[Name], Field(max_length=20)]
Lagrange = Literal["lagrange1", "lagrange2", "lagrange3", "lagrange4", "lagrange5"]
Method = Literal["auto", "resample", "naive", "stn", "lidl", "apdl", "cidl", Lagrange]
Taper = Literal["linear", "audio", "reverse-audio"]


class Table(BaseModel):
    """A table of a file; keys that it does not have are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Device1(Table):
    """The device of version 1."""

    name: Name
    description: Text1 = ""
    licence: Text1 = ""


class Capture1(Table):
    """The capture of version 1: where it is, and which one it is."""

    path: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(checked_path)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class Preset1(Table):
    """A preset of version 1."""

    name: Name
    knobs: dict[Knob, Number] = {}
    input_gain_db: Gain = 0.0
    output_gain_db: Gain = 0.0
    mix: Annotated[Number, Field(ge=0.0, le=1.0)] = 1.0
    method: Method = "auto"
    oversampling: Literal[1, 2, 4, 8] = 1
    filters: Literal["linear", "low-latency"] = "linear"


class DeviceFile1(Table):
    """``device.toml``, version 1."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    device: Device1
    capture: Capture1
    preset: Annotated[list[Preset1], Field(min_length=1, max_length=1000)]


class Device2(Table):
    """The device of version 2."""

    name: Name
    description: Text = ""
    licence: Text = ""
    author: Text = ""
    link: Text = ""
    tags: Tags = []


class Capture2(Capture1):
    """The capture of version 2; rate_hz where its own file does not state it, link where it can be had."""

    rate_hz: Annotated[int, Field(strict=True, ge=8_000, le=384_000)] | None = None
    licence: Text = ""
    author: Text = ""
    link: Text = ""


class Knob2(Table):
    """A knob of the device over a control of the capture, which is given by name or by number, from 1.

    curve: (position, position of the capture's control) pairs. taper: where the middle of the way is: ``audio`` at 15 %
    of the control's range, as on the two-part track of a logarithmic potentiometer, ``reverse-audio`` at 85 %.
    """

    name: Name
    control: Name | Annotated[int, Field(strict=True, ge=1, le=16)] | None = None
    unit: Annotated[str, Field(max_length=20), AfterValidator(checked_line)] = ""
    low: Number = 0.0
    high: Number = 10.0
    default: Number | None = None
    taper: Taper = "linear"
    curve: Annotated[list[tuple[Number, Number]], Field(min_length=2, max_length=64)] | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low {self.low:g} and high {self.high:g}: low < high is needed")
        if self.default is not None and not self.low <= self.default <= self.high:
            raise ValueError(f"default {self.default:g}: a position from {self.low:g} to {self.high:g} is needed")
        if self.curve is not None:
            self._check_curve(self.curve)
        return self

    def _check_curve(self, curve: list[tuple[float, float]]) -> None:
        if self.taper != "linear":
            raise ValueError("taper and curve: one of the two is needed")
        positions, values = [point[0] for point in curve], [point[1] for point in curve]
        if any(a >= b for a, b in itertools.pairwise(positions)):
            raise ValueError(f"curve at {positions}: increasing positions are needed")
        if (positions[0], positions[-1]) != (self.low, self.high):
            raise ValueError(
                f"curve from {positions[0]:g} to {positions[-1]:g}: {self.low:g} to {self.high:g} is needed"
            )
        rising = values[-1] > values[0]
        if any((a < b) != rising or a == b for a, b in itertools.pairwise(values)):
            raise ValueError(f"curve through {values}: values that only rise, or only fall, are needed")


class Preset2(Preset1):
    """A preset of version 2; calibration_gain_db says how much of output_gain_db the loudness calibration is."""

    description: Text = ""
    tags: Tags = []
    calibration_gain_db: Gain = 0.0


class DeviceFile2(Table):
    """``device.toml``, version 2; it may leave all presets to preset.toml files."""

    schema_version: Annotated[Literal[2], Field(alias="schema")]
    device: Device2
    capture: Capture2
    knob: Annotated[list[Knob2], Field(max_length=16)] = []
    preset: Annotated[list[Preset2], Field(max_length=1000)] = []


class PresetFile2(Table):
    """``preset.toml``, version 2: presets of a device that is described elsewhere."""

    schema_version: Annotated[Literal[2], Field(alias="schema")]
    device: Name
    preset: Annotated[list[Preset2], Field(min_length=1, max_length=1000)]


MODELS: dict[str, dict[int, type[Table]]] = {
    "device": {1: DeviceFile1, 2: DeviceFile2},
    "preset": {2: PresetFile2},
}


def json_schema(kind: str, version: int = LATEST) -> dict[str, Any]:
    """The JSON Schema of ``device`` or ``preset`` files of a version that MODELS has."""
    schema = MODELS[kind][version].model_json_schema(by_alias=True)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:afxplugin:{kind}.toml:{version}",
        "title": f"{kind}.toml, version {version}",
    }
    return {**head, **{key: value for key, value in schema.items() if key != "title"}}
