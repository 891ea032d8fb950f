"""What a search for presets means, on the command line and in the editor: which words, which presets, which order."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Protocol, TypeVar

from afxplugin.presets.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.preset import Preset


class Searchable(Protocol):
    """Something that stands for a preset."""

    @property
    def label(self) -> str:
        """What finds the preset: "Device/Preset"."""
        ...

    @property
    def words(self) -> Sequence[str]:
        """Its ``preset_words``."""
        ...


Item = TypeVar("Item", bound=Searchable)


def words_of(text: str) -> list[str]:
    """The words of a text: letters and digits, without case and accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain.casefold())  # NFKD makes capitals of fancy letters


def preset_words(device: Device, preset: Preset) -> tuple[str, ...]:
    """The words, each once, that find a preset: names, descriptions, licence, authors, tags and names of knobs."""
    knobs = (*preset.knobs, *(knob.name for knob in device.knob_maps))
    authors = (device.author, device.capture_author)
    about = (device.description, preset.description, device.licence or device.capture_licence, *authors)
    return tuple(dict.fromkeys(words_of(" ".join([preset.label, *about, *device.tags, *preset.tags, *knobs]))))


def search(items: Iterable[Item], text: str, *, favourites: Iterable[str] | None = None) -> list[Item]:
    """Items in which every word of ``text`` begins some word; all for no word.

    Items with more of these words in their label come first; otherwise the order stays.
    favourites: only items of these labels, in any case; None: any.
    """
    wanted = words_of(text)
    found = [item for item in items if _beginning(wanted, item.words) == len(wanted)]
    if favourites is not None:
        kept = {name_key(label) for label in favourites}
        found = [item for item in found if name_key(item.label) in kept]
    return sorted(found, key=lambda item: -_beginning(wanted, words_of(item.label))) if wanted else found


def _beginning(wanted: Sequence[str], words: Sequence[str]) -> int:
    """How many of the wanted words begin one of ``words``."""
    return sum(any(word.startswith(each) for word in words) for each in wanted)
