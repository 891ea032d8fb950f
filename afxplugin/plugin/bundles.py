"""Where the project's own plugin bundles are: beside the compiled core, in a source tree as in an installed package."""

from __future__ import annotations

from pathlib import Path

from afxplugin import _core
from afxplugin.errors import PluginError


def bundles_folder() -> Path:
    """Folder of all bundles; it need not exist."""
    return Path(_core.__file__).resolve().parent / "plugins"


def bundle_path(name: str) -> Path:
    """Path of a bundle by its file name, such as ``AFX.vst3``.

    Raises:
        PluginError: the plugins were not built.
    """
    path = bundles_folder() / name
    if not path.exists():
        raise PluginError(
            "this installation was built without the plugins; install Debian's dpf-source and nlohmann-json3-dev and "
            "build again",
            path=path,
        )
    return path
