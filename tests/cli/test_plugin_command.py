"""``afx plugin``: install, list, uninstall, preset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from afxplugin.cli import main
from afxplugin.plugin.bundles import bundles_folder
from tests.conftest import ROOT


def plugin(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["plugin", *map(str, arguments)])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not (bundles_folder() / "AFX.vst3").exists():
        pytest.skip("this build has no plugins")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_install_list_uninstall(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plugin(capsys, "list")[1].count("not installed") == 6
    status, out, err = plugin(capsys, "install")
    assert (status, err, out.count("installed")) == (0, "", 6)
    assert plugin(capsys, "install")[1].count("there already") == 6
    facts = json.loads(plugin(capsys, "list", "--json")[1])
    assert {(each["format"], each["state"]) for each in facts} == {
        (kind, "current") for kind in ("vst3", "clap", "lv2")
    }
    assert plugin(capsys, "uninstall")[1].count("removed") == 6
    assert plugin(capsys, "uninstall") == (0, "nothing of ours is installed there\n", "")
    assert not list(home.glob(".*/AFX*"))


def test_presets_by_name_and_from_a_capture(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = ROOT / "presets" / "green-overdrive" / "overdrive.afx"
    status, out, _ = plugin(capsys, "preset", "Green Overdrive/Lead", capture, "--set", "drive=2", "--to", home / "p")
    assert (status, out.count("wrote")) == (0, 8)
    text = (home / "p" / "AFX" / "Green Overdrive - Lead.vstpreset").read_bytes()
    assert b'"positions":[2.0,5.0]' in text
    assert (home / "p" / "AFX Live" / "Green Overdrive.vstpreset").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("preset", "nonsense"), "Green Overdrive/Crunch, Green Overdrive/Clean Push"),
        (("preset", "Green Overdrive/Lead", "--set", "gain=2"), "it has Drive, Tone"),
        (("preset", str(ROOT / "README.md")), "not a capture"),
        (("install", "--to", "/proc/nowhere"), "cannot be written"),
        (("uninstall", "AFX"), "unexpected extra argument"),
    ],
)
def test_mistakes_are_named(
    arguments: tuple[str, ...], why: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = plugin(capsys, *arguments)
    assert (status, out) == (2, "")
    assert why in err
    assert not list(home.iterdir())
