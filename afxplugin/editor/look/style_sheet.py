"""The style sheet of the editor's ordinary controls, made of a palette's tokens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afxplugin.editor.look.theme import Palette

_TEXT = """
QWidget { color: %(text)s; }
QMainWindow, QDialog { background: %(window)s; }
QLabel { background: transparent; }
QLabel[role="heading"] { font-size: 15px; font-weight: 600; }
QLabel[role="large"] { font-size: 22px; font-weight: 600; }
QLabel[role="section"] { color: %(muted)s; font-size: 11px; font-weight: 600; letter-spacing: 0.6px; }
QLabel[role="muted"] { color: %(muted)s; }
QLabel[role="small"] { color: %(muted)s; font-size: 11px; }
QLabel[role="warning"] { color: %(warning)s; }
QLabel[role="danger"] { color: %(danger)s; }
QLabel[role="ok"] { color: %(ok)s; }
QToolTip { color: %(text)s; background: %(raised)s; border: 1px solid %(outline)s; padding: 6px; }
"""
_PANELS = """
QFrame[role="panel"] { background: %(surface)s; border: 1px solid %(border)s; border-radius: 6px; }
QFrame[role="bar"] { background: %(surface)s; border: none; border-bottom: 1px solid %(border)s; }
QFrame[role="notice"] { background: %(raised)s; border: 1px solid %(warning)s; border-radius: 6px; }
QFrame[role="rule"] { background: %(border)s; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="divider"] { background: %(border)s; border: none; max-width: 1px; min-width: 1px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: %(accent_soft)s; }
QStatusBar { background: %(surface)s; border-top: 1px solid %(border)s; color: %(muted)s; }
QStatusBar::item { border: none; }
QMenuBar { background: %(surface)s; padding: 2px 6px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %(hover)s; }
QMenu { background: %(raised)s; border: 1px solid %(outline)s; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 22px; border-radius: 4px; }
QMenu::item:selected { background: %(accent)s; color: %(on_accent)s; }
QMenu::item:disabled { color: %(outline)s; }
QMenu::separator { height: 1px; background: %(border)s; margin: 4px 8px; }
"""
_BUTTONS = """
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton, QToolButton { background: %(raised)s; border: 1px solid %(border)s; border-radius: 5px;
  padding: 5px 12px; }
QPushButton:hover, QToolButton:hover { background: %(hover)s; }
QPushButton:pressed, QToolButton:pressed { background: %(border)s; }
QPushButton:focus, QToolButton:focus { border: 1px solid %(accent)s; }
QPushButton:disabled, QToolButton:disabled { color: %(outline)s; background: %(surface)s; }
QPushButton:checked, QToolButton:checked { background: %(accent_soft)s; border: 1px solid %(accent)s; }
QPushButton[kind="primary"] { background: %(accent)s; color: %(on_accent)s; border: 1px solid %(accent)s;
  font-weight: 600; }
QPushButton[kind="primary"]:hover { border: 1px solid %(text)s; }
QPushButton[kind="primary"]:focus { border: 2px solid %(text)s; padding: 4px 11px; }
QPushButton[kind="primary"]:disabled { background: %(raised)s; color: %(outline)s; border-color: %(border)s; }
QToolButton { padding: 5px; }
QToolButton[kind="quiet"], QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; }
QToolButton[kind="quiet"]:hover, QPushButton[kind="quiet"]:hover { background: %(hover)s; }
QToolButton[kind="quiet"]:focus, QPushButton[kind="quiet"]:focus { border: 1px solid %(accent)s; }
QToolButton[kind="page"] { background: transparent; border: none; border-bottom: 2px solid transparent;
  border-radius: 0; padding: 8px 14px; font-weight: 600; color: %(muted)s; }
QToolButton[kind="page"]:hover { color: %(text)s; }
QToolButton[kind="page"]:checked { color: %(text)s; border-bottom: 2px solid %(accent)s; }
QToolButton[kind="page"]:focus { color: %(accent)s; }
QToolButton::menu-indicator { image: none; }
"""
_FIELDS = """
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox { background: %(sunken)s; border: 1px solid %(border)s;
  border-radius: 5px; padding: 4px 8px; selection-background-color: %(accent)s; selection-color: %(on_accent)s; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus { border: 1px solid %(accent)s; }
QLineEdit:disabled, QComboBox:disabled { color: %(outline)s; }
QComboBox { background: %(raised)s; padding-right: 4px; }
QComboBox:hover { background: %(hover)s; }
QComboBox::drop-down { border: none; width: 22px; subcontrol-position: center right; }
QComboBox::down-arrow { image: url(%(images)s/down-%(name)s.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: %(raised)s; border: 1px solid %(outline)s; padding: 4px; outline: 0;
  selection-background-color: %(accent)s; selection-color: %(on_accent)s; }
QCheckBox { spacing: 7px; padding: 3px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus { border: 1px solid %(accent)s; }
QProgressBar { background: %(sunken)s; border: 1px solid %(border)s; border-radius: 4px; height: 8px;
  text-align: center; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
"""
_VIEWS = """
QAbstractItemView { background: %(surface)s; border: none; outline: 0; selection-background-color: %(accent_soft)s;
  selection-color: %(text)s; alternate-background-color: %(raised)s; }
QAbstractItemView::item { padding: 3px 6px; border: none; }
QAbstractItemView::item:selected { background: %(accent_soft)s; color: %(text)s; }
QListView { border: 1px solid %(border)s; border-radius: 6px; }
QTableView, QTreeView { border: 1px solid transparent; }
QListView:focus, QTableView:focus, QTreeView:focus { border: 1px solid %(accent)s; border-radius: 6px; }
QTableView { gridline-color: %(border)s; }
QHeaderView { background: %(surface)s; }
QHeaderView::section { background: %(surface)s; color: %(muted)s; border: none; border-bottom: 1px solid %(border)s;
  padding: 3px 8px; font-size: 11px; font-weight: 600; }
QTableCornerButton::section { background: %(surface)s; border: none; }
QTabWidget::pane { border: none; border-top: 1px solid %(border)s; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: %(muted)s; padding: 7px 13px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: %(text)s; }
QTabBar::tab:selected { color: %(text)s; border-bottom: 2px solid %(accent)s; }
QTabBar:focus::tab:selected { color: %(accent)s; }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: %(border)s; border-radius: 4px; margin: 2px; min-height: 26px; min-width: 26px; }
QScrollBar::handle:hover { background: %(outline)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def style_sheet(palette: Palette) -> str:
    """Qt style sheet of a palette; every colour in it is one of its tokens."""
    tokens = {name: value for name, value in vars(palette).items() if isinstance(value, str)}
    tokens["images"] = (Path(__file__).parent / "images").as_posix()
    return "".join(part % tokens for part in (_TEXT, _PANELS, _BUTTONS, _FIELDS, _VIEWS))
