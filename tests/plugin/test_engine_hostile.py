"""A state that a stranger made cannot end the host: no stack, no memory and no time beyond a bound, no exception."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
import resource
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from afxplugin.captures import AnyCapture
from afxplugin.captures.afx import afx_bytes
from tests.conftest import compile_native
from tests.kernel.networks import make_capture
from tests.plugin.test_engine_safety import DRIVE, sanitized, small_blend  # noqa: F401

HERE = Path(__file__).parent
DEEP = 200_000
MEMORY_BYTES = 1 << 30
MUTATIONS = 400


def state(content: bytes, **changes: object) -> bytes:
    """A state document around an .afx file, which says rightly what the file's sha256 is."""
    entries: dict[str, object] = {"version": 1, "sha256": hashlib.sha256(content).hexdigest()}
    return json.dumps(entries | {"afx": base64.b64encode(content).decode()} | changes).encode()


def container(header: bytes, data: bytes, *, length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


class Parts:
    """An .afx file taken apart, to be put together again with a part that is not as it should be."""

    def __init__(self, capture: AnyCapture) -> None:
        content = afx_bytes(capture)
        length = int.from_bytes(content[:8], "little")
        self.header: dict[str, Any] = json.loads(content[8 : 8 + length])
        self.description: dict[str, Any] = json.loads(self.header["__metadata__"]["afx"])
        self.data = content[8 + length :]

    def state(self, *, described: str | None = None, header: str | None = None) -> bytes:
        """The state with another description (text of JSON), or another header."""
        if described is not None:
            header = json.dumps({**self.header, "__metadata__": {"schema": "1", "afx": described}})
        return state(container((header or json.dumps(self.header)).encode("utf-8", "surrogateescape"), self.data))

    def described(self, key: str, value: str) -> bytes:
        """The state with ``value``, text of JSON, at a key of the description."""
        return self.state(described=spliced(self.description, key, value))

    def tensor(self, key: str, value: str) -> bytes:
        """The state with ``value`` at a key of one tensor's entry."""
        name = next(each for each in self.header if each.endswith("head.weight"))
        return self.state(header=spliced(self.header, name, spliced(self.header[name], key, value)))


def spliced(document: dict[str, Any], key: str, value: str) -> str:
    return json.dumps({**document, key: "@@"}).replace('"@@"', value)


def nested(depth: int, *, closed: bool = True, kind: str = "[") -> str:
    opening, closing = {"[": ("[", "]"), "{": ('{"a":', "}")}[kind]
    return opening * depth + ("1" + closing * depth if closed else "")


PLACES = ("training", "controls", "maps", "architecture", "loop_eigenvalues", "snapshots", "rate_hz", "unknown")
TOO_DEEP = "nested deeper than 64 levels"


def deep_states(parts: Parts) -> list[tuple[bytes, str]]:
    """JSON nested in every place where a reader could look at it, or copy it."""
    found: list[tuple[bytes, str]] = []
    for kind in ("[", "{"):
        value = nested(DEEP, kind=kind)
        found += [(parts.described(place, value), TOO_DEEP) for place in PLACES]
        found += [(parts.tensor(key, value), TOO_DEEP) for key in ("shape", "data_offsets", "dtype", "unknown")]
        found += [(parts.state(header=spliced(parts.header, key, value)), TOO_DEEP) for key in ("unknown", "rec.h0")]
        found += [(parts.state(described=text), TOO_DEEP) for text in (value, nested(DEEP, closed=False, kind=kind))]
        found += [(text.encode(), TOO_DEEP) for text in (value, nested(DEEP, closed=False, kind=kind))]
        found.append((b'{"version": 1, "positions": ' + value.encode() + b"}", TOO_DEEP))
    found.append((parts.described("training", nested(63)), "played"))
    found.append((parts.described("training", nested(64)), TOO_DEEP))
    # Brackets in texts nest nothing, whatever stands before them.
    found.append((parts.described("training", json.dumps({'"\\': '[{"\\\\' * 1000})), "played"))
    return found


def large_states(parts: Parts) -> list[tuple[bytes, str]]:
    """Little text that would become much memory, or long work."""
    found: list[tuple[bytes, str]] = []
    for element, why in (
        ("[]", "262144 arrays"),
        ("{}", "262144 arrays"),
        ('""', "262144 strings"),
        ("1", "4194304 values"),
    ):
        many = "[" + f"{element}," * 5_000_000 + f"{element}]"
        found.append((b'{"version": 1, "moves": ' + many.encode() + b"}", why))
        found.append((parts.described("training", many), why))
    keys = "{" + ",".join(f'"{k}":1' for k in range(400_000)) + "}"
    found.append((parts.described("training", keys), "262144 strings"))
    found.append((b'{"version": 1, "name": "' + b"x" * (48 << 20) + b'"}', "allowed: at most 48 MB"))
    found.append((state(b"\0" * (33 << 20)), "allowed: at most 32 MB"))
    digits = "1" * 5_000_000
    found.append((parts.described("skip", digits), "1000 digits in a row"))
    found.append((b'{"version": ' + digits.encode() + b"}", "1000 digits in a row"))
    found.append((parts.described("maps", json.dumps([[[k, k] for k in range(5_000)]])), "at most 4096"))
    controls = json.dumps([{"name": "x", "low": -3e38, "high": 3e38}])
    found.append((parts.described("controls", controls), "its range is not finite"))
    rows = json.dumps({"real": [[0.5] * 1000] * 200, "imag": [[0.1] * 1000] * 200})
    found.append((parts.described("loop_eigenvalues", rows), "played"))
    return found


NUMBERS = (
    "1e999", "-1e999", "1e308", "1e39", "-1", "0", "0.5", "18446744073709551616", "9223372036854775808", "2147483648",
    "4294967297", "1e-400", "NaN", "Infinity", "null", "true", '"1"', "[]", "{}",
)  # fmt: skip


def odd_states(parts: Parts) -> list[tuple[bytes, str]]:
    """Numbers beyond every type, lengths that point elsewhere, keys given twice, text that is none."""
    header = json.dumps(parts.header).encode()
    lengths = [2**64 - 1, 2**63, 2**32, len(header) + len(parts.data) + 1, len(header) - 1, 0]
    found = [(state(container(header, parts.data, length=n)), "not an .afx file") for n in lengths]
    found += [(state(content), "not an .afx file") for content in (b"", b"\0" * 7, b"\0" * 8, b"\xff" * 64)]
    for number in NUMBERS:
        shape = json.dumps(parts.description["architecture"])
        for key in ("hidden", "layers", "inputs"):
            changed = re.sub(rf'("{key}": )\d+', rf"\g<1>{number}", shape)
            found.append((parts.described("architecture", changed), ""))
        found += [
            (parts.described(key, number), "") for key in ("rate_hz", "skip", "input_gain_db", "loop_eigenvalues")
        ]
        found += [
            (parts.tensor("shape", f"[1, {number}]"), ""),
            (parts.tensor("data_offsets", f"[{number}, {number}]"), ""),
        ]
        found += [(parts.tensor("data_offsets", f"[0, {number}]"), "")]
    twice = json.dumps(parts.header)
    found.append((parts.state(header=twice[:-1] + "," + twice[1:]), "played"))
    found.append(
        (state(afx_of(parts)).replace(b'{"version": 1', b'{"version": 1, "version": 1, "afx": [[[]]]'), "played")
    )
    for octets in (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\0"):
        found.append((b'{"version": 1, "path": "' + octets + b'"}', "not JSON"))
        found.append(
            (parts.state(header=twice[:-1] + ',"' + octets.decode("utf-8", "surrogateescape") + '": 1}'), "not JSON")
        )
    good = state(afx_of(parts))
    found += [(good[:n], "") for n in (1, 2, 10, len(good) // 2, len(good) - 1)]
    found += [(text, "") for text in (b"{}", b"[]", b"1", b'"', b"\\", b'"\\', b"{" * 64, b'{"version": 2}')]
    return found


def afx_of(parts: Parts) -> bytes:
    return container(json.dumps(parts.header).encode(), parts.data)


VALUE = re.compile(r'(?<=[\[,: ])(?:-?\d[\d.e+-]*|"[^"\\]*"|\[[^\[\]]*\]|\{[^{}]*\})(?=[\],}])')


def mutated_states(parts: Parts, *, count: int, seed: int) -> list[tuple[bytes, str]]:
    """One to three values of the description or the header replaced by others, or by each other."""
    chance = random.Random(seed)
    texts = (json.dumps(parts.description), json.dumps(parts.header))
    pool = [
        *NUMBERS,
        nested(64),
        nested(100, kind="{"),
        '"\\ud800"',
        '"\u202e"',
        "[[0,0],[1,1]]",
        *VALUE.findall(texts[0]),
    ]
    found: list[tuple[bytes, str]] = []
    for _ in range(count):
        which = chance.randrange(2)
        text = texts[which]
        for _ in range(chance.randrange(1, 4)):
            at = chance.choice([match.span() for match in VALUE.finditer(text)] or [(0, 0)])
            text = text[: at[0]] + chance.choice(pool) + text[at[1] :]
        found.append((parts.state(header=text) if which else parts.state(described=text), ""))
    return found


def conditioned() -> AnyCapture:
    return replace(make_capture("lstm", 2, inputs=2), controls=(DRIVE,))


def told(program: Path, states: Sequence[tuple[bytes, str]], folder: Path, **options: Any) -> list[str]:
    """What the program says of each state."""
    file = folder / "states"
    with file.open("wb") as stream:
        for text, _ in states:
            stream.write(len(text).to_bytes(8, "little") + text)
    shown = subprocess.run([str(program), str(file)], capture_output=True, check=False, **options)
    assert shown.returncode == 0, shown.stderr.decode(errors="replace")[-4000:]
    return shown.stdout.decode(errors="replace").splitlines()


def check(program: Path, states: Sequence[tuple[bytes, str]], folder: Path, **options: Any) -> None:
    answers = told(program, states, folder, **options)
    assert len(answers) == len(states)
    for (text, why), answer in zip(states, answers, strict=True):
        assert why in answer, (text[:200], why, answer)


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_native(HERE / "hostile.cpp", tmp_path_factory.mktemp("hostile") / "hostile", plugin=True)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


KINDS: dict[str, Callable[[Parts], list[tuple[bytes, str]]]] = {
    "deep": deep_states, "large": large_states, "odd": odd_states,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_states_are_refused_in_little_stack_and_memory(loads: Path, tmp_path: Path, kind: str) -> None:
    check(loads, KINDS[kind](Parts(conditioned())), tmp_path, preexec_fn=_bounded)


def test_a_good_state_plays_on_a_small_stack(loads: Path, tmp_path: Path) -> None:
    check(loads, [(state(afx_bytes(each)), "played") for each in (conditioned(), small_blend())], tmp_path)


@pytest.mark.parametrize("kind", ["conditioned", "blend"])
def test_sanitizers_find_nothing_in_the_reader(
    sanitized: Path,  # noqa: F811
    tmp_path: Path,
    kind: str,
) -> None:
    parts = Parts(conditioned() if kind == "conditioned" else small_blend())
    states = deep_states(parts) + odd_states(parts) if kind == "conditioned" else []
    states += mutated_states(parts, count=MUTATIONS, seed=len(kind))
    flags = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    program = compile_native(HERE / "hostile.cpp", tmp_path / "hostile", *flags, plugin=True, build=sanitized)
    environment = {**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1"}
    answers = told(program, states, tmp_path, env=environment)
    assert len(answers) == len(states)
    for (text, why), answer in zip(states, answers, strict=True):
        assert why in answer, (text[:200], why, answer)
    assert 0 < sum(each == "played" for each in answers) < len(answers)
