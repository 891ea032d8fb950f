"""Names of outputs: templates, safety, length."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afxplugin.errors import RenderError
from afxplugin.render.naming import NameFields, check_template, output_name

FIELDS = NameFields(
    stem="Gtr", preset="Crunch", capture="Green Overdrive", method="cidl", rate="96000", date="2026-11-21"
)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{stem} [{preset}]", "Gtr [Crunch].wav"),
        ("{date} {stem}-{capture}-{method}@{rate}", "2026-11-21 Gtr-Green Overdrive-cidl@96000.wav"),
        ("fixed", "fixed.wav"),
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
