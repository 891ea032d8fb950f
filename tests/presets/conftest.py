"""Generated device folders: a small capture and the device.toml that names it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afxplugin.captures import Architecture, Capture, Control, write_afx
from afxplugin.captures.weights import weight_shapes
from afxplugin.presets.pack import export_pack
from tests.presets.pack_material import licensed, store_at

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = """\
schema = 1

[device]
name = "{name}"
licence = "CC0-1.0"

[capture]
path = "{path}"
sha256 = "{sha256}"

[[preset]]
name = "Clean"

[[preset]]
name = "Crunch"
knobs = {{ Drive = 6.5 }}
input_gain_db = -3
output_gain_db = 1.5
mix = 0.75
method = "cidl"
oversampling = 4
filters = "low-latency"
"""


def write_device(folder: Path, *, name: str = "Green Overdrive", path: str = "green.afx") -> Path:
    """Write a device with one knob and two presets into ``folder`` and return its device.toml."""
    architecture = Architecture("lstm", hidden=2, inputs=2)
    draw = np.random.default_rng(6)
    control = Control("Drive", high=10.0, default=5.0, breakpoints=((0.0, 0.0), (10.0, 1.0)))
    weights = {
        key: draw.standard_normal(shape).astype(np.float32) for key, shape in weight_shapes(architecture).items()
    }
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    write_afx(folder / path, Capture(name, architecture, weights, rate_hz=44100, controls=(control,)))
    sha256 = hashlib.sha256((folder / path).read_bytes()).hexdigest()
    file = folder / "device.toml"
    file.write_text(DEVICE.format(name=name, path=path, sha256=sha256), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def device() -> Any:
    return write_device


@pytest.fixture
def pack(device: Any, tmp_path: Path) -> Path:
    """A good pack of one device with its capture."""
    licensed(device, tmp_path / "from" / "green", "CC-BY-4.0")
    export_pack(store_at(tmp_path, "from"), ["green overdrive"], tmp_path / "good.afxpack")
    return tmp_path / "good.afxpack"
