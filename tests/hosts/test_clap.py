"""A small CLAP host plays AFX and AFX Live: the sound of the plain chain; state, parameters, memory."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Capture
from afxplugin.plugin.document import PluginSettings, capture_document, parameter_values
from tests.conftest import compile_native
from tests.hosts.conftest import MONO, RATES, SETTINGS, Block, difference_db, direct, noise

HEADERS = Path("/usr/share/dpf/distrho/src")
IDS = {False: ("AFX.clap", "afxplugin.afx"), True: ("AFXLive.clap", "afxplugin.live")}
TAIL = 2_000  # frames, more than any latency


@pytest.fixture(scope="session")
def host(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """The host's program; skips where it cannot be compiled."""
    if not (HEADERS / "clap").is_dir():
        pytest.skip("no CLAP headers (Debian: dpf-source)")
    program = tmp_path_factory.mktemp("clap") / "clap_host"
    return compile_native(Path(__file__).with_name("clap_host.cpp"), program, "-isystem", str(HEADERS), "-g", "-ldl")


def state_of(capture: Capture, folder: Path, settings: PluginSettings = SETTINGS, *, live: bool = False) -> Path:
    """A state file, written here once more from DPF's description: strings in pairs, ended by zeros and 0xFE."""
    values = parameter_values(capture, settings, live=live)
    pairs = [part for symbol, value in values.items() for part in (symbol, f"{value:.12g}")]
    strings = ["__dpf_state_begin__", "capture", capture_document(capture, settings), "__dpf_state_end__"]
    strings += ["__dpf_parameters_begin__", *pairs, "__dpf_parameters_end__"]
    path = folder / "state"
    path.write_bytes(b"".join(text.encode() + b"\0" for text in strings) + b"\xfe")
    return path


@pytest.fixture
def render(host: Path, bundles: Path, tmp_path: Path) -> Callable[..., Block]:
    """Plays (2, frames) through a plugin; what comes out, the latency that it reports taken off."""

    def play(
        x: Block, rate_hz: int, state: Path, *settings: str, block: int = 512, live: bool = False, saved: str = "-"
    ) -> Block:
        file, identity = IDS[live]
        np.pad(x, ((0, 0), (0, TAIL))).tofile(tmp_path / "in")
        places = [str(tmp_path / "in"), str(tmp_path / "out"), str(state), saved]
        command = [str(host), "render", str(bundles / file), identity, str(rate_hz), str(block), *places, *settings]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        late = int(shown.split()[-1])
        assert (late == 0) == live
        return np.fromfile(tmp_path / "out", np.float32).reshape(2, -1)[:, late : late + x.shape[1]]

    return play


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("settings", "block"), [(SETTINGS, 512), (MONO, 17), (SETTINGS, 1), (SETTINGS, 8192)])
def test_same_sound_as_the_chain(
    render: Callable[..., Block],
    overdrive: Capture,
    tmp_path: Path,
    rate_hz: int,
    live: bool,
    settings: PluginSettings,
    block: int,
) -> None:
    x = noise()
    y = render(x, rate_hz, state_of(overdrive, tmp_path, settings, live=live), block=block, live=live)
    assert difference_db(y, direct(overdrive, x, rate_hz, settings, live=live)) < -120.0


def test_parameters_come_as_events(render: Callable[..., Block], overdrive: Capture, tmp_path: Path) -> None:
    x, state = noise(), state_of(overdrive, tmp_path)
    y = render(x, 48_000, state, "input_gain=4.5", "mix=0.25")
    wanted = PluginSettings(knobs=SETTINGS.knobs, input_gain_db=4.5, output_gain_db=4.7, mix=0.25)
    assert difference_db(y, direct(overdrive, x, 48_000, wanted)) < -120.0


def test_the_saved_state_plays_the_same(render: Callable[..., Block], overdrive: Capture, tmp_path: Path) -> None:
    x, saved = noise(), tmp_path / "saved"
    y = render(x, 44_100, state_of(overdrive, tmp_path), "output_gain=-2.25", saved=str(saved))
    assert np.array_equal(render(x, 44_100, saved), y)


def test_a_truncated_state_loads_nothing(render: Callable[..., Block], overdrive: Capture, tmp_path: Path) -> None:
    x, state = noise(), state_of(overdrive, tmp_path)
    state.write_bytes(state.read_bytes()[:50_000])
    assert np.array_equal(render(x, 48_000, state), x)  # without a capture the sound passes


def test_valgrind_finds_nothing(host: Path, bundles: Path, overdrive: Capture, tmp_path: Path) -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not installed")
    # An avx512 kernel is beyond valgrind, which shows the program a processor without it: another kernel plays.
    options = ["--leak-check=full", "--show-leak-kinds=definite,possible", "--errors-for-leak-kinds=definite,possible"]
    for live, count in ((False, 2), (True, 1)):
        file, identity = IDS[live]
        state = state_of(overdrive, tmp_path, live=live)
        command = ["valgrind", "-q", *options, "--error-exitcode=9", str(host), "cycles", str(bundles / file), identity]
        shown = subprocess.run([*command, str(count), str(state)], capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown.stderr[-6000:]
