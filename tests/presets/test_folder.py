"""Adding to and removing from the user's folder: what people wrote stays, no writer loses anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import read_capture
from afxplugin.errors import KnobError, PresetError
from afxplugin.presets import PresetStore
from afxplugin.presets.addition import Addition, add_draft, draft_preset, numbered_knobs
from afxplugin.presets.device_file import Device
from afxplugin.presets.folder import PresetFolder, folder_name, preset_entry
from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.licences import allows_sharing
from afxplugin.presets.names import file_name_flaw
from afxplugin.presets.toml_file import line_of, parse_document
from afxplugin.presets.toml_text import table_text, value_text

ADDER = """
import sys
from pathlib import Path
from afxplugin.presets import PresetStore
from afxplugin.presets.addition import Addition, add_draft, draft_preset
from afxplugin.presets.folder import PresetFolder
folder, name, count, capture = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
store = PresetStore([folder])
for k in range(count):
    addition = Addition("Green Overdrive", f"{name} {k}", capture, settings={"knobs": {"drive": k / 100}})
    add_draft(store, draft_preset(store, addition), PresetFolder(folder))
    print(k, flush=True)
"""


def adder(*arguments):
    return subprocess.Popen([sys.executable, "-c", ADDER, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def capture(device, tmp_path):
    device(tmp_path / "elsewhere")
    return tmp_path / "elsewhere" / "green.afx"


@pytest.fixture
def folder(tmp_path):
    return PresetFolder(tmp_path / "user")


@pytest.fixture
def store(folder):
    return PresetStore([folder.folder])


def add(store, folder, device="Green Overdrive", preset="Default", capture=None, **more):
    return add_draft(store, draft_preset(store, Addition(device, preset, capture, **more)), folder)


def test_a_new_device_and_more_presets_of_it(store, folder, capture):
    knobs = (KnobMap("Gain", low=-10.0, high=10.0, unit="dB", taper="audio"),)
    settings_ = {"knobs": {"gain": 2.5}, "mix": 0.5, "method": "cidl", "tags": ["a b"], "description": 'say "ö"\n'}
    about = {"description": "A green one", "licence": "MIT"}
    added = add(store, folder, capture=capture, knobs=knobs, settings=settings_, about=about, capture_rate_hz=48000)
    assert (added.label, added.knobs, added.mix, added.method) == (
        "Green Overdrive/Default",
        {"Gain": 2.5},
        0.5,
        "cidl",
    )
    assert (added.tags, added.description) == (("a b",), 'say "ö"\n')
    assert added.knob_maps == (KnobMap("Gain", 1, "dB", -10.0, 10.0, taper="audio"),)
    again = PresetStore([folder.folder]).find("green overdrive/default")
    assert again == added
    played = again.read_capture()
    assert (played.rate_hz, [control.name for control in played.controls]) == (48000, ["Gain"])
    device = store.device("Green Overdrive")
    assert (device.description, device.licence) == ("A green one", "MIT")
    add(store, folder, device="GREEN overdrive", preset="Two", settings={"knobs": {"Gain": -10}})
    assert [preset.name for preset in store.device("green overdrive").presets] == ["Default", "Two"]
    assert sorted(p.name for p in (folder.folder / "green-overdrive").iterdir()) == [
        "device.toml", "green.afx", "preset.toml",
    ]  # fmt: skip


def test_a_preset_of_a_device_of_another_folder(device, folder, tmp_path):
    device(tmp_path / "factory" / "green")
    both = PresetStore([folder.folder, tmp_path / "factory"])
    added = add(both, folder, preset="Mine", settings={"knobs": {"drive": 1}})
    assert (added.file, added.knobs) == (folder.folder / "green-overdrive" / "preset.toml", {"Drive": 1.0})
    assert [preset.name for preset in both.list()] == ["Clean", "Crunch", "Mine"]
    with folder.locked():
        with pytest.raises(PresetError, match="is not in your own folder"):
            folder.remove_preset(both.find("Green Overdrive/Clean"))
        folder.remove_preset(added)
    assert [preset.name for preset in both.list()] == ["Clean", "Crunch"]
    assert not (folder.folder / "green-overdrive").exists()


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"device": "a/b"}, PresetError, "a device called 'a/b': a name is needed"),
        ({"device": "x" * 101}, PresetError, "at most 100 characters"),
        ({"preset": " "}, PresetError, "a preset called ' '"),
        (
            {"knobs": (KnobMap("A"), KnobMap("B"))},
            PresetError,
            "knob B: Green Overdrive has no control left for it; it has",
        ),
        ({"knobs": (KnobMap("A", "Tone"),)}, PresetError, "has no control 'Tone'; it has 1 Drive"),
        ({"settings": {"knobs": {"Tone": 1.0}}}, KnobError, "does not have it; it has Drive"),
        ({"settings": {"knobs": {"Drive": 11.0}}}, KnobError, "allowed 0 to 10"),
        ({"settings": {"mix": 2.0}}, PresetError, "preset 'Default': mix: Input should be less than"),
        ({"settings": {"method": "best"}}, PresetError, "preset 'Default': method: Input should be 'auto'"),
        ({"about": {"description": "\0"}}, PresetError, "device 'Green Overdrive': description: printable text"),
    ],
)
def test_what_cannot_be_added_writes_nothing(store, folder, capture, more, error, message):
    with pytest.raises(error, match=message):
        add(store, folder, **{"capture": capture, **more})
    assert not folder.folder.exists()


def test_what_is_there_already(device, store, folder, capture, tmp_path):
    add(store, folder, capture=capture)
    with pytest.raises(PresetError, match="preset Green Overdrive/default: is there already"):
        add(store, folder, preset="default", capture=capture)
    with pytest.raises(PresetError, match="is there already, with its knobs"):
        add(store, folder, preset="X", capture=capture, knobs=(KnobMap("Gain"),))
    device(tmp_path / "other", name="Brown")
    with pytest.raises(PresetError, match=r"is there with another capture \(green.afx\)"):
        add(store, folder, preset="X", capture=tmp_path / "other" / "green.afx")
    with pytest.raises(PresetError, match="device 'Gren Overdrive': unknown; did you mean Green Overdrive"):
        add(store, folder, device="Gren Overdrive", preset="X")


def test_names_that_look_the_same_get_folders_of_their_own(store, folder, capture):
    names = ["Green Amp", "green-amp", "Green, Amp!", "…", "CON", "ä" * 100, "ä" * 99 + "ö"]
    for name in names:
        add(store, folder, device=name, capture=capture)
    assert {device.name for device in store.look().devices} == set(names)
    assert len(list(folder.folder.glob("*/device.toml"))) == len(names)
    for name in names:
        assert store.find(f"{name}/Default").read_capture()


def test_a_devices_files_go_and_others_stay(store, folder, capture):
    add(store, folder, capture=capture)
    (folder.folder / "green-overdrive" / "notes.txt").write_text("mine")
    device = store.device("Green Overdrive")
    with folder.locked():
        removed = folder.remove_device(device.path, device.capture_path)
    assert [path.name for path in removed] == ["device.toml", "preset.toml", "green.afx"]
    assert [path.name for path in folder.folder.rglob("*") if path.is_file() and path.name[0] != "."] == ["notes.txt"]


def test_a_capture_outside_of_its_device_stays(device, folder):
    file = device(folder.folder / "green")
    (folder.folder / "green" / "green.afx").rename(folder.folder / "out.afx")
    file.write_text(file.read_text().replace('"green.afx"', '"../out.afx"'))
    (one,) = PresetStore([folder.folder]).look().devices
    with folder.locked():
        assert folder.remove_device(one.path, one.capture_path) == [file]
    assert (folder.folder / "out.afx").exists()


HANDMADE = """\
# my presets
schema = 2
device = "Green Overdrive" # the green one

[[preset]] # first
name = "One"
# about one
[preset.knobs]
Drive = 1.0

[[preset]]
name = "Two"
knobs = { Drive = 2.0 }

# the last
[[preset]]
name = "Three"
"""


def test_what_people_wrote_stays(store, folder, capture):
    add(store, folder, capture=capture)
    file = folder.folder / "mine" / "preset.toml"
    file.parent.mkdir()
    file.write_text(HANDMADE)
    with folder.locked():
        folder.remove_preset(store.find("One"))
    text = file.read_text()
    assert text.startswith(
        '# my presets\nschema = 2\ndevice = "Green Overdrive" # the green one\n\n[[preset]]\nname = "Two"'
    )
    assert "# the last" in text
    with folder.locked():
        folder.remove_preset(store.find("Three"))
        folder.remove_preset(store.find("Two"))
    assert not file.parent.exists()


def test_a_file_that_cannot_be_read_is_not_written_over(store, folder, capture):
    add(store, folder, capture=capture)
    file = folder.folder / "green-overdrive" / "preset.toml"
    file.write_text("schema = 7")
    with pytest.raises(PresetError, match="schema: given 7"):
        add(store, folder, preset="X", capture=capture)
    assert file.read_text() == "schema = 7"


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(max_size=40),
    key=st.text(min_size=1, max_size=8),
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_value_is_read_back(text, key, number):
    import tomllib

    text, key = text.encode("utf-8", "replace").decode(), key.encode("utf-8", "replace").decode()
    given_ = {key: [text, number, True, {key: text}], "n": {"a": {}}}
    assert tomllib.loads(table_text("[t]", given_))["t"] == given_
    assert tomllib.loads(f"x = {value_text(text)}")["x"] == text


def test_a_preset_as_a_table_and_back(device, tmp_path):
    device(tmp_path / "green")
    for preset in PresetStore([tmp_path]).list():
        text = 'schema = 2\ndevice = "x"\n' + table_text("[[preset]]", preset_entry(preset))
        (entry,) = parse_document(text, "preset")["preset"]
        assert preset_entry(preset) == {key: entry[key] for key in preset_entry(preset)}
    assert isinstance(PresetStore([tmp_path]).device("Green Overdrive"), Device)


def test_folder_names():
    assert folder_name("Green Overdrive") == folder_name("green  overdrive!") == "green-overdrive"
    assert folder_name("Green Overdrive", unique=True) != folder_name("green  overdrive!", unique=True)
    assert folder_name("nul").startswith("nul-")
    assert folder_name("../..").startswith("device-")
    assert len(folder_name("𐐀" * 100).encode()) <= 255


def test_lines_and_licences_are_found_in_linear_time():
    """In a file of the most that is read; a search that takes the square of its length would not end."""
    text = HANDMADE + "\n" * 300_000 + "[" + " " * 300_000 + "\n" + "# [[" + " [" * 100_000
    assert line_of(text, ["preset", 2, "name"]) == HANDMADE.splitlines().index('name = "Three"') + 1
    assert not allows_sharing("1" * 300_000 + "x")


def test_knobs_take_the_next_control_left(capture):
    capture_ = read_capture(capture)
    assert numbered_knobs([KnobMap("Gain")], capture_)[0].control == 1
    assert numbered_knobs([KnobMap("drive")], capture_)[0].control == 1
    assert numbered_knobs([KnobMap("Gain", "DRIVE")], capture_)[0].control == 1


def test_two_processes_lose_nothing(folder, capture):
    both = [adder(folder.folder, name, 100, capture) for name in "AB"]
    assert [process.wait(timeout=300) for process in both] == [0, 0]
    for process in both:
        process.stdout.close()
    presets = PresetStore([folder.folder]).list()
    assert {preset.name for preset in presets} == {f"{name} {k}" for name in "AB" for k in range(100)}
    assert len(presets) == 200
    assert presets[-1].knobs.keys() == {"Drive"}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_writer_leaves_whole_files(folder, capture, store):
    told = 0
    for round_ in range(4):
        process = adder(folder.folder, f"Round {round_}", 1000, capture)
        for _ in range(3 + round_):
            process.stdout.readline()
            told += 1
        time.sleep(0.003 * round_)
        process.kill()
        process.wait()
        process.stdout.close()
        found = store.look()
        assert found.problems == ()
        assert len(found.presets) >= told
    add(store, folder, preset="After", capture=capture)
    assert list((folder.folder / "green-overdrive").glob(".afx-*")) == []


# What older versions of the program, killed half way, and people have left in a device's folder.


def test_a_device_without_presets_takes_the_command_that_made_it(store, folder, capture):
    """As one that was killed between device.toml and preset.toml left it."""
    knobs, about = (KnobMap("Gain", low=-10.0, high=10.0),), {"licence": "MIT"}
    more = {"capture": capture, "knobs": knobs, "about": about, "capture_rate_hz": 48000}
    whole = add(store, folder, **more)
    (folder.folder / "green-overdrive" / "preset.toml").unlink()
    assert store.list() == []
    assert add(store, folder, **more) == whole
    other = {"knobs": (KnobMap("Drive"),)}, {"about": {"licence": "CC0-1.0"}}, {"capture_rate_hz": 44100}
    for each in other:
        with pytest.raises(PresetError, match="is there already, with its knobs, rate and licence"):
            add(store, folder, preset="Two", **{**more, **each})
    assert add(store, folder, preset="Two", **more).knob_maps == whole.knob_maps


@pytest.mark.parametrize("left", [["green.afx"], ["green.afx", "preset.toml"], ["preset.toml"]])
def test_a_half_removed_or_half_added_device_is_added_again(store, folder, capture, left):
    whole = add(store, folder, capture=capture)
    home = folder.folder / "green-overdrive"
    for name in {"device.toml", "green.afx", "preset.toml"} - set(left):
        (home / name).unlink()
    assert store.list() == []
    assert add(store, folder, capture=capture) == whole
    assert sorted(path.name for path in home.iterdir()) == ["device.toml", "green.afx", "preset.toml"]


def test_other_settings_under_the_same_name_are_not_lost(store, folder, capture):
    add(store, folder, capture=capture, settings={"mix": 0.5})
    home = folder.folder / "green-overdrive"
    (home / "device.toml").unlink()
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    with pytest.raises(PresetError, match=r"^preset 'Default' is there already, with other settings: .*preset.toml$"):
        add(store, folder, capture=capture)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_another_file_of_the_captures_name_stays(store, folder, capture):
    home = folder.folder / "green-overdrive"
    home.mkdir(parents=True)
    (home / "green.afx").write_text("mine")
    added = add(store, folder, capture=capture)
    assert added.capture_path.name.startswith("green-")
    assert added.read_capture()
    assert (home / "green.afx").read_text() == "mine"


def test_presets_of_another_device_in_the_same_folder_stay(device, store, folder, capture):
    add(store, folder, capture=capture)
    device(folder.folder / "brown", name="Brown")
    other = 'schema = 2\ndevice = "Brown"\n[[preset]]\nname = "Mine"\n'
    file = folder.folder / "green-overdrive" / "preset.toml"
    file.write_text(other)
    with pytest.raises(PresetError, match="^holds presets of 'Brown', not of 'Green Overdrive': .*preset.toml$"):
        add(store, folder, preset="Two")
    with folder.locked():
        folder.remove_device(file.with_name("device.toml"), file.with_name("green.afx"))
    assert file.read_text() == other
    assert "Brown/Mine" in [preset.label for preset in store.list()]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_a_device_in_a_folder_whose_name_is_no_unicode(device, store, folder):
    file = device(folder.folder / os.fsdecode(b"gr\xfcn %2e"))
    found = store.device("Green Overdrive")
    with folder.locked():
        assert folder.remove_device(found.path, found.capture_path) == [file, file.with_name("green.afx")]
    assert not file.parent.exists()


def test_a_capture_that_changes_before_it_is_copied_is_refused(store, folder, capture):
    draft = draft_preset(store, Addition("Green Overdrive", "X", capture))
    capture.write_bytes(capture.read_bytes() + b" ")
    with pytest.raises(PresetError, match="its capture has changed meanwhile"):
        add_draft(store, draft, folder)
    assert not list(folder.folder.glob("[!.]*"))


@pytest.mark.parametrize("name", ["CON.afx", "a?b.afx", "a\u202eb.afx", "x" * 240 + ".afx", "..afx", "a .afx"])
def test_a_capture_gets_a_name_that_every_system_takes(store, folder, capture, tmp_path, name):
    capture.rename(tmp_path / name)
    added = add(store, folder, capture=tmp_path / name)
    assert file_name_flaw(added.capture_path.name) == ""
    assert store.find("Green Overdrive/Default").read_capture()
