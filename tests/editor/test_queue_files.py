"""The files that a render queue leaves: their names, what stood there before, the manifest beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.editor.queue import rendering
from afxplugin.editor.queue.item import in_window_words
from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.queue.rendering import template_for
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry
from afxplugin.editor.state.variants import VARIANTS, find_variant
from tests.editor.queueing import LONG_S, entry_of
from tests.render.material import leftovers, read, riff, stem_file


def test_stems_by_presets_come_out_as_afx_render_makes_them(
    make_queue: Callable[..., RenderQueue], tmp_path: Path
) -> None:
    stems = [stem_file(tmp_path / f"{name}.wav", riff(1.0, channels=2, seed=k)) for k, name in enumerate("ab")]
    choices = [Choice(preset="Green Overdrive/Crunch"), Choice(preset="Green Overdrive/Lead")]
    settings = KnobSettings({"Drive": 7.0}, output_gain_db=-3.0)
    entries = [QueueEntry(s, c, settings, "auto-2x") for c in choices for s in stems]
    queue = make_queue(workers=2)
    queue.set_entries(entries)
    assert [item.status for item in queue.items] == ["waiting"] * 4
    assert not queue.is_started
    queue.start()
    assert queue.wait_idle(LONG_S)
    for item, entry in zip(queue.items, entries, strict=True):
        assert (item.entry, item.status, item.share, item.error) == (entry, "done", 1.0, None)
        assert (
            item.output == tmp_path / "out" / f"{entry.stem.stem} [{entry.choice.label.partition('/')[2]}, Auto 2x].wav"
        )
        assert (item.times_real_time or 0) > 0.0
    totals = queue.totals
    assert (totals.done, totals.waiting, totals.share, totals.seconds_left) == (4, 0, 1.0, 0.0)
    # The command line, asked to resume, finds every one of them done with the settings that it would use.
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for choice in choices:
        batch = afx.render(
            stems, preset=choice.preset, out=tmp_path / "out", method="auto", oversample=2, knobs={"Drive": 7.0},
            output_gain_db=-3.0, resume=True, template="{stem} [{preset}, Auto 2x]",
        )  # fmt: skip
        assert [each.status for each in batch.results] == ["skipped", "skipped"]
        assert all(each.key in manifest for each in batch.results)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    assert len(manifest) == 4
    assert leftovers(tmp_path / "out") == []


def test_a_render_that_stands_there_is_taken_or_refused_or_replaced(
    make_queue: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    stem = stem_file(tmp_path / "a.wav")
    queue = make_queue()
    entry = entry_of(stem, amp)
    queue.set_entries([entry])
    queue.start()
    assert queue.wait_idle(LONG_S)
    queue.retry(entry)
    assert queue.wait_idle(LONG_S)
    (again,) = queue.items
    assert again.status == "done"
    assert "rendered before" in again.notes[-1]
    other = entry_of(stem, amp, output_gain_db=-6.0)
    queue.set_entries([entry, other])
    assert queue.wait_idle(LONG_S)
    refused = queue.items[1]
    assert refused.status == "failed"
    assert "was not made from this stem with these settings; allowed: to move that file away" in (refused.error or "")
    assert refused.output is not None
    before = read(refused.output)
    queue.retry(other, overwrite=True)
    assert queue.wait_idle(LONG_S)
    assert queue.items[1].status == "done"
    np.testing.assert_allclose(read(refused.output), before * 10 ** (-6 / 20), atol=1e-6)


def test_retry_never_overwrites_by_itself(
    make_queue: Callable[..., RenderQueue], tmp_path: Path, amp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bool, bool]] = []
    render_batch = rendering.render_batch

    def watched(stems: Any, source: Any, options: Any, destination: Any, **others: Any) -> Any:
        asked.append((destination.overwrite, destination.resume))
        return render_batch(stems, source, options, destination, **others)

    monkeypatch.setattr(rendering, "render_batch", watched)
    queue, entry = make_queue(), entry_of(stem_file(tmp_path / "a.wav"), amp)
    queue.set_entries([entry])
    queue.start()
    assert queue.wait_idle(LONG_S)
    for overwrite in (False, True, False):  # what was asked for once is not asked for ever
        queue.retry(entry, overwrite=overwrite)
        assert queue.wait_idle(LONG_S)
    assert asked == [(False, True), (False, True), (True, False), (False, True)]


def test_one_stem_by_several_methods_gives_several_files(
    make_queue: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    stem = stem_file(tmp_path / "a.wav", riff(0.5))
    queue = make_queue(workers=2)
    queue.set_entries([entry_of(stem, amp, each.name) for each in VARIANTS if each.name != "apdl"])
    queue.start()
    assert queue.wait_idle(LONG_S)
    assert [(item.status, item.error) for item in queue.items] == [("done", None)] * 8
    names = [item.output.name for item in queue.items if item.output is not None]
    assert names[0] == "a [Amp, Naive].wav"
    assert names[-3:] == ["a [Amp].wav", "a [Amp, Auto 2x].wav", "a [Amp, Auto 4x].wav"]
    assert len(set(names)) == 8
    assert queue.items[-1].output == tmp_path / "out" / names[-1]
    assert np.abs(read(tmp_path / "out" / names[0]) - read(tmp_path / "out" / names[-3])).max() > 0.0


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
    make_queue: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    queue = make_queue(subtype="24", template="{stem} {method}", tail_s=0.5)
    queue.set_entries([entry_of(stem_file(tmp_path / "a.wav", riff(0.5)), amp, "cidl")])
    queue.start()
    assert queue.wait_idle(LONG_S)
    info = afx.audio.read_info(tmp_path / "out" / "a cidl [CIDL].wav")
    assert (info.subtype, info.frames) == ("PCM_24", 48_000)


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
