"""No file may take much more memory than its length, nor much more time than reading it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures.bounds import MAX_CONTAINERS, MAX_STRINGS, MAX_VALUES, check_bounds
from afxplugin.captures.document import MAX_BYTES
from afxplugin.captures.formats import parse_capture
from afxplugin.errors import CaptureFormatError

MOST_MB = 400
LENGTH = MAX_BYTES - 1000
NAM = (
    '{"version":"0.5.4","architecture":"LSTM","sample_rate":48000,'
    '"config":{"input_size":1,"hidden_size":3,"num_layers":1},"weights":['
)
# Peak memory of reading a file, in kB above what the program had before: /proc's own mark, since what getrusage says
# of a child may begin with the peak of its parent.
MEASURE = """
import sys, warnings
from afxplugin.captures import read_capture
from afxplugin.errors import AfxError
warnings.simplefilter("ignore")

def peak_kb():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

before = peak_kb()
try:
    read_capture(sys.argv[1])
    told = "read"
except AfxError as error:
    told = error.reason
print(peak_kb() - before, told[:200])
"""


def afx(header: str) -> bytes:
    """A safetensors file of nothing but a header."""
    return len(header.encode()).to_bytes(8, "little") + header.encode()


def inner(text: str) -> bytes:
    """An .afx file with this as its own header."""
    return afx(json.dumps({"__metadata__": {"schema": "1", "afx": text}}))


def repeated(part: str, length: int = LENGTH) -> str:
    return part * (length // len(part))


BOMBS = {
    "strings of which one is long": lambda: NAM + '"a",' * 700_000 + '"' + "x" * 3000 + '"]}',
    "few strings of which one is long": lambda: NAM + '"a",' * 90_000 + '"' + "x" * (8 << 20) + '"]}',
    "empty lists": lambda: NAM + repeated("[],") + "1]}",
    "empty objects": lambda: NAM + repeated("{},") + "1]}",
    "objects in objects": lambda: NAM + repeated('{"a":{"b":1}},') + "1]}",
    "digits": lambda: NAM + repeated("1,") + "1]}",
    "numbers": lambda: NAM + repeated("1.5,") + "1]}",
    "as many numbers as are read": lambda: NAM + "0.1234," * (MAX_VALUES - 10) + '1],"x":"\U0001f600"}',
    "empty strings": lambda: NAM + repeated('"",') + "1]}",
    "keys": lambda: "{" + ",".join(f'"{k:x}":1' for k in range(2_600_000)) + "}",
    "depth": lambda: repeated('{"a":'),
    "long keys in depth": lambda: repeated('{"' + "k" * 4000 + '":'),
    "a number of a million digits": lambda: NAM + "9" * 1_000_000 + "]}",
    "a fraction of 32 million digits": lambda: NAM + "0." + "9" * LENGTH + "]}",
    "escapes": lambda: '{"a":"' + repeated('\\"') + '"}',
    "characters as escapes": lambda: '{"a":"' + repeated("\\u4e00") + '"}',
    "quotation marks": lambda: repeated('"'),
    "one long string, four bytes a character": lambda: '{"a":"' + "x" * LENGTH + '\U0001f600"}',
    "text and numbers": lambda: '{"a":"' + "x" * (15 << 20) + '\U0001f600","b":[' + "1.5," * 2_900_000 + "1]}",
    "UTF-16": lambda: (NAM + "1.5," * (LENGTH // 8) + "1]}").encode("utf-16"),
    "blanks": lambda: " " * (LENGTH - 20) + '{"a":"\U0001f600"}',
    "zeros": lambda: b"\0" * LENGTH,
    "an .afx header of entries": lambda: afx(
        "{" + ",".join(f'"{k:x}":{{"dtype":"F32","shape":[],"data_offsets":[0,0]}}' for k in range(500_000)) + "}"
    ),
    "an .afx header of escapes": lambda: afx('{"__metadata__":{"schema":"1","afx":"' + repeated('\\"') + '"}}'),
    "an .afx shape": lambda: afx('{"a":{"dtype":"F32","shape":[' + "1.5," * 2_900_000 + '1],"data_offsets":[0,0]}}'),
    "eigenvalues that are none": lambda: inner(
        '{"rate_hz":48000,"architecture":{"cell":"lstm","hidden":2},"loop_eigenvalues":{"real":[['
        + '"x",' * 90_000
        + '"x"]],"imag":[]}}'
    ),
    "curves that are none": lambda: inner(
        '{"rate_hz":48000,"architecture":{"cell":"lstm","hidden":2},"maps":[[' + "1.5," * 2_900_000 + "1]]}"
    ),
    "layers that are none": lambda: '{"in_shape":[1],"layers":[' + "1.5," * 2_900_000 + "1]}",
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_peak_memory(tmp_path, name):
    content = BOMBS[name]()
    path = tmp_path / "bomb.nam"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert path.stat().st_size <= MAX_BYTES
    try:
        told = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True, timeout=300
        ).stdout
    finally:
        path.unlink()
    peak_kb, reason = told.split(" ", 1)
    assert not reason.startswith("read")
    assert int(peak_kb) < MOST_MB * 1000, reason


def test_what_is_counted():
    check_bounds(b'{"a": [1, 2, {"b": "[[[,,,"}]}')
    for many in (
        "[" + "1," * (MAX_VALUES + 1) + "1]",
        "[" + "[]," * MAX_CONTAINERS + "1]",
        "[" + '"",' * MAX_STRINGS + '"",""]',
    ):
        with pytest.raises(
            CaptureFormatError, match=r"JSON with more than \d+ (values|lists and objects|texts), the most"
        ):
            check_bounds(many.encode())


@pytest.mark.parametrize("string", ['\\"', "\\\\", '\\\\\\"', "a\\\\", '\\"[{,', "[" * 100, "\\u0022", "," * 5000])
def test_what_is_in_strings_does_not_count(string):
    text = '{"' + string + '": "' + string + '", "b": [[1, 2], {"' + string + '": 3}]}'
    json.loads(text)
    check_bounds(text.encode())
    deep = '{"' + string + '": ' + "[" * 64 + "]" * 64 + "}"
    json.loads(deep)
    with pytest.raises(CaptureFormatError, match="nested deeper than 64 levels"):
        check_bounds(deep.encode())


@pytest.mark.parametrize("at", [(1 << 20) - 2, (1 << 20) - 1, 1 << 20])
def test_strings_across_the_parts_that_are_counted(at):
    text = "{" + " " * (at - 1) + '"[[": "' + "[" * 100 + '", "b": ' + "[" * 63 + "]" * 63 + "}"
    check_bounds(text.encode())
    with pytest.raises(CaptureFormatError, match="nested deeper"):
        check_bounds(text.replace('"b": ', '"b": [').encode())


def test_a_large_real_capture_is_read(documents):
    """128 units in 3 layers with ten digits a weight, and as much training data beside them as 20 MB hold."""
    document = documents.proteus(hidden=128, layers=3)
    document["input_batch"] = np.random.default_rng(1).uniform(-1, 1, 700_000).tolist()
    text = json.dumps(document, indent=1)
    assert 20 << 20 < len(text) < MAX_BYTES
    assert parse_capture(text.encode(), name="x", rate_hz=48000).parameters > 300_000


def test_a_large_wavenet_is_parsed(documents):
    """It is refused for its architecture, and not for its size: 5 MB of weights."""
    document = documents.nam() | {"architecture": "WaveNet", "weights": [0.012345678] * 450_000}
    text = json.dumps(document)
    assert len(text) > 5 << 20
    with pytest.raises(CaptureFormatError, match="NAM architecture 'WaveNet' is not played"):
        parse_capture(text.encode(), name="x")
