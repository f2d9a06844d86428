"""Documents that cleaning drops, with the reason, and the way to keep them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.cleaning.pipeline import DroppedDocument
from engine.cleaning.step import CleaningStep
from engine.settings import member
from studio.i18n import counted, tr
from studio.i18n.numbers import significant
from studio.theme import theme
from studio.widgets import (
    Card,
    ElidedText,
    Line,
    LinkButton,
    QuietButton,
    Scroll,
    Tag,
    Text,
    bare,
    column,
    row,
    set_shown,
    set_tip,
)
from studio.widgets.strip import Glyph

ICONS = {"duplicate-documents": "copy", "duplicate-lines": "copy", "document-length": "minus", "short-lines": "minus",
         "fix-encoding": "type"}


class DroppedRow(QWidget):
    """One document: why it is dropped, its first words, and Keep."""

    kept = Signal(str)

    def __init__(self, dropped: DroppedDocument, number: int) -> None:
        super().__init__()
        self.setObjectName(f"clean.dropped.{number}")
        set_tip(self, tr(member(CleaningStep, dropped.step).title))
        reason = Text(tr(dropped.reason), "label-strong", wrap=True)
        which = ElidedText(dropped.name if dropped.value is None else tr(
            "{figure} · {name}", figure=significant(dropped.value), name=dropped.name), "caption")
        text = " ".join(dropped.text.split())
        words = ElidedText(f"“{text}”" if text else "", "label")
        words.setFont(theme.font(12, 400, "serif", text))
        words.setProperty("role", "")
        keep = QuietButton(tr("Keep"), "", lambda: self.kept.emit(dropped.place), f"clean.keep.{number}", size="small")
        keep.setAccessibleName(tr("Keep {name}", name=dropped.name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(10)
        layout.addWidget(Glyph(ICONS.get(dropped.step, "funnel"), "text3", 15))
        layout.addLayout(column(reason, words, which, spacing=1), 1)
        layout.addWidget(keep)


class DroppedCard(Card):
    """A list of examples; `kept` names a document that is always to be kept."""

    kept = Signal(str)
    none_kept = Signal()

    def __init__(self) -> None:
        self._total = Tag("", name="clean.dropped-total")
        super().__init__(tr("Dropped"), " ", [self._total], "clean.dropped")
        self._list = column(spacing=0)
        holder = column(spacing=0)
        self._none = Text(tr("No document is dropped."), "body", "text3", wrap=True)
        holder.addWidget(self._none)
        holder.addLayout(self._list)
        holder.addStretch(1)
        self.add(Scroll(bare(holder), "clean.dropped.scroll"), 1)
        self._always = Text("", "label")
        self._clear = LinkButton(tr("Clear"), on=self.none_kept.emit, name="clean.clear-kept")
        self._foot = bare(row(self._always, None, self._clear))
        self.add(self._foot)
        self._shown: tuple[DroppedDocument, ...] | None = None
        self._lines: list[QWidget] = []

    def first(self) -> str:
        """The place of the first document in the list; empty when there is none."""
        return self._shown[0].place if self._shown else ""

    def show_dropped(self, dropped: Sequence[DroppedDocument], total: int, kept: Sequence[str], caption: str) -> None:
        """List examples of all that are dropped; those that are to be kept from now on are left out."""
        self.set_caption(caption)
        self._total.say(counted("{count} document", "{count} documents", total))
        self._always.say(counted("{count} always kept", "{count} always kept", len(kept)))
        set_shown(self._foot, bool(kept))
        shown = tuple(each for each in dropped if each.place not in kept)
        if shown == self._shown:
            return
        self._shown = shown
        for old in self._lines:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._lines = []
        set_shown(self._none, not shown)
        for number, each in enumerate(shown):
            line = DroppedRow(each, number)
            line.kept.connect(self.kept)
            self._lines += [Line(), line] if number else [line]
        for widget in self._lines:
            self._list.addWidget(widget)
