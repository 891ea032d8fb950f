"""The render queue: pause, cancel, try again; errors in words; files and manifest as ``afx render`` makes them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.editor.queue.item import QueueItem
from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.queue.rendering import QueueOptions
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry
from afxplugin.editor.state.sources import open_choice
from afxplugin.editor.state.variants import VARIANTS
from afxplugin.errors import SessionError
from tests.editor.queueing import LONG_S, SLOW_S, at_one_moment, entry_of, until, wait_for
from tests.render.material import leftovers, read, riff, stem_file, wav_bytes


def test_stems_by_presets_come_out_as_afx_render_makes_them(make: Callable[..., RenderQueue], tmp_path: Path) -> None:
    stems = [stem_file(tmp_path / f"{name}.wav", riff(1.0, channels=2, seed=k)) for k, name in enumerate("ab")]
    choices = [Choice(preset="Green Overdrive/Crunch"), Choice(preset="Green Overdrive/Lead")]
    settings = KnobSettings({"Drive": 7.0}, output_gain_db=-3.0)
    entries = [QueueEntry(s, c, settings, "auto-2x") for c in choices for s in stems]
    queue = make(workers=2)
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


def test_a_stem_that_cannot_be_rendered_is_told_in_words_and_the_others_go_on(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    (tmp_path / "cut.wav").write_bytes(wav_bytes(rate_hz=48_000, frames=100, announced=5000))
    bad = riff(0.2)
    bad[0, 500] = np.nan
    stems = [
        tmp_path / "cut.wav",
        tmp_path / "none.wav",
        stem_file(tmp_path / "nan.wav", bad),
        stem_file(tmp_path / "good.wav"),
    ]
    entries = [entry_of(stem, amp) for stem in stems]
    entries.append(QueueEntry(stems[3], Choice(preset="No/Such")))
    entries.append(QueueEntry(stems[3], Choice(capture=amp), KnobSettings({"Presence": 1.0})))
    queue = make()
    queue.set_entries(entries)
    queue.start()
    assert queue.wait_idle(LONG_S)
    items = queue.items
    assert [item.status for item in items] == ["failed", "failed", "failed", "done", "failed", "failed"]
    for item, words in zip(
        items,
        ("announces 5000 frames", "No such file", "not a number (NaN)", None, "unknown", "Presence"),
        strict=True,
    ):
        assert (words is None and item.error is None) or (item.error is not None and words in item.error)
        assert "--" not in (item.error or "")
    assert (queue.totals.done, queue.totals.failed) == (1, 5)
    assert queue.totals.share == 1.0


def test_a_pause_holds_it_where_it_is_and_costs_no_sound(
    make: Callable[..., RenderQueue], long_stem: Path, slow: Path, tmp_path: Path
) -> None:
    queue = make()
    entry = entry_of(long_stem, slow, "auto-4x")
    queue.set_entries([entry])
    queue.start()
    until(queue, 0, lambda item: item.share > 0.05)
    queue.pause(entry)
    assert queue.items[0].status == "paused"
    (run,) = [slot.run for slot in queue._slots]
    assert run is not None
    wait_for(lambda: run.is_held)
    held = queue.items[0]
    time.sleep(0.2)
    assert queue.items[0] == held
    assert 0.0 < held.share < 1.0
    assert queue.totals.paused == 1
    queue.pause(entry)
    queue.resume(entry)
    assert queue.items[0].status == "running"
    done = until(queue, 0, lambda item: item.is_over)
    assert done.status == "done"
    assert done.output is not None
    straight = afx.render(
        long_stem, capture=slow, out=tmp_path / "straight", method="auto", oversample=4, jobs=1
    ).results[0]
    np.testing.assert_array_equal(read(done.output), read(straight.output))


def test_cancel_leaves_nothing_and_can_be_tried_again(
    make: Callable[..., RenderQueue], long_stem: Path, slow: Path, tmp_path: Path
) -> None:
    queue = make()
    first, second = entry_of(long_stem, slow, "auto-4x"), entry_of(stem_file(tmp_path / "b.wav"), slow)
    queue.set_entries([first, second])
    queue.start()
    until(queue, 0, lambda item: item.share > 0.02)
    queue.cancel(first)
    assert queue.items[0].status == "cancelled"
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["cancelled", "done"]
    assert sorted(each.name for each in (tmp_path / "out").glob("*.wav")) == ["b [Slow].wav"]
    assert leftovers(tmp_path / "out") == []
    queue.retry(first)
    done = until(queue, 0, lambda item: item.is_over)
    assert (done.status, done.share) == ("done", 1.0)
    queue.cancel(first)
    assert queue.items[0].status == "done"


def test_cancel_of_what_is_paused_and_of_what_waits(
    make: Callable[..., RenderQueue], long_stem: Path, slow: Path, amp: Path
) -> None:
    queue = make()
    entries = [entry_of(long_stem, slow, "auto-4x"), entry_of(long_stem, amp)]
    queue.set_entries(entries)
    queue.pause(entries[1])
    queue.start()
    until(queue, 0, lambda item: item.share > 0.02)
    queue.pause(entries[0])
    queue.cancel(entries[0])
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["cancelled", "paused"]
    queue.cancel_all()
    assert [item.status for item in queue.items] == ["cancelled", "cancelled"]
    queue.resume(entries[1])
    assert queue.items[1].status == "cancelled"
    queue.retry(entries[1])
    assert until(queue, 1, lambda item: item.is_over).status == "done"


def test_one_that_is_paused_before_it_began_lets_others_pass(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    entries = [entry_of(stem_file(tmp_path / f"{k}.wav"), amp) for k in range(3)]
    queue = make()
    queue.set_entries(entries)
    queue.pause(entries[0])
    queue.start()
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["paused", "done", "done"]
    queue.resume_all()
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["done"] * 3


def test_a_render_that_stands_there_is_taken_or_refused_or_replaced(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    stem = stem_file(tmp_path / "a.wav")
    queue = make()
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


def test_the_order_is_that_of_the_entries(make: Callable[..., RenderQueue], tmp_path: Path, amp: Path) -> None:
    entries = [entry_of(stem_file(tmp_path / f"{k}.wav", riff(0.1)), amp) for k in range(5)]
    queue = make()
    began: list[str] = []

    def listen(items: tuple[QueueItem, ...]) -> None:
        began.extend(i.entry.stem.stem for i in items if i.status == "running" and i.entry.stem.stem not in began)

    leave = queue.subscribe(listen)
    queue.set_entries(entries)
    queue.set_entries([entries[4], *entries[:4]])
    queue.start()
    assert queue.wait_idle(LONG_S)
    assert began == ["4", "0", "1", "2", "3"]
    leave()
    queue.set_entries([*entries, entry_of(stem_file(tmp_path / "late.wav", riff(0.1)), amp)])
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["done"] * 6  # one that came later began by itself
    assert began == ["4", "0", "1", "2", "3"]


def test_an_entry_that_is_taken_out_ends(
    make: Callable[..., RenderQueue], long_stem: Path, slow: Path, amp: Path
) -> None:
    queue = make()
    gone, kept = entry_of(long_stem, slow, "auto-4x"), entry_of(long_stem, amp)
    queue.set_entries([gone, kept])
    queue.start()
    until(queue, 0, lambda item: item.share > 0.02)
    queue.set_entries([kept])
    assert [item.entry for item in queue.items] == [kept]
    assert queue.wait_idle(LONG_S)
    assert queue.items[0].status == "done"
    for call in (queue.pause, queue.resume, queue.cancel, queue.retry):
        with pytest.raises(SessionError, match="long through slow is not queued"):
            call(gone)


def test_time_left_and_totals(make: Callable[..., RenderQueue], long_stem: Path, slow: Path, tmp_path: Path) -> None:
    entries = [
        entry_of(long_stem, slow, "auto-4x"),
        entry_of(stem_file(tmp_path / "b.wav", riff(SLOW_S)), slow, "auto-4x"),
    ]
    queue = make()
    queue.set_entries(entries)
    assert queue.totals.seconds_left is None  # no speed is known yet
    queue.start()
    until(queue, 0, lambda item: item.share > 0.3)
    item, totals = at_one_moment(queue)
    assert (totals.running, totals.waiting) == (1, 1)
    assert 0.1 < totals.share < 0.5
    assert item.seconds_left is not None
    assert totals.seconds_left is not None
    speed = item.times_real_time or 0.0
    assert item.seconds_left == pytest.approx(SLOW_S * (1 - item.share) / speed)
    assert totals.seconds_left == pytest.approx(item.seconds_left + SLOW_S / speed)
    queue.pause_all()
    assert queue.items[0].status == "paused"
    queue.resume_all()
    queue.stop()
    assert until(queue, 0, lambda item: item.is_over).status == "done"
    assert queue.items[1].status == "waiting"


def test_closing_ends_what_runs(long_stem: Path, slow: Path, tmp_path: Path) -> None:
    queue = RenderQueue(open_choice, lambda: QueueOptions(folder=tmp_path / "out"), workers=2)
    entries = [entry_of(long_stem, slow, "auto-4x"), entry_of(long_stem, slow)]
    queue.set_entries(entries)
    queue.start()
    until(queue, 0, lambda item: item.share > 0.0)
    queue.pause(entries[0])
    assert queue.close(LONG_S)
    assert not [each for each in threading.enumerate() if each.name.startswith("queue-")]
    assert leftovers(tmp_path / "out") == []
    queue.start()
    assert queue.items[0].status == "cancelled"


def test_a_mistake_of_ours_costs_one_entry(tmp_path: Path, amp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def opener(choice: Choice) -> object:
        if choice.preset == "Bug/Bug":
            raise ZeroDivisionError("oops")
        return open_choice(choice)

    queue = RenderQueue(opener, lambda: QueueOptions(folder=tmp_path / "out"), workers=1)  # pyright: ignore[reportArgumentType]
    stem = stem_file(tmp_path / "a.wav")
    queue.set_entries([QueueEntry(stem, Choice(preset="Bug/Bug")), entry_of(stem, amp)])
    queue.start()
    assert queue.wait_idle(LONG_S)
    assert [item.status for item in queue.items] == ["failed", "done"]
    assert "unexpected ZeroDivisionError: oops" in (queue.items[0].error or "")
    assert "Traceback" in capsys.readouterr().err
    assert queue.close(LONG_S)


def test_one_stem_by_several_methods_gives_several_files(
    make: Callable[..., RenderQueue], tmp_path: Path, amp: Path
) -> None:
    stem = stem_file(tmp_path / "a.wav", riff(0.5))
    queue = make(workers=2)
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
