"""The blind test's panel, the queue, the live panel, the transport, settings, and what a first-time user sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from afxplugin.editor.look.theme import BODY, font
from afxplugin.editor.widgets.abx_panel import AbxPanel
from afxplugin.editor.widgets.empty_state import EmptyState
from afxplugin.editor.widgets.live_panel import LivePanel, LiveRequest
from afxplugin.editor.widgets.meter import Meter
from afxplugin.editor.widgets.notice import Notice
from afxplugin.editor.widgets.queue_panel import QueuePanel
from afxplugin.editor.widgets.queue_view import QueueRow, Status, reason_of
from afxplugin.editor.widgets.settings_dialog import SettingsChoice, SettingsDialog
from afxplugin.editor.widgets.switch import Switch
from afxplugin.editor.widgets.transport import Transport
from afxplugin.engine.live_stats import Levels, LiveStats
from afxplugin.engine.stream import Device

LEFT = Qt.MouseButton.LeftButton
CHOICES = (("reference", "Reference"), ("naive", "Naive"), ("auto", "Auto"))
DEVICES = (
    Device(0, "system", "JACK Audio Connection Kit", 4, 2, 48_000, True, True),
    Device(3, "Headphones", "ALSA", 0, 2, 44_100, False, False),
)
STATS = LiveStats(9.0, 1, 3, 2, 256, 0, 0, 0.13, 1, 1, 1, 1, 1, 1, 300, 5.0, 384, 0, 13.2, True)


@pytest.fixture
def blind(qtbot: QtBot) -> AbxPanel:
    made = AbxPanel()
    qtbot.addWidget(made)
    made.resize(700, 320)
    made.show_choices(CHOICES)
    made.show()
    return made


def test_a_blind_test_begins_with_two_that_differ(blind: AbxPanel) -> None:
    heard: list[tuple[str, str, int]] = []
    blind.begin.connect(lambda first, second, trials: heard.append((first, second, trials)))
    blind.second.setCurrentIndex(0)
    assert not blind.start.isEnabled()
    blind.second.setCurrentIndex(2)
    QTest.mouseClick(blind.start, LEFT)
    assert heard == [("reference", "auto", 16)]


def test_choices_stay_while_more_come(blind: AbxPanel) -> None:
    blind.first.setCurrentIndex(1)
    blind.show_choices((*CHOICES, ("stn", "STN")))
    assert blind.first.currentData() == "naive"
    blind.show_choices(CHOICES[:1])
    blind.show_choices(CHOICES)
    assert blind.first.currentData() != blind.second.currentData()
    blind.show_choices((), "Choose a stem and a preset first.")
    assert not blind.start.isEnabled()
    assert blind.missing.text().startswith("Choose a stem")


def test_trials_are_done_by_keys_and_hide_the_names(blind: AbxPanel) -> None:
    listened: list[str] = []
    answered: list[str] = []
    blind.listen.connect(listened.append)
    blind.answer.connect(answered.append)
    blind.show_trial(3, 16, "X")
    for key in (Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_B):
        QTest.keyClick(blind, key)
    QTest.keyClick(blind, Qt.Key.Key_Left)
    QTest.mouseClick(blind.answers["B"], LEFT)
    assert (listened, answered) == (["A", "X", "B"], ["A", "B"])
    assert blind.progress.text() == "Trial 3 of 16"
    assert [name for name, button in blind.listening.items() if button.isChecked()] == ["X"]


def test_the_result_says_what_it_means(blind: AbxPanel) -> None:
    blind.show_result("Naive", "Auto", right=14, trials=16, p_value=0.0021)
    assert blind.score.text() == "14 of 16 right"
    assert "You hear Naive and Auto apart" in blind.verdict.text()
    blind.show_result("LIDL", "Auto", right=9, trials=16, p_value=0.4018)
    assert "No proof" in blind.verdict.text()
    QTest.mouseClick(blind.again, LEFT)
    assert blind.pages.currentIndex() == 0


def row(key: int, status: Status) -> QueueRow:
    message = "no audio" if status == "failed" else ""
    output = Path("/out/rendered.wav") if status == "done" else None
    return QueueRow(key, Path(f"/stems/{key}.wav"), "Amp/Lead", "Auto", status, 0.5, 20.0, 12.0, message, output)


def rows(*statuses: Status) -> list[QueueRow]:
    return [row(key, status) for key, status in enumerate(statuses)]


@pytest.fixture
def queue(qtbot: QtBot) -> QueuePanel:
    made = QueuePanel()
    qtbot.addWidget(made)
    made.resize(900, 320)
    made.show()
    return made


def test_the_queue_shows_state_speed_and_time_left(queue: QueuePanel) -> None:
    queue.show_rows(rows("done", "running", "failed", "waiting"), running=True, left_s=95.0)
    model = queue.view.queue
    assert [model.data(model.index(k, 3)) for k in range(4)] == ["done", "50 %", "failed", "waiting"]
    assert [model.data(model.index(1, k)) for k in (4, 5)] == ["20×", "12 s left"]
    assert model.data(model.index(2, 6)) == "no audio"
    assert queue.summary.text().startswith("1 of 4 done · 1 failed · 2 min left")


def test_the_note_of_what_failed_begins_with_the_reason(queue: QueuePanel) -> None:
    whole = "exists already and was not made from this stem with these settings: /a long way/to/a.wav"
    failed = replace(row(0, "failed"), message=whole, preset="Green Overdrive/A Longer Name")
    queue.show_rows([failed], running=False)
    model = queue.view.queue
    assert model.data(model.index(0, 6)) == "exists already and was not made from this stem with these settings"
    assert whole in model.data(model.index(0, 6), Qt.ItemDataRole.ToolTipRole)
    needed = queue.view.fontMetrics().horizontalAdvance(failed.preset)
    assert queue.view.columnWidth(1) > needed


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("cannot be read: C:\\stems\\a.wav", "cannot be read"),
        ("cannot be read: /stems/0.wav", "cannot be read"),
        ("cannot be read: /out/a: b.wav", "cannot be read"),
        ("not enough memory: 3 GB are there", "not enough memory: 3 GB are there"),
        ("", ""),
    ],
)
def test_only_a_path_is_left_out_of_a_note(message: str, reason: str) -> None:
    failed = replace(row(0, "failed"), message=message, output=Path("/out/a: b.wav"))
    assert reason_of(failed) == reason


def test_only_what_makes_sense_can_be_pressed(queue: QueuePanel) -> None:
    def able() -> list[bool]:
        buttons = (
            queue.start_button,
            queue.pause_button,
            queue.cancel_button,
            queue.retry_button,
            queue.clear_button,
            queue.open_button,
        )
        return [button.isEnabled() for button in buttons]

    assert able() == [False] * 6
    queue.show_rows(rows("waiting"), running=False)
    assert able() == [True, False, True, False, False, False]
    queue.show_rows(rows("done", "running"), running=True)
    assert able() == [False, True, True, False, True, True]
    queue.show_rows(rows("failed", "done"), running=False)
    assert able() == [False, False, False, True, True, True]


def test_buttons_act_on_the_selection_or_all(queue: QueuePanel) -> None:
    heard: list[list[object]] = []
    queue.cancel.connect(heard.append)
    queue.show_rows(rows("waiting", "waiting"), running=False)
    QTest.mouseClick(queue.cancel_button, LEFT)
    queue.view.selectRow(1)
    QTest.mouseClick(queue.cancel_button, LEFT)
    assert heard == [[0, 1], [1]]


def test_rendered_files_can_be_dragged_out(queue: QueuePanel) -> None:
    queue.show_rows(rows("done", "waiting"), running=False)
    model = queue.view.queue
    assert model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert not model.flags(model.index(1, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    urls = model.mimeData([model.index(0, column) for column in range(3)]).urls()
    assert [url.toLocalFile() for url in urls] == ["/out/rendered.wav"]


def test_folder_and_removal(queue: QueuePanel) -> None:
    opened: list[Path] = []
    removed: list[list[object]] = []
    queue.opened.connect(opened.append)
    queue.remove.connect(removed.append)
    queue.show_rows(rows("done"), running=False)
    QTest.mouseClick(queue.open_button, LEFT)
    queue.view.selectRow(0)
    QTest.keyClick(queue.view, Qt.Key.Key_Return)
    QTest.keyClick(queue.view, Qt.Key.Key_Delete)
    assert (opened, removed) == ([Path("/out"), Path("/out/rendered.wav")], [[0]])
    queue.show_folder(Path("/elsewhere"))
    assert queue.where.text() == "/elsewhere"


@pytest.fixture
def live(qtbot: QtBot) -> LivePanel:
    made = LivePanel(("auto", "naive"))
    qtbot.addWidget(made)
    made.show()
    return made


def test_live_asks_for_what_was_chosen(live: LivePanel) -> None:
    heard: list[LiveRequest] = []
    live.start.connect(heard.append)
    live.show_devices(DEVICES)
    live.show_ready(True, "")
    assert [live.inputs.count(), live.outputs.count(), live.channel.count()] == [2, 3, 4]
    live.outputs.setCurrentIndex(2)
    live.channel.setCurrentIndex(1)
    QTest.mouseClick(live.button, LEFT)
    assert heard == [LiveRequest(None, 3, 2, 128, "auto")]


def test_live_begins_with_the_devices_of_the_last_time(live: LivePanel) -> None:
    names = {each.index: each.name for each in DEVICES}
    live.show_devices(DEVICES, first=("gone", names[3]))
    assert (live.inputs.currentData(), live.outputs.currentData()) == (None, 3)
    live.outputs.setCurrentIndex(0)
    live.show_devices(DEVICES, first=(None, names[3]))  # looked for again: what was chosen since stays
    assert live.outputs.currentData() is None


def test_live_shows_levels_and_losses(live: LivePanel) -> None:
    live.show_playing(True)
    live.show_stats(STATS, Levels(0.5, 1.0, 0.25))
    assert [live.figures[name].text() for name in ("round", "load", "underruns", "xruns")] == [
        "13.2 ms",
        "13 %",
        "2",
        "3",
    ]
    assert live.meter_in.levels_db[0] == pytest.approx(-6.02, abs=0.01)
    stopped: list[bool] = []
    live.stop.connect(lambda: stopped.append(True))
    QTest.mouseClick(live.button, LEFT)
    assert stopped == [True]


def test_live_says_why_not(live: LivePanel) -> None:
    live.show_ready(False, "No audio device is here.")
    assert not live.button.isEnabled()
    assert live.problem.isVisible()


def test_the_transport_plays_and_stops(qtbot: QtBot) -> None:
    transport = Transport()
    qtbot.addWidget(transport)
    heard: list[str] = []
    transport.play.connect(lambda: heard.append("play"))
    transport.stop.connect(lambda: heard.append("stop"))
    QTest.mouseClick(transport.button, LEFT)
    assert heard == []
    transport.show_ready(True)
    QTest.mouseClick(transport.button, LEFT)
    transport.show_playing(True)
    QTest.mouseClick(transport.button, LEFT)
    assert heard == ["play", "stop"]
    assert transport.button.accessibleName() == "Stop"
    transport.show_position(1.24, 8.0)
    assert transport.time.text() == "0:01.2 / 0:08.0"
    transport.show_device("", "no output device is here")
    assert (transport.device.text(), transport.device.toolTip()) == ("No audio device", "no output device is here")


def test_a_meter_falls_slowly_and_holds_the_peak(qtbot: QtBot, dressed: str) -> None:
    meter = Meter("Level")
    qtbot.addWidget(meter)
    meter.show_peaks((1.0, 0.0))
    meter.show_peaks((0.0, 0.0))
    assert meter.levels_db == (pytest.approx(-1.2), -60.0)
    assert meter.accessibleDescription() == "0.0 dBFS"
    assert not meter.grab().isNull(), dressed
    meter.clear()
    assert meter.levels_db == (-60.0, -60.0)


def test_settings_answer_what_was_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = SettingsDialog(SettingsChoice("Gone", "dark", None), ("system",), problem="")
    qtbot.addWidget(dialog)
    looks: list[str] = []
    dialog.looks.connect(looks.append)
    assert dialog.device.currentText() == "Gone (not here)"
    dialog.device.setCurrentIndex(1)
    dialog.theme.setCurrentIndex(1)
    dialog.folder.setText(str(tmp_path))
    assert dialog.choice == SettingsChoice("system", "light", tmp_path)
    assert looks == ["light"]


def test_the_empty_state_says_what_to_do(qtbot: QtBot, dressed: str) -> None:
    empty = EmptyState()
    qtbot.addWidget(empty)
    heard: list[str] = []
    empty.open_files.connect(lambda: heard.append("files"))
    empty.open_folder.connect(lambda: heard.append("folder"))
    empty.example.connect(lambda: heard.append("example"))
    for button in (empty.open_button, empty.folder_button, empty.example_button):
        QTest.mouseClick(button, LEFT)
    assert heard == ["files", "folder", "example"]
    empty.show_recent([Path("/s/album.afxsession")])
    empty.resize(900, 600)
    empty.restyle()
    assert not empty.grab().isNull(), dressed


def test_a_notice_comes_and_goes(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.tell("the preset cannot be opened")
    assert notice.isVisible()
    assert notice.text.text() == "The preset cannot be opened"
    QTest.mouseClick(notice.dismiss, LEFT)
    assert not notice.isVisible()


def test_a_switch_is_switched_anywhere_on_it(qtbot: QtBot, dressed: str) -> None:
    switch = Switch("Equal loudness")
    qtbot.addWidget(switch)
    switch.resize(switch.sizeHint())
    assert switch.width() >= 30 + 8 + 4 + QFontMetrics(font(BODY)).horizontalAdvance("Equal loudness")
    QTest.mouseClick(switch, LEFT, pos=QPoint(switch.width() - 4, 8))
    assert switch.isChecked()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert not switch.grab().isNull(), dressed
