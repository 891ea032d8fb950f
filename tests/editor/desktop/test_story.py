"""A person who has never seen the program, at a real window: by mouse and keys alone, judged by what came of it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from afxplugin.audio import read_audio
from afxplugin.editor.state.session_file import read_session
from tests.editor.desktop.person import WHEEL_UP, Person, wait


def test_from_a_stem_to_its_render(user: Person, guitar: Path) -> None:
    # Started with a stem; a preset is clicked, and the methods are compared.
    user.start(guitar)
    user.wait_for_window("Untitled session")
    user.choose_preset("Crunch")
    user.wait_kept('preset = "Green Overdrive/Crunch"')
    user.find("Cell", "SNR dB: 23")

    # Number keys choose; one that is not stable cannot be chosen, and says why.
    for key, name in (("1", "Naive"), ("2", "STN"), ("3", "LIDL"), ("5", "CIDL"), ("6", "Resample"), ("8", "Auto 2x")):
        user.press(key)
        assert user.find("Button", name, told="playing this")
    user.press("4")
    assert user.find("Button", "APDL", told="cannot be played")
    user.wait_kept('variant = "auto-2x"')
    user.press("7")

    # At another rate the figures are others, and undo takes it back.
    user.click("ComboBox", "48 kHz")
    user.click("ListItem", "96 kHz")
    user.wait_kept("session_hz = 96000")
    user.find("Cell", "Variant: Naive")
    user.find("Cell", "SNR dB: 5.")
    user.press("ctrl+z")
    user.find("ComboBox", "48 kHz")
    user.press("ctrl+shift+z")
    user.find("ComboBox", "96 kHz")

    # Each tab by its key, then into the queue and through it.
    for key, shown in (("2", "Spectrum"), ("3", "Sweep"), ("4", "Difference"), ("5", "Blind test"), ("1", "Figures")):
        user.press(f"ctrl+shift+{key}")
        user.find("PageTab", shown, selected=True)
    user.press("ctrl+Return")
    user.wait_kept("[[queue]]")
    user.click("Button", "Start")
    rendered = guitar.parent / "rendered" / "guitar [Crunch].wav"
    manifest = rendered.with_name("manifest.json")
    wait(manifest.exists, "a manifest")

    # Saved beside the stem, by the keys of any program.
    user.press("ctrl+s")
    session = guitar.parent / "song.afxsession"
    user.name_file("Save session", session)
    user.wait_for_window("song –")
    user.press("ctrl+q")
    assert user.end() == 0

    assert [each.path for each in read_session(session).stems] == [guitar]
    assert read_session(session).session_hz == 96_000
    assert 'path = "guitar.wav"' in session.read_text()
    told = list(json.loads(manifest.read_text()).values())
    assert [(each["output"], each["status"], each["plan"]["session_hz"]) for each in told] == [
        (rendered.name, "done", 48_000)
    ]
    audio = read_audio(rendered)
    assert (audio.rate_hz, audio.x.shape) == (48_000, (1, 3 * 48_000))
    assert abs(audio.x).max() > 0.01
    assert user.kept() == ""


def test_by_keys_alone_and_after_a_crash(user: Person, guitar: Path) -> None:
    # Started with nothing: the window says what to do, and the keyboard is enough to do it.
    user.start()
    assert user.title() == "Untitled session – afxplugin"
    user.find("Button", "Try it with an example")
    user.press("ctrl+i")
    user.name_file("Add stems", guitar)
    user.find("ListItem", "guitar")
    user.press("ctrl+f")
    user.find("EditableText", "Search presets", focused=True)
    user.write("lead")
    user.press("Return")
    user.wait_kept('preset = "Green Overdrive/Lead"')
    assert user.title() == "Untitled session* – afxplugin"

    # Killed, and started again: what was done is offered, and comes back.
    user.kill()
    user.start(title="Recover a session")
    user.press("Return")
    user.wait_for_window("Untitled session*")
    user.find("ListItem", "guitar")
    user.find("ListItem", "Lead", selected=True)

    # Left without saving: asked first, and then nothing is offered any more.
    user.press("ctrl+q")
    user.wait_for_window("Unsaved changes")
    user.click("Button", "Discard")
    assert user.end() == 0
    assert user.kept() == ""


def test_by_mouse_alone_with_the_example(user: Person) -> None:
    user.start()
    user.click("Button", "Try it with an example")
    for name in ("guitar", "bass", "drums"):
        user.find("ListItem", name)
    user.click("ListItem", "guitar")
    user.choose_preset("Clean Push")
    user.find("Dial", "Drive", told="1.5")

    # A knob by a click and the wheel, by a typed value, and back to the preset's by a double click.
    user.click("Dial", "Drive")
    user.click("Dial", "Drive", times=3, button=WHEEL_UP)
    user.find("Dial", "Drive", told="2.1")
    user.click("EditableText", "Drive, value")
    user.press("ctrl+a")
    user.write("7.25")
    user.press("Return")
    user.wait_kept("Drive = 7.25")
    user.click("Dial", "Drive", times=2)
    user.find("Dial", "Drive", told="1.5")

    # Another stretch of the 19.2 s; undone, it is the loudest again.
    user.drag("Client", "Waveform", 0.75, 0.9)
    user.wait_kept("[region]")
    region = tomllib.loads(user.kept())["region"]
    assert 14.2 < region["start_s"] < 14.6
    assert 2.7 < region["seconds"] < 3.1
    user.click("Button", "Undo")
    wait(lambda: "[region]" not in user.kept(), "no region")


def test_what_cannot_be_read_is_told_in_the_window(user: Person, guitar: Path) -> None:
    torn = guitar.with_name("torn.wav")
    torn.write_bytes(guitar.read_bytes()[:30])
    user.start(torn, guitar)
    user.find("ListItem", "guitar, 48 kHz")
    wait(lambda: "reading" not in user.find("ListItem", "torn, ")["name"], "what is wrong with it")
    user.choose_preset("Crunch")
    user.wait_kept('preset = "Green Overdrive/Crunch"')
    user.press("ctrl+Return")
    user.click("Button", "Start")
    wait((guitar.parent / "rendered" / "guitar [Crunch].wav").exists, "the render of what can be read")
