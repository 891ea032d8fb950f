"""``afx preset`` as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from afxplugin.cli import main
from tests.render import material

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def afx(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run ``afx`` with a home of its own: (exit status, standard output, standard error)."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return run


def proteus(path: Path, *, knobs: int = 1) -> Path:
    """A GuitarML capture with conditioning inputs, as the community shares them."""
    hidden = 2
    weights = material.random_capture(hidden=hidden, knobs=("a", "b")[:knobs]).weights
    names = {"rec.bias_l0": "rec.bias_ih_l0", "head.weight": "lin.weight", "head.bias": "lin.bias"}
    state = {names.get(name, name): value.tolist() for name, value in weights.items()}
    state["rec.bias_hh_l0"] = [0.0] * 4 * hidden
    header = {"model": "SimpleRNN", "input_size": 1 + knobs, "skip": 1, "output_size": 1, "unit_type": "LSTM"}
    header |= {"num_layers": 1, "hidden_size": hidden, "bias_fl": True}
    path.write_text(json.dumps({"model_data": header, "state_dict": state}))
    return path


def test_a_community_capture_becomes_a_preset_in_one_command(afx: Any, tmp_path: Path) -> None:
    capture = proteus(tmp_path / "TS9_DriveKnob.json")
    status, out, err = afx(
        "preset", "add", capture, "--device", "Green Nine", "--preset", "Hot", "--knob", "gain=0..10,%,audio", "--set",
        "gain=7.5", "--capture-rate", "44100", "--licence", "CC-BY-4.0", "--link", "https://x.org", "--tag", "fuzzy",
        "--description", "A nine",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert out.startswith("added Green Nine/Hot  knobs: gain  calibration: ")
    status, out, _ = afx("preset", "show", "green nine", "--json")
    told = json.loads(out)
    assert told["knobs"] == [{"name": "gain", "unit": "%", "low": 0.0, "high": 10.0, "at": 7.5}]
    assert (told["capture"]["rate_hz"], told["about"]["licence"], told["tags"]) == (44100, "CC-BY-4.0", ["fuzzy"])
    assert told["output_gain_db"] == told["calibration_gain_db"] != 0.0
    _, out, _ = afx("preset", "show", "green nine")
    assert "knobs         gain 7.5 (0 to 10 %)" in out
    capture.unlink()  # it was copied
    stem = material.stem_file(tmp_path / "x.wav")
    assert afx("render", stem, "--preset", "Green Nine/Hot", "--set", "gain=2", "--out", tmp_path / "a")[0] == 0
    status, out, err = afx("render", stem, "--preset", "Hot", "--no-calibration", "--json", "--out", tmp_path / "b")
    assert (status, json.loads(out)["status"]) == (0, "done")
    assert afx("preset", "verify") == (0, "10 presets checked, 0 problems\n", "")


@pytest.mark.filterwarnings("ignore:.*states no sample rate")
def test_snapshots_become_a_device_in_one_command(afx: Any, tmp_path: Path) -> None:
    """Three captures of one pedal at known settings: one knob, blended in between; at two rates, in a pack, by hash."""
    captures = [proteus(tmp_path / f"gain-{k}.json", knobs=0) for k in (0, 5, 10)]
    ats = [each for k in (0, 5, 10) for each in ("--at", f"gain={k}")]
    status, out, err = afx(
        "preset", "add", *captures, *ats, "--device", "Blue", "--knob", "gain=0..100,%", "--set", "gain=30",
        "--capture-rate", "44100",
    )  # fmt: skip
    assert status == 0, err
    assert f"{captures[1]} at gain=5" in err
    assert out.startswith("added Blue/Default  knobs: gain  calibration: ")
    _, out, _ = afx("preset", "show", "Blue", "--json")
    assert json.loads(out)["knobs"] == [{"name": "gain", "unit": "%", "low": 0.0, "high": 100.0, "at": 30.0}]
    for each in captures:
        each.unlink()  # they were copied
    for rate_hz in (44_100, 96_000):
        stem = material.stem_file(tmp_path / f"{rate_hz}.wav", rate_hz=rate_hz)
        assert afx("render", stem, "--preset", "Blue", "--set", "gain=80", "--out", tmp_path / "out")[0] == 0
    assert afx("preset", "verify", "Blue") == (0, "1 preset checked, 0 problems\n", "")
    _, _, err = afx("preset", "add", captures[0], "--at", "gain=5", "--device", "Other")
    assert "cannot be read" in err
    status, _, err = afx("preset", "add", *captures, "--device", "Other")
    assert status == 2
    assert "3 captures are given without --at; allowed: one capture, or --at KNOB=VALUE for each" in err
    status, _, err = afx("preset", "add", *captures, "--at", "gain", "--device", "Other")
    assert status == 2
    assert "--at 'gain' is not understood; allowed: KNOB=NUMBER" in err


def test_knobs_are_named_from_the_file_where_it_tells(afx: Any, tmp_path: Path) -> None:
    capture = proteus(tmp_path / "TS9_DriveKnob.json")
    _, out, _ = afx("preset", "add", capture, "--device", "Nine", "--no-calibration", "--capture-rate", "44100")
    assert "knobs: Drive  calibration: none" in out
    two = proteus(tmp_path / "two.json", knobs=2)
    arguments = ["--capture-rate", "48000", "--knob", "Knob 2:tone=-12..12,dB", "--knob", "gain=0..10"]
    assert "knobs: gain, tone" in afx("preset", "add", two, "--device", "Two", *arguments)[1]


def test_list_search_remove(afx: Any, tmp_path: Path) -> None:
    capture = proteus(tmp_path / "a.json")
    for name in ("Warm", "Cold"):
        afx(
            "preset",
            "add",
            capture,
            "--device",
            "Two Moods",
            "--preset",
            name,
            *(["--capture-rate", "44100"] * (name == "Warm")),
        )
    told = json.loads(afx("preset", "list", "--json")[1])
    assert [each["label"] for each in told][:2] == ["Two Moods/Warm", "Two Moods/Cold"]
    assert "Two Moods/Cold" in afx("preset", "list")[1]
    assert afx("preset", "search", "moo", "war")[1] == "Two Moods/Warm\n"
    assert json.loads(afx("preset", "search", "tone", "green", "--json")[1])[0]["device"] == "Green Overdrive"
    assert afx("preset", "search", "zzz") == (0, "", "afx: there are no such presets\n")
    assert afx("preset", "remove", "two moods/warm")[1].startswith("removed Two Moods/Warm from ")
    assert afx("preset", "remove", "Two Moods")[1].count("removed") == 3
    assert not list((tmp_path / "data").rglob("*.json"))
    status, _, err = afx("preset", "remove", "Green Overdrive")
    assert (status, "is not in your own folder" in err) == (2, True)


def test_packs(afx: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    afx(
        "preset",
        "add",
        proteus(tmp_path / "a.json"),
        "--device",
        "Secret",
        "--capture-rate",
        "44100",
        "--link",
        "https://x.org/a",
    )
    pack = tmp_path / "all.afxpack"
    status, out, _ = afx("preset", "export", pack, "Secret", "Green Overdrive/Lead")
    assert status == 0
    assert "Secret: 1 preset, licence not stated: does not allow passing the capture on" in out
    assert "referred to by sha256 and https://x.org/a" in out
    assert "Green Overdrive: 1 preset, licence CC0-1.0, capture included" in out
    assert afx("preset", "export", pack, "Secret")[0] == 2
    told = json.loads(afx("preset", "export", pack, "Secret", "--overwrite", "--json")[1])
    assert [(each["device"], each["embedded"]) for each in told] == [("Secret", False)]
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))
    status, out, err = afx("preset", "import", pack)
    assert (status, out) == (0, "Secret: 1 preset added\n")
    assert "its capture is not in the pack (licence: not stated); get the file of sha256" in err
    status, out, err = afx("preset", "verify", "Secret", "--json")
    assert (status, len(json.loads(out)["problems"])) == (1, 1)
    (tmp_path / "a.json").rename(tmp_path / "other" / "afxplugin" / "presets" / "secret" / "any.json")
    assert afx("preset", "verify", "secret")[0] == 0
    assert afx("preset", "show", "Secret")[0] == 0
    told = json.loads(afx("preset", "import", pack, "--json")[1])
    assert (told[0]["added"], told[0]["there"]) == (0, 1)


def test_schema(afx: Any) -> None:
    told = json.loads(afx("preset", "schema")[1])
    assert (told["$id"], told["properties"]["schema"]["const"]) == ("urn:afxplugin:device.toml:2", 2)
    assert json.loads(afx("preset", "schema", "preset", "--schema", "2")[1])["$id"] == "urn:afxplugin:preset.toml:2"
    status, _, err = afx("preset", "schema", "preset", "--schema", "1")
    assert (status, err) == (2, "afx: there is no schema 'preset' 1; there are device 1, device 2, preset 2\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "nowhere.json", "--device", "X"], "cannot be read: No such file or directory"),
        (["add", "--device", "Gren Overdrive"], "did you mean Green Overdrive"),
        (["add", "{capture}"], "--device"),
        (["add", "{capture}", "--device", "X", "--knob", "gain"], "allowed: [CONTROL:]NAME=LOW..HIGH"),
        (["add", "{capture}", "--device", "X", "--knob", "gain=10..0"], "LOW..HIGH"),
        (["add", "{capture}", "--device", "X", "--knob", "gain=0..inf"], "LOW..HIGH"),
        (["add", "{capture}", "--device", "X", "--knob", "gain=0..1,dB,Hz"], "LOW..HIGH"),
        (["add", "{capture}", "--device", "X", "--knob", "9:gain=0..1"], "has no control '9'"),
        (["add", "{capture}", "--device", "X", "--set", "gain=1"], "it has Knob"),
        (["add", "{capture}", "--device", "X", "--mix", "3"], "mix: Input should be less than or equal to 1"),
        (["add", "{capture}", "--device", "a/b"], "without /"),
        (["show", "nothing"], "preset 'nothing': unknown"),
        (["remove", "nothing"], "preset 'nothing': unknown"),
        (["export", "{capture}.afxpack", "nothing"], "preset 'nothing': unknown"),
        (["import", "{capture}"], "not a pack: not a zip file"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*states no sample rate")
def test_usage_errors(afx: Any, tmp_path: Path, arguments: list[str], message: str) -> None:
    capture = proteus(tmp_path / "plain.json")
    status, out, err = afx("preset", *(each.replace("{capture}", str(capture)) for each in arguments))
    assert (status, out) == (2, "")
    assert message in err
    assert not list((tmp_path / "data").rglob("*.toml"))
