"""Hundreds of stems in the window: each thing that becomes known of one changes its row, not the list anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from afxplugin.editor.desks import stems as stem_desk
from afxplugin.editor.state.session import Session, Stem
from afxplugin.editor.state.session_file import write_session
from afxplugin.editor.widgets.stem_list import StemRow
from tests.editor.qt.office_fixtures import Desk
from tests.render.material import riff, stem_file

STEMS = 300


def test_a_session_of_many_stems_makes_each_row_a_few_times(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stem_file(tmp_path / "0.wav", riff(0.02))
    paths = [tmp_path / f"{k}.wav" for k in range(STEMS)]
    for path in paths[1:]:
        path.write_bytes(first.read_bytes())
    file = tmp_path / "song.afxsession"
    write_session(file, Session(stems=tuple(map(Stem, paths))))
    made: list[Path] = []

    def counted(path: Path, *others: object) -> StemRow:
        made.append(path)
        return StemRow(path, *others)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(stem_desk, "StemRow", counted)
    shown: list[int] = []
    rows = desk.window.sidebar.stems.rows
    rows.dataChanged.connect(lambda top, bottom: shown.append(bottom.row() - top.row() + 1))
    desk.office.files.open(file)
    desk.wait(lambda: len(desk.state.infos) == STEMS and all(desk.office.stems.known(path) for path in paths))
    desk.rest()
    assert len(made) <= 6 * STEMS
    assert sum(shown) <= 6 * STEMS
    assert [rows.about(row) for row in desk.office.stems.list_rows()[:2]] == ["48 kHz · mono · 0:00.0"] * 2
    assert all(row.thumb is not None for row in rows._rows)
    assert desk.window.sidebar.count.text() == str(STEMS)
