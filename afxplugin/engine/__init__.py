"""The plugin among other plugins: DawDreamer's graph in a process of its own, described as data, fed and drained.

Names are looked up when they are first used: the process that a graph plays in imports this room, and quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afxplugin.engine.live import LiveOptions as LiveOptions
    from afxplugin.engine.scripted import Graph as Graph

_HOMES = {"Graph": "scripted", "LiveOptions": "live"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'afxplugin.engine' has no attribute {name!r}")
    return getattr(importlib.import_module(f"afxplugin.engine.{home}"), name)
