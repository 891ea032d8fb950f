"""Stems of one name in one batch: the message says which field of the template keeps them apart, and it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from afxplugin.render import Batch, render
from tests.render import material

if TYPE_CHECKING:
    from pathlib import Path

AMP = material.random_capture()


def statuses(batch: Batch) -> list[str]:
    return [each.status for each in batch.results]


@pytest.mark.parametrize(
    ("names", "field", "outputs"),
    [
        (["songA/kick.wav", "songB/kick.wav"], "{folder}", ["songA kick [Amp].wav", "songB kick [Amp].wav"]),
        (
            ["songA/audio/kick.wav", "songB/audio/kick.wav"],
            "{folder}",
            ["songA - audio kick [Amp].wav", "songB - audio kick [Amp].wav"],
        ),
        (["gtr.wav", "gtr.aiff"], "{suffix}", ["wav gtr [Amp].wav", "aiff gtr [Amp].wav"]),
        (["songA/gtr.wav", "songB/gtr.aiff"], "{folder}", ["songA gtr [Amp].wav", "songB gtr [Amp].wav"]),
    ],
)
def test_hint_for_stems_of_one_name_can_be_followed(
    tmp_path: Path, names: list[str], field: str, outputs: list[str]
) -> None:
    stems = [material.stem_file(tmp_path / name, subtype="PCM_16") for name in names]
    batch = render(stems, capture=AMP, out=tmp_path / "o")
    assert statuses(batch) == ["failed", "failed"]
    template = ""
    for result, other in zip(batch.results, reversed(stems), strict=True):
        error = str(result.error)
        output = "kick" if "kick" in names[0] else "gtr"
        assert error.startswith(f"two stems would be written to '{output}")
        assert f"(the other: {other})" in error
        assert f"tell them apart with {field} in the template, such as '" in error
        template = error.split("such as '")[1].split("'", maxsplit=1)[0]
    batch = render(stems, capture=AMP, out=tmp_path / "o", template=template)
    assert batch.complete
    assert [each.output.name for each in batch.results] == outputs


def test_hint_where_no_field_helps(tmp_path: Path) -> None:
    stems = [material.stem_file(tmp_path / name) for name in ("kick.wav", "kick\n.wav")]
    batch = render(stems, capture=AMP, out=tmp_path / "o")
    assert all("allowed: one of the two in a call" in str(each.error) for each in batch.failed)
    batch = render([tmp_path / "kick.wav", material.stem_file(tmp_path / "hat.wav")], capture=AMP, template="x")
    assert all("such as '{stem} x'" in str(each.error) for each in batch.failed)
