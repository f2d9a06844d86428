"""How a row of the table of sources is drawn, and how its licence is chosen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.guard import guarded
from studio.i18n import tr, words
from studio.pages.corpus import source_model as at
from studio.pages.corpus.rows import Row
from studio.pages.corpus.source_model import licence_words
from studio.theme import paint_icon, theme
from studio.widgets import paint_mark

ROW_HEIGHT = 37
PAD = 8
LICENCES = ("Own work", "Public domain", "CC0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "MIT")
_MIDDLE = Qt.TextElideMode.ElideMiddle

Index = QModelIndex | QPersistentModelIndex


class SourcePainter(QStyledItemDelegate):
    """Draws icons, tags and marks; the words are the model's."""

    @guarded(returns=QSize)
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are equally tall."""
        return QSize(80, theme.px(13) + ROW_HEIGHT - 13)

    @guarded()
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        row: Row = index.data(at.ROW_ROLE)
        column = index.column()
        rect = option.rect
        state = option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(rect, theme.colour("selected" if is_chosen else "surface"))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(PAD, 0, -2, -1)
        if column == at.NAME:
            self._icon(painter, inner, row.icon, "text2")
            self._text(painter, inner.adjusted(27, 0, 0, 0), row.name, "text", 500,
                       elide=Qt.TextElideMode.ElideRight if row.icon == "clipboard-paste" else _MIDDLE)
        elif column == at.LANGUAGE:
            self._tags(painter, inner, [text for text, _ in row.languages], is_chosen)
        elif column == at.LICENCE:
            self._icon(painter, inner, "shield-check" if row.licence else "shield-alert",
                       "accent" if row.licence else "warn", 15)
            self._text(painter, inner.adjusted(21, 0, 0, 0), str(index.data()), "text2", pixels=12,
                       elide=Qt.TextElideMode.ElideRight)
        elif column == at.STATE:
            mark = QRect(inner.left(), inner.center().y() - 7, 16, 16)
            paint_mark(painter, mark, row.mark)
            self._text(painter, inner.adjusted(24, 0, 0, 0), row.state, row.tone, pixels=12)
        elif column == at.REMOVE:
            self._icon(painter, rect.adjusted(8, 0, 0, 0), "x", "text2", 15)
        else:
            is_number = column in (at.DOCUMENTS, at.SIZE)
            self._text(painter, inner.adjusted(0, 0, -6, 0) if is_number else inner, str(index.data()),
                       "text" if is_number else "text2", pixels=13 if is_number else 12,
                       elide=Qt.TextElideMode.ElideRight,
                       side=Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft)
        if state & QStyle.StateFlag.State_HasFocus and column == at.LICENCE:
            painter.setPen(QPen(theme.colour("accent"), 1.5))
            painter.drawRoundedRect(QRectF(rect).adjusted(2, 3, -2, -4), 5, 5)
        painter.restore()

    def _icon(self, painter: QPainter, rect: QRect, name: str, token: str, size: int = 16) -> None:
        paint_icon(painter, QRect(rect.left(), rect.center().y() - size // 2 + 1, size, size), name, token, size)

    def _text(self, painter: QPainter, rect: QRect, text: str, token: str, weight: int = 400, pixels: int = 13,
              side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, elide: Qt.TextElideMode = _MIDDLE) -> None:
        painter.setFont(theme.font(pixels, weight))
        painter.setPen(theme.colour(token))
        shown = painter.fontMetrics().elidedText(text, elide, rect.width())
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _tags(self, painter: QPainter, rect: QRect, tags: list[str], is_chosen: bool) -> None:
        font = theme.font(11, 500)
        metrics = QFontMetrics(font)
        left = rect.left()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        for text in tags:
            width = metrics.horizontalAdvance(text) + 14
            if left + width > rect.right() + 6:
                break
            box = QRectF(left, rect.center().y() - metrics.height() / 2 - 1.5, width, metrics.height() + 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("surface" if is_chosen else "raised"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(theme.colour("text2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            left += width + 5

    # the licence

    @guarded()
    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A list of usual licences, into which any other may be typed."""
        box = QComboBox(parent)
        box.setObjectName("corpus.licence")
        words(box.setAccessibleName, "Licence")
        line = QLineEdit()
        box.setEditable(True)
        box.setLineEdit(line)
        for licence in LICENCES:
            box.addItem(tr(licence), licence)
        box.setCurrentIndex(-1)
        words(line.setPlaceholderText, "Not stated")
        box.activated.connect(lambda _number: self._done(box))
        return box

    @guarded()
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Begin with the licence of now."""
        if isinstance(editor, QComboBox):
            licence = index.data(Qt.ItemDataRole.EditRole)
            editor.setEditText(licence_words(licence) if licence else "")

    @guarded()
    def setModelData(self, editor: QWidget, model: at.SourceModel, index: Index) -> None:  # type: ignore[override]
        """A licence from the list is kept by its English name, so that it is the same in both languages."""
        if isinstance(editor, QComboBox):
            text = editor.currentText().strip()
            known = {str(tr(licence)): licence for licence in LICENCES}
            if text != str(licence_words(index.data(Qt.ItemDataRole.EditRole))):
                model.setData(index, known.get(text, text))

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)
