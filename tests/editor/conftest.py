"""What the editor's tests share: folders of their own for settings and autosaves, a small capture, stems."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.queue.rendering import QueueOptions
from afxplugin.editor.state.session import Choice
from afxplugin.editor.state.sources import open_choice
from afxplugin.render.source import Source
from tests.editor.queueing import SLOW_S
from tests.render.material import capture_file, random_capture, riff, stem_file


@pytest.fixture(autouse=True, scope="session")
def _homes_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """Nothing is read from, or written to, the user's own settings, autosaves and presets."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "STATE", "DATA"):
            patch.setenv(f"XDG_{name}_HOME", str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session")
def amp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture's file: a small network of 44.1 kHz with the knob Drive."""
    capture = random_capture(rate_hz=44_100, knobs=("Drive",), name="Amp")
    return capture_file(tmp_path_factory.mktemp("captures") / "amp.afx", capture)


@pytest.fixture(scope="session")
def source(amp: Path) -> Source:
    """The same, opened."""
    return open_choice(Choice(capture=amp))


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    """Four seconds of a stereo stem at 48 kHz."""
    return stem_file(tmp_path / "stems" / "guitar.wav", riff(4.0, channels=2))


@pytest.fixture
def make_queue(tmp_path: Path) -> Iterator[Callable[..., RenderQueue]]:
    """Queues that are closed at the end; renders go into ``out``."""
    made: list[RenderQueue] = []

    def make(*, workers: int = 1, **options: object) -> RenderQueue:
        wanted = QueueOptions(folder=tmp_path / "out", **options)  # pyright: ignore[reportArgumentType]
        made.append(RenderQueue(open_choice, lambda: wanted, workers=workers, seconds_of=lambda _: SLOW_S))
        return made[-1]

    yield make
    for queue in made:
        assert queue.close()
