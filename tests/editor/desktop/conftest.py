"""A display of its own for each module, a new user for each test."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from afxplugin.audio import AudioWriter
from afxplugin.measure.stems import guitar_di
from tests.editor.desktop import person

MISSING = person.missing()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what needs a display that cannot be had, with the reason."""
    if MISSING:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="module")
def screen() -> Generator[str]:
    with person.display(1280, 800) as name:
        yield name


@pytest.fixture
def user(screen: str, tmp_path: Path) -> Generator[person.Person]:
    """At the end nothing may have been written to stderr."""
    made = person.Person(screen, tmp_path / "home")
    yield made
    made.kill()
    assert made.errors.read_text() == ""


@pytest.fixture
def guitar(tmp_path: Path) -> Path:
    """Three seconds at 48 kHz, in a song's folder."""
    audio: Any = guitar_di(48_000, 3.0)
    path = tmp_path / "song" / "guitar.wav"
    path.parent.mkdir()
    with AudioWriter(path, rate_hz=audio.rate_hz, channels=1) as writer:
        writer.write(audio.x)
    return path
