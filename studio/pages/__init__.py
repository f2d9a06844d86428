"""The pages of the window, and what they have in common. Pages never see each other: they say where to go by key."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.i18n import Translated, tr
from studio.theme.tokens import PAGE_MARGIN
from studio.widgets import Dropped, PrimaryButton, Text, column


@dataclass(frozen=True)
class Command:
    """Something a page can do, as the Find field lists it; `keys` such as 'Ctrl+O' makes it work by keyboard too."""

    title: Translated
    run: Callable[[], Any]
    keys: str = ""


@dataclass(frozen=True)
class PageEntry:
    """A page before it is made: what the rail shows of it, and where its class is (`module:Class`)."""

    key: str
    title: Translated
    icon: str
    purpose: Translated
    place: str

    def exists(self) -> bool:
        """Whether the page is part of this Wenlu."""
        return importlib.util.find_spec(self.place.partition(":")[0]) is not None

    def make(self, session: Any) -> Page:
        """Load the page's module and make the page."""
        module, _, name = self.place.partition(":")
        page: Page = getattr(importlib.import_module(module), name)(session)
        page.key = self.key
        return page


PAGES = (
    PageEntry("home", tr("Home"), "house", tr("Projects and samples"), "studio.pages.home:HomePage"),
    PageEntry("corpus", tr("Corpus"), "library", tr("Bring text in"), "studio.pages.corpus:CorpusPage"),
    PageEntry("clean", tr("Clean"), "funnel", tr("Remove what harms"), "studio.pages.clean:CleanPage"),
    PageEntry("tokenizer", tr("Tokenizer"), "puzzle", tr("Cut text into pieces"),
              "studio.pages.tokenizer:TokenizerPage"),
    PageEntry("model", tr("Model"), "network", tr("Choose a shape and size"), "studio.pages.model:ModelPage"),
    PageEntry("train", tr("Train"), "flame", tr("Let it read"), "studio.pages.train:TrainPage"),
    PageEntry("playground", tr("Playground"), "messages-square", tr("Talk to it"),
              "studio.pages.playground:PlaygroundPage"),
    PageEntry("export", tr("Export"), "package-open", tr("Take it with you"), "studio.pages.export:ExportPage"),
)
"""In the order of the rail; the first is Home, the others are the pipeline."""


class PageHead(QWidget):
    """The title of a page with one line below it, and the page's actions at the right."""

    def __init__(self, title: str, line: str = "", actions: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title, self._line = Text(title, "title", name="page.title"), Text(line, "body", "text2", name="page.line")
        self.actions = QHBoxLayout()
        self.actions.setSpacing(8)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(column(self._title, self._line, spacing=2), 1)
        layout.addLayout(self.actions)
        layout.setAlignment(self.actions, Qt.AlignmentFlag.AlignVCenter)
        for action in actions:
            self.actions.addWidget(action)

    def say(self, line: str) -> None:
        """Change the line below the title."""
        self._line.say(line)


class Page(QWidget):
    """A page: a head and a `body` below it. It is made at the first visit, with the session as its one argument."""

    go = Signal(str)
    """Ask the window for another page, by key."""
    narrowed = Signal(bool)
    """The window became narrower than 1240 or wider again: fold right columns, or unfold them."""

    key = ""

    def __init__(self, title: str, line: str = "", actions: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = PageHead(title, line, actions)
        self.narrow = False
        layout = QVBoxLayout(self)
        across, down = PAGE_MARGIN
        layout.setContentsMargins(across, down, across, down)
        layout.setSpacing(12)
        layout.addWidget(self.head)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        layout.addLayout(self.body, 1)

    def set_narrow(self, narrow: bool) -> None:
        """Called by the window; emits `narrowed` when it changes."""
        if narrow != self.narrow:
            self.narrow = narrow
            self.narrowed.emit(narrow)

    def commands(self) -> Sequence[Command]:
        """What the Find field and the help sheet list for this page."""
        return ()

    def primary(self) -> PrimaryButton | None:
        """The button that Ctrl+Enter presses: the first primary one that can be pressed."""
        for button in self.findChildren(PrimaryButton):
            if button.isVisible() and button.isEnabled():
                return button
        return None

    def take_drop(self, dropped: Dropped) -> bool:
        """What was dropped outside the page's own drop area; True when the page took it, else it joins the corpus."""
        return False

    def entered(self) -> None:
        """Called each time the page comes into sight."""

    def left(self) -> None:
        """Called each time the page goes out of sight."""
