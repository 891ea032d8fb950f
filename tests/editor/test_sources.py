"""Presets and captures opened, settings laid over them, and what a browser shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from afxplugin.editor.state.catalogue import Catalogue, read_catalogue
from afxplugin.editor.state.session import Choice, KnobSettings, Region
from afxplugin.editor.state.sources import knob_views, open_choice, sound_of, with_settings
from afxplugin.editor.state.stem_info import read_stem_info
from afxplugin.errors import CaptureError, KnobError, PresetError, SessionError
from afxplugin.render.source import Source, open_source
from tests.render.material import riff, stem_file, wav_bytes

CRUNCH = "Green Overdrive/Crunch"


def test_a_choice_is_opened_as_a_render_opens_it(amp: Path) -> None:
    preset = open_choice(Choice(preset=CRUNCH))
    expected = open_source(capture=None, preset=CRUNCH)
    assert preset.capture.sha256 == expected.capture.sha256
    assert (preset.knobs, preset.output_gain_db) == (expected.knobs, expected.output_gain_db)
    assert open_choice(Choice(capture=amp)).label == "Amp"
    with pytest.raises(PresetError, match="unknown; did you mean"):
        open_choice(Choice(preset="Green Overdrive/Crunchy"))
    with pytest.raises(CaptureError):
        open_choice(Choice(capture=amp.with_name("none.json")))


def test_a_choice_is_one_of_two() -> None:
    with pytest.raises(SessionError, match="neither given"):
        Choice()
    with pytest.raises(SessionError, match="both given"):
        Choice(preset="A/B", capture=Path("c"))
    assert Choice(preset="A/B").label == "A/B"
    assert Choice(capture=Path("/x/amp.json")).label == "amp"


def test_settings_are_laid_over_the_preset() -> None:
    source = open_choice(Choice(preset=CRUNCH))
    settings = KnobSettings({"drive": 9.0}, input_gain_db=-6.0, output_gain_db=2.0, mix=0.5)
    played = with_settings(source, settings)
    assert played.knobs == {"Drive": 9.0, "Tone": 6.0}
    assert played.input_gain_db == source.input_gain_db - 6.0
    assert played.output_gain_db == source.output_gain_db + 2.0
    assert played.mix == 0.5
    assert with_settings(source, KnobSettings()).mix == source.mix
    with pytest.raises(KnobError, match="Drive: given 11, allowed 0 to 10"):
        with_settings(source, KnobSettings({"Drive": 11.0}))
    with pytest.raises(KnobError, match="does not have it; it has Drive, Tone"):
        with_settings(source, KnobSettings({"Presence": 1.0}))


def test_knobs_show_where_they_stand_and_where_the_preset_has_them() -> None:
    source = open_choice(Choice(preset=CRUNCH))
    drive, tone = knob_views(source, KnobSettings({"Drive": 7.0}))
    assert (drive.name, drive.low, drive.high, drive.preset, drive.position) == ("Drive", 0.0, 10.0, 5.5, 7.0)
    assert (tone.preset, tone.position) == (6.0, 6.0)


def test_numbers_outside_are_refused() -> None:
    for make, message in (
        (lambda: KnobSettings(input_gain_db=61.0), "input gain is 61 dB; allowed: -60 to 60"),
        (lambda: KnobSettings(output_gain_db=float("nan")), "output gain is nan"),
        (lambda: KnobSettings(mix=1.1), "mix is 1.1"),
        (lambda: KnobSettings({"Drive": float("inf")}), "knob Drive is inf"),
        (lambda: Region(-1.0, 2.0), "from -1 s"),
        (lambda: Region(float("inf"), 2.0), "from inf s"),
        (lambda: Region(0.0, 0.1), "of 0.1 s; allowed: 0.25 to 60"),
        (lambda: Region(0.0, 61.0), "of 61 s"),
        (lambda: Region(0.0, float("nan")), "of nan s"),
    ):
        with pytest.raises(SessionError, match=message):
            make()
    assert Region(1.0, 2.0).end_s == 3.0
    settings = KnobSettings({"Drive": 1.0}).with_position("DRIVE", 2.0)
    assert settings.positions == {"DRIVE": 2.0}
    assert settings.without_position("drive").positions == {}


def test_the_catalogue_finds_presets_by_words_of_all_that_is_said() -> None:
    catalogue = read_catalogue()
    green = [CRUNCH, "Green Overdrive/Clean Push", "Green Overdrive/Lead"]
    assert [card.label for card in catalogue.cards if card.label.startswith("Green Overdrive/")] == green
    assert catalogue.problems == ()
    assert [card.label for card in catalogue.search("cru")] == [CRUNCH]
    assert [card.label for card in catalogue.search("GREEN lead")] == ["Green Overdrive/Lead"]
    assert len(catalogue.search("cc0 diode")) == 3  # licence and description
    assert catalogue.search("no such word") == ()
    assert len(catalogue.search("  ")) == len(catalogue.cards) == 9
    assert [card.label for card in catalogue.search("", favourites=["green overdrive/LEAD"])] == [
        "Green Overdrive/Lead"
    ]
    assert catalogue.search("crunch", favourites=[]) == ()
    card = catalogue.card(CRUNCH.upper())
    assert card is not None
    assert (card.device, card.name, card.licence) == ("Green Overdrive", "Crunch", "CC0-1.0")
    assert catalogue.card("none") is None


def test_presets_beside_stems_are_found_and_bad_files_told(tmp_path: Path) -> None:
    folder = tmp_path / "presets" / "broken"
    folder.mkdir(parents=True)
    (folder / "device.toml").write_text("schema = 9\n")
    catalogue = read_catalogue([tmp_path])
    assert len(catalogue.problems) == 1
    assert catalogue.problems[0].startswith("line 1: schema")
    assert catalogue.problems[0].endswith("device.toml")


def test_the_neighbour_goes_round() -> None:
    catalogue = read_catalogue()
    labels = [card.label for card in catalogue.cards]
    assert catalogue.neighbour(labels[0], 1) == labels[1]
    assert catalogue.neighbour(labels[-1], 1) == labels[0]
    assert catalogue.neighbour(labels[0], -1) == labels[-1]
    assert catalogue.neighbour(None, 1) == labels[0]
    assert catalogue.neighbour("gone", -1) == labels[-1]
    assert catalogue.neighbour(labels[0], 1, among=catalogue.search("lead")) == "Green Overdrive/Lead"
    assert Catalogue().neighbour(None, 1) is None


def test_stems_are_read_or_say_why_not(tmp_path: Path) -> None:
    info = read_stem_info(
        stem_file(tmp_path / "a.flac", riff(0.5, rate_hz=96_000, channels=2), rate_hz=96_000, subtype="PCM_24")
    )
    assert (info.rate_hz, info.channels, info.frames, info.format, info.subtype) == (
        96_000,
        2,
        48_000,
        "FLAC",
        "PCM_24",
    )
    assert (info.seconds, info.error) == (0.5, None)
    (tmp_path / "cut.wav").write_bytes(wav_bytes(rate_hz=48_000, frames=100, announced=5000))
    for name, message in (("cut.wav", "announces 5000 frames, the file holds 100"), ("none.wav", "No such file")):
        bad = read_stem_info(tmp_path / name)
        assert message in (bad.error or "")
        assert bad.seconds == 0.0


def test_a_source_without_knobs_shows_none(source: Source) -> None:
    (knob,) = knob_views(source, KnobSettings())
    assert knob.name == "Drive"


def test_sources_that_sound_alike_are_known_as_such_and_no_others() -> None:
    """By what they are set to, not by which object they are: what is kept of one is shown for the other."""
    preset = open_choice(Choice(preset=CRUNCH))
    again = open_choice(Choice(preset=CRUNCH))
    assert preset is not again
    assert sound_of(preset) == sound_of(again)
    others = [
        with_settings(preset, KnobSettings({"Drive": 9.0})),
        with_settings(preset, KnobSettings(input_gain_db=1.0)),
        with_settings(preset, KnobSettings(mix=0.5)),
        open_choice(Choice(preset="Amber Overdrive/Bite")),
    ]
    assert len({sound_of(each) for each in [preset, *others]}) == 5
