"""Stems through the graph: direct's bits without inserts; with them aligned, told, and no crash ends the batch."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from afxplugin.engine.lookup import find_plugin
from afxplugin.engine.process import check_installed
from afxplugin.errors import PluginError, RenderError
from afxplugin.render import render
from afxplugin.render.batch import Batch
from tests.engine.conftest import fuse, host  # noqa: F401
from tests.render import material

SLOW = "ZaMaximX2"


@pytest.fixture(autouse=True)
def _graph() -> None:
    try:
        check_installed()
    except PluginError as error:
        pytest.skip(str(error))


def zam(name: str) -> str:
    try:
        find_plugin(name)
    except PluginError as error:
        pytest.skip(f"{error} (Debian: zam-plugins)")
    return name


def rendered(folder: Path, stem: Path, name: str, **options: Any) -> np.ndarray:
    batch = render(stem, capture=folder / "amp.afx", out=folder / name, **options)
    assert batch.complete, batch.results
    return material.read(batch.results[0].output)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",)))
    return tmp_path


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_graph_and_direct_give_the_same_bits(folder: Path, rate_hz: int, channels: int) -> None:
    x = material.riff(0.7, rate_hz=rate_hz, channels=channels)
    stem = material.stem_file(folder / "x.wav", x, rate_hz=rate_hz)
    options = {"mix": 0.8, "input_gain_db": 3.3, "output_gain_db": -1.7, "knobs": {"Drive": 0.3}, "tail_s": 0.1}
    direct = rendered(folder, stem, "direct", engine="direct", **options)
    np.testing.assert_array_equal(rendered(folder, stem, "graph", engine="graph", **options), direct)


@pytest.mark.parametrize(
    "options", [{"method": "cidl"}, {"oversample": 4}, {"filters": "low-latency"}, {"start": "zero"}]
)
def test_every_setting_reaches_the_plugin(folder: Path, options: dict[str, Any]) -> None:
    stem = material.stem_file(folder / "x.wav", material.riff(0.4, rate_hz=44_100), rate_hz=44_100)
    direct = rendered(folder, stem, "direct", **options)
    np.testing.assert_array_equal(rendered(folder, stem, "graph", engine="graph", **options), direct)


def test_inserts_choose_the_graph_and_are_told(folder: Path) -> None:
    stem = material.stem_file(folder / "x.wav", material.riff(0.7))
    batch = render(
        stem, capture=folder / "amp.afx", out=folder / "out", insert_before=[zam("ZamComp")],
        insert_after=[zam(SLOW), zam("ZamVerb")],
    )  # fmt: skip
    (result,) = batch.results
    assert (result.status, result.frames, result.channels) == ("done", 33_600, 1)
    assert result.plan is not None
    assert result.plan["engine"] == "graph"
    placed = [(each["plugin"], each["place"], each["latency_frames"]) for each in result.plan["inserts"]]
    assert placed == [("ZamComp", "before", 0), (SLOW, "after", 480), ("ZamVerb", "after", 0)]
    assert result.plan["latency_frames"] >= 480
    assert any("left side was kept" in note for note in result.notes)
    (entry,) = json.loads((folder / "out" / "manifest.json").read_text()).values()
    assert entry["plan"]["inserts"] == result.plan["inserts"]
    assert entry["options"]["engine"] == "graph"


def test_a_right_side_that_comes_to_be_before_the_capture_is_told(folder: Path) -> None:
    stem = material.stem_file(folder / "x.wav", material.riff(0.3))
    for insert, told in ((zam("ZamVerb"), True), (zam("ZamComp"), False)):
        batch = render(stem, capture=folder / "amp.afx", out=folder / insert, insert_before=[insert])
        assert any("left side was kept" in note for note in batch.results[0].notes) is told


def test_the_mix_is_that_of_the_whole_path_with_the_untouched_stem(folder: Path) -> None:
    x = material.riff(0.7, channels=2)
    stem = material.stem_file(folder / "x.wav", x)
    wet = rendered(folder, stem, "wet", insert_after=[zam(SLOW)])
    half = rendered(folder, stem, "half", insert_after=[SLOW], mix=0.25)
    np.testing.assert_allclose(half, 0.25 * wet + 0.75 * x, atol=1e-6)
    np.testing.assert_array_equal(rendered(folder, stem, "dry", insert_after=[SLOW], mix=0.0), x)


def test_an_offset_makes_a_plugin_that_hides_its_latency_play_in_time(
    folder: Path,
    fuse: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stem = material.stem_file(folder / "x.wav", material.riff(0.3, channels=2))
    options: dict[str, Any] = {"insert_after": [fuse], "mix": 0.5}
    right = rendered(folder, stem, "right", **options)
    monkeypatch.setenv("AFX_TEST_FUSE", "silent")
    assert not np.array_equal(rendered(folder, stem, "late", **options), right)
    batch = render(stem, capture=folder / "amp.afx", out=folder / "offset", insert_offset={fuse: 100}, **options)
    np.testing.assert_array_equal(material.read(batch.results[0].output), right)
    assert batch.results[0].plan is not None
    (insert,) = batch.results[0].plan["inserts"]
    assert (insert["latency_frames"], insert["offset_frames"]) == (100, 100)
    (entry,) = json.loads((folder / "offset" / "manifest.json").read_text()).values()
    assert entry["plan"]["inserts"] == [insert]
    assert entry["options"]["inserts_after"][0]["offset_frames"] == 100
    with pytest.raises(PluginError, match="an offset is given for Fuse, which is no insert; inserts: none"):
        render(stem, capture=folder / "amp.afx", out=folder / "none", insert_offset={fuse: 100})


def test_jobs_differ_by_their_offsets_and_without_one_keep_their_key(folder: Path, fuse: str) -> None:  # noqa: F811
    stem = material.stem_file(folder / "x.wav", material.riff(0.1))
    keys = [
        render(
            stem, capture=folder / "amp.afx", out=folder / "out", insert_after=[fuse], insert_offset=offset,
            overwrite=True,
        ).results[0].key
        for offset in (None, {}, {fuse: 0}, {fuse: 1}, {fuse: -1})
    ]  # fmt: skip
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys)) == 3


def test_a_wish_to_stop_while_a_plugin_hangs_interrupts_the_batch(
    folder: Path,
    fuse: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "hang")
    stems = [material.stem_file(folder / f"{name}.wav", material.riff(0.1)) for name in "abc"]
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    began = time.monotonic()
    batch = render(stems, capture=folder / "amp.afx", out=folder / "out", insert_before=[fuse], stop=stop, jobs=2)
    assert time.monotonic() - began < 20.0  # a plugin that hangs is given up after two minutes
    assert [each.status for each in batch.results] == ["interrupted"] * 3
    assert material.leftovers(folder / "out") == []
    timer.join()


def test_a_plugin_that_hangs_while_loading_fails_its_stem_in_words(
    folder: Path,
    fuse: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "hang")
    monkeypatch.setattr("afxplugin.engine.process._LOADING_S", 2.0)
    stem = material.stem_file(folder / "x.wav", material.riff(0.1))
    (result,) = render(stem, capture=folder / "amp.afx", out=folder / "out", insert_before=[fuse]).results
    assert result.status == "failed"
    assert "did not answer within 2 s while it was loaded: " in (result.error or "")


def test_a_crash_ends_one_stem_and_not_the_batch(folder: Path, fuse: str) -> None:  # noqa: F811
    from afxplugin.plugin.vst3_preset import vst3_preset

    preset = folder / "blown.vstpreset"
    preset.write_bytes(vst3_preset("fuse", state={}, parameters={"fuse": 0.7}))
    loud = material.riff(0.7)
    loud[:, 20_000] = 1.0
    stems = [
        material.stem_file(folder / "loud.wav", loud),
        material.stem_file(folder / "quiet.wav", material.riff(0.7)),
    ]
    batch = render(stems, capture=folder / "amp.afx", out=folder / "out", insert_before=[f"{fuse}:{preset}"])
    assert [each.status for each in batch.results] == ["failed", "done"]
    assert batch.results[0].error is not None
    assert "Fuse.vst3" in batch.results[0].error
    assert "SIGABRT" in batch.results[0].error
    assert sorted(each.name for each in (folder / "out").glob("*.wav")) == ["quiet [Amp].wav"]
    assert material.leftovers(folder / "out") == []


def test_more_than_two_channels_fail_with_a_message(folder: Path) -> None:
    stem = material.stem_file(folder / "x.wav", material.riff(0.2, channels=6))
    batch = render(stem, capture=folder / "amp.afx", out=folder / "out", engine="graph")
    assert batch.results[0].error is not None
    assert "a stem of 6 channels; allowed with plugins: 1 or 2 (split it first: sox" in batch.results[0].error
    assert "by the engine 'direct': any number" in batch.results[0].error
    assert render(stem, capture=folder / "amp.afx", out=folder / "out", engine="direct").complete  # the advice
    other = render(stem, capture=folder / "amp.afx", out=folder / "with", insert_after=[zam("ZamComp")])
    assert "without inserts: any number" in (other.results[0].error or "")
    assert render(stem, capture=folder / "amp.afx", out=folder / "without").complete
    split = material.stem_file(folder / "split.wav", material.read(stem)[:2])
    assert render(split, capture=folder / "amp.afx", out=folder / "with", insert_after=["ZamComp"]).complete


def test_jobs_differ_by_their_inserts_and_presets(folder: Path, fuse: str) -> None:  # noqa: F811
    from afxplugin.plugin.vst3_preset import vst3_preset

    stem = material.stem_file(folder / "x.wav", material.riff(0.1))
    preset = folder / "p.vstpreset"

    def key(**options: Any) -> str:
        batch: Batch = render(stem, capture=folder / "amp.afx", out=folder / "out", overwrite=True, **options)
        assert batch.complete, batch.results
        return batch.results[0].key

    keys = [key(), key(engine="graph"), key(insert_before=[fuse]), key(insert_after=[fuse])]
    for value in (0.1, 0.2):
        preset.write_bytes(vst3_preset("fuse", state={}, parameters={"fuse": value}))
        keys.append(key(insert_before=[f"{fuse}:{preset}"]))
    assert len(set(keys)) == len(keys)
    assert key(engine="direct") == keys[0]


def test_requests_that_cannot_be_met_are_refused_before_anything_is_written(folder: Path) -> None:
    stem = material.stem_file(folder / "x.wav")
    capture = folder / "amp.afx"
    with pytest.raises(PluginError, match="neither a VST3 bundle nor the name of one"):
        render(stem, capture=capture, out=folder / "out", insert_after=["No such plugin"])
    with pytest.raises(RenderError, match="allowed: the engine 'graph'"):
        render(stem, capture=capture, out=folder / "out", insert_after=[zam("ZamComp")], engine="direct")
    with pytest.raises(RenderError, match="engine is 'host'; allowed: direct, graph"):
        render(stem, capture=capture, out=folder / "out", engine="host")
    assert not (folder / "out").exists()
