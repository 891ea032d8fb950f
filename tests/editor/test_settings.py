"""A user's settings: kept, and no damage to their file keeps the editor from starting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from afxplugin.editor.state.settings import MOST_RECENT, Settings, read_settings, settings_path, write_settings
from afxplugin.errors import SessionError

FULL = Settings(
    theme="dark",
    output_device="system",
    input_device="Scarlett «2i2»",
    output_folder=Path("/music/out"),
    template="{stem} {method}",
    subtype="24",
    favourites=("Green Overdrive/Crunch", "TS9/Hot"),
    recent=(Path("/music/a.afxsession"), Path("/music/b.afxsession")),
    geometry="AdnQywAD",
    layout="AAAA/w==",
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "editor.toml"
    write_settings(FULL, path)
    assert read_settings(path).settings == FULL
    assert read_settings(path).problem is None
    write_settings(Settings(), path)
    assert read_settings(path).settings == Settings()
    assert [each.name for each in path.parent.iterdir()] == ["editor.toml"]


def test_they_are_kept_in_the_users_folder() -> None:
    write_settings(FULL)
    assert settings_path().is_file()
    assert read_settings().settings == FULL
    settings_path().unlink()
    assert read_settings().settings == Settings()


@pytest.mark.parametrize("data", [b"theme = ", b"\xff\xfe", b"[" * 5000, b"= 1"])
def test_a_file_that_is_none_gives_the_defaults_and_says_so(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "editor.toml"
    path.write_bytes(data)
    read = read_settings(path)
    assert read.settings == Settings()
    assert read.problem is not None
    assert str(path) in read.problem


def test_a_damaged_key_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "editor.toml"
    path.write_text(
        'theme = "pink"\nsubtype = 24\nfavourites = ["A/B", 3]\nrecent = ["a"]\noutput_folder = ""\n'
        'template = "{nonsense}"\nlayout = "kept"\nfuture = 1\n'
    )
    read = read_settings(path)
    assert read.settings == Settings(layout="kept")
    assert read.problem is not None
    for key in ("theme", "subtype", "favourites", "recent", "output_folder", "template"):
        assert f"{key}: given" in read.problem
    assert "one of system, light, dark is needed" in read.problem


def test_recent_sessions_and_favourites() -> None:
    settings = Settings()
    for k in range(20):
        settings = settings.with_recent(Path(f"/{k}"))
    settings = settings.with_recent(Path("/15"))
    assert settings.recent[:3] == (Path("/15"), Path("/19"), Path("/18"))
    assert len(settings.recent) == MOST_RECENT == len(set(settings.recent))
    assert Path("/15") not in settings.without_recent(Path("/15")).recent
    liked = settings.toggled_favourite("A/B").toggled_favourite("C/D").toggled_favourite("A/B")
    assert liked.favourites == ("C/D",)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="settings cannot be written"):
        write_settings(replace(FULL), tmp_path / "file" / "editor.toml")
