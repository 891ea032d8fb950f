"""Hostile packs: each is a good one, spoilt in one way, with what its refusal must say."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import unicodedata
import zipfile

from afxplugin.presets.toml_text import value_text


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


def changed_at(signature, offset, form, value, *, last=False):
    """The first (or last) header of this signature says something else."""

    def spoil(files):
        data = bytearray(zipped(files))
        at = data.rindex(signature) if last else data.index(signature)
        struct.pack_into(form, data, at + offset, value)
        return bytes(data)

    return spoil


def other_local_name(files):
    data = zipped(files)
    return data.replace(b"manifest.json", b"manifesX.json", 1)


def shifted(data, at, more):
    """``data`` with bytes put in before a place where a header or the directory begins; later offsets follow."""
    entries = data.index(b"PK\1\2")
    out = bytearray(data[:at] + more + data[at:])
    here = entries + len(more)
    while out.startswith(b"PK\1\2", here):
        name, extra, comment = struct.unpack_from("<3H", out, here + 28)
        (offset,) = struct.unpack_from("<L", out, here + 42)
        if offset >= at:
            struct.pack_into("<L", out, here + 42, offset + len(more))
        here += 46 + name + extra + comment
    struct.pack_into("<L", out, len(out) - 6, entries + len(more))
    return bytes(out)


def gap(files):
    data = zipped(files)
    return shifted(data, data.index(b"PK\3\4", 4), b"\0" * 7)


def hidden_member(files):
    """A whole member that the directory does not name."""
    data = zipped(files)
    more = zipped({"green/hidden.afx": b"x" * 10})
    return shifted(data, data.index(b"PK\1\2"), more[: more.index(b"PK\1\2")])


def with_mode(mode, dos=0):
    def spoil(files):
        info = zipfile.ZipInfo(capture_file(files))
        info.external_attr = mode << 16 | dos
        return zipped(files, {info.filename: info})

    return spoil


def bad_crc(files):
    """The same wrong sum before the data and in the directory."""
    data = bytearray(zipped(files))
    struct.pack_into("<L", data, data.index(b"PK\3\4") + 14, 7)
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 16, 7)
    return bytes(data)


def both_spellings(files):
    """Two files of one name, in the two ways in which Unicode writes it."""
    both = {f"green/{unicodedata.normalize(form, 'ä')}.afx": b"{}" for form in ("NFC", "NFD")}
    return zipped(manifest({**files, **both}))


def twin_devices(files):
    """A second device whose name differs from the first one's in its spelling only."""
    name = device_file(files)
    text = files[name].decode()
    twin = {"g2/device.toml": text.replace("Green Overdrive", unicodedata.normalize("NFD", "grün")).encode()}
    first = {**files, name: text.replace("Green Overdrive", "Grün").encode()}

    def change(document):
        (device,) = document["devices"]
        device["name"] = "Grün"
        other = {**device, "name": unicodedata.normalize("NFD", "grün"), "file": "g2/device.toml"}
        document["devices"].append({**other, "capture": {**device["capture"], "file": None}})

    return zipped(manifest({**first, **twin}, change))


def with_path(path):
    """The device.toml and the manifest agree on a bad name of the capture."""

    def spoil(files):
        name, capture = device_file(files), capture_file(files)
        text = files[name].decode().replace('"green.afx"', value_text(path))
        folder = name.rpartition("/")[0]
        moved = {key: data for key, data in files.items() if key != capture}
        changed = {**moved, name: text.encode(), f"{folder}/{path}": files[capture]}
        return zipped(manifest(changed, lambda d: d["devices"][0]["capture"].update(file=f"{folder}/{path}")))

    return spoil


def big_manifest(files):
    return zipped({**files, "manifest.json": b'{"a": [' + b"[]," * (1 << 20) + b"[]]}"}, compression=zipfile.ZIP_STORED)


def key_of_many_parts(files):
    name = device_file(files)
    return zipped(manifest({**files, name: b"a" + b".a" * 998 + b" = 1\n" + files[name]}))


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
    ("manifest deep", lambda f: zipped({**f, "manifest.json": b"[" * 9_000}), "JSON object: member 'manifest.json'"),
    ("manifest newer", with_manifest(lambda d: d.update(schema=2)), "schema 2, made by a newer version"),
    ("manifest without schema", with_manifest(lambda d: d.pop("schema")), "schema None; schema 1 is read"),
    ("manifest wrong", with_manifest(lambda d: d.update(devices=7)), "devices: Input should be .*: member 'mani"),
    ("no devices", with_manifest(lambda d: d.update(devices=[])), "devices: List should have at least 1"),
    ("wrong hash", with_manifest(wrong_hashes), "differs from its"),
    ("unlisted", lambda f: zipped({**f, "green/x.afx": b"x"}), "not in its manifest: member 'green/x.afx'"),
    ("missing", with_manifest(missing_file), "but not in it"),
    ("owned by nobody", with_member("green/x.afx"), "belongs to no device: member 'green/x.afx'"),
    ("device twice", with_manifest(lambda d: d["devices"].append(d["devices"][0])), "given twice"),
    ("capture as device", with_manifest(capture_as_device), "twice|belongs"),
    ("another name", with_manifest(lambda d: d["devices"][0].update(name="Purple")), "another name or capture"),
    ("device newer", with_text("schema = 2", "schema = 3"), "schema: given 3; schemas 1 and 2 are read"),
    ("device path", with_text('path = "green.afx"', 'path = "../../green.afx"'), "leads out of the folder"),
    ("device absolute", with_text('path = "green.afx"', 'path = "/etc/green.afx"'), "line 7: capture.path: given"),
    ("device key", with_text("mix = 0.75", 'mix = 0.75\nrun = "rm"'), "preset.1.run: given 'rm'; Extra inputs"),
    ("device knob", with_text("Drive = 6.5", "Volume = 1"), "does not have it; it has Drive"),
    ("device knob range", with_text("Drive = 6.5", "Drive = 1e300"), "allowed 0 to 10"),
    ("device not UTF-8", lambda f: zipped(manifest({**f, device_file(f): b"\xff"})), "not UTF-8"),
    ("another capture", replaced_capture, "not the capture of 'Green Overdrive', its sha256"),
    ("no capture", not_a_capture, ": member '.*green.afx'"),
    ("windows device", with_member("green/CON.afx"), "a name that Windows keeps for a device: member 'green/CON.afx'"),
    ("windows device's folder", with_member("nul/x.afx"), "a name that Windows keeps"),
    ("windows device, suffixes", with_member("green/com1.tar.json"), "a name that Windows keeps"),
    ("trailing dot", with_member("green./x.afx"), "ends with a dot or space"),
    ("trailing space", with_member("green /x.afx"), "ends with a dot or space"),
    ("star", with_member("green/*.afx"), "which not every system allows"),
    ("right to left", with_member("green/a\u202excod.afx"), r"U\+202E, changes the direction of text"),
    ("isolate", with_member("green/a\u2066b.afx"), r"U\+2066"),
    ("invisible", with_member("green/a\u200bb.afx"), r"U\+200B, an invisible character"),
    ("blank letter", with_member("green/a\u3164b.afx"), r"U\+3164"),
    ("newline", with_member("green/a\nb.afx"), r"U\+000A, a control character"),
    ("300 characters", with_member(f"green/{'x' * 300}.afx"), "a name of more than 300 bytes"),
    ("250 characters", with_member(f"green/{'x' * 250}.afx"), "a file name of more than 200 bytes"),
    ("both spellings", both_spellings, "given twice, or in another spelling"),
    ("devices in both spellings", twin_devices, "in another spelling"),
    ("device right to left", with_text('name = "Green Overdrive"', 'name = "Green\u202eOverdrive"'), r"U\+202E"),
    ("device of two lines", with_text('name = "Green Overdrive"', 'name = "Green\\nOverdrive"'), r"U\+000A"),
    ("preset right to left", with_text('"Crunch"', '"Cr\u2067unch"'), r"preset.1.name: given .* U\+2067"),
    ("knob of two lines", with_text("Drive = 6.5", '"Dri\\nve" = 6.5'), r"preset.1.knobs.Dri\\nve.*U\+000A"),
    ("capture as CON", with_path("CON.afx"), "Windows keeps for a device"),
    ("capture as device.toml", with_text('"green.afx"', '"device.toml"'), "no suffix of a capture"),
    ("capture as preset.toml", with_text('"green.afx"', '"preset.toml"'), "no suffix of a capture"),
    ("capture hidden", with_text('"green.afx"', '".green.afx"'), "the name of a hidden file"),
    ("capture of 300 characters", with_text('"green.afx"', f'"{"x" * 300}.afx"'), "capture.path: given .*255 bytes"),
    ("capture of 220 characters", with_text('"green.afx"', f'"{"x" * 220}.afx"'), "capture.path: given .*200 bytes"),
    ("capture of two lines", with_text('"green.afx"', '"gr\\neen.afx"'), r"capture.path: given .*U\+000A"),
    ("capture elsewhere", with_text('"green.afx"', '"../green.afx"'), "a bare name is needed"),
    ("capture of another name", with_text('"green.afx"', '"blue.afx"'), "but the manifest has"),
    ("key of many parts", key_of_many_parts, "a key of more than 16 parts"),
    ("nested toml", with_text("schema = 2", f"schema = 2\nx = {'[' * 50}{']' * 50}"), "nested deeper than 16"),
    ("big manifest", big_manifest, "at most 1048576 are allowed: member 'manifest.json'"),
    ("wrong crc", bad_crc, "not a sound zip file: Bad CRC-32"),
    ("crc before the data", changed_at(b"PK\3\4", 14, "<L", 7), "its header differs from the directory"),
    ("packed size before the data", changed_at(b"PK\3\4", 18, "<L", 7), "its header differs"),
    ("size before the data", changed_at(b"PK\3\4", 22, "<L", 7), "its header differs"),
    ("method before the data", changed_at(b"PK\3\4", 8, "<H", 0), "its header differs"),
    ("encrypted before the data", changed_at(b"PK\3\4", 6, "<H", 1), "its header differs"),
    ("descriptor before the data", changed_at(b"PK\3\4", 6, "<H", 8), "its header differs"),
    ("name before the data", other_local_name, "differs|differ"),
    ("packed size in the directory", changed_at(b"PK\1\2", 20, "<L", 7), "its header differs|where the member before"),
    ("offset in the directory", changed_at(b"PK\1\2", 42, "<L", 3, last=True), "not where the member before it ends"),
    ("gap", gap, "not where the member before it ends"),
    ("hidden member", hidden_member, "something is between its members and its directory"),
    ("several disks", changed_at(b"PK\5\6", 4, "<H", 1), "a part of one in several files"),
    ("counts differ", changed_at(b"PK\5\6", 8, "<H", 1), "a part of one in several files"),
    ("pipe", with_mode(0o010644), "no plain file, not allowed"),
    ("device node", with_mode(0o020644), "no plain file, not allowed"),
    ("folder by mode", with_mode(0o040755), "no plain file, not allowed"),
    ("folder by attribute", with_mode(0o100644, dos=0x10), "no plain file, not allowed"),
    ("lzma", lambda files: zipped(files, compression=zipfile.ZIP_LZMA), "packed in another way than deflate"),
    ("deflate64", changed_at(b"PK\1\2", 10, "<H", 9), "packed in another way than deflate"),
]  # fmt: skip
