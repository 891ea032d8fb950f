"""Plugins and presets by what users call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from afxplugin.engine import lookup, lv2
from afxplugin.engine.lookup import find_plugin, read_insert
from afxplugin.engine.turtle import read_turtle
from afxplugin.errors import PluginError

MANIFEST = """
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://example.org/amp> a lv2:Plugin ; lv2:binary <amp.so> ; rdfs:seeAlso <amp.ttl> .
<http://example.org/amp#hot> a pset:Preset ; lv2:appliesTo <http://example.org/amp> ;
    rdfs:seeAlso <presets.ttl> .
"""
AMP = """
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
<http://example.org/amp> # a comment; with marks .
    a lv2:Plugin , lv2:AmplifierPlugin ;
    lv2:port [ a lv2:InputPort ; lv2:index 0 ; lv2:symbol "gain" ; lv2:name "Gain"@en , "Lautst\u00e4rke"@de ] ,
             [ a lv2:InputPort ; lv2:index 1 ; lv2:symbol "tone" ; lv2:name "Tone \\"x\\"" ; lv2:default 1.5e-1 ] .
"""
PRESETS = """
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://example.org/amp#hot> rdfs:label "Hot: and loud" ;
    lv2:port [ lv2:symbol "gain" ; pset:value -3.5 ] , [ lv2:symbol "tone" ; pset:value 1 ] .
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with one VST3 bundle and one LV2 plugin with a preset."""
    bundle = tmp_path / "lv2" / "amp.lv2"
    bundle.mkdir(parents=True)
    for name, text in (("manifest", MANIFEST), ("amp", AMP), ("presets", PRESETS)):
        (bundle / f"{name}.ttl").write_text(text, encoding="utf-8")
    (tmp_path / "vst3" / "Maker" / "Fuzz: II.vst3").mkdir(parents=True)
    monkeypatch.setenv("LV2_PATH", str(tmp_path / "lv2"))
    monkeypatch.setattr(lookup, "vst3_folders", lambda: [tmp_path / "vst3"])
    lv2.lv2_plugins.cache_clear()
    yield tmp_path
    lv2.lv2_plugins.cache_clear()


def test_vst3_by_name_and_path(machine: Path) -> None:
    bundle = machine / "vst3" / "Maker" / "Fuzz: II.vst3"
    for given in ("fuzz: ii", "Fuzz: II.vst3", str(bundle)):
        assert find_plugin(given) == str(bundle)


def test_lv2_by_uri(machine: Path) -> None:  # noqa: ARG001
    assert find_plugin("http://example.org/amp") == "http://example.org/amp"
    assert lv2.preset_values("http://example.org/amp", "hot: AND loud") == {"Gain": -3.5, 'Tone "x"': 1.0}


@pytest.mark.parametrize("given", ["http://example.org/amb", "Fuz"])
def test_what_is_not_here_is_told_with_what_comes_close(machine: Path, given: str) -> None:  # noqa: ARG001
    with pytest.raises(PluginError, match="close to it|neither a VST3"):
        find_plugin(given)


def test_colons_belong_to_the_plugin_where_they_can(machine: Path) -> None:
    preset = machine / "my: sound.vstpreset"
    preset.write_bytes(b"VST3")
    insert = read_insert(f"Fuzz: II:{preset}")
    assert (insert.label, insert.preset) == ("Fuzz: II", str(preset))
    assert len(insert.preset_sha256) == 64
    assert insert.as_dict()["preset"] == "my: sound.vstpreset"
    insert = read_insert("http://example.org/amp:Hot: and loud")
    assert (insert.plugin, insert.preset) == ("http://example.org/amp", "Hot: and loud")
    assert read_insert("Fuzz: II").preset is None


@pytest.mark.parametrize("given", ["Fuzz: II:nothing.vstpreset", "http://example.org/amp:cold", "Nothing:x", ""])
def test_presets_that_are_not_here_are_refused(machine: Path, given: str) -> None:  # noqa: ARG001
    with pytest.raises(PluginError):
        read_insert(given)


@pytest.mark.parametrize("text", ["<a> <b>", "<a> <b> [ ", '<a> <b> "c', "@prefix x", "] .", "<a> <b> <c> . $$$"])
def test_broken_turtle_gives_what_came_before(text: str) -> None:
    assert len(read_turtle(text, "file:///x/")) <= 1
