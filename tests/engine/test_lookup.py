"""Plugins and presets by what users call them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from afxplugin.engine import lookup, lv2
from afxplugin.engine.lookup import find_plugin, parse_offsets, read_insert, read_inserts
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


def bundle(folder: Path, *kinds: str) -> str:
    for kind in kinds:
        (folder / "Contents" / kind).mkdir(parents=True)
    (folder / "Contents" / "Resources").mkdir()
    return str(folder)


def test_a_bundle_without_a_linux_binary_says_what_it_has(machine: Path) -> None:
    with pytest.raises(PluginError, match=r"contains no Linux binary; it has: x86_64-win: .*A\.vst3$"):
        find_plugin(bundle(machine / "vst3" / "A.vst3", "x86_64-win"))
    with pytest.raises(PluginError, match=r"no Linux binary; it has: MacOS, x86_64-win"):
        find_plugin(bundle(machine / "vst3" / "B.vst3", "x86_64-win", "MacOS"))
    with pytest.raises(PluginError, match=r"no binary for .*-linux; it has: sparc-linux"):
        read_insert(bundle(machine / "vst3" / "C.vst3", "sparc-linux") + ":some.vstpreset")
    with pytest.raises(PluginError, match="no Linux binary"):
        find_plugin("A")
    both = bundle(machine / "vst3" / "D.vst3", "x86_64-win", f"{platform.machine()}-linux")
    assert find_plugin(both) == both
    (machine / "old.vst3").write_bytes(b"MZ\x90\0")
    with pytest.raises(PluginError, match="a binary for Windows"):
        find_plugin(str(machine / "old.vst3"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{machine}/lv2/amp.lv2", r"by its URI, not by its bundle; in this one: http://example\.org/amp: /"),
        ("{machine}/lv2/amp.lv2/", "in this one: http://example"),
        ("{machine}/lv2/amp.lv2/amp.so", "in this one: http://example"),
        ("{machine}/lv2/amp.lv2:Hot: and loud", "in this one: http://example"),
        ("amp.lv2", "in this one: http://example"),
        ("{machine}/elsewhere/far.lv2", r"in this one: urn:far; put it into .*/lv2, or its folder into LV2_PATH"),
        ("nothing.lv2", "there is no such bundle: nothing.lv2"),
        (r"C:\Program Files\VSTPlugins\Fuzz; II.vst3", "a path of Windows, .*; close to it: Fuzz: II"),
        ("d:/plugins/x.vst3:d:/p.vstpreset", "a path of Windows"),
        (r"\\studio\plugins\x.dll", "a path of Windows"),
        ("x.dll", "a plugin for Windows; allowed: VST3"),
        ("{machine}/x.clap", "a CLAP plugin; allowed: VST3"),
        ("{machine}/x.vst3", "no such file or folder; allowed: VST3"),
        ("{machine}/lv2", r"whose name ends in \.vst3"),
        ("~nobody-here/x.vst3", "no such file or folder"),
        ("/" + 300 * "x" + ".vst3", "no such file or folder"),
    ],
)
def test_what_is_no_plugin_is_told_with_what_to_give_instead(machine: Path, given: str, why: str) -> None:
    far = machine / "elsewhere" / "far.lv2"
    far.mkdir(parents=True)
    (far / "manifest.ttl").write_text("<urn:far> a <http://lv2plug.in/ns/lv2core#Plugin> .")
    with pytest.raises(PluginError, match=why):
        read_insert(given.format(machine=machine))


@pytest.mark.parametrize(
    ("preset", "why"),
    [
        ("gone.vstpreset", r"no such preset file, looked for in /.*: gone\.vstpreset$"),
        ("no/gone.vstpreset", r"looked for in /.*/no, no folder either"),
        (r"C:\Presets\hot.vstpreset", "a path of Windows"),
        ("hot.fxp", r"allowed: a file that ends in \.vstpreset"),
    ],
)
def test_a_preset_that_is_not_there_is_told_before_anything_loads(machine: Path, preset: str, why: str) -> None:  # noqa: ARG001
    with pytest.raises(PluginError, match=why):
        read_insert(f"Fuzz: II:{preset}")


def test_offsets_find_their_inserts(machine: Path) -> None:
    preset = machine / "p.vstpreset"
    preset.write_bytes(b"VST3")
    fuzz, amp = f"Fuzz: II:{preset}", "http://example.org/amp"
    offsets = parse_offsets([f"{fuzz}=7", "fuzz: ii=5", f"{amp}=-3"])
    before, after = read_inserts([fuzz, "Fuzz: II"], [f"{amp}:Hot: and loud", amp], offsets)
    assert [each.offset_frames for each in (*before, *after)] == [7, 5, -3, -3]
    assert after[0].as_dict()["offset_frames"] == -3
    assert "offset_frames" not in read_insert(amp).as_dict()
    with pytest.raises(PluginError, match="an offset is given for Fuzz: II, which is no insert; inserts: http"):
        read_inserts([], [amp], {"Fuzz: II": 5})
    for text in ("Fuzz: II", "=5", "Fuzz: II=5.5", "Fuzz: II="):
        with pytest.raises(PluginError, match=r"allowed: PLUGIN\[:PRESET\]=FRAMES"):
            parse_offsets([text])


def test_a_bundle_that_is_broken_on_purpose_stops_no_search(machine: Path) -> None:
    for name, text in (("deep", "<urn:x> <urn:y> " + "[ a " * 100_000), ("deeper", "( " * 100_000)):
        (machine / "lv2" / f"{name}.lv2").mkdir()
        (machine / "lv2" / f"{name}.lv2" / "manifest.ttl").write_text(text)
    (machine / "lv2" / "pipe.lv2").mkdir()
    os.mkfifo(machine / "lv2" / "pipe.lv2" / "manifest.ttl")
    lv2.lv2_plugins.cache_clear()
    assert find_plugin("http://example.org/amp")


@pytest.mark.parametrize("text", ["<a> <b>", "<a> <b> [ ", '<a> <b> "c', "@prefix x", "] .", "<a> <b> <c> . $$$"])
def test_broken_turtle_gives_what_came_before(text: str) -> None:
    assert len(read_turtle(text, "file:///x/")) <= 1
