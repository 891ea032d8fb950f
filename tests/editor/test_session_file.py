"""Session files: what is written is read, folders can be moved, and what is broken is told with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry, Region, Session, Stem
from afxplugin.editor.state.session_file import SUFFIX, parse_session, read_session, session_text, write_session
from afxplugin.errors import SessionError


def full_session(folder: Path) -> Session:
    guitar, bass = folder / "stems" / "guitar.wav", folder / "stems" / "Bäss «1».wav"
    settings = KnobSettings({"Drive": 6.5, "Tone stack": 0.1 + 0.2}, -3.0, 1.5, 0.75)
    return Session(
        stems=(Stem(guitar), Stem(bass)),
        session_hz=96_000,
        choice=Choice(preset="Green Overdrive/Crunch"),
        settings=settings,
        region=Region(1.25, 8.0),
        variant="auto-2x",
        loudness_matched=False,
        queue=(
            QueueEntry(guitar, Choice(preset="Green Overdrive/Crunch"), settings, "cidl"),
            QueueEntry(bass, Choice(capture=folder / "amp.json")),
        ),
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    session = full_session(tmp_path)
    write_session(tmp_path / f"mix{SUFFIX}", session)
    assert read_session(tmp_path / f"mix{SUFFIX}") == session
    assert [each.name for each in tmp_path.iterdir()] == [f"mix{SUFFIX}"]  # nothing half written stays


def test_an_empty_session_is_written_and_read(tmp_path: Path) -> None:
    write_session(tmp_path / "s", Session())
    assert read_session(tmp_path / "s") == Session()


def test_the_folder_can_be_moved(tmp_path: Path) -> None:
    old = tmp_path / "old place"
    old.mkdir()
    write_session(old / "mix.afxsession", full_session(old))
    assert str(tmp_path) not in (old / "mix.afxsession").read_text("utf-8")
    new = tmp_path / "elsewhere" / "new"
    new.parent.mkdir()
    shutil.move(old, new)
    assert read_session(new / "mix.afxsession") == full_session(new)


def test_paths_use_slashes_and_may_lead_out_of_the_folder(tmp_path: Path) -> None:
    stem = tmp_path / "stems" / "guitar.wav"
    text = session_text(Session(stems=(Stem(stem),)), folder=tmp_path / "sessions" / "a")
    assert 'path = "../../stems/guitar.wav"' in text
    assert parse_session(text, folder=tmp_path / "sessions" / "a").stems == (Stem(stem),)


def test_an_autosave_has_full_paths(tmp_path: Path) -> None:
    stem = tmp_path / "guitar.wav"
    text = session_text(Session(stems=(Stem(stem),)), folder=None)
    assert f'path = "{stem.as_posix()}"' in text


def test_a_session_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "s.afxsession"
    write_session(path, Session(session_hz=44_100))
    write_session(path, Session(session_hz=48_000))
    assert read_session(path).session_hz == 48_000
    with pytest.raises(SessionError, match=r"^cannot be written: No such file.*nowhere"):
        write_session(tmp_path / "nowhere" / "s.afxsession", Session())


def test_a_name_that_is_not_unicode_is_told_before_anything_is_written(tmp_path: Path) -> None:
    odd = Path(bytes(tmp_path / "x").decode() + "\udcff.wav")
    with pytest.raises(SessionError, match="not Unicode"):
        write_session(tmp_path / "s.afxsession", Session(stems=(Stem(odd),)))
    assert not list(tmp_path.iterdir())


BROKEN = [
    ("schema = 1\nstem = [", "not readable as TOML"),
    ("session_hz = 48000\n", "schema: given nothing; schema 1 is read"),
    ("\nschema = 2\n", "line 2: schema: given 2; schema 1 is read"),
    ("schema = true\n", "schema: given True"),
    ("schema = 1\nsession_hz = 100\n", r"line 2: session_hz: given 100; .*8000"),
    ('schema = 1\nsession_hz = "48000"\n', "line 2: session_hz: given '48000'"),
    ('schema = 1\nvariant = "lagrange9"\n', "line 2: variant: given 'lagrange9'; one of naive"),
    ("schema = 1\nloudness_matched = 1\n", "line 2: loudness_matched"),
    ("schema = 1\ntempo = 120\n", "line 2: tempo"),
    ("schema = 1\n[region]\nstart_s = 1.0\nseconds = 0.01\n", "line 4: region.seconds: given 0.01"),
    ("schema = 1\n[region]\nstart_s = nan\nseconds = 1.0\n", "line 3: region.start_s: given nan"),
    ('schema = 1\n[play]\npreset = "A/B"\ncapture = "x.json"\n', "line 2: play.*one of the two"),
    ('schema = 1\n[play]\npreset = "A/B"\nmix = 2.0\n', "line 4: play.mix: given 2.0"),
    ('schema = 1\n[play]\npreset = "A/B"\nknobs = { Drive = "loud" }\n', "line 4: play.knobs.Drive: given 'loud'"),
    ('schema = 1\n[[stem]]\npath = "a.wav"\n[[stem]]\npath = "./a.wav"\n', "line 5: stem.1.path.*given twice"),
    ('schema = 1\n[[stem]]\npath = ""\n', "line 3: stem.0.path: given ''; a path is needed"),
    ('schema = 1\n[[queue]]\nstem = "a.wav"\n', "line 2: queue.0.*a preset or a capture is needed"),
    ('schema = 1\n[[queue]]\nstem = "a.wav"\npreset = "A/B"\nvariant = "reference"\n', "line 5: queue.0.variant"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_broken_file_is_told_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.afxsession"
    path.write_text(text)
    with pytest.raises(SessionError, match=message) as caught:
        read_session(path)
    assert str(caught.value).endswith(f": {path}")
    assert str(path) not in caught.value.reason


def test_what_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.afxsession"
    with pytest.raises(SessionError, match="cannot be read: No such file"):
        read_session(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SessionError, match="not UTF-8"):
        read_session(path)
    with pytest.raises(SessionError, match="^cannot be read: is a folder, not a file: "):
        read_session(tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_with_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(session_text(full_session(Path("/music")), folder=Path("/music")).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    text = raw.decode("utf-8", "replace")
    try:
        session = parse_session(text, folder=Path("/music"))
    except SessionError:
        return
    assert parse_session(session_text(session, folder=Path("/music")), folder=Path("/music")) == session
