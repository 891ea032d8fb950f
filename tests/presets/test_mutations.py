"""Damaged device files read as something sound or raise PresetError, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.errors import PresetError
from afxplugin.presets import read_device

VALUES = ["", "1979-05-27", "nan", "-inf", "true", "[]", "[[1]]", "{}", '"\\u0000"', "'''", "0x10", "1e400", "9" * 5000]


@pytest.fixture(scope="session")
def intact(device, tmp_path_factory):
    file = device(tmp_path_factory.mktemp("mutations"))
    return file.read_bytes(), file


def check(file, data):
    file.write_bytes(data)
    device, problem = None, ""
    try:
        device = read_device(file)
    except PresetError as error:
        problem = str(error)
    if device is None:
        assert problem.endswith(f": {file}")
    else:
        assert device.presets
        assert all(0.0 <= preset.mix <= 1.0 for preset in device.presets)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_bytes(intact, data):
    octets, file = bytearray(intact[0]), intact[1]
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    check(file, bytes(octets[: data.draw(st.integers(0, len(octets)))]))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_lines(intact, data):
    lines, file = intact[0].decode().splitlines(), intact[1]
    at = data.draw(st.integers(0, len(lines) - 1))
    key = lines[at].partition("=")[0]
    value = data.draw(st.sampled_from(VALUES))
    lines[at] = data.draw(st.sampled_from(["", lines[at] + "\n" + lines[at], f"{key} = {value}", f"x = {value}"]))
    check(file, "\n".join(lines).encode())
