"""Documents of the sample before and after cleaning."""

from __future__ import annotations

import itertools
import random

from PySide6.QtCore import Signal

from engine.cleaning.step import CleaningStep
from engine.settings import member
from studio.i18n import Translated, counted, tr
from studio.i18n.numbers import grouped
from studio.texts.cleaning import Seen, Trial
from studio.texts.comparison import Passage
from studio.widgets import Button, Card, DiffText, IconButton, Panel, Tag, Text, bare, row, set_shown
from studio.widgets.flow import FlowLayout


class BeforeAfter(Card):
    """Goes through the changed documents, passage by passage; `asked` wants a document compared."""

    asked = Signal(object)   # Seen
    shuffled = Signal()

    def __init__(self) -> None:
        shuffle = IconButton("shuffle", tr("Draw other documents"), self.shuffle, "clean.shuffle")
        self._previous = Button(tr("Previous"), "", lambda: self.step(-1), "clean.previous", size="small")
        self._next = Button(tr("Next"), "", lambda: self.step(1), "clean.next", size="small")
        super().__init__(tr("Before and after"), " ", [shuffle, self._previous, self._next], "clean.before-after")
        self._before = DiffText(label=tr("Text before cleaning"), name="clean.before")
        self._after = DiffText(label=tr("Text after cleaning"), name="clean.after")
        self._counts = (Text("", "caption"), Text("", "caption"))
        self._gone = Text("", "body", "text2", wrap=True, name="clean.gone")
        panes = row(spacing=12)
        for title, text, count in ((tr("BEFORE"), self._before, self._counts[0]),
                                   (tr("AFTER"), self._after, self._counts[1])):
            panel = Panel(padding=14)
            panel.add(row(Text(title, "heading"), None, count))
            if text is self._after:
                panel.add(self._gone)
            panel.add(text, 1)
            text.setMinimumHeight(60)
            panes.addWidget(panel, 1)
        self.add(panes, 1)
        self._chips = FlowLayout()
        self.add(bare(self._chips, "clean.chips"))
        self._tags: list[Tag] = []
        self._documents: tuple[Seen, ...] = ()
        self._are_changed = False
        self._place = 0
        self._passages: list[Passage] = []
        self._passage = 0
        self._from_end = False
        self._random = random.Random(0)

    def show_trial(self, trial: Trial) -> None:
        """Show what the steps did; the document in sight stays where it was."""
        at = self.document()
        changed = tuple(sorted((seen for seen in trial.documents if seen.is_changed), key=_telling))
        self._are_changed = bool(changed)
        self._documents = changed or trial.documents
        names = [seen.place for seen in self._documents]
        known = at.place if at is not None else ""
        self._place = names.index(known) if known in names else min(self._place, max(0, len(names) - 1))
        self._ask(keep=known in names)

    def document(self) -> Seen | None:
        """The document in sight."""
        return self._documents[self._place] if self._place < len(self._documents) else None

    def show_passages(self, passages: list[Passage]) -> None:
        """Show the document that was asked for."""
        self._passages = passages
        self._passage = len(passages) - 1 if self._from_end else min(self._passage, len(passages) - 1)
        self._from_end = False
        self._show()

    def step(self, by: int) -> None:
        """Go to the next passage, or to the next document after the last one."""
        if 0 <= self._passage + by < len(self._passages):
            self._passage += by
            self._show()
        elif self._documents:
            self._place = (self._place + by) % len(self._documents)
            self._from_end = by < 0
            self._ask()

    def shuffle(self) -> None:
        """Go to any document, and have others drawn."""
        self._place = self._random.randrange(max(1, len(self._documents)))
        self.shuffled.emit()
        self._ask()

    def _ask(self, keep: bool = False) -> None:
        if not keep:
            self._passage = 0
        seen = self.document()
        if seen is not None:
            self.asked.emit(seen)

    def _show(self) -> None:
        seen = self.document()
        if seen is None or not self._passages:
            return
        passage = self._passages[max(0, self._passage)]
        self._before.set_spans(passage.before)
        self._after.set_spans(passage.after)
        first = _first_change(passage)
        for view in (self._before, self._after):
            view.verticalScrollBar().setValue(0)
            view.show_place(first)
        cut = "+" if seen.is_cut else ""
        self._counts[0].say(_characters(seen.characters, cut))
        left = sum(seen.left)
        self._counts[1].say(tr("{count} characters in {parts} parts", count=grouped(left) + cut,
                               parts=grouped(len(seen.left))) if len(seen.left) > 1
                            else _characters(left, cut if left else ""))
        self._say_where(seen)
        self._show_chips(seen)
        set_shown(self._gone, not seen.left)
        if not seen.left and seen.removed:
            self._gone.say(tr("Dropped. {reason}", reason=tr(seen.removed[-1][1])))

    def _say_where(self, seen: Seen) -> None:
        number, of = grouped(self._place + 1), grouped(len(self._documents))
        name = seen.name
        if len(self._passages) > 1:
            self.set_caption(tr("Sample {number} of {of}, passage {passage} · {name}", number=number, of=of,
                                passage=self._passage + 1, name=_short(name)))
        else:
            self.set_caption(tr("Sample {number} of {of} · {name}", number=number, of=of, name=_short(name)))

    def _show_chips(self, seen: Seen) -> None:
        for old in self._tags:
            self._chips.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._tags = []
        by_step: dict[str, int] = {}
        for kind, characters in seen.acted:
            by_step[kind] = by_step.get(kind, 0) + characters
        for kind, characters in by_step.items():
            sign = "−" if characters < 0 else "+" if characters > 0 else "±"
            self._put(Tag(tr("{step}  {change}", step=tr(_title(kind)), change=f"{sign}{grouped(abs(characters))}"),
                          name=f"clean.chip.{kind}"))
        dropped: dict[str, int] = {}
        for kind, _reason in seen.removed:
            dropped[kind] = dropped.get(kind, 0) + 1
        for kind, count in dropped.items():
            self._put(Tag(tr("{step}: {dropped}", step=tr(_title(kind)),
                             dropped=counted("{count} dropped", "{count} dropped", count)), "warn"))
        if not by_step and not dropped:
            self._put(Tag(tr("No step changes this document") if self._are_changed
                          else tr("No step changes any of these documents")))

    def _put(self, tag: Tag) -> None:
        self._tags.append(tag)
        self._chips.addWidget(tag)
        tag.show()


def _first_change(passage: Passage) -> int:
    """How many characters stand before the first change."""
    sides = (itertools.takewhile(lambda span: span[1] == "same", side) for side in (passage.before, passage.after))
    return min(sum(len(text) for text, _ in same) for same in sides)


def _telling(seen: Seen) -> tuple[bool, int]:
    """First what is left, and what the most steps acted on: it shows the most."""
    return not seen.left, -len({kind for kind, _ in seen.acted})


def _title(kind: str) -> str:
    return member(CleaningStep, kind).title


def _short(name: str) -> str:
    """A long name without its middle."""
    return name if len(name) <= 36 else f"{name[:14]}…{name[-20:]}"


def _characters(count: int, cut: str) -> Translated:
    """How long a text is; `cut` is "+" where only its beginning is looked at."""
    return tr("{count} characters", count=grouped(count) + cut) if cut else \
        counted("{count} character", "{count} characters", count)
