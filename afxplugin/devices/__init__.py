"""Virtual devices: circuits simulated from component values, the truth at every sample rate and knob position."""

from afxplugin.devices.diode_clipper import DiodeClipper
from afxplugin.devices.first_order import FirstOrderSection
from afxplugin.devices.overdrive import AMBER_TONE, KNOB_HIGH, OverdriveCircuit, OverdriveDevice

__all__ = ["AMBER_TONE", "KNOB_HIGH", "DiodeClipper", "FirstOrderSection", "OverdriveCircuit", "OverdriveDevice"]
