"""Makes the README's pictures of the editor: its real window on a short session made up here, each as a small PNG.

Usage: screenshots.py [OUT]. Without a display it runs on Qt's offscreen one; OUT is installer/screenshots by itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage, QImageWriter, QPixmap
from PySide6.QtWidgets import QApplication

from afxplugin.audio import AudioWriter
from afxplugin.editor.app import start_application
from afxplugin.editor.office import Office
from afxplugin.editor.state.session import Choice
from afxplugin.editor.widgets.compare_page import FIGURES, SPECTRUM
from afxplugin.editor.widgets.header import RENDER
from afxplugin.editor.window import MainWindow
from afxplugin.measure import stems

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (1280, 800)
COLOURS = 256
LARGEST_BYTES = 150_000
PATIENCE_S = 120.0
STEMS = (("Guitar DI", stems.guitar_di, 48_000), ("Bass DI", stems.bass_di, 96_000), ("Drums", stems.drums, 96_000))


def write_stems(folder: Path) -> list[Path]:
    """The whole song, 24 bit."""
    paths: list[Path] = []
    for name, synthesise, rate_hz in STEMS:
        audio = synthesise(rate_hz)
        paths.append(folder / f"{name}.wav")
        with AudioWriter(paths[-1], rate_hz=rate_hz, channels=audio.x.shape[0], subtype="24") as writer:
            writer.write(audio.x)
    return paths


class Sitter:
    """The window, and what it is asked to look like."""

    def __init__(self) -> None:
        self.office = Office()
        self.window = MainWindow(self.office)
        self.window.resize(*SIZE)
        self.window.show()
        self.office.begin()

    def wait(self, until: Callable[[], object]) -> None:
        """Let the window go on until this is so, then until nothing is under way."""
        end = time.monotonic() + PATIENCE_S
        while not until():
            QApplication.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                sys.exit(f"{sys.argv[0]}: the window does not come to what was waited for")

    def rest(self) -> None:
        """Until nothing is under way and what it brought is drawn."""
        for _ in range(2):
            soon = time.monotonic() + 0.5
            self.wait(lambda soon=soon: time.monotonic() > soon)
            self.wait(lambda: not self.office.bridge.is_busy())

    def open(self, paths: list[Path], preset: str, session_hz: int) -> None:
        """Stems through a preset at a rate."""
        self.office.stems.add(paths)
        self.wait(lambda: len(self.office.state.session.stems) == len(paths))
        self.office.state.select_stem(paths[0])
        self.choose(preset)
        self.office.presets.set_rate(session_hz)
        self.rest()

    def choose(self, preset: str) -> None:
        """By its label."""
        self.office.presets.choose(Choice(preset=preset))
        self.rest()

    def dress(self, theme: str) -> None:
        """Light or dark."""
        self.office.files.change_settings(theme=theme)
        self.rest()

    def take(self) -> QPixmap:
        """A picture as it is now."""
        return self.window.grab()

    def end(self) -> None:
        """Close without questions."""
        self.window.close_at_once()


def palette_of(pixels: np.ndarray) -> np.ndarray:
    """(256, 3) colours for (n, 3) ones, uint8: the most frequent of 4096 like ones, each as its middle."""
    like = (pixels >> 4).astype(np.int64) @ (256, 16, 1)
    count = np.bincount(like, minlength=4096)
    sums = np.stack([np.bincount(like, pixels[:, k], minlength=4096) for k in range(3)], axis=1)
    often = np.argsort(-count, kind="stable")[:COLOURS]
    often = often[count[often] > 0]
    middles = np.rint(sums[often] / count[often, None]).astype(np.uint8)
    # Those that fill areas stay as they are, so that a background is one colour.
    exact, times = np.unique(pixels, axis=0, return_counts=True)
    areas = exact[times > len(pixels) // 500]
    return np.concatenate([areas, middles])[:COLOURS]


def write_png(picture: QPixmap, path: Path) -> None:
    """With a palette, compressed as well as Qt can."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    colours = palette_of(rows[:, : 3 * image.width()].reshape(-1, 3))
    table = [0xFF000000 | int(r) << 16 | int(g) << 8 | int(b) for r, g, b in colours]
    writer = QImageWriter(str(path), b"png")
    writer.setCompression(100)
    if not writer.write(image.convertToFormat(QImage.Format.Format_Indexed8, table)):
        sys.exit(f"{path}: cannot be written: {writer.errorString()}")
    size = path.stat().st_size
    print(f"{path}: {size / 1000:.0f} kB")
    if size > LARGEST_BYTES:
        sys.exit(f"{path}: {size} bytes; allowed: up to {LARGEST_BYTES}")


def sit(sitter: Sitter, paths: list[Path], out: Path) -> None:
    """The three pictures."""
    state, window = sitter.office.state, sitter.window
    sitter.dress("dark")
    sitter.open(paths, "Green Overdrive/Crunch", 48_000)
    state.choose_variant("naive")
    window.show_tab(SPECTRUM)
    sitter.rest()
    write_png(sitter.take(), out / "compare.png")

    sitter.dress("light")
    sitter.office.presets.set_rate(96_000)
    state.choose_variant("cidl")
    window.page.split.setSizes([300, 500])
    window.show_tab(FIGURES)
    sitter.rest()
    write_png(sitter.take(), out / "figures.png")

    state.choose_variant("auto-2x")
    for preset in ("Lead", "Crunch"):
        sitter.choose(f"Green Overdrive/{preset}")
        sitter.office.renders.add_all()
    window.show_page(RENDER)
    sitter.rest()
    window.queue.start_button.click()
    sitter.wait(lambda: any(row.status == "running" and row.share > 0.4 for row in window.queue.view.queue.rows[2:]))
    write_png(sitter.take(), out / "queue.png")


def main(out: Path) -> None:
    """A home of its own, a song, the window, the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home, name.lower()))
        song = Path(home, "song")
        song.mkdir()
        paths = write_stems(song)
        start_application()
        sitter = Sitter()
        sit(sitter, paths, out)
        sitter.end()


if __name__ == "__main__":
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "installer" / "screenshots")
