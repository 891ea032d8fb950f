"""The table of figures, and the plots that say why."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from afxplugin.editor.widgets.difference_plot import Difference, DifferencePlot
from afxplugin.editor.widgets.figures_table import BAR, FigureRow, FiguresTable
from afxplugin.editor.widgets.plotting import FrequencyAxis, hertz_text
from afxplugin.editor.widgets.spectrogram_plot import SpectrogramImage, SpectrogramPlot
from afxplugin.editor.widgets.spectrum_plot import Marks, SpectrumLine, SpectrumPlot

ROWS = (
    FigureRow("reference", "Reference", loudness_lufs=-18.0, gain_db=0.0, reason="the capture at its own rate"),
    FigureRow("naive", "Naive", 23.76, None, -50.6, 2.9, 0, 0.0, 128.2, -18.2, 0.25, "it runs at another rate"),
    FigureRow("apdl", "APDL", reason="its loop is not stable", playable=False),
    FigureRow("auto", "Auto", math.inf, None, -48.8, 6.0, 76, 1.583, 9.5, -18.0, 0.0, "ratio 1.088", heard=True),
)


@pytest.fixture
def table(qtbot: QtBot) -> FiguresTable:
    made = FiguresTable()
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show_rows(ROWS)
    made.show()
    return made


def cells(table: FiguresTable, row: int) -> list[str]:
    model = table.figures
    return [model.data(model.index(row, column)) for column in range(model.columnCount())]


def test_figures_stand_in_their_columns(table: FiguresTable) -> None:
    assert cells(table, 1) == [
        "Naive", "23.8", "–", "−50.6", "2.9", "none", "128×", "−18.2", "+0.2", "it runs at another rate",
    ]  # fmt: skip
    assert cells(table, 3)[:7] == ["▸ Auto", "identical", "–", "−48.8", "6.0", "76 fr · 1.58 ms", "9.5×"]
    assert cells(table, 2)[1:5] == ["–"] * 4


def test_headings_explain_themselves(table: FiguresTable) -> None:
    for column in range(table.figures.columnCount()):
        text = table.figures.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert len(text) > 10


def test_the_device_has_a_column_only_where_it_is_known(table: FiguresTable) -> None:
    assert table.isColumnHidden(2)
    table.show_rows((FigureRow("naive", "Naive", 20.0, 19.0),))
    assert not table.isColumnHidden(2)


def test_bars_show_the_snr(table: FiguresTable) -> None:
    model = table.figures
    assert [model.data(model.index(row, 1), BAR) for row in range(4)] == [None, pytest.approx(0.2376), None, 1.0]


def test_enter_and_a_double_click_hear_a_row(table: FiguresTable) -> None:
    heard: list[str] = []
    table.chosen.connect(heard.append)
    table.setCurrentIndex(table.figures.index(1, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    at = table.visualRect(table.figures.index(3, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert heard == ["naive", "auto"]


def test_copying_takes_the_whole_table(table: FiguresTable) -> None:
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Variant", "Reference", "Naive", "APDL", "▸ Auto"]


@pytest.mark.usefixtures("dressed")
def test_no_figure_is_cut(table: FiguresTable) -> None:
    table.fit_columns()
    metrics = table.fontMetrics()
    for row in range(len(ROWS)):
        for column, text in enumerate(cells(table, row)[:-1]):
            if not table.isColumnHidden(column):
                assert table.columnWidth(column) >= metrics.horizontalAdvance(text) + 12, text
    assert not table.grab().isNull()


def test_frequencies_are_written_short() -> None:
    assert [hertz_text(each) for each in (50.0, 1000.0, 2500.0, 20_000.0)] == ["50", "1k", "2.5k", "20k"]


@pytest.mark.usefixtures("qapp")
def test_the_frequency_axis_has_octave_ticks() -> None:
    ((_, ticks),) = FrequencyAxis("bottom").tickValues(math.log10(90), math.log10(2100), 500)
    assert [round(10**tick) for tick in ticks] == [100, 200, 500, 1000, 2000]


def spectrum() -> tuple[SpectrumLine, Marks, Marks]:
    hz = np.arange(24_001, dtype=np.float64)
    dbfs = np.full(hz.shape, -130.0)
    dbfs[[1000, 2000, 3000]] = (-6.0, -20.0, -40.0)
    harmonics = Marks(np.array([1000.0, 2000.0]), np.array([-6.0, -20.0]))
    return SpectrumLine("LIDL", hz, dbfs), harmonics, Marks(np.array([700.0]), np.array([-72.4]))


def test_a_spectrum_with_marks(qtbot: QtBot, dressed: str) -> None:
    plot = SpectrumPlot()
    qtbot.addWidget(plot)
    plot.resize(800, 300)
    line, harmonics, aliases = spectrum()
    plot.show_spectrum(
        line, SpectrumLine("Reference", line.hz, line.dbfs), harmonics=harmonics, aliases=aliases, note="sine"
    )
    assert plot.plot.accessibleDescription() == "LIDL; loudest alias -72 dBFS"
    assert all(word in plot.legend.text() for word in ("LIDL", "Reference", "harmonics", "aliases"))
    plot.restyle()
    assert not plot.grab().isNull(), dressed
    plot.show_spectrum(None)
    assert plot.plot.accessibleDescription() == "nothing"


def test_the_stems_spectrum_has_no_marks(qtbot: QtBot) -> None:
    plot = SpectrumPlot()
    qtbot.addWidget(plot)
    line, harmonics, _ = spectrum()
    asked: list[str] = []
    plot.kind.connect(asked.append)
    plot.of_stem.click()
    plot.of_stem.click()
    assert asked == ["stem spectrum", "spectrum"]
    plot.show_spectrum(line, harmonics=harmonics)
    plot.show_spectrum(line, note="mean over 8.0 s of the stem")
    assert plot.plot.accessibleDescription() == "LIDL"
    assert "harmonics" not in plot.legend.text()
    assert 10 ** plot.plot.getPlotItem().getViewBox().viewRange()[0][0] == pytest.approx(30.0)


def test_a_spectrum_begins_an_octave_below_its_lowest_mark(qtbot: QtBot) -> None:
    plot = SpectrumPlot()
    qtbot.addWidget(plot)
    line, harmonics, aliases = spectrum()

    def begins() -> float:
        return 10 ** plot.plot.getPlotItem().getViewBox().viewRange()[0][0]

    plot.show_spectrum(line, harmonics=harmonics)
    assert begins() == pytest.approx(500.0)
    plot.show_spectrum(line, harmonics=harmonics, aliases=aliases)
    assert begins() == pytest.approx(350.0)
    faint = Marks(np.array([30.0]), np.array([-130.0]))
    plot.show_spectrum(line, harmonics=harmonics, aliases=faint)
    assert begins() == pytest.approx(500.0)


def test_sweeps_side_by_side(qtbot: QtBot, dressed: str) -> None:
    plot = SpectrogramPlot()
    qtbot.addWidget(plot)
    plot.resize(900, 300)
    levels = np.linspace(-120, 0, 200 * 300, dtype=np.float32).reshape(200, 300)
    plot.show_images(
        SpectrogramImage("Reference", levels, 4.0, 22_050.0), SpectrogramImage("STN", levels, 4.0, 24_000.0)
    )
    assert plot.layout_view.accessibleDescription() == "Reference and STN"
    assert not plot.grab().isNull(), dressed
    plot.show_images(None, None)
    plot.restyle()


def test_a_difference_over_time(qtbot: QtBot, dressed: str) -> None:
    plot = DifferencePlot()
    qtbot.addWidget(plot)
    plot.resize(800, 300)
    high = np.linspace(0, 0.1, 400)
    plot.show_difference(Difference("STN minus reference", 8.0, -high, high, np.full(400, -18.0), np.full(400, -61.5)))
    assert plot.level.accessibleDescription() == "STN minus reference: at most -61.5 dBFS"
    plot.restyle()
    assert not plot.grab().isNull(), dressed
    plot.show_difference(None)
    assert plot.legend.text() == ""
