"""Look inside: what a model of any family does at one token of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget

from studio.i18n import said, tr, words
from studio.i18n.numbers import decimal, grouped, percent
from studio.pages.playground.inside_canvas import GridCanvas, MapCanvas
from studio.pages.playground.inspector import visible
from studio.talker import Talker
from studio.widgets import (
    BarRow,
    Card,
    Chip,
    NumberSlider,
    Scroll,
    Strip,
    Text,
    TokenChips,
    bare,
    column,
    row,
    set_shown,
)
from studio.widgets.combo import Combo

WAIT_MILLISECONDS = 300
TITLES = {"back-off": tr("From the longest context seen down to none"),
          "states": tr("How likely each hidden state is along the text; framed: the likeliest walk"),
          "gates": tr("How far a gate is open for each unit, or what its memory holds"),
          "attention": tr("How much each token (row) looks at earlier ones (column)")}
PARTS = {"input": tr("Input gate"), "forget": tr("Forget gate"), "output": tr("Output gate"), "reset": tr("Reset gate"),
         "update": tr("Update gate"), "memory": tr("What is remembered")}
ROWS = 8


class Inside(Card):
    """The text, its tokens and the view of the model; `side` are the cards beside it."""

    def __init__(self, talker: Talker) -> None:
        super().__init__("", "", name="playground.inside", padding=14)
        self._talker = talker
        self.run: Path | None = None
        self.checkpoint = "best"
        self._request, self._place, self._is_shown = 0, -1, False
        self.text = QPlainTextEdit()
        self.text.setObjectName("playground.inside.text")
        self.text.setFixedHeight(56)
        words(self.text.setAccessibleName, "Text to look at")
        words(self.text.setPlaceholderText, "Write some words, then point at one of their tokens.")
        self.chips = TokenChips(name="playground.inside.tokens", show_ids=False)
        self.chips.setFixedHeight(92)
        self.chips.focused.connect(self._on_focused)
        self._title = Text("", "label", wrap=True)
        self._layer = Combo(name="playground.inside.layer", label=tr("Layer"))
        self._part = Combo(name="playground.inside.part", label=tr("Head or gate"))
        for combo in (self._layer, self._part):
            combo.setMaximumWidth(150)
            combo.chosen.connect(lambda _key: self._ask())
        self.grid = GridCanvas()
        self._steps = column(spacing=8)
        self._views = QStackedWidget()
        self._views.addWidget(self.grid)
        self._views.addWidget(Scroll(bare(self._steps)))
        self._strip = Strip(name="playground.inside.problem")
        choices = row(spacing=8)
        choices.addWidget(self._title, 1)
        choices.addWidget(self._layer)
        choices.addWidget(self._part)
        for part in (self.text, self.chips, choices, self._strip):
            self.add(part)
        self.add(self._views, 1)
        self.side = [self._make_next(), self._make_near()]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        self.text.textChanged.connect(self._on_text)
        talker.done.connect(self._on_done)
        talker.failed.connect(self._on_failed)
        self._show_nothing()

    def _make_next(self) -> Card:
        card = Card(tr("Expected next"), name="playground.inside.next", padding=14)
        card.body.setSpacing(2)
        self.temperature = NumberSlider(0, 2, 1.0, label=tr("Temperature"), name="playground.inside.temperature")
        self.temperature.edited.connect(lambda _value: self._timer.start())
        card.add(row(Text(tr("Temperature"), "label"), self.temperature))
        self._next = [BarRow("", label_width=88, name=f"playground.inside.next.{number}") for number in range(ROWS)]
        for each in self._next:
            card.add(each)
        card.body.addStretch(1)
        return card

    def _make_near(self) -> Card:
        self._near_card = Card(tr("Alike to the model"), name="playground.inside.near", padding=14)
        self._near = Text("", "body", wrap=True, selectable=True)
        self._share = Text("", "caption", wrap=True)
        self.map = MapCanvas()
        for each in (self._near, self._share):
            self._near_card.add(each)
        self._near_card.add(self.map, 1)
        return self._near_card

    # what is asked

    def enter(self, text: str) -> None:
        """The mode was chosen: look at the given text where there is none yet."""
        self._is_shown = True
        if not self.text.toPlainText().strip() and text.strip():
            self.text.setPlainText(text[:400])
        else:
            self._timer.start()

    def leave(self) -> None:
        """Another mode was chosen."""
        self._is_shown = False

    def serve(self, run: Path | None, checkpoint: str) -> None:
        """Another model is chosen."""
        self.run, self.checkpoint = run, checkpoint
        self._layer.set_options([])
        self._part.set_options([])
        if self._is_shown:
            self._timer.start()

    def reset(self) -> None:
        """Forget everything, for another project."""
        self._request, self.run = 0, None
        self.text.clear()
        self._show_nothing()

    def _on_text(self) -> None:
        self._place = -1
        if self._is_shown:
            self._timer.start()

    def _on_focused(self, number: int) -> None:
        if number != self._place:
            self._place = number
            self._timer.start()

    def _ask(self) -> None:
        text = self.text.toPlainText()
        if self.run is None or not text.strip():
            self._show_nothing()
            return
        if self._views.isHidden():
            self._title.say(tr("Loading the model"))
        place = {"place": self._place} if self._place >= 0 else {}
        self._request = self._talker.look(
            self.run, self.checkpoint, text, layer=int(self._layer.value() or 0), part=int(self._part.value() or 0),
            temperature=self.temperature.value(), **place)

    # what is shown

    def _on_done(self, request: int, done: dict[str, Any]) -> None:
        if request != self._request or "tokens" not in done:
            return
        self._request = 0
        self._strip.hide()
        pieces = [token["piece"] for token in done["tokens"]]
        if [(chip.text, chip.id) for chip in self.chips.chips()] != [(each["piece"], each["id"])
                                                                     for each in done["tokens"]]:
            self.chips.set_chips([Chip(each["piece"], each["id"]) for each in done["tokens"]])
        self._place = done["place"]
        self.chips.focus_chip(self._place)
        for place, line in enumerate(self._next):
            known = place < len(done["next"])
            line.setVisible(known)
            if known:
                each = done["next"][place]
                line.show_label(visible(each["piece"]))
                line.set_value(each["probability"], percent(each["probability"], 1), "accent" if not place else "p6")
        self._title.say(TITLES.get(done["view"], ""))
        shown = done.get("shown")
        set_shown(self._views, shown is not None)
        if shown is not None and shown["shape"] == "grid":
            self._show_grid(shown, pieces)
        elif shown is not None:
            self._show_steps(shown["steps"], pieces[self._place])
        self._show_near(done)

    def _show_grid(self, shown: dict[str, Any], pieces: list[str]) -> None:
        self._views.setCurrentIndex(0)
        layer, part = self._layer.value() or "0", self._part.value() or "0"
        self._layer.set_options([(str(number), tr("Layer {number}", number=number + 1))
                                 for number in range(shown["layers"])], layer)
        self._part.set_options([(str(number), PARTS.get(name) or tr("Head {number}", number=name))
                                for number, name in enumerate(shown["parts"])], part)
        set_shown(self._layer, shown["layers"] > 1)
        set_shown(self._part, len(shown["parts"]) > 1)
        self.grid.show_grid(shown, pieces)

    def _show_steps(self, steps: list[dict[str, Any]], piece: str) -> None:
        self._views.setCurrentIndex(1)
        set_shown(self._layer, False)
        set_shown(self._part, False)
        while (item := self._steps.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        for step in steps:
            context = visible("".join(each or "⊢" for each in step["context"]))
            title = tr("{token} after {context}", token=visible(piece), context=context) if step["context"] \
                else tr("{token} after anything", token=visible(piece))
            line = BarRow("", label_width=0)
            line.set_value(step["probability"], percent(step["probability"], 2), "p1")
            facts = tr("seen {seen} times with {followers} different followers; this one {count} times; "
                       "weight of shorter contexts {weight}", seen=grouped(step["seen"]),
                       followers=grouped(step["followers"]), count=grouped(step["count"]),
                       weight=decimal(step["back_off"], 3))
            self._steps.addWidget(bare(column(Text(title, "label-strong", wrap=True), line,
                                              Text(facts, "caption", wrap=True), spacing=2)))
        self._steps.addStretch(1)

    def _show_near(self, done: dict[str, Any]) -> None:
        near = done.get("neighbours")
        set_shown(self._near_card, bool(near))
        if near:
            self._near.say("  ".join(f"{visible(each['piece'])} {decimal(each['cosine'])}" for each in near))
            self._share.say(tr("Two directions show {share} of the differences between these tokens.",
                               share=percent(done["map"]["share"])))
            self.map.show_points(done["map"]["points"])

    def _show_nothing(self) -> None:
        self.chips.set_chips([])
        self._title.say("")
        for each in (self._layer, self._part, self._views, self._near_card, *self._next):
            set_shown(each, False)

    def _on_failed(self, request: int, error: dict[str, Any]) -> None:
        if request == self._request:
            self._request = 0
            what, expected, fix = (str(error.get(key) or "") for key in ("what", "expected", "fix"))
            self._strip.tell("error", said(what), said(expected, fix))
