"""Virtual devices: circuits simulated from component values, the truth at every sample rate and knob position."""

from afxplugin.devices.diode_clipper import DiodeClipper
from afxplugin.devices.first_order import FirstOrderSection
from afxplugin.devices.overdrive import KNOB_HIGH, OverdriveCircuit, OverdriveDevice

__all__ = ["KNOB_HIGH", "DiodeClipper", "FirstOrderSection", "OverdriveCircuit", "OverdriveDevice"]
