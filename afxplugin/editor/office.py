"""All desks of one window together: made in one place, and ended in the order in which they depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from afxplugin.editor.bridge import EngineBridge
from afxplugin.editor.desks.blind import BlindDesk
from afxplugin.editor.desks.comparison import ComparisonDesk
from afxplugin.editor.desks.files import FileDesk
from afxplugin.editor.desks.live import LiveDesk
from afxplugin.editor.desks.playback import PlaybackDesk
from afxplugin.editor.desks.presets import PresetDesk
from afxplugin.editor.desks.renders import RenderDesk
from afxplugin.editor.desks.stems import StemDesk
from afxplugin.editor.presenters.compare import ComparePresenter
from afxplugin.editor.presenters.knobs import KnobsPresenter
from afxplugin.editor.presenters.pages import BlindPresenter, LivePresenter, RenderPresenter
from afxplugin.editor.presenters.sidebar import SidebarPresenter
from afxplugin.editor.state.session_file import SUFFIX
from afxplugin.editor.state.state import EditorState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afxplugin.editor.window import MainWindow


class Office(QObject):
    """The state, the bridge and the desks. settings_file, autosave_folder: None, the user's own."""

    def __init__(self, *, settings_file: Path | None = None, autosave_folder: Path | None = None) -> None:
        super().__init__()
        self.state = EditorState()
        self.bridge = EngineBridge(self.state, self)
        self.files = FileDesk(self.bridge, settings_file=settings_file, autosave_folder=autosave_folder, parent=self)
        self.stems = StemDesk(self.bridge, self)
        self.presets = PresetDesk(self.bridge, self)
        self.comparison = ComparisonDesk(self.bridge, self)
        self.playback = PlaybackDesk(self.bridge, self)
        self.blind = BlindDesk(self.bridge, self.playback, self)
        self.renders = RenderDesk(self.bridge, self.files, self)
        self.live = LiveDesk(self.bridge, self)
        self._closed = False

    @property
    def version(self) -> str:
        """The program's."""
        from afxplugin.render.job import tool_version

        return tool_version()

    def present(self, window: MainWindow) -> None:
        """Make the presenters of a window."""
        bridge = self.bridge
        self.choosing = SidebarPresenter(
            bridge, self.stems, self.presets, self.files, window.sidebar, window.header, self
        )
        self.comparing = ComparePresenter(bridge, self.stems, self.comparison, self.playback, window.page, self)
        self.turning = tuple(KnobsPresenter(bridge, each.knobs, self) for each in (window.page, window.live))
        self.rendering = RenderPresenter(bridge, self.renders, self.files, window.queue, self)
        self.playing = LivePresenter(bridge, self.live, self.files, window.live, self)
        self.testing = BlindPresenter(self.blind, self.comparison, window.page.blind, window.page.bar, bridge, self)

    def begin(self) -> None:
        """Look for presets, and tell what is wrong with the settings."""
        self.presets.look()
        if self.files.settings_problem:
            self.bridge.problem.emit(self.files.settings_problem)

    def take(self, paths: list[Path], leaving: Callable[[Callable[[], object]], object]) -> None:
        """Stems and folders, or a session; ``leaving`` asks before the present session is left."""
        sessions = [path for path in paths if path.suffix == SUFFIX]
        if sessions:
            leaving(lambda: self.files.open(sessions[0]))
        elif paths:
            self.stems.add(paths)

    def close(self, *, keep_autosave: bool = False) -> None:
        """End all work and let go of devices; a second call does nothing.

        keep_autosave: what is not saved is offered at the next start.
        """
        if self._closed:
            return
        self._closed = True
        self.comparison.close()
        self.renders.close()
        self.bridge.close()
        self.playback.close()
        self.live.close()
        if not keep_autosave:
            self.files.close()
