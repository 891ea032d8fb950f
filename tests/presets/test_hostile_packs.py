"""Hostile packs: each is a good one, spoilt in one way; it is refused by name and nothing is ever written."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore, unpack
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.install_pack import import_pack
from afxplugin.presets.pack import export_pack
from tests.presets.pack_material import files_in, licensed, store_at


def unpacked(pack):
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files, infos=None, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files if isinstance(files, list) else files.items():
            archive.writestr((infos or {}).get(name, name), data)
    return buffer.getvalue()


def manifest(files, change=None):
    """The files with the manifest changed by ``change(document)``, if any, the hashes of all others as they are."""
    document = json.loads(files["manifest.json"])
    document["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
        if name != "manifest.json"
    }
    if change:
        change(document)
    return {**files, "manifest.json": json.dumps(document).encode()}


def with_member(name):
    def spoil(files):
        return zipped(manifest({**files, name: b"{}"}))

    return spoil


def device_file(files):
    return next(name for name in files if name.endswith("device.toml"))


def capture_file(files):
    return next(name for name in files if name.endswith(".afx"))


def with_text(old, new):
    def spoil(files):
        name = device_file(files)
        assert old in files[name].decode()
        return zipped(manifest({**files, name: files[name].decode().replace(old, new).encode()}))

    return spoil


def with_manifest(change):
    return lambda files: zipped(manifest(files, change))


def symlink(files):
    name = capture_file(files)
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return zipped(manifest({**files, name: b"/etc/passwd"}), {name: info})


def nul_in_name(files):
    data = zipped(manifest({**files, "green-X/aX.afx": b"{}"}))
    return data.replace(b"green-X/aX.afx", b"green-X/a\0.afx")


def encrypted(files):
    data = bytearray(zipped(files))
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    return bytes(data)


def lying_size(files):
    """The directory says that a member is small, the data say otherwise."""
    data = bytearray(zipped(files))
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<L", data, at + 24, 10)
    return bytes(data)


def bomb(files):
    return zipped(manifest({**files, capture_file(files): bytes(30 << 20)}))


def many(files):
    more = {f"green/{k}.afx": b"" for k in range(1200)}
    return zipped(manifest({**files, **more}), compression=zipfile.ZIP_STORED)


def many_hidden(files):
    """More members than the end record counts."""
    data = bytearray(many(files))
    struct.pack_into("<HH", data, len(data) - 14, 3, 3)
    return bytes(data)


def zip64(files):
    data = zipped(files)
    return data[:-22] + struct.pack("<4sLQL", b"PK\6\7", 0, len(data) - 22, 1) + data[-22:]


def overlapping(files):
    """Two directory entries over the same bytes, as the densest bombs have them."""
    data = zipped(files)
    start = data.index(b"PK\1\2")
    entries = data[start:-22]
    first = entries[: entries.index(b"PK\1\2", 4)]
    end = bytearray(data[-22:])
    struct.pack_into("<HHL", end, 8, len(files) + 1, len(files) + 1, len(entries) + len(first))
    return data[:start] + entries + first + bytes(end)


def replaced_capture(files):
    name = capture_file(files)
    return zipped(manifest({**files, name: files[name][:-4] + b"\0\0\0\0"}))


def not_a_capture(files):
    """Every hash is right, but what they are of is no capture."""
    data = b'{"model_data": {}}'
    sha256 = hashlib.sha256(data).hexdigest()
    name = device_file(files)
    old = json.loads(files["manifest.json"])["devices"][0]["capture"]["sha256"]
    changed = {**files, capture_file(files): data, name: files[name].replace(old.encode(), sha256.encode())}
    return zipped(manifest(changed, lambda d: d["devices"][0]["capture"].update(sha256=sha256)))


def constant(data):
    return lambda _: data


def oversized(find, size):
    return lambda files: zipped(manifest({**files, find(files): bytes(size)}))


def wrong_hashes(document):
    for file in document["files"].values():
        file["sha256"] = "0" * 64


def missing_file(document):
    document["files"]["g/x.afx"] = {"sha256": "0" * 64, "bytes": 1}


def capture_as_device(document):
    document["devices"][0]["file"] = document["devices"][0]["capture"]["file"]


HOSTILE = [
    ("traversal", with_member("../../evil.afx"), "leads out of the pack: member '../../evil.afx'"),
    ("traversal inside", with_member("green/../../evil.afx"), "leads out of the pack"),
    ("absolute", with_member("/tmp/evil.afx"), "an absolute path, or .*: member '/tmp/evil.afx'"),
    ("drive", with_member("C:/evil.afx"), "an absolute path, or one of another system, .*'C:/evil.afx'"),
    ("backslash", with_member("..\\evil.afx"), "an absolute path, or one of another system"),
    ("nul", nul_in_name, "a name with U.0000, a control character"),
    ("hidden", with_member("green/.bashrc.json"), "has no place in a pack"),
    ("deep", with_member("a/b/c.afx"), "has no place in a pack"),
    ("executable", with_member("green/run.sh"), "has no place in a pack; .*: member 'green/run.sh'"),
    ("a folder", with_member("green/"), "has no place in a pack"),
    ("symlink", symlink, "a symbolic link, not allowed"),
    ("twice", lambda files: zipped([*files.items(), (capture_file(files), b"")]), "given twice"),
    ("twice in another case", with_member("GREEN-OVERDRIVE-E5C03D8D/Green.AFX"), "given twice"),
    ("bomb", bomb, "as no capture packs"),
    ("too many", many, r"1203 members; a pack has at most 1000"),
    ("too many, hidden", many_hidden, "sound zip file|members"),
    ("lying size", lying_size, "its header differs from the directory"),
    ("overlapping", overlapping, "not a sound zip file|given twice"),
    ("zip64", zip64, "ZIP64"),
    ("encrypted", encrypted, "encrypted, or packed in another way"),
    ("bzip2", lambda files: zipped(files, compression=zipfile.ZIP_BZIP2), "packed in another way than deflate"),
    ("oversized toml", oversized(device_file, 2 << 20), "at most 1048576"),
    ("oversized capture", oversized(capture_file, 33 << 20), "at most 335"),
    ("truncated", lambda files: zipped(files)[:-30], "truncated, or with something after its end"),
    ("appended", lambda files: zipped(files) + b"more", "truncated, or with something after its end"),
    ("prefixed", lambda files: b"MZ" + zipped(files), "not a zip file"),
    ("not a zip", constant(b"hello " * 20), "not a pack: not a zip file"),
    ("empty", constant(b""), "not a pack: not a zip file"),
    ("no members", constant(zipped({})), "it has no manifest.json"),
    ("no manifest", lambda f: zipped({k: v for k, v in f.items() if k != "manifest.json"}), "it has no manifest.json"),
    ("manifest not JSON", lambda f: zipped({**f, "manifest.json": b"{"}), "not readable as a JSON object"),
    ("manifest deep", lambda f: zipped({**f, "manifest.json": b"[" * 9_000}), "not readable as a JSON object: member 'manifest.json'"),
    ("manifest newer", with_manifest(lambda d: d.update(schema=2)), "schema 2, made by a newer version"),
    ("manifest without schema", with_manifest(lambda d: d.pop("schema")), "schema None; schema 1 is read"),
    ("manifest wrong", with_manifest(lambda d: d.update(devices=7)), "devices: Input should be .*: member 'manifest.json'"),
    ("no devices", with_manifest(lambda d: d.update(devices=[])), "devices: List should have at least 1"),
    ("wrong hash", with_manifest(wrong_hashes), "differs from its"),
    ("unlisted", lambda f: zipped({**f, "green/x.afx": b"x"}), "not in its manifest: member 'green/x.afx'"),
    ("missing", with_manifest(missing_file), "but not in it"),
    ("owned by nobody", with_member("green/x.afx"), "belongs to no device: member 'green/x.afx'"),
    ("device twice", with_manifest(lambda d: d["devices"].append(d["devices"][0])), "given twice"),
    ("capture as device", with_manifest(capture_as_device), "twice|belongs"),
    ("another name", with_manifest(lambda d: d["devices"][0].update(name="Purple")), "another name or capture than in the manifest"),
    ("device newer", with_text("schema = 2", "schema = 3"), "schema: given 3; schemas 1 and 2 are read"),
    ("device path", with_text('path = "green.afx"', 'path = "../../green.afx"'), "leads out of the folder"),
    ("device absolute", with_text('path = "green.afx"', 'path = "/etc/green.afx"'), "line 7: capture.path: given"),
    ("device key", with_text("mix = 0.75", 'mix = 0.75\nrun = "rm"'), "preset.1.run: given 'rm'; Extra inputs"),
    ("device knob", with_text("Drive = 6.5", "Volume = 1"), "does not have it; it has Drive"),
    ("device knob range", with_text("Drive = 6.5", "Drive = 1e300"), "allowed 0 to 10"),
    ("device not UTF-8", lambda f: zipped(manifest({**f, device_file(f): b"\xff"})), "not UTF-8"),
    ("another capture", replaced_capture, "not the capture of 'Green Overdrive', its sha256"),
    ("no capture", not_a_capture, ": member '.*green.afx'"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_hostile_packs_are_named_and_nothing_is_written(tmp_path, pack, spoil, message):
    hostile = tmp_path / "hostile.afxpack"
    hostile.write_bytes(spoil(unpacked(pack)))
    around = files_in(tmp_path)
    target = tmp_path / "to"
    with pytest.raises(PresetError, match=message) as caught:
        import_pack(PresetStore([target]), hostile, PresetFolder(target))
    assert str(caught.value) == f"{caught.value.reason}: {hostile}"
    assert not target.exists()
    assert set(files_in(tmp_path)) == set(around)


def test_what_is_no_file(tmp_path):
    for path, message in [(tmp_path, "not a file"), (tmp_path / "gone.afxpack", "No such file")]:
        with pytest.raises(PresetError, match=message):
            unpack.read_pack(path)


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_PACK_BYTES", 1 << 20)
    with (tmp_path / "x.afxpack").open("wb") as file:
        file.truncate(2 << 20)
    with pytest.raises(PresetError, match="2 MB; a pack has at most 1 MB"):
        unpack.read_pack(tmp_path / "x.afxpack")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_packs_are_sound_or_refused(tmp_path_factory, device, data):
    folder = tmp_path_factory.getbasetemp() / "damaged"
    if not (folder / "good.afxpack").exists():
        licensed(device, folder / "from" / "green", "MIT")
        export_pack(store_at(folder, "from"), ["green overdrive"], folder / "good.afxpack")
    octets = bytearray((folder / "good.afxpack").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    (folder / "bad.afxpack").write_bytes(octets)
    devices, problem = [], ""
    try:
        devices = unpack.read_pack(folder / "bad.afxpack")
    except PresetError as error:
        problem = str(error)
    assert problem.endswith(f": {folder / 'bad.afxpack'}") or devices[0].device.name == "Green Overdrive"
