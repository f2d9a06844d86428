"""Writing: the editor, what goes on with it, and the way back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.i18n import Translated, counted, said, tr
from studio.i18n.numbers import decimal, grouped
from studio.pages.playground.copy_meter import CopyMeter
from studio.pages.playground.manuscript import Manuscript, Writing
from studio.pages.playground.sampling import SamplingCard
from studio.talker import Talker
from studio.widgets import Button, Card, LinkButton, PrimaryButton, QuietButton, Strip, Text, bare, row

KEPT = 100
"""Writings that Undo can go back to."""


class Writer(Card):
    """`shown` tells that the tokens changed or that another one is in focus."""

    shown = Signal()

    def __init__(self, talker: Talker, sampling: SamplingCard, queries: Any) -> None:
        copy = QuietButton(tr("Copy"), "copy", self._on_copy, "playground.copy", size="small")
        super().__init__("", "", [copy], name="playground.writer", padding=14)
        self.caption.say(tr("grey: your text · black: the model · underlined: also in the corpus"))
        self.caption.show()
        self._talker, self._sampling = talker, sampling
        self.run: Path | None = None
        self.checkpoint = "best"
        self.number = -1
        self.vocabulary = 0
        self._request = 0
        self._before: list[Writing] = []
        self._started: dict[str, Any] = {}
        self.page = Manuscript()
        self.page.pointed.connect(self.point)
        self.page.rewritten.connect(lambda: self.point(-1))
        self.add(self.page, 1)
        self._prompts = QWidget()
        self._prompt_list = QVBoxLayout(self._prompts)
        self._prompt_list.setContentsMargins(0, 0, 0, 0)
        self.add(self._prompts)
        self.meter = CopyMeter(queries, "playground.copied")
        self.meter.found.connect(self.page.underline)
        self.page.textChanged.connect(lambda: self.meter.look(self.run, self.page.writing.whole))
        self.add(self.meter)
        self._strip = Strip(name="playground.problem")
        self.add(self._strip)
        self.go_button = PrimaryButton(tr("Generate"), "play", self.go_or_stop, "playground.generate")
        self._again = Button(tr("Again"), "rotate-ccw", self.again, "playground.again")
        self._undo = QuietButton(tr("Undo"), "undo-2", self.undo, "playground.undo")
        self._figures = Text("", "label", name="playground.figures")
        self.add(row(self.go_button, self._again, self._undo, None, self._figures))
        talker.said.connect(self._on_said)
        talker.done.connect(self._on_done)
        talker.failed.connect(self._on_failed)
        self._show_buttons()

    # what the user does

    def suggest(self, prompts: list[str]) -> None:
        """Offer beginnings while the page is empty."""
        while (item := self._prompt_list.takeAt(0)) is not None:
            item.widget().deleteLater()
        for number, prompt in enumerate(prompts):
            words = " ".join(prompt.split())
            link = LinkButton(words if len(words) < 70 else words[:68] + "…", "chevron-right", size="small",
                              on=lambda prompt=prompt: self._begin_with(prompt), name=f"playground.prompt.{number}")
            self._prompt_list.addWidget(bare(row(link, None)))
        self._prompts.setVisible(bool(prompts) and not self.page.writing.whole)

    def _begin_with(self, prompt: str) -> None:
        self.page.show_writing(Writing(prompt))
        self._prompts.hide()
        self.go()

    def reset(self) -> None:
        """Forget everything, for another project; a request under way is given up."""
        self._request, self._before, self.run = 0, [], None
        self._strip.hide()
        self._figures.say("")
        self.page.show_writing(Writing())
        self.point(-1)
        self._show_buttons()

    def is_writing(self) -> bool:
        """Whether the model is writing now."""
        return bool(self._request)

    def go_or_stop(self) -> None:
        """Write on from all that stands there, or stop writing."""
        if self.is_writing():
            self._talker.cancel(self._request)
        else:
            self.go()

    def go(self) -> None:
        """Write on from all that stands there."""
        self._ask(text=self.page.writing.whole)

    def again(self) -> None:
        """Write another continuation of the same prompt, with the next seed."""
        writing = self.page.writing
        if writing.text:
            self._sampling.roll()
            self._ask(text=writing.prompt)
        else:
            self.go()

    def replace(self, number: int, alternative: dict[str, Any]) -> None:
        """Write another token in the place of one, and go on from there."""
        writing = self.page.writing
        if not 0 <= number < len(writing.tokens) or self.is_writing():
            return
        ids = [*writing.prompt_ids, *(token["id"] for token in writing.tokens)]
        kept = writing.tokens[:number]
        old = writing.tokens[number]
        share = max(float(alternative["probability"]), 1e-12)
        rank = next((place for place, each in enumerate(old["alternatives"], 1) if each["id"] == alternative["id"]), 1)
        new = {**old, "id": alternative["id"], "piece": alternative["piece"], "bits": -math.log2(share), "rank": rank}
        self._ask(ids=ids, replace={"index": len(writing.prompt_ids) + number, "id": alternative["id"]},
                  kept=(*kept, new))

    def undo(self) -> None:
        """Go back to the writing before the last continuation."""
        if self.is_writing():
            self._talker.cancel(self._request)
        elif self._before:
            self.page.show_writing(self._before.pop())
            self.point(-1)
            self._show_buttons()

    def point(self, number: int) -> None:
        """Bring a written token into focus."""
        if number != self.number or number < 0:
            self.number = number
            self.page.mark_token(number)
            self.shown.emit()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.page.toPlainText())

    def _ask(self, text: str | None = None, ids: list[int] | None = None, replace: dict[str, int] | None = None,
             kept: tuple[dict[str, Any], ...] = ()) -> None:
        if self.run is None or self.is_writing():
            return
        self._strip.hide()
        self._prompts.hide()
        self._before = [*self._before[-KEPT:], self.page.writing]
        self._kept = kept
        self.number = -1
        self._request = self._talker.generate(self.run, self.checkpoint, text, ids=ids, replace=replace,
                                              sampling=self._sampling.value())
        self._figures.say(tr("Loading the model"))
        self._show_buttons()

    _kept: tuple[dict[str, Any], ...] = ()

    # what the model says

    def _on_said(self, request: int, line: dict[str, Any]) -> None:
        if request != self._request:
            return
        if "started" in line:
            self._begin(line["started"])
        elif "token" in line:
            token = dict(line["token"])
            shift = self._shift
            token["start"], token["end"] = token["start"] + shift, token["end"] + shift
            self.page.append_text(line["text"], (token,))
            count = len(self.page.writing.tokens)
            self._figures.say(counted("{count} token", "{count} tokens", count))
            self.shown.emit()

    _shift = 0

    def _begin(self, started: dict[str, Any]) -> None:
        """Show what is continued; tokens that were kept before a replaced one stay known."""
        self.vocabulary = int(started["model"].get("vocab_size") or 0)
        text, ids = str(started["text"]), tuple(started["ids"])
        before = self._before[-1]
        if self._kept:
            prompt = before.prompt
            written = text[len(prompt):]
            last = {**self._kept[-1], "end": len(written)}
            self._shift = len(written)
            self.page.show_writing(Writing(prompt, before.prompt_ids, written, (*self._kept[:-1], last)))
        else:
            self._shift = 0
            self.page.show_writing(Writing(text, ids))
        reach = started.get("out_of_reach") or {}
        characters = int(reach.get("characters") or 0)
        self.page.shade_out_of_reach(characters)
        if characters:
            self._strip.tell("info", tr("The first {count} tokens are out of reach.",
                                        count=grouped(int(reach.get("tokens") or 0))))

    def _on_done(self, request: int, done: dict[str, Any]) -> None:
        if request != self._request:
            return
        self._request = 0
        self.page.append_text(str(done.get("rest") or ""), ())
        facts = counted("{count} token", "{count} tokens", int(done.get("tokens") or 0))
        if done.get("tokens_per_second"):
            facts = _and(facts, tr("{rate} tokens/s", rate=grouped(done["tokens_per_second"])))
        if done.get("bits_per_byte") is not None:
            facts = _and(facts, tr("{bits} bits per byte", bits=decimal(done["bits_per_byte"])))
        self._figures.say(facts)
        self.shown.emit()
        self._show_buttons()

    def _on_failed(self, request: int, error: dict[str, Any]) -> None:
        if request != self._request:
            return
        self._request = 0
        if self._before and self._before[-1] == self.page.writing:
            self._before.pop()  # nothing was replaced, so there is nothing to go back to
        self._figures.say("")
        what, expected, fix = (str(error.get(key) or "") for key in ("what", "expected", "fix"))
        self._strip.tell("error", said(what), said(expected, fix))
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.go_button.say(tr("Stop") if self.is_writing() else tr("Generate"))
        self.go_button.set_icon("square" if self.is_writing() else "play")
        self._again.setVisible(not self.is_writing())
        self._undo.setVisible(self.is_writing() or bool(self._before))


def _and(facts: Translated, more: Translated) -> Translated:
    """Both, in the language of the moment."""
    return tr("{facts} · {more}", facts=facts, more=more)
