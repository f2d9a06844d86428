"""One question to a model at a time, and its answer as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.i18n import said, tr
from studio.i18n.numbers import grouped
from studio.pages.playground.prompting import Format
from studio.talker import Talker


class Asking(QObject):
    """Sends a prompt and gathers what is written after it; `run` and `checkpoint` say whom to ask."""

    written = Signal(str)            # the answer so far
    ended = Signal(str, object)      # the whole answer, figures as one text
    failed = Signal(object, object)  # one sentence, more
    cut_off = Signal(int)            # so many tokens at the beginning of the prompt are out of reach

    def __init__(self, talker: Talker, parent: QObject) -> None:
        super().__init__(parent)
        self.run: Path | None = None
        self.checkpoint = "best"
        self._talker = talker
        self._request = 0
        self._text = ""
        self._format: Format | None = None
        talker.said.connect(self._on_said)
        talker.done.connect(self._on_done)
        talker.failed.connect(self._on_failed)

    def is_busy(self) -> bool:
        """Whether an answer is being written."""
        return bool(self._request)

    def ask(self, prompt: str, form: Format, seed: int | None = None) -> bool:
        """Have the prompt answered; False while there is no model or another answer is written."""
        if self.run is None or self._request:
            return False
        self._text, self._format = "", form
        self._request = self._talker.generate(self.run, self.checkpoint, prompt, sampling=form.sampling(seed))
        return True

    def stop(self) -> None:
        """Have the answer end here."""
        if self._request:
            self._talker.cancel(self._request)

    def forget(self) -> None:
        """Give up the request under way without a word."""
        self._request = 0

    def _answer(self) -> str:
        return self._format.task.answer_of(self._text) if self._format is not None else self._text

    def _on_said(self, request: int, line: dict[str, Any]) -> None:
        if request != self._request:
            return
        if "started" in line:
            tokens = int((line["started"].get("out_of_reach") or {}).get("tokens") or 0)
            if tokens:
                self.cut_off.emit(tokens)
        elif "token" in line:
            self._text += line["text"]
            self.written.emit(self._answer())

    def _on_done(self, request: int, done: dict[str, Any]) -> None:
        if request != self._request:
            return
        self._request = 0
        self._text += str(done.get("rest") or "")
        figures = tr("{count} tokens", count=grouped(int(done.get("tokens") or 0)))
        if done.get("tokens_per_second"):
            rate = tr("{rate} tokens/s", rate=grouped(done["tokens_per_second"]))
            figures = tr("{first} · {second}", first=figures, second=rate)
        self.ended.emit(self._answer(), figures)

    def _on_failed(self, request: int, error: dict[str, Any]) -> None:
        if request == self._request:
            self._request = 0
            what, expected, fix = (str(error.get(key) or "") for key in ("what", "expected", "fix"))
            self.failed.emit(said(what), said(expected, fix))
