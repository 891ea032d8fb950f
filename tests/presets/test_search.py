"""One meaning of a search: the index, the plain search, the store and the editor's catalogue find the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afxplugin.editor.state.catalogue import read_catalogue
from afxplugin.presets import PresetStore
from afxplugin.presets.index import Index
from afxplugin.presets.search import search, words_of
from afxplugin.presets.toml_text import device_text, table_text

DEVICES = {
    "Brown Amp": ("Like a straße in brown", "MIT", "Someone Else", ["Crunch", "Clean"]),
    "Überamp": ("A brown one; 日本語のアンプ", "CC0-1.0", "", ["ﬁne 𝐁𝐨𝐥𝐝", "Crunch ½", "Größer", "Ⅷ"]),
    "Amp_2": ("हिन्दी, ไทย, 𐐀𐐁, ꟊꟈ, 🎸", "GPL-3.0-or-later", "Me", ["Brown", "K\u212a²", "e\u0301tude"]),
}
QUERIES = [
    "", "  ", "brown", "BROWN amp", "amp brown", "crunch", "über", "uber", "UBERAMP", "strasse", "straß", "fine", "ﬁ",
    "bold", "日本", "本語", "ア", "हिन्दी", "ไทย", "𐐨", "ꟊ", "ꟈ", "🎸", "etude", "étude", "e\u0301", "2", "½",
    "1⁄2", "viii", "kk2", "grosser", "cc0", "3.0", "someone", "trainer", "drive", "vintage", "mit brown", "b a",
    "nothing", 'a" OR "b', "*", "NEAR(", "words : x", "a" * 40_000,
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k, (name, (description, licence, author, presets)) in enumerate(DEVICES.items()):
        about = {"name": name, "description": description, "licence": licence, "author": author, "tags": ["vintage"]}
        capture = {"path": "x.afx", "sha256": "0" * 64, "author": "Trainer"}
        text = device_text(2, about, capture, [{"name": "Drive"}])
        for preset in presets:
            text += table_text("[[preset]]", {"name": preset, "description": f"{preset} of {name}"})
        home = tmp_path / "presets" / f"{k}"
        home.mkdir(parents=True)
        (home / "device.toml").write_text(text, encoding="utf-8")
    return tmp_path / "presets"


def labels(store: PresetStore, text: str) -> list[str]:
    return [preset.label for preset in store.search(text)]


def test_index_store_and_catalogue_agree(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    plain = PresetStore([folder], index=Index(tmp_path / "file" / "none.sqlite"))  # no folder: never to be made
    indexed = PresetStore([folder], index=Index(tmp_path / "index.sqlite"))
    monkeypatch.setattr("afxplugin.presets.store.search_path", lambda _beside=(): (folder,))
    catalogue = read_catalogue()
    for query in QUERIES:
        expected = labels(plain, query)
        assert labels(indexed, query) == expected, query
        assert [card.label for card in catalogue.search(query)] == expected, query
    asked = indexed.index.candidates(["brown"], paths=str(folder), stamp=indexed.look().stamp, words=list)
    assert asked is not None  # the index has answered, not the plain search in its place


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("strasse", ["Brown Amp/Crunch", "Brown Amp/Clean"]),
        ("fine bold", ["Überamp/ﬁne 𝐁𝐨𝐥𝐝"]),
        ("日本", ["Überamp/ﬁne 𝐁𝐨𝐥𝐝", "Überamp/Crunch ½", "Überamp/Größer", "Überamp/Ⅷ"]),
        ("ÉTUDE", ["Amp_2/e\u0301tude"]),
        ("someone", ["Brown Amp/Crunch", "Brown Amp/Clean"]),
        ("gue", []),
        ("brown crunch", ["Brown Amp/Crunch", "Überamp/Crunch ½"]),
    ],
)
def test_words_are_found_by_their_beginnings(folder: Path, tmp_path: Path, query: str, expected: list[str]) -> None:
    store = PresetStore([folder], index=Index(tmp_path / "index.sqlite"))
    assert labels(store, query) == expected


def test_authors_of_device_and_capture_are_both_found(folder: Path, tmp_path: Path) -> None:
    store = PresetStore([folder], index=Index(tmp_path / "index.sqlite"))
    assert len(labels(store, "trainer")) == 9
    assert len(labels(store, "trainer someone")) == 2


@dataclass(frozen=True)
class Thing:
    label: str
    words: tuple[str, ...]


def thing(label: str, about: str) -> Thing:
    return Thing(label, tuple(words_of(f"{label} {about}")))


THINGS = [thing("A/One", "brown crunch"), thing("B/Crunch", "brown"), thing("Brown/Crunch", ""), thing("C/Two", "")]


def test_more_words_in_the_label_come_first() -> None:
    assert search(THINGS, "brown crunch") == [THINGS[2], THINGS[1], THINGS[0]]
    assert search(THINGS, "") == THINGS


def test_favourites_are_chosen_in_any_case_and_composition() -> None:
    accented = thing("Caf\u00e9/One", "")
    assert search([*THINGS, accented], "one", favourites=["a/ONE", "cafe\u0301/one"]) == [THINGS[0], accented]
    assert search(THINGS, "one", favourites=[]) == []
    assert search(THINGS, "", favourites=["C/Two"]) == [THINGS[3]]


@given(text=st.text(max_size=30), about=st.text(max_size=30))
def test_any_beginning_of_any_word_finds(text: str, about: str) -> None:
    one = thing(text, about)
    for word in one.words:
        assert search([one], word[: 1 + len(word) // 2]) == [one]


@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=6), query=st.text(max_size=6))
def test_the_index_has_all_that_may_match(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], query: str
) -> None:
    index = Index(tmp_path_factory.getbasetemp() / "candidates.sqlite")
    things = [thing(text, "") for text in texts]
    wanted = words_of(query) or words_of(texts[0])[:1]
    if not wanted:
        return
    found = index.candidates(wanted, paths="", stamp=repr(texts), words=lambda: (each.words for each in things))
    assert found is not None
    assert [k for k, _ in found] == [k for k, each in enumerate(things) if search([each], " ".join(wanted))]
