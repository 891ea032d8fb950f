"""A preset of ours as the preset files that DAWs list: ``.vstpreset`` and LV2, for AFX and for AFX Live."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.audio import replace_file
from afxplugin.errors import PluginError
from afxplugin.files import why
from afxplugin.plugin.afx_preset import afx_preset
from afxplugin.plugin.document import capture_document, parameter_values
from afxplugin.plugin.installation import user_folder
from afxplugin.plugin.lv2_preset import AFX_LIVE_URI, AFX_URI, lv2_preset_files

if TYPE_CHECKING:
    from afxplugin.captures import AnyCapture
    from afxplugin.plugin.document import PluginSettings

MAKER = "afxplugin"
_PLUGINS = (("AFX", AFX_URI, False), ("AFX Live", AFX_LIVE_URI, True))


def vst3_preset_folder(plugin: str) -> Path:
    """Where VST3 hosts look for this user's presets of a plugin of ours (Steinberg's VST3 SDK, "Preset Locations")."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Audio" / "Presets" / MAKER / plugin
    if sys.platform == "win32":
        return Path.home() / "Documents" / "VST3 Presets" / MAKER / plugin
    return Path.home() / ".vst3" / "presets" / MAKER / plugin


def write_host_presets(
    capture: AnyCapture, settings: PluginSettings, *, label: str, source: Path | None = None, to: Path | None = None
) -> list[Path]:
    """Write one preset under a label such as ``Green Overdrive/Crunch`` for every plugin and format; returns the files.

    The capture's content goes along, so that nothing else need stay where it is. source: the capture's file, noted as
    a path relative to the preset. to: a folder for all, instead of where hosts look. Older files are replaced.

    Raises:
        PluginError: a file cannot be written.
        MethodError, KnobError, CaptureError: settings that the plugin cannot take.
    """
    name, slug = label.replace("/", " - "), _slug(label)
    written: list[Path] = []
    for plugin, uri, live in _PLUGINS:
        folder = to / plugin if to else vst3_preset_folder(plugin)
        vst3 = folder / f"{name}.vstpreset"
        _write(vst3, afx_preset(capture, settings, path=_relative(source, folder), live=live))
        bundle = (to or user_folder("lv2")) / f"{plugin.replace(' ', '')}-{slug}.preset.lv2"
        files = lv2_preset_files(
            uri,
            label=label,
            slug=slug,
            state={"capture": capture_document(capture, settings, path=_relative(source, bundle))},
            parameters=parameter_values(capture, settings, live=live),
        )
        for file, text in sorted(files.items(), reverse=True):  # the manifest, which names the other, comes last
            _write(bundle / file, text.encode())
        written += [vst3, bundle]
    return written


def _slug(label: str) -> str:
    """A label in letters, digits and dashes; a digest keeps apart what would look the same."""
    words = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    return f"{words}-{hashlib.sha256(label.encode()).hexdigest()[:6]}".lstrip("-")


def _relative(source: Path | None, folder: Path) -> str:
    if source is None:
        return ""
    try:
        return Path(os.path.relpath(source.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return source.name


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        raise PluginError(f"cannot be written: {why(error)}", path=path) from error
