"""Brings the factory devices up to date with their captures: hashes, loudness calibrations, presets/README.md.

    .venv/bin/python build/factory_presets.py           # after training, or after a change to a device.toml
    .venv/bin/python build/factory_presets.py --check   # writes nothing; exit status 1 where something is out of date

What a person wrote into presets/*/device.toml stays; the sha256 of the capture and the calibration of each preset are
put there, so that all presets are as loud as each other on the reference DI.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from afxplugin.captures import AnyCapture, CaptureBlend, read_capture
from afxplugin.presets.device_file import Device, read_device
from afxplugin.presets.knob_map import with_knob_maps
from afxplugin.presets.toml_file import read_document
from afxplugin.render.calibration import TARGET_LUFS, calibration_gain_db

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESETS = Path(__file__).resolve().parents[1] / "presets"


@dataclass(frozen=True)
class Factory:
    """A device of the factory as its files have it."""

    device: Device
    capture: AnyCapture
    bytes: int


def refreshed(file: Path) -> str:
    """The device.toml with the capture's hash and the presets' calibrations as they are now."""
    content = read_document(file, "device")
    device = read_device(file)
    capture = with_knob_maps(read_capture(device.capture_path), device.knob_maps)
    document = tomlkit.parse(file.read_text(encoding="utf-8"))
    put_value(document["capture"], "sha256", hashlib.sha256(device.capture_path.read_bytes()).hexdigest())
    for table, preset in zip(document["preset"], content["preset"], strict=True):
        for key, gain_db in calibrated(preset, capture).items():
            put_value(table, key, gain_db)
    return document.as_string()


def put_value(table: Any, key: str, value: object) -> None:
    """Change a value of a table only where it is another, so that it stays as it is written."""
    if table.get(key) != value:
        table[key] = value


def calibrated(preset: dict[str, Any], capture: AnyCapture) -> dict[str, float]:
    """The calibration of a preset and its output gain; what this is beyond the calibration stays."""
    gain_db = calibration_gain_db(
        capture, knobs=preset["knobs"], input_gain_db=preset["input_gain_db"], mix=preset["mix"]
    )
    trim_db = preset["output_gain_db"] - preset["calibration_gain_db"]
    return {"output_gain_db": round(trim_db + gain_db, 2), "calibration_gain_db": gain_db}


def readme(factories: list[Factory]) -> str:
    """The text of presets/README.md."""
    kilobytes = sum(each.bytes for each in factories) / 1000
    lines = [
        "# Factory presets",
        "",
        f"{len(factories)} devices, {kilobytes:.0f} kB of captures. `build/factory_presets.py` makes this page of the "
        "files beside it.",
        "",
        "A folder holds a device: `device.toml` (what it is, its knobs and presets; `afx preset schema` prints the",
        f"schema) and its capture. All presets have {TARGET_LUFS:g} LUFS on a reference DI that the program makes.",
        f'To play one: `afx render STEM --preset "{factories[0].device.presets[0].label}"`.',
    ]
    for each in factories:
        lines += ["", *described(each)]
    return "\n".join(lines) + "\n"


def described(factory: Factory) -> list[str]:
    """The section of one device."""
    device, capture = factory.device, factory.capture
    knobs = "; ".join(f"{each.name} {each.low:g} to {each.high:g}" for each in capture.controls)
    return [
        f"## {device.name}",
        "",
        f"{device.description}. Licence {device.licence}.",
        "",
        "| preset | knobs | output gain | for |",
        "|---|---|---|---|",
        *(
            f"| {preset.name} | {', '.join(f'{name} {at:g}' for name, at in preset.knobs.items())} "
            f"| {preset.output_gain_db:+.2f} dB | {preset.description} |"
            for preset in device.presets
        ),
        "",
        f"- Knobs: {knobs}.",
        f"- Capture: {network(capture)}, {capture.parameters} parameters, {capture.rate_hz} Hz, "
        f"{factory.bytes / 1000:.0f} kB, sha256 `{device.capture_sha256[:16]}…`.",
        f"- Error (ESR) against the simulated device, on audio that training never heard: {error(capture.training)} "
        "(`python -m afxplugin.train.evaluate`).",
    ]


def network(capture: AnyCapture) -> str:
    """What a capture is made of."""
    shape = capture.architecture
    name = f"{shape.cell.upper()}-{shape.hidden}"
    if not isinstance(capture, CaptureBlend):
        return name
    control = capture.controls[0]
    (low, low_at), (high, high_at) = control.breakpoints[0], control.breakpoints[-1]
    places = (low + (at - low_at) * (high - low) / (high_at - low_at) for at in capture.axes[0])
    return f"{len(capture.snapshots)} snapshots, {name} each, at {control.name} {', '.join(f'{at:g}' for at in places)}"


def error(training: Mapping[str, object]) -> str:
    """What training measured, in words."""
    told = f"{percent(training['esr'])} at the worst of Drive 0, 2.5, 5, 7.5 and 10"
    return f"{told}, {percent(training['esr_between'])} half way between" if "esr_between" in training else told


def percent(share: object) -> str:
    """A share in percent, to hundredths."""
    return f"{100.0 * float(str(share)):.2f} %"


def main() -> int:
    """Write, or check, all files of the factory."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say what is not up to date")
    check = parser.parse_args().check
    files = sorted(PRESETS.glob("*/device.toml"), reverse=True)
    stale = [file for file in files if not put(file, refreshed(file), check=check)]
    factories = [
        Factory(device, read_capture(device.capture_path), device.capture_path.stat().st_size)
        for device in map(read_device, files)
    ]
    if not put(PRESETS / "README.md", readme(factories), check=check):
        stale.append(PRESETS / "README.md")
    for file in stale:
        print(f"{file} {'is not up to date' if check else 'written'}")
    return 1 if stale and check else 0


def put(file: Path, text: str, *, check: bool) -> bool:
    """Whether the file has this text already; if not it gets it, unless only checked."""
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return True
    if not check:
        file.write_text(text, encoding="utf-8")
    return False


if __name__ == "__main__":
    sys.exit(main())
