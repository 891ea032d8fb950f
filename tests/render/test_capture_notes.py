"""What was ignored or assumed in reading a capture is part of a render's result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from afxplugin.render import render
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path


def test_notes_of_the_capture_are_in_the_result(tmp_path: Path) -> None:
    note = "metadata.loudness is nan, not a loudness in LUFS; it is ignored"
    capture = replace(material.random_capture(), notes=(note,))
    stem = material.stem_file(tmp_path / "x.wav")
    (result,) = render(stem, out=tmp_path / "out", capture=capture).results
    assert result.status == "done"
    assert note in result.notes
