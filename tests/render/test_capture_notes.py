"""What was ignored or assumed in reading a capture is part of a render's result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from afxplugin.cli.display import show_progress
from afxplugin.render import render
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_notes_of_the_capture_are_in_the_result(tmp_path: Path) -> None:
    note = "metadata.loudness is nan, not a loudness in LUFS; it is ignored"
    capture = replace(material.random_capture(), notes=(note,))
    stem = material.stem_file(tmp_path / "x.wav")
    (result,) = render(stem, out=tmp_path / "out", capture=capture).results
    assert result.status == "done"
    assert f"{note} (capture Amp)" in result.notes


def test_notes_of_the_capture_are_shown_once_for_all_stems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the stem are shown with each."""
    note = "metadata.loudness is nan, not a loudness in LUFS; it is ignored"
    capture = replace(material.random_capture(), notes=(note,))
    stems = [material.stem_file(tmp_path / name) for name in ("x.wav", "y.wav")]
    with show_progress(quiet=False, results_on_stderr=False) as listener:
        render(stems, out=tmp_path / "out", capture=capture, listener=listener, output_gain_db=40.0, subtype="16")
    told = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert [line for line in told if note in line] == [f"afx: warning: {note} (capture Amp)"]
    clipped = [line for line in told if "clipped" in line]
    assert len(clipped) == 2
    assert {line.rpartition(": ")[2] for line in clipped} == {str(stem) for stem in stems}


def test_instability_is_shown_once_with_the_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = material.random_capture(rate_hz=192_000)
    stems = [material.stem_file(tmp_path / name) for name in ("x.wav", "y.wav")]
    with show_progress(quiet=False, results_on_stderr=False) as listener:
        batch = render(stems, out=tmp_path / "out", capture=capture, method="cidl", listener=listener)
    told = {note for result in batch.results for note in result.notes}
    assert len(told) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "stable here" in line]
    (line,) = lines
    assert line.startswith("afx: warning: cidl is not stable here: ")
    assert line.endswith(" (capture Amp)")
