"""Presets: devices on disk, and the store that finds them by name."""

from afxplugin.presets.device_file import Device, read_device
from afxplugin.presets.preset import Preset
from afxplugin.presets.store import PresetStore

__all__ = ["Device", "Preset", "PresetStore", "read_device"]
