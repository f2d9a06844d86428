"""One format: what it is for, how large, why not, and its export."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.i18n import said, tr
from studio.i18n.numbers import size_bytes
from studio.pages.export.offers import Offer
from studio.widgets import BusyBar, Button, Card, Glyph, LinkButton, Text, bare, row, set_shown, set_tip

LINES = {"hugging-face": ("folder", tr("Hugging Face folder"), tr("Weights, settings and tokenizer for transformers")),
         "gguf": ("hash", tr("GGUF"), tr("One file for llama.cpp, Ollama and LM Studio")),
         "capsule": ("package-open", tr("Run capsule"),
                     tr("The whole run in one file, for another computer with Wenlu")),
         "arpa": ("file-text", tr("ARPA"), tr("n-gram file for speech and spelling tools")),
         "curves": ("table", tr("Curves"), tr("Every point as a table, CSV and JSON")),
         "tensorboard": ("chart-column", tr("TensorBoard log"), tr("All curves and samples of the run")),
         "report": ("book-open", tr("Report"), tr("Curves, samples, data and settings on one page"))}


class FormatCard(Card):
    """Says by `asked`, `cancelled` and `shown` what is wanted of its format."""

    asked = Signal(str)
    cancelled = Signal(str)
    shown = Signal(str)

    def __init__(self, offer: Offer) -> None:
        super().__init__(name=f"export.format.{offer.format}", padding=14)
        self.format = offer.format
        icon, title, line = LINES.get(offer.format, ("package-open", tr(offer.title), tr(offer.help)))
        self._title, name = title, f"export.{offer.format}"
        self.add(row(Glyph(icon, "accent", 18), Text(title, "card"), None, spacing=10))
        self.add(Text(line, "caption", wrap=True))
        self.body.addStretch(1)
        self._mark = Glyph("circle-check", "ok", 15)
        self._state = Text("", "caption", wrap=True, name=f"{name}.state")
        self._show = LinkButton(tr("Show"), "", lambda: self.shown.emit(self.format), f"{name}.show")
        self._start = Button(tr("Export"), "download", lambda: self.asked.emit(self.format), f"{name}.start",
                             size="small")
        self._busy = BusyBar(tr("Waiting"), f"{name}.busy")
        self._busy.cancelled.connect(lambda: self.cancelled.emit(self.format))
        foot = row(self._mark, self._state, self._show, self._start)
        foot.setStretch(1, 1)
        self._foot: QWidget = bare(foot)
        self.add(self._foot)
        self.add(self._busy)
        set_shown(self._busy, False)
        self.show_offer(offer, False)

    def show_offer(self, offer: Offer, can_write: bool) -> None:
        """How it stands: what it would cost, or why it cannot be."""
        fits = not offer.why_not
        set_shown(self._mark, not fits)
        self._mark.set_icon("info", "text3")
        set_shown(self._show, False)
        set_shown(self._start, fits)
        self._start.setEnabled(can_write)
        self._start.say(tr("Export"))
        self._state.set_tone("")
        if not fits:
            self._state.say(said(offer.why_not))
            set_tip(self._state, said(offer.fix))
        else:
            self._state.say(tr("about {size}", size=size_bytes(offer.size_bytes)) if offer.size_bytes else "")
            set_tip(self._state, "")

    def show_done(self, size: int, when: str) -> None:
        """It lies in the project and was read back."""
        set_shown(self._mark, True)
        self._mark.set_icon("circle-check", "ok")
        self._state.say(tr("{size} · {when}", size=size_bytes(size), when=when))
        set_tip(self._state, tr("Written, read back and found the same"))
        set_shown(self._show, True)
        self._start.say(tr("Again"))

    def show_failed(self, what: str, more: str) -> None:
        """It ended badly; nothing of it was left."""
        set_shown(self._mark, True)
        self._mark.set_icon("circle-alert", "error")
        self._state.say(what)
        set_tip(self._state, more)

    def show_busy(self, title: str, done: int, total: int | None) -> None:
        """It is being written; an empty title ends that."""
        set_shown(self._busy, bool(title))
        set_shown(self._foot, not title)
        if title:
            self._busy.say(title)
            self._busy.set_progress(done, total)
