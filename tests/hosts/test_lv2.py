"""AFX and AFX Live as LV2: what describes them is valid, lilv's tools see them, a small host plays and saves them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Capture
from tests.conftest import compile_native
from tests.hosts.conftest import RATES, SETTINGS, Block, difference_db, direct, noise, write_preset

URIS = {False: "urn:afxplugin:afx", True: "urn:afxplugin:live"}
SPECIFICATION = Path("/usr/lib/lv2")
TAIL = 2_000  # frames, more than any latency
SPECIFICATION_BUNDLES = {
    f"{name}.lv2"
    for name in (
        "atom", "buf-size", "core", "data-access", "dynmanifest", "event", "instance-access", "log", "midi", "morph",
        "options", "parameters", "patch", "port-groups", "port-props", "presets", "resize-port", "schemas", "state",
        "time", "ui", "units", "uri-map", "urid", "worker",
    )
}  # fmt: skip
# Words of others that DPF writes; the specification, which is all that the validator knows, does not have them.
FOREIGN = ("http://moddevices.com/ns/mod#", "http://kxstudio.sf.net/ns/lv2ext/props#")


def needs(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed (Debian: {package})")
    return found


@pytest.fixture
def world(bundles: Path, overdrive: Capture, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with our plugins and a preset of each, and nothing else."""
    folder = tmp_path / "lv2"
    for name in ("AFX.lv2", "AFXLive.lv2"):
        shutil.copytree(bundles / name, folder / name)
    for live in (False, True):
        write_preset(overdrive, folder, live=live, lv2=True)
    return dict(os.environ, LV2_PATH=f"{folder}:{SPECIFICATION}", HOME=str(tmp_path))


@pytest.mark.parametrize("name", ["AFX", "AFXLive"])
def test_the_description_is_valid(bundles: Path, name: str) -> None:
    validate = needs("sord_validate", "sordi")
    if not (SPECIFICATION / "core.lv2").is_dir():
        pytest.skip("the LV2 specification is not installed (Debian: lv2-dev)")
    ours = sorted((bundles / f"{name}.lv2").glob("*.ttl"))
    words = sorted(SPECIFICATION.glob("*.lv2/*.ttl"))
    words = [path for path in words if path.parent.name in SPECIFICATION_BUNDLES]
    done = subprocess.run([validate, *map(str, words + ours)], capture_output=True, text=True, check=False)
    assert re.search(r"checked \d{4} restrictions", done.stdout + done.stderr)
    errors = re.split(r"^error: ", done.stderr, flags=re.MULTILINE)[1:]
    assert [text for text in errors if not any(word in text for word in FOREIGN)] == []
    assert len(ours) == 2


def test_lilv_lists_plugins_and_presets(world: dict[str, str]) -> None:
    listed = subprocess.run([needs("lv2ls", "lilv-utils")], env=world, capture_output=True, text=True, check=True)
    assert set(URIS.values()) <= set(listed.stdout.split())
    for uri in URIS.values():
        info = [needs("lv2info", "lilv-utils"), uri]
        shown = subprocess.run(info, env=world, capture_output=True, text=True, check=True).stdout
        assert "Has latency:       yes" in shown
        assert "Test/Warm" in shown
        assert "Simulator Plugin" in shown


@pytest.fixture(scope="session")
def host(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """The host's program; skips where it cannot be compiled."""
    config = [needs("pkg-config", "pkg-config"), "--cflags", "--libs", "lilv-0"]
    flags = subprocess.run(config, capture_output=True, text=True, check=False)
    if flags.returncode != 0:
        pytest.skip("lilv is not installed (Debian: liblilv-dev)")
    program = tmp_path_factory.mktemp("lv2") / "lv2_host"
    return compile_native(Path(__file__).with_name("lv2_host.cpp"), program, after=flags.stdout.split())


@pytest.fixture
def render(host: Path, world: dict[str, str], tmp_path: Path) -> Callable[..., Block]:
    """Plays (2, frames) through a plugin; what comes out, the latency that it reports taken off."""

    def play(x: Block, rate_hz: int, state: str, *, block: int = 512, live: bool = False, saved: str = "-") -> Block:
        np.pad(x, ((0, 0), (0, TAIL))).tofile(tmp_path / "in")
        files = [str(tmp_path / "in"), str(tmp_path / "out"), saved]
        command = [str(host), URIS[live], state, str(rate_hz), str(block), *files]
        shown = subprocess.run(command, env=world, capture_output=True, text=True, check=True).stdout
        late = int(shown.split()[-1])
        assert (late == 0) == live
        return np.fromfile(tmp_path / "out", np.float32).reshape(2, -1)[:, late : late + x.shape[1]]

    return play


def preset_of(world: dict[str, str], *, live: bool) -> str:
    """The URI of the preset in the world."""
    folder = Path(world["LV2_PATH"].split(":")[0])
    manifest = next(folder.glob(f"{'AFXLive' if live else 'AFX'}-*.preset.lv2")) / "manifest.ttl"
    return next(word for word in re.findall(r"<([^>]*)>", manifest.read_text()) if ":preset:" in word)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(("rate_hz", "block"), list(zip(RATES, (512, 17, 8192), strict=True)))
def test_a_preset_sounds_as_the_chain(
    render: Callable[..., Block], world: dict[str, str], overdrive: Capture, rate_hz: int, block: int, live: bool
) -> None:
    x = noise()
    y = render(x, rate_hz, preset_of(world, live=live), block=block, live=live)
    assert difference_db(y, direct(overdrive, x, rate_hz, SETTINGS, live=live)) < -120.0


def test_the_saved_state_plays_the_same(render: Callable[..., Block], world: dict[str, str], tmp_path: Path) -> None:
    x, saved = noise(), tmp_path / "saved.ttl"
    y = render(x, 48_000, preset_of(world, live=False), saved=str(saved))
    for bundle in Path(world["LV2_PATH"].split(":")[0]).glob("*.preset.lv2"):
        shutil.rmtree(bundle)
    assert np.array_equal(render(x, 48_000, str(saved)), y)
