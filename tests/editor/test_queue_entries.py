"""One entry of the render queue: its file's name, its speed, and what it never does by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import afxplugin as afx
from afxplugin.editor.queue import rendering
from afxplugin.editor.queue.item import in_window_words
from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.queue.rendering import template_for
from afxplugin.editor.state.variants import find_variant
from afxplugin.render.progress import StemProgress, StemStarted
from tests.editor.queueing import LONG_S, entry_of, wait_for
from tests.render.material import riff, stem_file


def test_a_pause_costs_no_speed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a clock of its own: ten seconds at work, a thousand held, ten at work."""
    now = [0.0]
    monkeypatch.setattr(rendering, "time", SimpleNamespace(monotonic=lambda: now[0]))
    told: list[tuple[float, float, float]] = []
    run = rendering.Run(lambda *figures: told.append(figures))
    job: Any = SimpleNamespace(output=tmp_path / "out.wav")
    run.hear(StemStarted(job, 480_000, 48_000))
    now[0] = 1.0
    run.pause()
    held = threading.Thread(target=run.hear, args=(StemProgress(job, 240_000, 480_000, 5.0),))
    held.start()
    wait_for(lambda: run.is_held)
    now[0] = 1001.0
    run.resume()
    held.join()
    now[0] = 1001.5
    run.hear(StemProgress(job, 360_000, 480_000, 0.01))
    assert told == [(0.5, 5.0, 1.0), (0.75, pytest.approx(5.0), pytest.approx(0.5))]
    assert not run.is_held


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            "exists already; allowed: --overwrite, --resume, another --out or --template: /out/a.wav",
            "exists already; allowed: to move that file away, another folder for rendered files: /out/a.wav",
        ),
        (
            "/out/a.wav: exists already; allowed: --overwrite, another --out or --template",
            "/out/a.wav: exists already; allowed: to move that file away, another folder for rendered files",
        ),
        ("is not stable; allowed: --method auto: /a.wav", "is not stable; allowed: the variant Auto: /a.wav"),
        ("too short; allowed: --truncated play: /a--b.wav", "too short; allowed: truncated play: /a--b.wav"),
    ],
)
def test_a_window_names_no_option_of_the_command_line(told: str, shown: str) -> None:
    assert in_window_words(told) == shown


def test_retry_never_overwrites_by_itself(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bool, bool]] = []
    render_batch = rendering.render_batch

    def watched(stems: Any, source: Any, options: Any, destination: Any, **others: Any) -> Any:
        asked.append((destination.overwrite, destination.resume))
        return render_batch(stems, source, options, destination, **others)

    monkeypatch.setattr(rendering, "render_batch", watched)
    queue, entry = make(), entry_of(stem_file(tmp_path / "a.wav"), amp)
    queue.set_entries([entry])
    queue.start()
    assert queue.wait_idle(LONG_S)
    for overwrite in (False, True, False):  # what was asked for once is not asked for ever
        queue.retry(entry, overwrite=overwrite)
        assert queue.wait_idle(LONG_S)
    assert asked == [(False, True), (False, True), (True, False), (False, True)]


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("{stem} [{preset}]", "{stem} [{preset}, STN]"),
        ("{stem}", "{stem} [STN]"),
        ("[{preset}] {stem} ", "[{preset}] {stem} [STN]"),
    ],
)
def test_the_variant_stands_in_the_name(template: str, named: str) -> None:
    assert template_for(template, find_variant("stn")) == named
    assert template_for(template, find_variant("auto")) == template


def test_subtype_and_template_are_those_of_the_settings(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    queue = make(subtype="24", template="{stem} {method}", tail_s=0.5)
    queue.set_entries([entry_of(stem_file(tmp_path / "a.wav", riff(0.5)), amp, "cidl")])
    queue.start()
    assert queue.wait_idle(LONG_S)
    info = afx.audio.read_info(tmp_path / "out" / "a cidl [CIDL].wav")
    assert (info.subtype, info.frames) == ("PCM_24", 48_000)
