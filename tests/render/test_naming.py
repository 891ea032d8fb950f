"""Names of outputs: templates, safety, length."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afxplugin.errors import RenderError
from afxplugin.render.naming import NameFields, check_template, folder_labels, output_name, spelled, unspelled

FIELDS = NameFields(
    stem="Gtr", preset="Crunch", capture="Green Overdrive", method="cidl", rate="96000", date="2026-11-21",
    folder="Song", suffix="aif",
)  # fmt: skip


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{stem} [{preset}]", "Gtr [Crunch].wav"),
        ("{date} {stem}-{capture}-{method}@{rate}", "2026-11-21 Gtr-Green Overdrive-cidl@96000.wav"),
        ("fixed", "fixed.wav"),
        ("{folder} - {stem} ({suffix})", "Song - Gtr (aif).wav"),
        ("{{{stem}}}", "{Gtr}.wav"),
    ],
)
def test_template_is_filled_in(template: str, name: str) -> None:
    check_template(template)
    assert output_name(template, FIELDS) == name


@pytest.mark.parametrize("template", ["{song}", "{stem.__class__}", "{stem!r}", "{stem:>9}", "{}", "{stem", "", "  "])
def test_template_that_cannot_be_filled_in_is_refused(template: str) -> None:
    with pytest.raises(RenderError, match="template"):
        check_template(template)


def test_unknown_field_is_named_with_what_is_allowed() -> None:
    with pytest.raises(RenderError, match=r"unknown field \{song\}; allowed: \{stem\}, \{preset\}"):
        check_template("{stem} {song}")


def test_separators_and_control_characters_do_not_reach_the_name() -> None:
    nasty = replace(FIELDS, capture="../../etc/pass\0wd\n\\x")
    assert output_name("{stem} {capture}", nasty) == "Gtr ..-..-etc-passwd-x.wav"
    assert output_name("../{stem}", FIELDS) == "..-Gtr.wav"


@pytest.mark.parametrize("stem", [".", "..", " . "])
def test_a_name_of_dots_alone_is_replaced(stem: str) -> None:
    assert output_name("{stem}", replace(FIELDS, stem=stem)) == "untitled.wav"


def test_long_stem_keeps_the_preset_and_its_own_identity() -> None:
    names = [output_name("{stem} [{preset}]", replace(FIELDS, stem="ж" * 140 + end)) for end in "ab"]
    assert all(len(name.encode()) <= 255 and name.endswith(" [Crunch].wav") for name in names)
    assert names[0] != names[1]


@given(stem=st.text(min_size=1, max_size=300), preset=st.text(max_size=300))
def test_every_name_fits_a_file_system(stem: str, preset: str) -> None:
    stem = stem.encode("utf-8", "ignore").decode()
    preset = preset.encode("utf-8", "ignore").decode()
    name = output_name("{stem} [{preset}]", replace(FIELDS, stem=stem, preset=preset))
    assert 4 < len(name.encode()) <= 255
    assert not set(name) & set("/\\\0\n")
    assert name.endswith(".wav")


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["/s/songA", "/s/songB"], ["songA", "songB"]),
        (["/s/songA/audio", "/s/songB/audio", "/s/drums"], ["songA - audio", "songB - audio", "drums"]),
        (["/s/audio", "/s/audio/takes/audio"], ["audio", "takes - audio"]),
        (["/s/a/x/audio", "/s/b/x/audio"], ["a - x - audio", "b - x - audio"]),
        (["/s/songA/", "/s/t/../songA"], ["songA", "songA"]),
        (["/"], ["/"]),
    ],
)
def test_folders_are_told_apart_by_as_little_as_is_needed(folders: list[str], labels: list[str]) -> None:
    found = folder_labels(Path(folder) / "kick.wav" for folder in folders)
    assert [found[Path(folder)] for folder in folders] == labels


def test_folder_of_a_stem_named_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "song").mkdir()
    monkeypatch.chdir(tmp_path / "song")
    assert folder_labels([Path("kick.wav")]) == {Path(): "song"}


@given(one=st.binary(min_size=1, max_size=12), other=st.binary(min_size=1, max_size=12))
def test_spelling_is_printable_and_stands_for_one_name_alone(one: bytes, other: bytes) -> None:
    names = os.fsdecode(one), os.fsdecode(other)
    assert [unspelled(spelled(name)) for name in names] == list(names)
    assert spelled(names[0]).encode("utf-8")
    assert (spelled(names[0]) == spelled(names[1])) == (one == other)


@pytest.mark.parametrize("name", ["Гитара ♯1.wav", "a\ufffd.wav", "100%.wav"])
def test_names_in_utf8_are_spelled_as_they_are(name: str) -> None:
    assert spelled(name) == name
