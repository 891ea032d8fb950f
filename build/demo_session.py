"""Makes a session of three stems, renders it through factory presets, one of them between other plugins too, and
compares the methods on the guitar.

Usage: demo_session.py OUT. Everything goes below OUT, which is made anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from afxplugin.audio import AudioWriter
from afxplugin.engine.lookup import read_insert
from afxplugin.engine.process import check_installed
from afxplugin.errors import PluginError
from afxplugin.measure import stems

PRESET = "Green Overdrive/Crunch"  # a capture with knobs
BLENDED_PRESET = "Amber Blend/Edge"  # snapshots that are blended
INSERTS = ("--insert-before", "ZamComp", "--insert-after", "ZamVerb")  # Debian's zam-plugins
SECONDS = 12.0
STEMS = (
    ("Guitar DI", stems.guitar_di, 48_000),
    ("Bass DI", stems.bass_di, 96_000),
    ("Drums", stems.drums, 96_000),
)


def write_stems(folder: Path) -> list[Path]:
    """Synthesises the stems: guitar and bass in mono, drums in stereo, at 48 and 96 kHz."""
    folder.mkdir(parents=True)
    paths: list[Path] = []
    for name, synthesise, rate_hz in STEMS:
        audio = synthesise(rate_hz, seconds=SECONDS, seed=1)
        path = folder / f"{name}.wav"
        with AudioWriter(path, rate_hz=rate_hz, channels=audio.x.shape[0], subtype="24") as writer:
            writer.write(audio.x)
        print(f"made {path}: {rate_hz} Hz, {audio.x.shape[0]} channel(s), {SECONDS:g} s")
        paths.append(path)
    return paths


def afx(*arguments: str) -> None:
    """Runs the command line as a user would."""
    print(f"\n$ afx {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "afxplugin", *arguments], check=True)


def missing_for_inserts() -> str | None:
    """What this machine lacks for the inserts, in words."""
    try:
        check_installed()
        for name in INSERTS[1::2]:
            read_insert(name)
    except PluginError as error:
        return str(error)
    return None


def main(out: Path) -> None:
    """Makes, renders, compares, and says where to look and listen."""
    shutil.rmtree(out, ignore_errors=True)
    paths = write_stems(out / "stems")
    afx("render", *map(str, paths[:2]), "--preset", PRESET, "--out", str(out / "rendered"))
    afx("render", str(paths[0]), str(paths[2]), "--preset", BLENDED_PRESET, "--set", "drive=3.5",
        "--out", str(out / "rendered"))  # fmt: skip
    if (problem := missing_for_inserts()) is None:
        afx("render", str(paths[0]), "--preset", PRESET, *INSERTS, "--out", str(out / "in a graph"))
    else:
        print(f"\nNo render between other plugins: {problem}")
    afx("compare", str(paths[0]), "--preset", PRESET, "--rates", "48000,96000", "--out", str(out / "compared"))
    places = {"Stems": "stems", "Rendered": "rendered", "In a graph": "in a graph", "Comparison": "compared"}
    print("\n" + "\n".join(f"{what:<13} {out / folder}" for what, folder in places.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
