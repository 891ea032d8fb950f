"""What is remembered of preset files between runs: their checked content, a full-text index, hashes of captures.

A SQLite file in the user's cache folder. It is never the source of truth: every entry carries the stamp of the file it
was made from and counts only while that stamp holds. Where the cache cannot be read, written or is locked, everything
is found without it, only slower; a damaged one is removed.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import platformdirs

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

VERSION = 3  # of the tables and of the content in them: another version's file is emptied
_LOCK_WAIT_S = 0.2  # a search must not wait for another's: it goes without the index
_TABLES = """
CREATE TABLE file (path TEXT PRIMARY KEY, folder TEXT, stamp TEXT, content TEXT);
CREATE TABLE capture (path TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT);
CREATE TABLE searched (paths TEXT PRIMARY KEY, stamp TEXT);
CREATE VIRTUAL TABLE preset USING fts5(paths UNINDEXED, number UNINDEXED, words, tokenize = "ascii");
"""
_OLD_TABLES = ("shelf",)  # of earlier versions
Content = dict[str, Any]
PASSING = "passing"  # the stamp of a file that cannot be looked at; the key of content that is not to be remembered


def index_path() -> Path:
    """Where the index is."""
    return platformdirs.user_cache_path("afxplugin", appauthor=False) / "presets.sqlite"


def file_stamp(status: os.stat_result) -> str:
    """What changes whenever a file does: replaced (inode), written (times), or of another length."""
    return f"{status.st_ino}.{status.st_size}.{status.st_mtime_ns}.{status.st_ctime_ns}"


class Index:
    """The cache in the file ``path``."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def contents(self, files: Sequence[tuple[Path, str, Path]], parse: Callable[[Path], Content]) -> Sequence[Content]:
        """The content of each (file, stamp, folder of the search path), parsed only where it is not remembered."""
        known: dict[str, tuple[str, str]] = {}
        with self._open() as database:
            if database is not None:
                rows = database.execute("SELECT path, stamp, content FROM file")
                known = {path: (stamp, content) for path, stamp, content in rows}
        found: list[Content] = []
        fresh: list[tuple[str, str, str, str]] = []
        for path, stamp, folder in files:
            content = _loaded(known.get(str(path)), stamp)
            if content is None:
                content = parse(path)
                if not (_odd(path) or stamp == PASSING or content.get(PASSING)):
                    fresh.append((str(path), str(folder), stamp, json.dumps(content)))
            found.append(content)
        present, searched = {str(path) for path, _, _ in files}, {str(folder) for _, _, folder in files}
        if fresh or any(path not in present and str(Path(path).parents[1]) in searched for path in known):
            self._remember(fresh, present, searched)
        return found

    def _remember(self, fresh: Iterable[tuple[str, ...]], present: set[str], searched: set[str]) -> None:
        with self._open() as database:
            if database is None:
                return
            database.execute("BEGIN IMMEDIATE")
            rows: list[tuple[str, str]] = database.execute("SELECT path, folder FROM file").fetchall()
            forgotten = {folder for _, folder in rows if folder in searched or not Path(folder).is_dir()}
            gone = [(path,) for path, folder in rows if path not in present and folder in forgotten]
            database.executemany("DELETE FROM file WHERE path = ?", gone)
            database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", fresh)
            database.execute("COMMIT")

    def candidates(
        self, wanted: Sequence[str], *, paths: str, stamp: str, words: Callable[[], Iterable[Iterable[str]]]
    ) -> list[tuple[int, list[str]]] | None:
        """The (number, words) of every preset in which each of the ``wanted`` words begins a word.

        None where there is no index to ask. All words are as ``search.words_of`` gives them: letters and digits, which
        the tokenizer takes as they are.

        paths: the search path; stamp: the state of its files; words: those of all presets, which are numbered from 0.
        """
        match = " AND ".join(f'"{word}"*' for word in wanted)
        with self._open() as database:
            if database is None:
                return None
            kept = database.execute("SELECT stamp FROM searched WHERE paths = ?", (paths,)).fetchone()
            if kept is None or kept[0] != stamp:
                database.execute("BEGIN IMMEDIATE")
                database.execute("DELETE FROM preset WHERE paths = ?", (paths,))
                rows = ((paths, number, " ".join(each)) for number, each in enumerate(words()))
                database.executemany("INSERT INTO preset VALUES (?, ?, ?)", rows)
                database.execute("INSERT OR REPLACE INTO searched VALUES (?, ?)", (paths, stamp))
                database.execute("COMMIT")
            asked = "SELECT number, words FROM preset WHERE preset MATCH ? AND paths = ? ORDER BY rowid"
            return [(number, said.split(" ")) for number, said in database.execute(asked, (match, paths))]
        return None

    def hashes(self, files: Mapping[Path, str], digest: Callable[[Path], str]) -> dict[Path, str]:
        """sha256 of each file of these stamps, computed only where it is not remembered."""
        known: dict[str, tuple[str, str]] = {}
        with self._open() as database:
            if database is not None:
                known = {path: (stamp, sha) for path, stamp, sha in database.execute("SELECT * FROM capture")}
        found: dict[Path, str] = {}
        fresh: list[tuple[str, str, str]] = []
        for path, stamp in files.items():
            kept = known.get(str(path))
            if kept is not None and kept[0] == stamp:
                found[path] = kept[1]
                continue
            found[path] = digest(path)
            if not _odd(path):
                fresh.append((str(path), stamp, found[path]))
        if fresh:
            with self._open() as database:
                if database is not None:
                    database.executemany("INSERT OR REPLACE INTO capture VALUES (?, ?, ?)", fresh)
        return found

    @contextlib.contextmanager
    def _open(self) -> Generator[sqlite3.Connection | None]:
        """The database, None where there is none to be had; what goes wrong inside ends the block and is forgotten."""
        database = self._connect()
        try:
            yield database
        except sqlite3.OperationalError:  # locked by another, or read-only: without the cache this time
            pass
        except sqlite3.DatabaseError:
            self._drop()
        finally:
            if database is not None:
                database.close()

    def _connect(self) -> sqlite3.Connection | None:
        path = index_path() if self.path is None else self.path
        database = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None)
            database.execute("PRAGMA synchronous = OFF")  # what is lost with the power is made again
            if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                _make_tables(database)
        except (sqlite3.Error, OSError, ValueError) as error:
            if database is not None:
                database.close()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                self._drop()
            return None
        return database

    def _drop(self) -> None:
        path = index_path() if self.path is None else self.path
        with contextlib.suppress(OSError):
            path.unlink()


def _make_tables(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        for name in ("file", "capture", "searched", "preset", *_OLD_TABLES):
            database.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES.strip().split(";\n"):
            if statement.strip():
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def _loaded(kept: tuple[str, str] | None, stamp: str) -> Content | None:
    if kept is None or kept[0] != stamp:
        return None
    try:
        content: object = json.loads(kept[1])
    except (ValueError, RecursionError):
        return None
    return cast("Content", content) if isinstance(content, dict) else None


def _odd(path: Path) -> bool:
    """Whether a path holds bytes that are not UTF-8, which SQLite does not take as text."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return True
    return False
