"""What the README tells people to type can be typed in a clone as it stands there."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from afxplugin.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
# Commands in blocks, one a line with a comment behind, and those in running text.
COMMANDS = [line.partition(" #")[0].strip() for block in BLOCKS for line in block.splitlines()]
COMMANDS += re.findall(r"`((?:afx|build/|python |pip )[^`]*)`", README)


def test_there_are_commands() -> None:
    assert len([each for each in COMMANDS if each.startswith("afx ")]) > 15
    assert len([each for each in COMMANDS if each.startswith("build/")]) > 5


def test_nothing_comes_from_an_index_that_has_no_such_package() -> None:
    assert "pip install" not in README


@pytest.mark.parametrize("command", sorted({each for each in COMMANDS if re.match(r"build/|python ", each)}))
def test_scripts_are_there(command: str) -> None:
    words = shlex.split(command.partition("&&")[0])
    if words[0] == "python":
        if words[1] == "-m":
            assert importlib.util.find_spec(words[2]) is not None
        else:
            assert (ROOT / words[1]).is_file()
        return
    assert os.access(ROOT / words[0], os.X_OK)
    if words[0] == "build/setup":
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert set(words[1:]) <= set(extras)


@pytest.mark.parametrize("command", sorted({each for each in COMMANDS if each.startswith("afx ")}))
def test_sub_commands_and_options_are_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)[1:]
    path = words[:2] if words[0] in ("preset", "plugin") else words[:1]
    text = helped(tuple(path))
    capsys.readouterr()
    for option in (each for each in words if each.startswith("--")):
        assert re.search(rf"{option}\b", text), f"{option} is no option of afx {' '.join(path)}"


@functools.cache
def helped(path: tuple[str, ...]) -> str:
    """What ``afx … --help`` prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    assert ended.value.code == 0
    return told.getvalue()
