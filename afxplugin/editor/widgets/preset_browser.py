"""Presets to choose from: search as you type, favourites, the one before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from afxplugin.editor.look.icons import icon, pixmap
from afxplugin.editor.look.theme import BODY, HAIR, NEAR, RADIUS, SMALL, TIGHT, colour, current, font
from afxplugin.editor.state.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.editor.state.catalogue import PresetCard

CARD: Final = Qt.ItemDataRole.UserRole + 1
STARRED: Final = Qt.ItemDataRole.UserRole + 2
_HEIGHT: Final = 46
_STAR_PX: Final = 28
Index = QModelIndex | QPersistentModelIndex


class PresetModel(QAbstractListModel):
    """The cards that are shown now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: tuple[PresetCard, ...] = ()
        self.starred: frozenset[str] = frozenset()

    def show_cards(self, cards: Sequence[PresetCard], starred: frozenset[str]) -> None:
        """Show these; ``starred``: labels of favourites."""
        if tuple(cards) == self.cards:
            self.starred = starred
            if self.cards:
                self.dataChanged.emit(self.index(0), self.index(len(self.cards) - 1))
            return
        self.beginResetModel()
        self.cards, self.starred = tuple(cards), starred
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        """How many."""
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, card, whether it is a favourite, words."""
        if not index.isValid():
            return None
        card = self.cards[index.row()]
        starred = card.label in self.starred
        if role == CARD:
            return card
        if role == STARRED:
            return starred
        if role == Qt.ItemDataRole.DisplayRole:
            return card.name
        if role == Qt.ItemDataRole.ToolTipRole:
            about = (card.label, card.description, card.author, card.licence, ", ".join(card.tags))
            return "\n".join(each for each in about if each)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            favourite = self.tr(", favourite") if starred else ""
            return f"{card.name}, {card.device}{favourite}"
        return None


class _CardDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(160, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        palette, card = current(), index.data(CARD)
        state: Any = option.state  # pyright: ignore[reportAttributeAccessIssue]
        area = QRectF(option.rect).adjusted(2, 1, -2, -1)  # pyright: ignore[reportAttributeAccessIssue]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or over:
            painter.setPen(QPen(colour(palette.accent), 1) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if chosen else palette.hover))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        words = area.adjusted(NEAR + 2, 5, -_STAR_PX - TIGHT, -5)
        painter.setFont(font(BODY, bold=True))
        painter.setPen(colour(palette.text))
        painter.drawText(words, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, _cut(painter, card.name, words))
        painter.setFont(font(SMALL))
        painter.setPen(colour(palette.muted))
        tags = ", ".join(card.tags)
        about = f"{card.device} · {tags}" if tags else card.device
        painter.drawText(words, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, _cut(painter, about, words))
        starred = index.data(STARRED)
        if starred or over or chosen:
            tone = palette.warning if starred else palette.muted
            ratio = painter.device().devicePixelRatioF()
            drawn = pixmap("starred" if starred else "star", size=16, colour=tone, scale=ratio)
            painter.drawPixmap(round(area.right() - _STAR_PX + 4), round(area.center().y() - 8), drawn)
        painter.restore()


class PresetList(QListView):
    """The cards: a click chooses, on the star it only stars. Space is left to play, S makes a favourite.

    starring: the label of a card.
    """

    starring = Signal(str)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The left button chooses, or marks what its star belongs to; no other does anything."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif (card := self._starred_at(event)) is not None:
            self.starring.emit(card.label)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A drag chooses nothing on its way."""
        if not event.buttons():
            super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second click of two on a star is not taken for another."""
        if event.button() == Qt.MouseButton.LeftButton and self._starred_at(event) is None:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters do not search here: the field does."""
        card = self.currentIndex().data(CARD)
        if event.key() == Qt.Key.Key_S and card is not None:
            self.starring.emit(card.label)
        elif event.key() == Qt.Key.Key_Space or event.text().isalnum():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _starred_at(self, event: QMouseEvent) -> PresetCard | None:
        """The card whose star is under the mouse."""
        at = event.position().toPoint()
        index = self.indexAt(at)
        return index.data(CARD) if at.x() >= self.visualRect(index).right() - _STAR_PX - 2 else None


class PresetBrowser(QWidget):
    """Search field, favourites only, list.

    chosen: the label of a preset. starred: (label, whether it is to be a favourite). open_capture: a file is wanted.
    """

    chosen = Signal(str)
    starred = Signal(str, bool)
    open_capture = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = Catalogue()
        self._favourites: frozenset[str] = frozenset()
        self._label = ""
        self._following = False
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search (Ctrl+F)"))
        self.field.setAccessibleName(self.tr("Search presets"))
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", size=16), QLineEdit.ActionPosition.LeadingPosition)
        self.only = self._button("starred", self.tr("Favourites only"))
        self.only.setCheckable(True)
        self.capture = self._button("folder", self.tr("Open a capture file (.json, .nam, .afx)"))
        self.list = PresetList()
        self.list.setAccessibleName(self.tr("Presets"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setToolTip("")
        self.cards = PresetModel(self.list)
        self.list.setModel(self.cards)
        self.list.setItemDelegate(_CardDelegate(self.list))
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self._lay_out()
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._take_first)
        self.only.toggled.connect(self._search)
        self.capture.clicked.connect(self.open_capture)
        self.list.selectionModel().currentChanged.connect(self._current)
        self.list.starring.connect(self._star)

    def show_catalogue(self, catalogue: Catalogue, favourites: frozenset[str]) -> None:
        """What there is, and which are favourites."""
        self._catalogue, self._favourites = catalogue, favourites
        self._search()

    def show_chosen(self, label: str) -> None:
        """Which one is played, without telling anybody."""
        self._label = label
        self._select()

    def shown(self) -> tuple[PresetCard, ...]:
        """The cards that search and favourites leave, in their order."""
        return self.cards.cards

    def neighbour(self, step: int) -> str | None:
        """The label of the card so many places after the chosen one, among those shown."""
        return self._catalogue.neighbour(self._label, step, among=self.shown())

    def restyle(self) -> None:
        """Icons of another palette."""
        self.only.setIcon(icon("starred", size=16))
        self.capture.setIcon(icon("folder", size=16))
        for action in self.field.actions():
            action.setIcon(icon("search", size=16))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(TIGHT)
        row.addWidget(self.field, 1)
        row.addWidget(self.only)
        row.addWidget(self.capture)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(HAIR, HAIR, HAIR, HAIR)
        lines.setSpacing(NEAR)
        lines.addLayout(row)
        lines.addWidget(self.list, 1)
        lines.addWidget(self.note)

    def _button(self, name: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(name, size=16))
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        return made

    def _search(self) -> None:
        self._following = True
        only = self._favourites if self.only.isChecked() else None
        found = self._catalogue.search(self.field.text(), favourites=only)
        self.cards.show_cards(found, self._favourites)
        self._following = False
        self._select()
        self._say()

    def _say(self) -> None:
        notes: list[str] = []
        if not self.cards.cards:
            if self.only.isChecked() and not self._favourites:
                notes.append(self.tr("No favourites yet: the star of a preset makes one."))
            else:
                notes.append(self.tr("No preset is called so."))
        if self._catalogue.problems:
            count = len(self._catalogue.problems)
            notes.append(self.tr("{count} preset file(s) cannot be read.").format(count=count))
        self.note.setText("\n".join(notes))
        self.note.setToolTip("\n".join(self._catalogue.problems))
        self.note.setVisible(bool(notes))

    def _select(self) -> None:
        self._following = True
        k = next((k for k, card in enumerate(self.cards.cards) if card.label == self._label), -1)
        if k >= 0:
            self.list.setCurrentIndex(self.cards.index(k))
        else:
            self.list.setCurrentIndex(QModelIndex())
        self._following = False

    def _take_first(self) -> None:
        if self.cards.cards:
            self.list.setCurrentIndex(self.cards.index(0))
            self.list.setFocus()

    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        del before
        card = now.data(CARD)
        if card is not None and not self._following:
            self._label = card.label
            self.chosen.emit(card.label)

    def _star(self, label: str) -> None:
        self.starred.emit(label, label not in self._favourites)


def _cut(painter: QPainter, text: str, room: QRectF) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
