"""What is heard at the audio device while a person presses keys; and a machine that has no device."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from afxplugin.editor.state.settings import Settings, write_settings
from tests.editor.desktop.person import Person, wait
from tests.engine import jack


@pytest.fixture
def server() -> Generator[jack.Server]:
    with jack.jack_server() as made:
        yield made


def test_keys_switch_what_is_heard(server: jack.Server, user: Person, guitar: Path, tmp_path: Path) -> None:
    probe = jack.build_probe(tmp_path)
    write_settings(Settings(output_device="system"), user.home / "config" / "afxplugin" / "editor.toml")
    user.start(guitar)
    user.choose_preset("Crunch")
    user.find("Cell", "Variant: Auto 4x")
    user.find("Button", "Play", disabled=False)
    user.press("space")
    user.find("Button", "Stop")
    wait(lambda: any(port.startswith("PortAudio:out_") for port in server.ports()), "a port that plays")
    recording = jack.Recording(probe, tmp_path, np.zeros(1, np.float32), 3 * jack.RATE_HZ, into=None)
    for key in "135678":
        user.press(key)
        time.sleep(0.3)
    heard = recording.result()
    user.press("space")
    user.find("Button", "Play")
    # The riff goes round while what plays it changes: never silent for long, never over full scale.
    loud = np.abs(heard).reshape(2, -1, jack.RATE_HZ // 2).max(axis=2)
    assert loud.min() > 0.01
    assert np.abs(heard).max() <= 1.0


@pytest.mark.skipif(Path("/dev/snd").exists(), reason="a sound card is here")
def test_without_a_device_everything_else_works(user: Person, guitar: Path) -> None:
    user.environment |= {"JACK_NO_START_SERVER": "1", "JACK_DEFAULT_SERVER": "nowhere"}
    user.start(guitar)
    user.choose_preset("Crunch")
    user.find("Cell", "SNR dB: 23")
    user.find("Button", "Play", disabled=False)
    user.press("space")
    user.find("Button", "Audio device", told="no output device")
    user.press("3")
    user.find("Button", "LIDL", told="playing this")
