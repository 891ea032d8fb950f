"""Presets to choose from: what a browser shows and searches, without opening a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


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
        return next((each for each in self.cards if each.label.casefold() == label.casefold()), None)

    def search(self, text: str, *, favourites: Iterable[str] | None = None) -> tuple[PresetCard, ...]:
        """Cards in which every word of ``text`` begins some word, names that match first; all for no word.

        favourites: only cards of these labels; None: any.
        """
        from afxplugin.presets.index import words_of

        wanted = words_of(text)
        kept = {label.casefold() for label in favourites} if favourites is not None else None
        found = [
            card
            for card in self.cards
            if (kept is None or card.label.casefold() in kept)
            and all(any(word.startswith(part) for word in card.words) for part in wanted)
        ]
        if not wanted:
            return tuple(found)
        return tuple(sorted(found, key=lambda card: not _in_name(card, wanted)))

    def neighbour(self, label: str | None, step: int, *, among: Sequence[PresetCard] | None = None) -> str | None:
        """The label ``step`` places after that of ``label``, round the end; the first or last for one not there.

        among: the cards that are shown; None: all. None where there are no cards.
        """
        cards = self.cards if among is None else among
        if not cards:
            return None
        places = {card.label.casefold(): k for k, card in enumerate(cards)}
        at = places.get((label or "").casefold())
        if at is None:
            return cards[0 if step > 0 else -1].label
        return cards[(at + step) % len(cards)].label


def read_catalogue(beside: Iterable[Path] = ()) -> Catalogue:
    """Look for presets where ``afx`` does, and beside stems; for a worker, as thousands of files may be read."""
    from afxplugin.presets import PresetStore
    from afxplugin.presets.index import words_of
    from afxplugin.presets.store import search_path

    found = PresetStore(search_path(beside)).look()
    cards: list[PresetCard] = []
    for device in found.devices:
        for preset in device.presets:
            tags = tuple(dict.fromkeys((*device.tags, *preset.tags)))
            licence = device.licence or device.capture_licence
            author = device.author or device.capture_author
            description = preset.description or device.description
            knobs = [*preset.knobs, *(knob.name for knob in device.knob_maps)]
            told = (device.name, preset.name, preset.description, device.description, licence, author)
            said = " ".join([*told, *tags, *knobs])
            cards.append(
                PresetCard(
                    preset.label, device.name, preset.name, description, licence, author, tags,
                    tuple(dict.fromkeys(words_of(said))),
                )
            )  # fmt: skip
    return Catalogue(tuple(cards), tuple(str(problem) for problem in found.problems))


def _in_name(card: PresetCard, wanted: Sequence[str]) -> bool:
    from afxplugin.presets.index import words_of

    names = words_of(card.label)
    return all(any(word.startswith(part) for word in names) for part in wanted)
