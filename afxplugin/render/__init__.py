"""Stems through captures: jobs and their results, batches in parallel, methods side by side.

``render`` renders stems, ``compare`` one excerpt by every method at every rate.
"""

import sys
import types
from typing import Any

from afxplugin.render.batch import Batch, render
from afxplugin.render.comparison import Cell, Comparison, compare
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.options import RenderOptions

__all__ = [
    "Batch",
    "Cell",
    "Comparison",
    "RenderJob",
    "RenderOptions",
    "RenderResult",
    "compare",
    "render",
]


class _Room(types.ModuleType):
    # The room and the function share a name: ``afxplugin.render`` is this module for whoever imported something from
    # it first, and calling it must still render.
    def __call__(self, *stems: Any, **options: Any) -> Batch:
        return render(*stems, **options)


sys.modules[__name__].__class__ = _Room
