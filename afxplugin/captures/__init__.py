"""Captures: trained networks on disk, one reader per format, one type in memory."""

from afxplugin.captures.afx import write_afx
from afxplugin.captures.capture import GATES, Architecture, Calibration, Capture, Cell, Control, Origin
from afxplugin.captures.formats import read_capture
from afxplugin.captures.knobs import conditioning, knob_positions, knob_vector
from afxplugin.captures.rate import CaptureRateWarning

__all__ = [
    "GATES",
    "Architecture",
    "Calibration",
    "Capture",
    "CaptureRateWarning",
    "Cell",
    "Control",
    "Origin",
    "conditioning",
    "knob_positions",
    "knob_vector",
    "read_capture",
    "write_afx",
]
