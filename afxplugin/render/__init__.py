"""Stems through captures: jobs and their results, batches in parallel, methods side by side.

``render`` renders stems and ``compare`` one excerpt by every method at every rate.
"""

from afxplugin.render.batch import Batch, render
from afxplugin.render.job import RenderJob, RenderResult
from afxplugin.render.options import RenderOptions

__all__ = ["Batch", "RenderJob", "RenderOptions", "RenderResult", "render"]
