"""Home: begin in one action, or go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from engine.corpora.samples import SAMPLES, sample
from engine.corpora.source import Source
from engine.exchange.capsule import ENDING
from engine.training.spec import TrainSpec
from studio.address_dialog import AddressDialog
from studio.i18n import tr
from studio.pages import Command, Page
from studio.pages.home.project_card import ProjectCard, Recent, read_recent
from studio.pages.home.sample_card import SampleCard
from studio.pages.home.task_list import TaskList, beside
from studio.paste_dialog import PasteDialog
from studio.widgets import (
    Button,
    DropArea,
    Dropped,
    LinkButton,
    Scroll,
    Segment,
    Text,
    bare,
    column,
    read_typed,
    row,
    set_shown,
)
from studio.widgets.strip import Glyph

WAY = (("library", "Read"), ("funnel", "Clean"), ("puzzle", "Tokens"), ("network", "Model"), ("flame", "Train"),
       ("messages-square", "Try"))
SHOWN = 4


class HomePage(Page):
    """Drop text, try a sample, or open what is there."""

    def __init__(self, session: Any) -> None:
        open_button = Button(tr("Open project"), "folder", self._on_open, "home.open")
        new_button = Button(tr("New empty project"), "plus", self._on_new, "home.new")
        import_button = Button(tr("Import a model"), "download", self._on_import, "home.import")
        super().__init__(tr("Good to see you"),
                         tr("Start from your own text, or try a sample. Nothing leaves this machine."),
                         [import_button, open_button, new_button])
        self.session = session
        self._show_all = False
        samples = column(*[self._sample_card(each.id) for each in SAMPLES], spacing=16)
        self._texts, self._tasks = bare(samples), TaskList()
        self._tasks.train_asked.connect(self._on_sample_trained)
        self._tasks.look_asked.connect(self._on_sample_looked)
        self._choice = Segment([("texts", tr("Continue a text")), ("tasks", tr("Learn a task from examples"))],
                               name="home.samples", label=tr("What the samples are for"))
        self._choice.chosen.connect(self._on_choice)
        right = beside(self._texts, self._tasks, self._choice)
        right.setFixedWidth(414)
        self._on_choice("texts")
        self._samples = right
        top = row(spacing=20)
        top.addWidget(self._drop_area(), 1)
        top.addWidget(right)
        content = column(spacing=12)
        content.addLayout(top, 3)
        self._title = Text(tr("Recent projects"), "card")
        self._all = LinkButton(tr("Show all"), on=self._on_show_all, name="home.show-all")
        content.addLayout(row(self._title, None, self._all))
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        for place in range(SHOWN):
            self._grid.setColumnStretch(place, 1)
        holder = bare(self._grid, "home.recent")
        holder.setMinimumHeight(228)
        self._recent = holder
        content.addWidget(holder, 2)
        self._none = Text(tr("Your projects will be listed here."), "body", "text3")
        content.addWidget(self._none)
        self.body.addWidget(Scroll(content, "home.scroll"), 1)
        self.narrowed.connect(self._on_narrowed)

    def _sample_card(self, id: str) -> SampleCard:
        card = SampleCard(sample(id), TrainSpec().budget_seconds)
        card.train_asked.connect(self._on_sample_trained)
        card.look_asked.connect(self._on_sample_looked)
        return card

    def _drop_area(self) -> QWidget:
        area = DropArea("home.drop", padding=24)
        area.dropped.connect(self.take)
        title = Text(tr("Drop text files or folders"), "title")
        line = Text(tr("Wenlu reads it, cleans it, cuts it into tokens and trains a first model. "
                       "You can change every step later."), "body", "text2", wrap=True)
        for text in (title, line):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        line.setFixedWidth(440)
        files = Button(tr("Choose files"), "file-text", self._on_files, "home.files")
        folder = Button(tr("Choose folder"), "folder", self._on_folder, "home.folder")
        paste = Button(tr("Paste text"), "clipboard-paste", self._on_paste, "home.paste")
        web = Button(tr("Web address"), "globe", self._ask_address, "home.web")
        way: list[QWidget | None] = [None]
        for number, (icon, title_of) in enumerate(WAY):
            if number:
                way.append(Glyph("chevron-right", "text3", 14))
            way.append(bare(row(Glyph(icon, "text2", 15), Text(tr(title_of), "label"), spacing=5)))
        middle = column(row(None, Glyph("upload", "accent", 30), None), title, row(None, line, None), 6,
                        row(None, files, folder, paste, web, None), spacing=8)
        area.setMinimumHeight(300)
        area.body.addStretch(1)
        area.body.addLayout(middle)
        area.body.addStretch(1)
        area.body.addLayout(row(*way, None))
        return area

    # what happens

    def entered(self) -> None:
        """Read the recent projects anew."""
        paths = [Path(text) for text in self.session.preferences.value.recent_projects]
        self.session.queries.ask("home.recent", lambda query: [read_recent(path) for path in paths], self._show_recent)

    def _show_recent(self, recents: list[Recent]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if item.widget():
                item.widget().deleteLater()
        shown = recents if self._show_all else recents[:SHOWN]
        for number, recent in enumerate(shown):
            card = ProjectCard(recent)
            card.open_asked.connect(self._on_opened)
            card.forget_asked.connect(self._on_forgotten)
            card.locate_asked.connect(self._on_locate)
            card.setMinimumHeight(228)
            self._grid.addWidget(card, number // SHOWN, number % SHOWN)
        self._all.setVisible(len(recents) > SHOWN)
        self._all.say(tr("Show fewer") if self._show_all else tr("Show all {count}", count=len(recents)))
        self._recent.setVisible(bool(recents))
        self._title.setVisible(bool(recents))
        self._none.setVisible(not recents)
        self._fit_samples()

    def _on_narrowed(self, narrow: bool) -> None:
        self._samples.setFixedWidth(350 if narrow else 414)
        self._fit_samples()

    def _fit_samples(self) -> None:
        for card in self._samples.findChildren(SampleCard):
            card.set_short(self.narrow or not self._recent.isHidden(), self.narrow)

    def _on_choice(self, choice: str) -> None:
        set_shown(self._texts, choice == "texts")
        set_shown(self._tasks, choice == "tasks")

    def _on_show_all(self) -> None:
        self._show_all = not self._show_all
        self.entered()

    # what the user does

    def take(self, dropped: Dropped) -> None:
        """Make a project of what was dropped, and train it."""
        if dropped.addresses and not dropped.paths:
            self._ask_address(dropped.addresses)
        elif len(dropped.paths) == 1 and dropped.paths[0].suffix == ENDING:
            self.session.open_capsule(dropped.paths[0])
        elif dropped.paths:
            first = dropped.paths[0]
            if self.session.new(name=first.stem if first.is_file() else first.name):
                self.session.add_paths(dropped.paths)
                self._train()
        elif dropped.text.strip() and self.session.new(name=" ".join(dropped.text.split())[:24]):
            self.session.paste(dropped.text)
            self._train()

    def _ask_address(self, addresses: Sequence[str] = ()) -> None:
        """Nothing is fetched before the dialog's button is pressed."""
        dialog = AddressDialog(self, addresses=addresses)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.given.connect(self._on_addressed)
        dialog.open()

    def _on_addressed(self, sources: list[Source]) -> None:
        """Make a project of what is fetched, and train it once that is there."""
        if self.session.new(name=sources[0].label().partition("/")[0], sources=sources):
            self.session.fetch()
            self.session.train(needs="refresh")
            self.go.emit("corpus")

    def _train(self) -> None:
        self.session.train()
        self.go.emit("train")

    def _on_sample_trained(self, id: str) -> None:
        if self.session.new(name=sample(id).title, sources=sample(id).sources(), task=sample(id).task):
            self._train()

    def _on_sample_looked(self, id: str) -> None:
        if self.session.new(name=sample(id).title, sources=sample(id).sources(), task=sample(id).task):
            self.session.run("read")
            self.go.emit("corpus")

    def _on_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Choose files"))
        if paths:
            self.take(Dropped(paths=tuple(Path(path) for path in paths)))

    def _on_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Choose folder"))
        if path:
            self.take(Dropped(paths=(Path(path),)))

    def _on_paste(self) -> None:
        dialog = PasteDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.given.connect(self._on_pasted)
        dialog.open()

    def _on_pasted(self, title: str, text: str) -> None:
        typed = read_typed(text)
        if typed.addresses and not title:
            self.take(typed)
        elif self.session.new(name=title or " ".join(text.split())[:24]):
            self.session.paste(text, title)
            self._train()

    def _on_open(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Open project"),
                                                str(self.session.preferences.projects_folder()))
        if path:
            self._on_opened(Path(path))

    def _on_import(self) -> None:
        """A model from elsewhere, in a project of its own."""
        path = QFileDialog.getExistingDirectory(self, tr("Choose a folder of Hugging Face, with config.json"))
        if path and self.session.new(name=Path(path).name) and self.session.import_model(Path(path)):
            self.go.emit("model")

    def _on_new(self) -> None:
        if self.session.new():
            self.go.emit("corpus")

    def _on_opened(self, path: Path) -> None:
        if self.session.open(path):
            self.go.emit("train" if any((path / "runs").glob("*/run.toml")) else "corpus")

    def _on_forgotten(self, path: Path) -> None:
        self.session.preferences.forget_project(path)
        self.entered()

    def _on_locate(self, path: Path) -> None:
        found = QFileDialog.getExistingDirectory(self, tr("Where is {name} now?", name=path.name))
        if found and self.session.open(Path(found)):
            self.session.preferences.forget_project(path)
            self.go.emit("corpus")

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (Command(tr("New empty project"), self._on_new, "Ctrl+N"),
                Command(tr("Import a model"), self._on_import),
                Command(tr("Open project"), self._on_open, "Ctrl+Shift+O"),
                Command(tr("Choose files"), self._on_files, "Ctrl+O"),
                Command(tr("Add web pages"), self._ask_address, "Ctrl+L"),
                Command(tr("Paste text"), self._on_paste, "Ctrl+Shift+V"))
