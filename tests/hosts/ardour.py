"""Ardour without a screen: sessions are made by a script, given their audio in their XML, saved again, exported."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.hosts.conftest import Block

SUPERCLOCK_HZ = 282_240_000  # of Ardour's audio time: divisible by every session rate
NAME = "session"
SCRIPTS = Path(__file__).parent


@dataclass(frozen=True)
class Ardour:
    """The programs of Debian's package, run with a home of their own, where plugins and presets are installed."""

    home: Path
    library: Path
    data: Path

    def run(self, *command: str | Path, timeout_s: float = 60.0) -> str:
        """What the program printed; fails with it."""
        environment = dict(
            os.environ,
            HOME=str(self.home),
            XDG_CONFIG_HOME=str(self.home / ".config"),
            XDG_CACHE_HOME=str(self.home / ".cache"),
            LD_LIBRARY_PATH=str(self.library),
            ARDOUR_DLL_PATH=str(self.library),
            ARDOUR_DATA_PATH=str(self.data),
            ARDOUR_CONFIG_PATH="/etc/ardour7",
            VAMP_PATH=str(self.library / "vamp"),
        )
        environment.pop("DISPLAY", None)
        done = subprocess.run(
            [str(part) for part in command],
            env=environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def scan(self, bundle: Path) -> None:
        self.run(self.library / "ardour-vst3-scanner", "-f", bundle)

    def lua(self, script: str, *arguments: object) -> str:
        return self.run(self.library / "luasession", SCRIPTS / script, *map(str, arguments))

    def export(self, folder: Path, target: Path) -> Block:
        """The session's master bus, (2, frames).

        About one export in thirty never starts: Ardour's main thread waits for its butler in start_audio_export, the
        butler for a lock in butler_transport_work, and none of its threads is in a plugin. So it gets three tries.
        """
        command = ("ardour7-export", "-b", "float", "-o", target, folder, NAME)
        for timeout_s in (20.0, 20.0, 60.0):
            try:
                self.run(*command, timeout_s=timeout_s)
                break
            except subprocess.TimeoutExpired:
                if timeout_s == 60.0:
                    raise
        return np.ascontiguousarray(sf.read(target, dtype="float32", always_2d=True)[0].T)


def find_ardour(home: Path) -> Ardour:
    """Ardour 7 as Debian packages it; skips where it is absent."""
    if shutil.which("ardour7-export") is None or shutil.which("dpkg") is None:
        pytest.skip("Ardour 7 is not installed (Debian: ardour)")
    packages = ["ardour", "ardour-data"]
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=False).stdout.splitlines()
    library = next(Path(p).parent for p in listed if p.endswith("/luasession"))
    data = next(Path(p) for p in listed if p.endswith("share/ardour7"))
    return Ardour(home, library, data)


def add_audio(folder: Path, x: Block, rate_hz: int) -> None:
    """Puts (channels, frames) on every track from frame 0, and the end of the session a little beyond them."""
    file = folder / f"{NAME}.ardour"
    tree = ET.parse(file)
    root = tree.getroot()
    ids = itertools.count(int(root.get("id-counter", "0")) + 1)

    def add(parent: str, tag: str, **attributes: str) -> str:
        place = root.find(parent)
        assert place is not None, parent
        identity = str(next(ids))
        ET.SubElement(place, tag, {"id": identity, **{k.replace("_", "-"): v for k, v in attributes.items()}})
        return identity

    audio = folder / "interchange" / NAME / "audiofiles"
    audio.mkdir(parents=True, exist_ok=True)
    length = x.shape[1] * SUPERCLOCK_HZ // rate_hz
    sources: dict[str, str] = {}
    for channel, samples in enumerate(x):
        name = f"in-{channel}.wav"
        sf.write(audio / name, samples, rate_hz, subtype="FLOAT")
        identity = add("Sources", "Source", name=name, type="audio", flags="", channel="0", origin="", gain="1")
        sources |= {f"source-{channel}": identity, f"master-source-{channel}": identity}
    for playlist in root.findall("Playlists/Playlist"):
        region = {"name": "in.1", "type": "audio", "start": "a0", "length": f"a{length}@a0", "channels": str(len(x))}
        region |= {"muted": "0", "opaque": "1", "first-edit": "nothing", "scale-amplitude": "1"}
        region |= {"default-fade-in": "0", "default-fade-out": "0", "fade-in-active": "0", "fade-out-active": "0"}
        ET.SubElement(playlist, "Region", {**region, **sources, "id": str(next(ids))})
    end = length + SUPERCLOCK_HZ // 10
    add("Locations", "Location", name="session", start="a0", end=f"a{end}", flags="IsSessionRange", locked="0", cue="0")
    root.set("id-counter", str(next(ids)))
    tree.write(file)
