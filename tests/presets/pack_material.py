"""What tests of packs share: a store in a folder, a device whose capture states a licence, the files of a folder."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from afxplugin.captures import Origin, read_capture, write_afx
from afxplugin.presets import PresetStore
from afxplugin.presets.index import Index


def store_at(tmp_path, name):
    (tmp_path / name).mkdir(exist_ok=True)
    return PresetStore([tmp_path / name], index=Index(tmp_path / "index.sqlite"))


def licensed(device, folder, licence, **names):
    """A device whose capture states this licence."""
    file = device(folder, **names)
    capture = folder / "green.afx"
    write_afx(capture, replace(read_capture(capture), origin=Origin("afx", licence=licence, link="https://x.org/y")))
    text = file.read_text().replace('licence = "CC0-1.0"', "")
    known = hashlib.sha256(capture.read_bytes()).hexdigest()
    start = text.index('sha256 = "')
    file.write_text(text[:start] + f'sha256 = "{known}"' + text[text.index("\n", start) :])
    return file


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
