"""Presets to choose from: what a browser shows and searches, without opening a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.presets.names import name_key
from afxplugin.presets.search import preset_words, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from afxplugin.presets import Device, Preset


@dataclass(frozen=True)
class PresetCard:
    """What a preset says of itself; label is what finds it ("Device/Preset"), words what a search looks through."""

    label: str
    device: str
    name: str
    description: str
    licence: str
    author: str
    tags: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """The presets that are there, and what is wrong with files that cannot be read."""

    cards: tuple[PresetCard, ...] = ()
    problems: tuple[str, ...] = ()

    def card(self, label: str) -> PresetCard | None:
        """The card of this label, whatever its case; None where there is none."""
        return next((each for each in self.cards if name_key(each.label) == name_key(label)), None)

    def search(self, text: str, *, favourites: Iterable[str] | None = None) -> tuple[PresetCard, ...]:
        """Cards in which every word of ``text`` begins some word, the best first, as ``presets.search`` has it.

        favourites: only cards of these labels; None: any.
        """
        return tuple(search(self.cards, text, favourites=favourites))

    def neighbour(self, label: str | None, step: int, *, among: Sequence[PresetCard] | None = None) -> str | None:
        """The label ``step`` places after that of ``label``, round the end; the first or last for one not there.

        among: the cards that are shown; None: all. None where there are no cards.
        """
        cards = self.cards if among is None else among
        if not cards:
            return None
        places = {name_key(card.label): k for k, card in enumerate(cards)}
        at = places.get(name_key(label or ""))
        if at is None:
            return cards[0 if step > 0 else -1].label
        return cards[(at + step) % len(cards)].label


def read_catalogue(beside: Iterable[Path] = ()) -> Catalogue:
    """Look for presets where ``afx`` does, and beside stems; for a worker, as thousands of files may be read."""
    from afxplugin.presets import PresetStore
    from afxplugin.presets.store import search_path

    found = PresetStore(search_path(beside)).look()
    cards = (_card(device, preset) for device in found.devices for preset in device.presets)
    return Catalogue(tuple(cards), tuple(str(problem) for problem in found.problems))


def _card(device: Device, preset: Preset) -> PresetCard:
    return PresetCard(
        label=preset.label,
        device=device.name,
        name=preset.name,
        description=preset.description or device.description,
        licence=device.licence or device.capture_licence,
        author=device.author or device.capture_author,
        tags=tuple(dict.fromkeys((*device.tags, *preset.tags))),
        words=preset_words(device, preset),
    )
