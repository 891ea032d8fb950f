"""Captures: trained networks on disk, one reader per format, one type in memory."""

from afxplugin.captures.afx import write_afx
from afxplugin.captures.blend import AnyCapture, CaptureBlend, Snapshot, blend_captures
from afxplugin.captures.capture import GATES, Architecture, Calibration, Capture, Cell, Control, Origin
from afxplugin.captures.formats import read_capture
from afxplugin.captures.knobs import conditioning, knob_positions, knob_vector
from afxplugin.captures.rate import CaptureRateWarning

__all__ = [
    "GATES",
    "AnyCapture",
    "Architecture",
    "Calibration",
    "Capture",
    "CaptureBlend",
    "CaptureRateWarning",
    "Cell",
    "Control",
    "Origin",
    "Snapshot",
    "blend_captures",
    "conditioning",
    "knob_positions",
    "knob_vector",
    "read_capture",
    "write_afx",
]
