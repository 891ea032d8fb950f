"""What every error of the tree has in common."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from afxplugin import errors
from afxplugin.errors import AfxError

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AfxError)]


@pytest.mark.parametrize("kind", ALL)
def test_the_path_comes_last_and_survives_pickling(kind: type[AfxError]) -> None:
    error = kind("empty file (0 bytes)", path=Path("takes/one.wav"))
    assert str(error) == "empty file (0 bytes): takes/one.wav"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.reason, again.path) == (kind, str(error), error.reason, "takes/one.wav")


@pytest.mark.parametrize("kind", ALL)
def test_an_error_keeps_the_first_file_that_it_names(kind: type[AfxError]) -> None:
    assert str(kind("truncated").about("a.wav")) == "truncated: a.wav"
    assert str(kind("truncated", path="a.wav").about("b.toml")) == "truncated: a.wav"
    assert str(kind("unknown method")) == "unknown method"


def test_a_path_that_is_not_utf8_can_be_printed() -> None:
    assert str(AfxError("gone", path="caf\udce9.wav")).encode() == "gone: caf�.wav".encode()
