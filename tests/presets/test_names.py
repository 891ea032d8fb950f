"""Names and paths in device files: what is refused, what is the same, and what a path may reach."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore, read_device
from afxplugin.presets.addition import Addition, add_draft, draft_preset
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.names import checked_path, file_name_flaw, name_key, portable_name, text_flaw
from afxplugin.presets.pack import export_pack
from afxplugin.presets.toml_text import value_text

UNSEEN = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0x200B, 0x200D, 0x2060, 0xFEFF]
UNSEEN += [0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x00AD, 0x034F, 0x115F, 0x2028, 0x3164, 0x2800, 0xFFA0, 0xE0101]


@pytest.mark.parametrize("code", UNSEEN, ids=hex)
def test_what_cannot_be_seen_is_refused_everywhere(device, tmp_path, code):
    letter = chr(code)
    assert text_flaw(f"a{letter}b").startswith(f"U+{code:04X}, ")
    text = device(tmp_path).read_text(encoding="utf-8").replace("schema = 1", "schema = 2")
    for key, old in (
        ("device.name", '"Green Overdrive"'),
        ("device.licence", '"CC0-1.0"'),
        ("capture.path", '"green.afx"'),
        ("preset.0.name", '"Clean"'),
        ("preset.1.knobs.D", "Drive"),
    ):
        if letter == "\n" and key == "device.licence":
            continue  # texts may have several lines
        new = value_text(f"D{letter}e.afx")
        (tmp_path / "device.toml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(PresetError) as caught:
            read_device(tmp_path / "device.toml")
        assert key in caught.value.reason
        assert f"U+{code:04X}" in caught.value.reason
        assert caught.value.reason.isprintable()


def test_texts_of_the_first_version_are_checked_too(device, tmp_path):
    file = device(tmp_path)
    file.write_text(file.read_text().replace('licence = "CC0-1.0"', 'description = "\\u001b[2J"'))
    with pytest.raises(PresetError, match=r"device.description: given .* not with U\+001B"):
        read_device(file)


@pytest.mark.parametrize("letter", ["é", "日", "🎸", "❤️", "ß", " "])
def test_what_can_be_seen_is_not(letter):
    assert text_flaw(f"a{letter}b") == ""


def test_names_that_look_the_same_are_the_same(device, tmp_path):
    names = ["Ämp", unicodedata.normalize("NFD", "Ämp"), "ÄMP", " ämp ", "Ämp\ufe0f"]
    assert len({name_key(name) for name in names}) == 1
    assert name_key("STRASSE") == name_key("Straße")
    assert name_key("a") != name_key("á")
    for k, name in enumerate(names[:3]):
        device(tmp_path / str(k), name=name)
    store = PresetStore([tmp_path])
    assert [each.name for each in store.look().devices] == ["Ämp"]
    assert store.find(unicodedata.normalize("NFD", "ämp/clean")).label == "Ämp/Clean"
    file = tmp_path / "0" / "device.toml"
    text = file.read_text(encoding="utf-8").replace('"Clean"', '"Crünch"')
    file.write_text(text.replace('"Crunch"', value_text(unicodedata.normalize("NFD", "crünch"))), encoding="utf-8")
    with pytest.raises(PresetError, match="given twice"):
        read_device(file)


def test_a_device_is_added_once_in_any_spelling(device, tmp_path):
    device(tmp_path / "elsewhere")
    capture, folder = tmp_path / "elsewhere" / "green.afx", PresetFolder(tmp_path / "user")
    store = PresetStore([folder.folder])
    for name, preset in [("Ämp", "Crünch"), (unicodedata.normalize("NFD", "Ämp"), "Two")]:
        add_draft(store, draft_preset(store, Addition(name, preset, capture)), folder)
    assert [each.label for each in store.list()] == ["Ämp/Crünch", "Ämp/Two"]
    with pytest.raises(PresetError, match="is there already"):
        draft_preset(store, Addition("ämp", unicodedata.normalize("NFD", "CRÜNCH"), capture))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../../green.afx", "leads out of the folder of presets"),
        ("a/../../../green.afx", "leads out of the folder of presets"),
        ("../a/../../green.afx", "leads out of the folder of presets"),
        ("../..", "leads out of the folder of presets"),
        ("/etc/passwd", "a path relative to this file"),
        ("C:/green.afx", "a path relative to this file"),
        ("c:green.afx", "a path relative to this file"),
        ("..\\..\\green.afx", "a path relative to this file"),
        ("green.afx:stream", "a path relative to this file"),
        ("a" * 300 + ".afx", "at most 255 bytes"),
        ("ä" * 130 + "/green.afx", "at most 255 bytes"),
        ("sub/", "the path of a file"),
        ("..", "the path of a file"),
        (".", "the path of a file"),
    ],
)
def test_paths_that_are_refused(device, tmp_path, path, message):
    file = device(tmp_path)
    file.write_text(file.read_text().replace('"green.afx"', value_text(path)))
    with pytest.raises(PresetError, match=f"^line 8: capture.path: given .*{message}"):
        read_device(file)


@pytest.mark.parametrize("path", ["green.afx", "sub/green.afx", "../beside.afx", "../other/green.afx", "./a.b/c d.nam"])
def test_paths_that_are_allowed(path):
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "name",
    ["CON", "con.afx", "NUL.json", "COM1.afx", "lpt9.tar.afx", "AUX .afx", "COM¹.afx", "CONIN$", "a.", "a ", " a",
     "...", "", "..", ".hidden.afx", "a:b.afx", 'a"b.afx', "a?b.afx", "a|b.afx", "a/b.afx", "a\\b.afx", "x" * 201],
)  # fmt: skip
def test_file_names_that_not_every_system_has(name):
    assert file_name_flaw(name)
    made = portable_name(name)
    assert file_name_flaw(made) == ""
    assert made.endswith((".afx", ".json"))


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_every_system_has(name):
    assert file_name_flaw(portable_name(name)) == ""


def test_good_file_names_stay():
    for name in ("TS9_DriveKnob.json", "a.b.c.afx", "Ämp 1.nam", "console.afx", "com10.afx"):
        assert file_name_flaw(name) == ""
        assert portable_name(name) == name


# What a path in a device file may reach, links followed.


@pytest.fixture
def around(device, tmp_path):
    """A store with a device, beside it a secret capture and a secret text, and a device elsewhere."""
    device(tmp_path / "store" / "green")
    device(tmp_path / "outside" / "brown", name="Brown")
    (tmp_path / "outside" / "secret.txt").write_text("the secret")
    return tmp_path


def pointed_at(around, target):
    """The device's capture as a link to a file outside."""
    link = around / "store" / "green" / "green.afx"
    link.unlink()
    link.symlink_to(target)
    return link


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def told(call, *arguments):
    with pytest.raises(PresetError) as caught:
        call(*arguments)
    return str(caught.value)


def test_an_error_tells_no_files_hash(around):
    secret = around / "outside" / "secret.txt"
    sha256 = hashlib.sha256(secret.read_bytes()).hexdigest()
    store = PresetStore([around / "store"])
    link = pointed_at(around, secret)
    preset = store.list()[0]
    messages = [told(store.find, "Green Overdrive/Clean"), told(store.capture_file, store.device("Green Overdrive"))]
    messages += [told(preset.check_file), told(export_pack, store, ["Green Overdrive"], around / "out.afxpack")]
    link.unlink()
    link.write_bytes(secret.read_bytes())
    messages += [told(store.find, "Green Overdrive/Clean"), told(preset.check_file)]
    assert not any(sha256 in message or "secret" in message for message in messages)
    assert not (around / "out.afxpack").exists()


def test_a_link_out_of_the_store_is_neither_played_nor_packed(around):
    capture = around / "outside" / "brown" / "green.afx"
    link = pointed_at(around, capture)
    file = link.with_name("device.toml")
    known = hashlib.sha256(capture.read_bytes()).hexdigest()
    text = file.read_text()
    start = text.index('sha256 = "')
    file.write_text(text[:start] + f'sha256 = "{known}"' + text[text.index("\n", start) :])
    store = PresetStore([around / "store"])
    assert "leads out of the folders of presets by a link" in told(store.find, "Green Overdrive/Clean")
    assert "is not to be found" in told(export_pack, store, ["Green Overdrive"], around / "out.afxpack")
    assert store.find_capture(known) is None
    (around / "store" / "moved.afx").write_bytes(capture.read_bytes())
    assert store.find("Green Overdrive/Clean").capture_path == around / "store" / "moved.afx"


def test_a_devices_folder_may_be_a_link_but_is_not_emptied(around):
    (around / "store" / "brown").symlink_to(around / "outside" / "brown")
    store, folder = PresetStore([around / "store"]), PresetFolder(around / "store")
    assert store.find("Brown/Clean").read_capture().name == "Brown"
    device = store.device("Brown")
    with folder.locked():
        assert "its folder is a link to one elsewhere" in told(folder.remove_device, device.path, device.capture_path)
        assert "its folder is a link to one elsewhere" in told(folder.remove_preset, device.presets[0])
    assert names_in(around / "outside" / "brown") == ["device.toml", "green.afx"]


def test_removing_touches_nothing_outside(around):
    outside, home = around / "outside", around / "store" / "green"
    (around / "empty").mkdir()
    (home / "link").symlink_to(outside / "brown")
    folder = PresetFolder(around / "store")
    device = PresetStore([around / "store"]).device("Green Overdrive")
    captures = [around / "empty" / "x.afx", home / ".." / ".." / "empty" / "x.afx", home / "link" / "green.afx"]
    for capture in [*captures, outside / "brown" / "green.afx"]:
        text = device.path.read_bytes()
        with folder.locked():
            assert folder.remove_device(device.path, capture) == [device.path]
        assert (around / "empty").is_dir()
        assert (outside / "brown" / "green.afx").is_file()
        device.path.write_bytes(text)
    pointed_at(around, outside / "brown" / "green.afx")
    with folder.locked():  # the link itself goes
        assert folder.remove_device(device.path, home / "green.afx") == [device.path, home / "green.afx"]
    assert (outside / "brown" / "green.afx").is_file()
    assert names_in(home) == ["link"]


def test_a_home_that_is_a_link_is_not_written_into(around):
    (around / "store" / "red").symlink_to(around / "outside")
    store, folder = PresetStore([around / "store"]), PresetFolder(around / "store")
    capture = around / "outside" / "brown" / "green.afx"
    added = add_draft(store, draft_preset(store, Addition("Red", "One", capture)), folder)
    assert added.file.parent.name.startswith("red-")
    assert names_in(around / "outside") == ["brown", "secret.txt"]
