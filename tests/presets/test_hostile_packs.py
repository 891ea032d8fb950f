"""Hostile packs: each is a good one, spoilt in one way; it is refused by name and nothing is ever written."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore, unpack, zip_members
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.install_pack import import_pack
from afxplugin.presets.pack import export_pack
from tests.presets.pack_material import files_in, licensed, store_at
from tests.presets.spoilt_packs import HOSTILE, unpacked


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


def test_two_names_of_one_member_are_refused():
    """As newer interpreters find in a member's extra field, which other programs prefer to the name proper."""
    info = zipfile.ZipInfo("green/a.afx")
    zip_members._check_name(info)
    info.filename = "../evil.afx"
    with pytest.raises(PresetError, match="said to be called '../evil.afx' too: member 'green/a.afx'"):
        zip_members._check_name(info)


class Pipe(io.BytesIO):
    """A target that cannot be gone back in, so that sizes come after the data, as some programs write all packs."""

    def seekable(self):
        return False

    def tell(self):
        raise io.UnsupportedOperation

    def seek(self, *_):
        raise io.UnsupportedOperation


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("target", [io.BytesIO, Pipe])
def test_a_good_pack_zipped_by_another_program_is_read(tmp_path, pack, compression, target):
    buffer = target()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in unpacked(pack).items():
            archive.writestr(name, data)
    (tmp_path / "other.afxpack").write_bytes(buffer.getvalue())
    (device,) = unpack.read_pack(tmp_path / "other.afxpack")
    assert device.device.name == "Green Overdrive"
    assert device.capture


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.afxpack")
    with pytest.raises(PresetError, match="^cannot be read: is a pipe, not a file: "):
        unpack.read_pack(tmp_path / "pipe.afxpack")


def test_what_is_no_file(tmp_path):
    for path, message in [(tmp_path, "is a folder, not a file"), (tmp_path / "gone.afxpack", "No such file")]:
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
