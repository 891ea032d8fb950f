"""What a user has set for all sessions, in a TOML file of the user's configuration folder; damage costs no start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import platformdirs

from afxplugin.audio import replace_file
from afxplugin.errors import PresetError, SessionError
from afxplugin.files import why
from afxplugin.presets.toml_file import parse_toml, read_text
from afxplugin.presets.toml_text import value_text

if TYPE_CHECKING:
    from collections.abc import Callable

THEMES: Final = ("system", "light", "dark")
SUBTYPES: Final = ("float", "24", "16")
MOST_RECENT: Final = 12
_MOST_BYTES: Final = 1 << 20
_DEFAULT_TEMPLATE: Final = "{stem} [{preset}]"


@dataclass(frozen=True)
class Settings:
    """Settings of the editor.

    theme: system, light or dark. output_device, input_device: by name; None: the system's default. output_folder: None:
    ``rendered`` beside each stem. template, subtype: names and samples of renders, as ``afx render`` takes them.
    favourites: labels of presets. recent: sessions, the last one first. geometry, layout: of the window, as it encodes
    them.
    """

    theme: str = "system"
    output_device: str | None = None
    input_device: str | None = None
    output_folder: Path | None = None
    template: str = _DEFAULT_TEMPLATE
    subtype: str = "float"
    favourites: tuple[str, ...] = ()
    recent: tuple[Path, ...] = ()
    geometry: str = ""
    layout: str = ""

    def with_recent(self, path: Path) -> Settings:
        """These with a session's file as the last one opened."""
        others = tuple(each for each in self.recent if each != path)
        return replace(self, recent=(path, *others)[:MOST_RECENT])

    def without_recent(self, path: Path) -> Settings:
        """These without a session's file that is not there any more."""
        return replace(self, recent=tuple(each for each in self.recent if each != path))

    def toggled_favourite(self, label: str) -> Settings:
        """These with a preset among the favourites, or no more."""
        if label in self.favourites:
            return replace(self, favourites=tuple(each for each in self.favourites if each != label))
        return replace(self, favourites=(*self.favourites, label))


@dataclass(frozen=True)
class ReadSettings:
    """Settings as read; problem: what of the file could not be used, in words, None where all could."""

    settings: Settings
    problem: str | None = None


def settings_path() -> Path:
    """Where they are kept."""
    return platformdirs.user_config_path("afxplugin", appauthor=False) / "editor.toml"


def read_settings(path: Path | None = None) -> ReadSettings:
    """The settings in a file (None: the user's own); what is absent or damaged is as it is by default.

    Raises nothing: an editor must start.
    """
    path = path or settings_path()
    try:
        document = parse_toml(read_text(path, most_bytes=_MOST_BYTES, what="a file of settings"))
    except PresetError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return ReadSettings(Settings())
        return ReadSettings(Settings(), f"settings could not be read and are the defaults: {error.reason}: {path}")
    read: dict[str, Any] = {}
    bad: list[str] = []
    for key, take in _TAKERS.items():
        if key in document:
            try:
                read[key] = take(document[key])
            except ValueError as error:
                bad.append(f"{key}: given {document[key]!r:.60}; {error}")
    problem = f"settings that could not be used are the defaults: {'; '.join(bad)}: {path}" if bad else None
    return ReadSettings(replace(Settings(), **read), problem)


def write_settings(settings: Settings, path: Path | None = None) -> None:
    """Write settings whole or not at all. Raises SessionError where the file cannot be written."""
    path = path or settings_path()
    lines = ["schema = 1"]
    for key in _TAKERS:
        value = getattr(settings, key)
        if value is not None:
            lines.append(f"{key} = {value_text(_plain(value))}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, ("\n".join(lines) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        raise SessionError(f"settings cannot be written: {why(error)}", path=path) from error


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    return str(value) if isinstance(value, Path) else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("text is needed")
    return value


def _path(value: object) -> Path:
    text = _text(value)
    if not text or "\0" in text or not Path(text).is_absolute():
        raise ValueError("an absolute path is needed")
    return Path(text)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("a list is needed")
    return tuple(_text(each) for each in cast("list[object]", value))


def _paths(value: object) -> tuple[Path, ...]:
    return tuple(_path(each) for each in _texts(value))[:MOST_RECENT]


def _one_of(allowed: tuple[str, ...]) -> Callable[[object], str]:
    def take(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)} is needed")
        return str(value)

    return take


def _template(value: object) -> str:
    from afxplugin.errors import RenderError
    from afxplugin.render.naming import check_template

    try:
        check_template(_text(value))
    except RenderError as error:
        raise ValueError(str(error)) from error
    return str(value)


_TAKERS: Final[dict[str, Callable[[object], Any]]] = {
    "theme": _one_of(THEMES),
    "output_device": _text,
    "input_device": _text,
    "output_folder": _path,
    "template": _template,
    "subtype": _one_of(SUBTYPES),
    "favourites": _texts,
    "recent": _paths,
    "geometry": _text,
    "layout": _text,
}
