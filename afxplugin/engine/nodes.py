"""The nodes of a scripted graph, as the user holds them: named, set, automated."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin.captures import AnyCapture, knob_positions
from afxplugin.engine.automation import thinned
from afxplugin.engine.description import Curve, PluginNode, check_gain, check_offset, check_setting
from afxplugin.engine.lookup import check_preset, find_plugin
from afxplugin.errors import GraphError, KnobError
from afxplugin.plugin.afx_preset import write_afx_preset
from afxplugin.plugin.bundles import bundle_path
from afxplugin.plugin.document import (
    GAIN_LIMIT_DB,
    KNOBS,
    PluginSettings,
    parameter_values,
    preset_settings,
    with_knobs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afxplugin.engine.description import Setting
    from afxplugin.engine.parameters import Parameter
    from afxplugin.engine.scripted import Graph

Float32 = NDArray[np.float32]


class GraphNode:
    """A node by its name in a graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        self._graph = graph
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class MixHandle(GraphNode):
    """The sum of other nodes, each with its linear gain."""

    def __init__(self, graph: Graph, name: str, gains: Mapping[str, float]) -> None:
        super().__init__(graph, name)
        self._gains = dict(gains)
        for source, gain in gains.items():
            check_gain(name, source, gain)

    @property
    def gains(self) -> Mapping[str, float]:
        """Gains by node."""
        return dict(self._gains)

    def set(self, source: GraphNode | str, gain: float) -> None:
        """Moves a gain, also while the graph plays. Raises GraphError for what is not mixed here or beyond 60 dB."""
        name = source if isinstance(source, str) else source.name
        if name not in self._gains:
            raise GraphError(f"{self.name} does not mix {name!r}; it mixes {', '.join(self._gains)}")
        check_gain(self.name, name, gain)
        self._graph.tell_gain(self.name, name, gain)
        self._gains[name] = gain


class PluginHandle(GraphNode):
    """A plugin in a graph. What is set here is heard by the next render, and within two blocks by one that runs."""

    def __init__(self, graph: Graph, name: str, source: str, plugin: str, preset: str | Path | None) -> None:
        super().__init__(graph, name)
        self._source = source
        self._plugin = find_plugin(plugin)
        self._preset = None if preset is None else check_preset(self._plugin, str(preset))
        self._settings: dict[str, Setting] = {}
        self._curves: dict[str, Curve] = {}
        self._offset_frames = 0

    @property
    def offset_frames(self) -> int:
        """How many frames later than it reports the plugin is; paths beside it are delayed by as much.

        Setting it is heard by the next render. Raises GraphError beyond 2^20 frames.
        """
        return self._offset_frames

    @offset_frames.setter
    def offset_frames(self, frames: int) -> None:
        check_offset(self.name, frames)
        self._offset_frames = frames

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The plugin's parameters by name, as they stand with preset and settings; builds the graph to ask."""
        return {each.name: each for each in self._graph.ask_parameters(self.name)}

    def set(self, parameter: str, value: Setting) -> None:
        """Moves a parameter: a number from 0 to 1 over its range, or text that the plugin shows ("Hall", "-20").

        Raises:
            GraphError: a number outside 0 to 1, or while the graph plays also no such parameter. What the plugin does
                not know is refused when the graph is built.
        """
        check_setting(self.name, parameter, value)
        self._graph.tell(self.name, parameter, value)
        self._curves.pop(parameter, None)
        self._settings[parameter] = value

    def automate(self, parameter: str, values: ArrayLike, *, rate_hz: float) -> None:
        """Moves a parameter over time: values (n,) from 0 to 1, ``rate_hz`` of them a second from the stem's start on.

        The last value holds. The plugin hears of a value where a block of the graph begins.

        Raises:
            GraphError: values outside 0 to 1, none at all, or a rate that is not above 0 Hz.
        """
        self._curves[parameter] = self._curve(parameter, np.asarray(values, np.float32), rate_hz)

    def set_preset(self, preset: str | Path) -> None:
        """Takes a .vstpreset, or an LV2 preset by URI or label. Raises PluginError where there is none."""
        self._preset = check_preset(self._plugin, str(preset))
        self._graph.tell_preset(self.name, self._preset)

    def describe(self, folder: Path, *, live: bool = False) -> PluginNode:
        """The node as plain data; files that it needs are written to ``folder``.

        Raises:
            GraphError: automation, which is in stem time, with ``live``.
        """
        del folder
        self._check_live(live)
        return PluginNode(
            self.name,
            self._source,
            self._plugin,
            self._preset,
            dict(self._settings),
            dict(self._curves),
            self._offset_frames,
        )

    def _check_live(self, live: bool) -> None:
        if live and self._curves:
            raise GraphError(f"{self.name}: {', '.join(self._curves)} is automated along a stem; allowed live: set()")

    def _curve(self, parameter: str, values: Float32, rate_hz: float) -> Curve:
        what = f"{self.name}: the automation of {parameter}"
        if values.ndim != 1 or not values.size or not (math.isfinite(rate_hz) and rate_hz > 0.0):
            raise GraphError(f"{what} has shape {values.shape} at {rate_hz:g} Hz; allowed: (n,) values above 0 Hz")
        if not (values.min() >= 0.0 and values.max() <= 1.0):
            raise GraphError(f"{what} goes from {values.min():g} to {values.max():g}; allowed: its range")
        graph = self._graph
        kept, kept_hz = thinned(values, rate_hz=rate_hz, block_frames=graph.block_frames, graph_hz=graph.rate_hz)
        return Curve(tuple(kept.tolist()), kept_hz)


@dataclass(frozen=True)
class _Range:
    """A setting of AFX that moves while it plays: the plugin's name for it, and its range in the setting's units."""

    parameter: str
    low: float
    high: float


_RANGES: Final = {
    "input_gain_db": _Range("Input gain", -GAIN_LIMIT_DB, GAIN_LIMIT_DB),
    "output_gain_db": _Range("Output gain", -GAIN_LIMIT_DB, GAIN_LIMIT_DB),
    "mix": _Range("Mix", 0.0, 1.0),
}
_FIXED: Final = ("method", "oversample", "filters", "bypass", "start")


@dataclass(frozen=True)
class Stage:
    """A capture and how it is played."""

    capture: AnyCapture
    settings: PluginSettings = field(default_factory=PluginSettings)


class NeuralHandle(PluginHandle):
    """AFX in a graph: a capture, with settings in their own units (knobs by the capture's names, dB, names)."""

    def __init__(self, graph: Graph, name: str, source: str, stage: Stage) -> None:
        super().__init__(graph, name, source, str(bundle_path("AFX.vst3")), None)
        parameter_values(stage.capture, stage.settings)  # refuses here what could not be written later
        self._stage = stage

    @property
    def capture(self) -> AnyCapture:
        """The capture that is played."""
        return self._stage.capture

    @property
    def settings(self) -> PluginSettings:
        """How it is played."""
        return self._stage.settings

    def set(self, parameter: str, value: Setting | bool) -> None:
        """Sets a knob, ``input_gain_db``, ``output_gain_db`` or ``mix``; before it plays also method, oversample,
        filters, bypass and start.

        Raises:
            KnobError: no such knob or setting, or a position outside its range. MethodError: a choice that AFX lacks.
        """  # fmt: skip
        stage = self._changed(parameter, value)
        if parameter in _FIXED:
            if self._graph.is_playing:
                raise GraphError(f"{self.name}: {parameter} cannot change while the graph plays; allowed: before")
        else:
            reach = self._range(parameter)
            self._graph.tell(self.name, reach.parameter, _position(float(value), reach))
            self._curves.pop(reach.parameter, None)
        self._stage = stage

    def automate(self, parameter: str, values: ArrayLike, *, rate_hz: float) -> None:
        """As ``PluginHandle.automate``, with values in the setting's own units."""
        reach = self._range(parameter)
        positions = (np.asarray(values, np.float64) - reach.low) / (reach.high - reach.low)
        self._curves[reach.parameter] = self._curve(parameter, positions.astype(np.float32), rate_hz)

    def set_preset(self, preset: str | Path) -> None:
        """Takes capture and settings of a preset by name, before the graph plays. Raises PresetError."""
        if self._graph.is_playing:
            raise GraphError(f"{self.name}: its preset cannot change while the graph plays; allowed: before")
        self._stage = preset_stage(str(preset), {})

    def describe(self, folder: Path, *, live: bool = False) -> PluginNode:
        """The node as plain data, its capture and settings in a file in ``folder``; with ``live`` as AFX Live."""
        self._check_live(live)
        path = folder / f"{len(list(folder.iterdir()))}.vstpreset"
        settings = replace(self._stage.settings, mono=self._graph.is_mono)
        write_afx_preset(path, self._stage.capture, settings, live=live)
        plugin = str(bundle_path("AFXLive.vst3")) if live else self._plugin
        return PluginNode(self.name, self._source, plugin, str(path), {}, dict(self._curves), self._offset_frames)

    def _changed(self, parameter: str, value: Setting | bool) -> Stage:
        capture, settings = self._stage.capture, self._stage.settings
        if parameter in _RANGES or parameter in _FIXED:
            settings = replace(settings, **{parameter: value})
        else:
            others = {name: p for name, p in settings.knobs.items() if name.casefold() != parameter.casefold()}
            settings = replace(settings, knobs={**others, parameter: float(value)})
        parameter_values(capture, settings)
        return Stage(capture, settings)

    def _range(self, parameter: str) -> _Range:
        if parameter in _RANGES:
            return _RANGES[parameter]
        for k, control in enumerate(self._stage.capture.controls[:KNOBS], 1):
            if control.name.casefold() == parameter.casefold():
                return _Range(f"Knob {k}", control.low, control.high)
        known = [*_RANGES, *(control.name for control in self._stage.capture.controls[:KNOBS])]
        raise KnobError(f"{self.name}: {parameter!r} does not move while it plays; what does: {', '.join(known)}")


def preset_stage(name: str, knobs: Mapping[str, float]) -> Stage:
    """Capture and settings of a preset, knobs over its own. Raises PresetError or KnobError."""
    from afxplugin.presets import PresetStore

    preset = PresetStore().find(name)
    capture = preset.read_capture()
    settings = with_knobs(preset_settings(preset), knobs)
    knob_positions(capture, settings.knobs)
    return Stage(capture, settings)


def _position(value: float, reach: _Range) -> float:
    return (value - reach.low) / (reach.high - reach.low)
