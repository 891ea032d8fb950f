"""All desks of one window together: made in one place, and ended in the order in which they depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from afxplugin.editor.state.offered import Offered, sort_offered
from afxplugin.editor.state.state import EditorState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from afxplugin.editor.window import MainWindow

_MOST_NOTES: Final = 3


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
        self.blind = BlindDesk(self.bridge, self.comparison, self.playback, self)
        self.renders = RenderDesk(self.bridge, self.files, self)
        self.live = LiveDesk(self.bridge, self)
        self._closed = False
        self._offered: list[Path] = []

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

    def take(self, paths: Sequence[Path], leaving: Callable[[Callable[[], object]], object]) -> None:
        """Whatever was dropped, chosen or given: stems and folders, a session, a capture; others are told about.

        A worker looks what they are. ``leaving`` asks before the present session is left.
        """
        # A second drop while folders of the first are searched must not cost the first.
        self._offered += paths
        offered = tuple(self._offered)
        if offered:
            self.bridge.request(
                "search",
                lambda _: sort_offered(offered),
                lambda found: self._take(found, leaving),
                failed=self._refused,
            )

    def _take(self, found: Offered, leaving: Callable[[Callable[[], object]], object]) -> None:
        self._offered.clear()
        if found.notes:
            self.bridge.problem.emit(self._few(found.notes))
        if found.stems:
            self.stems.add(found.stems)
        if found.capture is not None:
            self.presets.choose_capture(found.capture)
        if (session := found.session) is not None:
            leaving(lambda: self.files.open(session))

    def _few(self, notes: Sequence[str]) -> str:
        """As many notes as a strip has room for."""
        more = len(notes) - _MOST_NOTES
        shown = notes if more <= 0 else (*notes[:_MOST_NOTES], self.tr("and {count} more").format(count=more))
        return "\n".join(shown)

    def _refused(self, problem: str) -> None:
        self._offered.clear()
        self.bridge.problem.emit(problem)

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
