"""Compare: the same prompt and the same seed, two models side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from studio.i18n import said, tr, words
from studio.i18n.numbers import grouped, percent
from studio.pages.playground.copy_meter import CopyMeter
from studio.pages.playground.manuscript import Manuscript, Writing
from studio.pages.playground.sampling import SamplingCard
from studio.talker import Talker
from studio.widgets import Card, KeyValue, PrimaryButton, Strip, Text, column, row
from studio.widgets.combo import Combo

_WORDS = re.compile(r"[\u3400-\u9fff]|\w+")


def distinct_pairs(text: str) -> float | None:
    """The share of different ones among the pairs of words (of characters in Chinese) that follow each other."""
    pairs = list(pairwise(_WORDS.findall(text)))
    return len(set(pairs)) / len(pairs) if pairs else None


class Side(Card):
    """One model and what it writes."""

    def __init__(self, number: int, talker: Talker, queries: Any) -> None:
        self._name = f"playground.compare.{number}"
        super().__init__("", "", name=self._name, padding=14)
        self._talker = talker
        self.request = 0
        self.run: Path | None = None
        self.model = Combo(name=f"{self._name}.model", label=tr("Model"))
        self.page = Manuscript()
        self.page.setObjectName(f"{self._name}.text")
        self.page.setReadOnly(True)
        words(self.page.setPlaceholderText, "What this model writes appears here.")
        self.meter = CopyMeter(queries, f"{self._name}.copied")
        self.meter.found.connect(self._underline)
        self._strip = Strip(name=f"{self._name}.problem")
        self._pairs, self._speed = KeyValue(tr("Distinct word pairs"), ""), KeyValue(tr("Speed"), "")
        self.add(self.model)
        self.add(self.page, 1)
        for each in (self.meter, self._strip, row(self._pairs, None, self._speed)):
            self.add(each)
        talker.said.connect(self._on_said)
        talker.done.connect(self._on_done)
        talker.failed.connect(self._on_failed)

    def go(self, run: Path, checkpoint: str, prompt: str, sampling: dict[str, Any]) -> None:
        """Write on from a prompt."""
        self.run = run
        self._strip.hide()
        self.page.show_writing(Writing(prompt))
        for each in (self._pairs, self._speed):
            each.set_value("")
        self.request = self._talker.generate(run, checkpoint, prompt, sampling=sampling)

    def reset(self) -> None:
        """Forget everything, for another project."""
        self.request, self.run = 0, None
        self.page.show_writing(Writing())
        self.meter.look(None, "")
        self._strip.hide()

    def _underline(self, spans: list[tuple[int, int]]) -> None:
        """The meter looks at what the model wrote, without the prompt."""
        before = len(self.page.writing.prompt)
        self.page.underline([(before + first, before + last) for first, last in spans])

    def _on_said(self, request: int, line: dict[str, Any]) -> None:
        if request == self.request and "token" in line:
            self.page.append_text(line["text"], (line["token"],))

    def _on_done(self, request: int, done: dict[str, Any]) -> None:
        if request != self.request:
            return
        self.request = 0
        self.page.append_text(str(done.get("rest") or ""), ())
        text = self.page.writing.text
        pairs = distinct_pairs(text)
        self._pairs.set_value(percent(pairs) if pairs is not None else "–")
        speed = done.get("tokens_per_second")
        self._speed.set_value(tr("{rate} tokens/s", rate=grouped(speed)) if speed else "–")
        self.meter.look(self.run, text)

    def _on_failed(self, request: int, error: dict[str, Any]) -> None:
        if request == self.request:
            self.request = 0
            what, expected, fix = (str(error.get(key) or "") for key in ("what", "expected", "fix"))
            self._strip.tell("error", said(what), said(expected, fix))


class Comparing(QWidget):
    """The prompt and both sides; the sampling is that of Complete."""

    def __init__(self, session: Any, talker: Talker, sampling: SamplingCard) -> None:
        super().__init__()
        self._session, self._talker, self._sampling = session, talker, sampling
        self._choices: list[tuple[str, str, str]] = []
        self.prompt = QLineEdit()
        self.prompt.setObjectName("playground.compare.prompt")
        words(self.prompt.setAccessibleName, "Beginning that both models go on from")
        words(self.prompt.setPlaceholderText, "Write a beginning. Both models go on from there.")
        self.prompt.returnPressed.connect(self.go_or_stop)
        self._seed = Text("", "label")
        self.go_button = PrimaryButton(tr("Generate both"), "play", self.go_or_stop, "playground.compare.generate")
        top = Card("", "", name="playground.compare", padding=12)
        top.add(row(self.prompt, self._seed, self.go_button))
        self.sides = [Side(number, talker, session.queries) for number in range(2)]
        both = row(spacing=12)
        for side in self.sides:
            both.addWidget(side, 1)
        whole = column(top, spacing=12)
        whole.addLayout(both, 1)
        self.setLayout(whole)
        talker.done.connect(lambda *_: self._show_button())
        talker.failed.connect(lambda *_: self._show_button())

    def serve(self, choices: Sequence[tuple[str, str, str]]) -> None:
        """Offer these models; the sides keep theirs, and begin with two different ones."""
        self._choices = list(choices)
        keys = [f"{run}|{checkpoint}" for _, run, checkpoint in choices]
        for number, side in enumerate(self.sides):
            kept = side.model.value() if side.model.value() in keys else ""
            usual = keys[min(number, len(keys) - 1)] if keys else ""
            side.model.set_options([(key, title) for key, (title, _, _) in zip(keys, choices, strict=True)],
                                   kept or usual)

    def enter(self, text: str) -> None:
        """The mode was chosen: begin with the given text where there is none."""
        if not self.prompt.text() and text:
            self.prompt.setText(" ".join(text.split())[:400])
        self._seed.say(tr("Seed {seed}", seed=self._sampling.seed_value()))
        self.prompt.setFocus()

    def is_writing(self) -> bool:
        """Whether a side is writing or waits for its turn."""
        return any(side.request for side in self.sides)

    def go_or_stop(self) -> None:
        """Let both write, or stop both."""
        if self.is_writing():
            self.stop()
            return
        self._seed.say(tr("Seed {seed}", seed=self._sampling.seed_value()))
        for side in self.sides:
            run, _, checkpoint = side.model.value().partition("|")
            folder = self._session.run_folder(run) if run else None
            if folder is not None:
                side.go(folder.path, checkpoint, self.prompt.text(), self._sampling.value())
        self._show_button()

    def stop(self) -> None:
        """Stop both."""
        for side in self.sides:
            if side.request:
                self._talker.cancel(side.request)

    def reset(self) -> None:
        """Forget everything, for another project."""
        for side in self.sides:
            side.reset()
        self.prompt.clear()
        self._show_button()

    def _show_button(self) -> None:
        self.go_button.say(tr("Stop") if self.is_writing() else tr("Generate both"))
        self.go_button.set_icon("square" if self.is_writing() else "play")
