"""A ``.vstpreset`` with a capture and its settings, for AFX or AFX Live in any VST3 host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afxplugin.errors import PluginError
from afxplugin.files import why
from afxplugin.plugin.document import capture_document, parameter_values
from afxplugin.plugin.vst3_preset import AFX_ID, AFX_LIVE_ID, vst3_preset

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.captures import AnyCapture
    from afxplugin.plugin.document import PluginSettings


def afx_preset(capture: AnyCapture, settings: PluginSettings, *, path: str = "", live: bool = False) -> bytes:
    """The file, with ``live`` for AFX Live; ``path`` says where the capture came from.

    Errors as ``capture_document`` and ``parameter_values``.
    """
    document = capture_document(capture, settings, path=path)
    parameters = parameter_values(capture, settings, live=live)
    return vst3_preset(AFX_LIVE_ID if live else AFX_ID, state={"capture": document}, parameters=parameters)


def write_afx_preset(
    target: Path, capture: AnyCapture, settings: PluginSettings, *, path: str = "", live: bool = False
) -> None:
    """Writes the file.

    Raises:
        PluginError: it cannot be written; else as ``afx_preset``.
    """
    from afxplugin.audio import replace_file

    data = afx_preset(capture, settings, path=path, live=live)
    try:
        replace_file(target, data)
    except OSError as error:
        raise PluginError(f"cannot be written: {why(error)}", path=target) from error
