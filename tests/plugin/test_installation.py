"""AFX in the DAWs' folders: put there whole, recognised, taken away; nobody else's plugin is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from afxplugin.errors import PluginError
from afxplugin.plugin import installation
from afxplugin.plugin.bundles import bundles_folder
from afxplugin.plugin.installation import FORMATS, NAMES, install, installed_bundles, uninstall


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not (bundles_folder() / "AFX.vst3").exists():
        pytest.skip("this build has no plugins")
    monkeypatch.setenv("HOME", str(tmp_path / "höme"))
    return tmp_path / "höme"


def states(to: Path | None = None) -> set[str]:
    return {bundle.state for bundle in installed_bundles(to)}


def test_installing_puts_every_bundle_where_daws_look(home: Path) -> None:
    assert states() == {"not installed"}
    assert {bundle.state for bundle in install()} == {"current"}
    assert {path.name for path in home.glob(".*/AFX*")} == {f"{name}.{kind}" for name in NAMES for kind in FORMATS}
    assert list((home / ".vst3" / "AFX.vst3").rglob("AFX.so"))
    assert (home / ".lv2" / "AFX.lv2" / "manifest.ttl").is_file()


def test_only_a_folder_that_is_named_is_touched(home: Path, tmp_path: Path) -> None:
    install(tmp_path / "plugins")
    assert not home.exists()
    assert len(uninstall(tmp_path / "plugins")) == len(NAMES) * len(FORMATS)
    assert list((tmp_path / "plugins").iterdir()) == []


def test_an_older_version_is_replaced_whole(home: Path) -> None:
    install()
    binary = home / ".clap" / "AFX.clap"
    binary.write_bytes(binary.read_bytes() + b"older")
    stale = home / ".lv2" / "AFX.lv2" / "stale.ttl"
    stale.write_text("")
    assert states() == {"current", "other version"}
    install()
    assert states() == {"current"}
    assert not stale.exists()
    assert not list(home.rglob(".*AFX*"))


def test_a_plugin_of_another_maker_stays(home: Path) -> None:
    other = home / ".vst3" / "AFX.vst3" / "Contents" / "x86_64-linux" / "AFX.so"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"\x7fELF of somebody else")
    with pytest.raises(PluginError, match="not one of ours"):
        install()
    assert states() == {"not installed", "not ours"}
    assert uninstall() == []
    assert other.read_bytes() == b"\x7fELF of somebody else"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PluginError, match="cannot be written"):
        install(tmp_path / "file" / "plugins")


def test_a_failed_replacement_leaves_the_old_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install()
    binary = home / ".lv2" / "AFX.lv2" / "AFX_dsp.so"
    binary.write_bytes(binary.read_bytes() + b"older")

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(installation.shutil, "copytree", full_disk)
    with pytest.raises(PluginError, match="No space left"):
        install()
    assert binary.exists()
    assert not list(home.rglob(".*.new"))


def test_a_build_without_plugins_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from afxplugin.plugin import bundles

    monkeypatch.setattr(bundles, "bundles_folder", lambda: tmp_path)
    with pytest.raises(PluginError, match="dpf-source and nlohmann-json3-dev"):
        installed_bundles()
