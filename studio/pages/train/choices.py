"""What Wenlu chose: every choice made for the user, with its reason and the page where it can be changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.events import Advised
from studio.i18n import tr
from studio.i18n.numbers import grouped, significant
from studio.widgets import LinkButton, Text

PLACES = {"tokenizer": "tokenizer", "model": "model", "start": "model", "training": "train", "cleaning": "clean",
          "split": "clean"}


class Choices(QWidget):
    """A table of setting, value and reason."""

    go = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("train.choices")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 0, 8, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setHorizontalSpacing(14)
        self._grid.setColumnStretch(2, 1)
        self._shown: list[Advised] = []

    def show_advice(self, advice: Sequence[Advised]) -> None:
        """Show the choices of a run."""
        latest = list({each.path: each for each in advice}.values())
        if latest == self._shown:
            return
        self._shown = latest
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().deleteLater()
        for line, each in enumerate(latest):
            place = PLACES.get(each.path.split(".")[0], "train")
            link = LinkButton(each.path, name=f"train.choice.{each.path}", size="small",
                              on=lambda place=place: self.go.emit(place))
            self._grid.addWidget(link, line, 0)
            self._grid.addWidget(Text(_value(each.value), "label-strong"), line, 1)
            self._grid.addWidget(Text(tr(each.reason, **each.values), "label", wrap=True), line, 2)


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int):
        return grouped(value)
    return significant(value) if isinstance(value, float) else str(value)
