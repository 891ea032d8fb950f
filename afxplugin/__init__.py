"""Plays neural captures of amps, pedals and compressors right, at whatever sample rate a session runs at.

    import afxplugin as afx

    capture = afx.read_capture("amp.json")
    player = afx.Player(capture, rate_hz=96_000)
    y = player.process(x)  # (channels, frames), late by player.latency_frames
    afx.render(["guitar.wav"], capture="amp.json", out="rendered")

Names are looked up when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afxplugin.audio import Audio as Audio
    from afxplugin.audio import read_audio as read_audio
    from afxplugin.captures import Capture as Capture
    from afxplugin.captures import CaptureBlend as CaptureBlend
    from afxplugin.captures import blend_captures as blend_captures
    from afxplugin.captures import read_capture as read_capture
    from afxplugin.captures import write_afx as write_afx
    from afxplugin.chain import Player as Player
    from afxplugin.chain import RatePlan as RatePlan
    from afxplugin.chain import plan_rates as plan_rates
    from afxplugin.engine import Graph as Graph
    from afxplugin.engine import LiveOptions as LiveOptions
    from afxplugin.presets import PresetStore as PresetStore
    from afxplugin.render import compare as compare
    from afxplugin.render import render as render

_HOMES = {
    "Audio": "audio",
    "read_audio": "audio",
    "Capture": "captures",
    "CaptureBlend": "captures",
    "blend_captures": "captures",
    "read_capture": "captures",
    "write_afx": "captures",
    "Player": "chain",
    "RatePlan": "chain",
    "plan_rates": "chain",
    "Graph": "engine",
    "LiveOptions": "engine",
    "PresetStore": "presets",
    "compare": "render",
    "render": "render",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'afxplugin' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"afxplugin.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
