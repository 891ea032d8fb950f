"""``afx plugin``: install, list, uninstall, preset."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from afxplugin.cli import main
from afxplugin.engine.latency import PluginLatency
from afxplugin.plugin.bundles import bundles_folder
from tests.conftest import ROOT
from tests.engine.conftest import fuse, host  # noqa: F401
from tests.render import material


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


def test_latency_is_measured_and_the_suggestion_can_be_given(
    fuse: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status, out, err = plugin(capsys, "latency", fuse)
    assert (status, err) == (0, "")
    assert "it reports its latency right" in out
    monkeypatch.setenv("AFX_TEST_FUSE", "silent")
    facts = json.loads(plugin(capsys, "latency", fuse, "--rate", 44100, "--json")[1])
    assert (facts["plugin"], facts["rate_hz"], facts["offset_frames"]) == (fuse, 44_100, 100)
    suggested = shlex.split(plugin(capsys, "latency", fuse)[1].splitlines()[-1])[1:]
    assert suggested == ["--insert-offset", f"{fuse}=100"]
    stem = material.stem_file(tmp_path / "x.wav", material.riff(0.1))
    material.capture_file(tmp_path / "amp.afx", material.random_capture())
    arguments = [str(stem), "--capture", str(tmp_path / "amp.afx"), "--insert-after", fuse, *suggested, "--json"]
    with pytest.raises(SystemExit) as ended:
        main(["render", *arguments])
    assert not ended.value.code
    (stem_told,) = json.loads(capsys.readouterr().out)["stems"]
    assert stem_told["plan"]["inserts"][0]["offset_frames"] == 100


def test_what_cannot_be_told_is_an_answer_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = PluginLatency(48_000, 64, 1000, 2000, None, "it smears an impulse, as a reverb does")
    monkeypatch.setattr("afxplugin.engine.latency.measure_latency", lambda *_, **__: told)
    status, out, _ = plugin(capsys, "latency", bundles_folder() / "AFX.vst3")
    assert status == 1
    assert "cannot tell how late it is: it smears an impulse" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("preset", "nonsense"), "Green Overdrive/Crunch, Green Overdrive/Clean Push"),
        (("preset", "Green Overdrive/Lead", "--set", "gain=2"), "it has Drive, Tone"),
        (("preset", str(ROOT / "README.md")), "not a capture"),
        (("install", "--to", "/proc/nowhere"), "cannot be written"),
        (("uninstall", "AFX"), "unexpected extra argument"),
        (("latency", "No such plugin"), "neither a VST3 bundle nor the name of one"),
    ],
)
def test_mistakes_are_named(
    arguments: tuple[str, ...], why: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = plugin(capsys, *arguments)
    assert (status, out) == (2, "")
    assert why in err
    assert not list(home.iterdir())
