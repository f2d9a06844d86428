"""The copy meter: which part of a text stands word for word in the training text, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from engine.errors import EngineError
from studio.i18n import counted, said, tr
from studio.i18n.numbers import grouped, percent, size_bytes
from studio.theme import theme
from studio.widgets import Bar, ElidedText, Glyph, LinkButton, Scroll, Text, bare, column, row
from studio.widgets.pop_up import PopUp
from studio.widgets.text import set_property, set_shown

WAIT_MILLISECONDS = 500
"""After the last change of a text, before it is looked up."""

AT_ONCE_BYTES = 200_000_000
"""A training text up to this size is indexed without being asked; a larger one at a press of a button."""

MOST_CHARACTERS = 200_000
LISTED = 20


class CopyMeter(QFrame):
    """One line under a text. `found` carries the copied runs, as (start, end) in characters, once they are known."""

    found = Signal(object)

    def __init__(self, queries: Any, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._queries, self._key = queries, name
        self._run: Path | None = None
        self._text = ""
        self._making = ""
        self.told: dict[str, Any] = {}
        self._glyph = Glyph("copy", "text2", 14)
        self._title = Text(tr("Copied from the corpus"), "label-strong")
        self._bar = Bar(0.0, "warn", 6, f"{name}.bar")
        self._bar.setFixedWidth(110)
        self._share = Text("", "label-strong", name=f"{name}.share")
        self._where = ElidedText("", "label")
        self._where.setObjectName(f"{name}.where")
        self._sources = LinkButton(tr("Show sources"), size="small", on=self._show_sources, name=f"{name}.sources")
        self._make = LinkButton(tr("Make the index"), size="small", on=self._begin, name=f"{name}.make")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 4, 10, 4)
        line = row(self._glyph, self._title, self._bar, self._share, spacing=8)
        line.addWidget(self._where, 1)
        line.addWidget(self._sources)
        line.addWidget(self._make)
        layout.addLayout(line)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        self._clear()

    # what is asked

    def look(self, run: Path | None, text: str) -> None:
        """Look a text up, a moment after its last change."""
        if (run, text) == (self._run, self._text):
            return
        self._queries.cancel(f"{self._key}.")
        if run != self._run:
            self._queries.cancel(f"{self._key}.state")
            self._making = ""
        self._run, self._text = run, text[:MOST_CHARACTERS]
        self._clear()
        if run is not None and text.strip():
            self._timer.start()
        else:
            self._timer.stop()

    def _ask(self) -> None:
        if self._run is not None and not self._making:
            self._making = "looked"
            self._look_up("copies.make", {"run": str(self._run), "begin": False}, self._on_state, "state")
        elif self._run is not None and self._making == "whole":
            self._look_up("copies.find", {"run": str(self._run), "text": self._text}, self._on_found)

    def _look_up(self, name: str, fields: dict[str, Any], receiver: Any, key: str = "") -> None:
        self._queries.look_up(f"{self._key}.{key}", name, fields, receiver, self._on_failed)

    def _begin(self) -> None:
        self._making = "making"
        if self._run is not None:
            self._look_up("copies.make", {"run": str(self._run)}, self._on_state, "state")

    # what comes back

    def _on_state(self, state: dict[str, Any] | None) -> None:
        if state is None:
            return
        if state["is_whole"]:
            self._making = "whole"
            self._ask()
            return
        self._show_frame("info")
        set_shown(self._make, False)
        if self._making == "making" or state["total"] <= AT_ONCE_BYTES:
            self._where.say(tr("The training text is being indexed: {done} of {total}; takes {space} on the disk",
                               done=size_bytes(min(state["done"], state["total"])), total=size_bytes(state["total"]),
                               space=size_bytes(state["bytes"])))
            self._begin()
        else:
            self._where.say(tr("Needs an index of the training text, {space} on the disk",
                               space=size_bytes(state["bytes"])))
            set_shown(self._make, True)

    def _on_found(self, told: dict[str, Any] | None) -> None:
        if told is None:
            return
        self.told = told
        spans = told["spans"]
        self._show_frame("warn" if spans else "ok")
        self._bar.set_fraction(told["share"])
        set_shown(self._bar, True)
        self._share.say(percent(told["share"], 0))
        if spans:
            longest = max(spans, key=lambda span: span["tokens"])
            self._where.say(counted("{count} token at most, also in {document}",
                                    "{count} tokens at most, also in {document}", longest["tokens"],
                                    document=longest["document"]))
        else:
            self._where.say(tr("No run of 8 tokens (12 Chinese characters) stands in the training text."))
        set_shown(self._sources, bool(spans))
        self.found.emit([(span["start"], span["end"]) for span in spans])

    def _on_failed(self, error: EngineError) -> None:
        self._making = ""
        self._show_frame("info")
        self._where.say(said(error.what))
        set_shown(self._sources, False)

    def _show_frame(self, level: str) -> None:
        set_property(self, "strip", level)
        self._glyph.set_icon("copy", level)
        set_shown(self, True)

    def _clear(self) -> None:
        self.told = {}
        self._share.say("")
        self._where.say("")
        for each in (self._bar, self._sources, self._make, self):
            set_shown(each, False)
        self.found.emit([])

    def _show_sources(self) -> None:
        """List the copied runs with what stands around them in their documents."""
        pop_up = PopUp(self, tr("Copied from the corpus"), f"{self.objectName()}.list")
        parts = [_source(span) for span in sorted(self.told["spans"], key=lambda each: -each["tokens"])[:LISTED]]
        inside = Scroll(column(*parts, None, spacing=12))
        inside.setFixedSize(460, min(380, 150 * len(parts)))
        pop_up.add(inside)
        pop_up.open_at(self._sources, above=True)


def _source(span: dict[str, Any]) -> Any:
    title = Text(tr("{document}, from character {offset}", document=span["document"], offset=grouped(span["offset"])),
                 "label-strong", wrap=True, selectable=True)
    facts = counted("{count} token", "{count} tokens", span["tokens"])
    seen = counted("stands there once", "stands there {count} times", span["times"])
    passage = Text("", "body", wrap=True, selectable=True)
    before, after = (" ".join(str(span.get(side, "")).split()) for side in ("before", "after"))
    passage.say(f"…{before} 【{' '.join(str(span.get('text', '')).split())}】 {after}…")
    passage.setFont(theme.font(13, 400, "serif", passage.text()))
    return bare(column(title, Text(tr("{facts} · {more}", facts=facts, more=seen), "caption"), passage, spacing=2))
