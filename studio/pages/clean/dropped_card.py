"""Documents that cleaning drops, with the reason, and the way to keep them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.cleaning.pipeline import DroppedDocument
from engine.cleaning.step import CleaningStep
from engine.settings import member
from studio.i18n import counted, tr, words
from studio.i18n.numbers import percent, significant
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


AT_ONCE = 15
"""So many documents are listed, and so many more at each wish."""


class DroppedRow(QWidget):
    """One document: why it is dropped, its first words, and Keep."""

    kept = Signal(str)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.setObjectName(f"clean.dropped.{number}")
        self._place = ""
        self._icon = Glyph("funnel", "text3", 15)
        self._reason = Text("", "label-strong", wrap=True)
        self._words, self._figure = ElidedText("", "label"), ElidedText("", "caption")
        self._words.setProperty("role", "")
        self._keep = QuietButton(tr("Keep"), "", lambda: self.kept.emit(self._place), f"clean.keep.{number}",
                                 size="small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addLayout(column(self._reason, self._words, self._figure, spacing=1), 1)
        layout.addWidget(self._keep)

    def show_dropped(self, dropped: DroppedDocument) -> None:
        """Show another document."""
        self._place = dropped.place
        set_tip(self, tr(member(CleaningStep, dropped.step).title))
        self._icon.set_icon(ICONS.get(dropped.step, "funnel"), "text3")
        self._reason.say(tr(dropped.reason))
        self._figure.say(dropped.name if dropped.value is None else
                         tr("{figure} · {name}", figure=figure_of(dropped.step, dropped.value), name=dropped.name))
        text = " ".join(dropped.text.split())
        self._words.setFont(theme.font(12, 400, "serif", text))
        self._words.say(f"“{text}”" if text else "")
        words(self._keep.setAccessibleName, "Keep {name}", name=dropped.name)


def figure_of(kind: str, value: float) -> str:
    """The figure that a document was dropped for: with its unit, or as a share."""
    measure = member(CleaningStep, kind).measure
    if measure is not None and measure.unit:
        return tr("{figure} {unit}", figure=significant(value), unit=tr(measure.unit))
    return percent(value, 0 if value >= 0.1 else 1) if 0 < value < 1 else significant(value)


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
        self._more = LinkButton(tr("Show more"), on=self._on_more, name="clean.more-dropped")
        holder.addLayout(row(None, self._more, None))
        holder.addStretch(1)
        self.add(Scroll(bare(holder), "clean.dropped.scroll"), 1)
        self._always = Text("", "label")
        self._clear = LinkButton(tr("Clear"), on=self.none_kept.emit, name="clean.clear-kept")
        self._foot = bare(row(self._always, None, self._clear))
        self.add(self._foot)
        self._shown: tuple[DroppedDocument, ...] | None = None
        self._rows: list[tuple[Line, DroppedRow]] = []
        self._most = AT_ONCE

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
        set_shown(self._none, not shown)
        self._fill()

    def _fill(self) -> None:
        """Rows are used again, so that a preview after every change costs little."""
        shown = (self._shown or ())[:self._most]
        while len(self._rows) < len(shown):
            line, entry = Line(), DroppedRow(len(self._rows))
            entry.kept.connect(self.kept)
            self._rows.append((line, entry))
            self._list.addWidget(line)
            self._list.addWidget(entry)
        for number, (line, entry) in enumerate(self._rows):
            if number < len(shown):
                entry.show_dropped(shown[number])
            set_shown(line, 0 < number < len(shown))
            set_shown(entry, number < len(shown))
        set_shown(self._more, len(shown) < len(self._shown or ()))

    def _on_more(self) -> None:
        self._most += AT_ONCE
        self._fill()
