"""Files read whole: regular ones only, and none that is larger than expected."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from afxplugin.files import open_regular, read_regular, why


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "a", most_bytes=5) == b"12345"
    assert read_regular(str(tmp_path / "link"), most_bytes=1 << 20) == b"12345"
    assert read_regular(tmp_path / "a") == b"12345"
    with open_regular(tmp_path / "a") as file:
        assert file.read(2) == b"12"


def test_nothing_else_is_opened_or_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, what in (
            (tmp_path, "a folder"),
            (tmp_path / "pipe", "a pipe"),
            (tmp_path / "link", "a pipe"),
            (tmp_path / "socket", "a socket"),
            (Path("/dev/zero"), "a device"),
        ):
            with pytest.raises(OSError, match="not a file") as caught:
                open_regular(path)
            assert why(caught.value) == f"is {what}, not a file"


def test_what_cannot_be_read_says_why_without_the_path(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123456")
    for path, number, reason in (
        (tmp_path / "gone", errno.ENOENT, "No such file or directory"),
        (tmp_path / "a" / "b", errno.ENOTDIR, "Not a directory"),
        (tmp_path / ("x" * 300), errno.ENAMETOOLONG, "File name too long"),
        (tmp_path / "a\0b", errno.EINVAL, "embedded null"),
        (tmp_path / "a", errno.EFBIG, "larger than 5 bytes, the most that a note may have"),
    ):
        with pytest.raises(OSError, match=reason) as caught:
            read_regular(path, most_bytes=5, what="a note")
        assert caught.value.errno == number
        assert why(caught.value).startswith(reason)
