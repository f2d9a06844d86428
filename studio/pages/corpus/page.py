"""The Corpus page: everything the model will read, and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QSizePolicy

from engine.corpora.fetched import FetchedSource
from engine.corpora.source import Source
from engine.corpora.sources.folder import FolderSource
from engine.errors import EngineError
from engine.events import JobEnded
from engine.settings import member
from engine.tasks.kinds.continuation import Continuation
from engine.tasks.task import Task
from studio.guard import guarded
from studio.i18n import language, said, tr
from studio.pages import PAGES, Command, Page
from studio.pages.corpus.fetching import OnDisk, fetching_now, look_at_disk
from studio.pages.corpus.preview import Preview
from studio.pages.corpus.reading import Shelf, open_shelf
from studio.pages.corpus.rows import rows_of
from studio.pages.corpus.source_table import SourcesCard
from studio.pages.corpus.ways import Ways
from studio.session import Session
from studio.widgets import Button, Dropped, PrimaryButton, Strip, read_typed, set_shown


class CorpusPage(Page):
    """Sources come from the session, figures and documents from the last reading on disk."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._read = PrimaryButton(tr("Read now"), "play", self._on_read, "corpus.read")
        self._next = PrimaryButton(tr("Next: clean it"), "arrow-right", self._on_next, "corpus.next")
        super().__init__(tr("Corpus"), tr("Everything the model will read. Drop more at any time."),
                         [self._read, self._next])
        self._shelf: Shelf | None = None
        self._folder: Path | None = None
        self._disk = OnDisk()
        self._told = ""
        self._ways, self._strip = Ways(), Strip(name="corpus.strip")
        self._card, self._preview = SourcesCard(), Preview(session)
        self._preview.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        for part, stretch in ((self._ways, 0), (self._strip, 0), (self._card, 0), (self._preview, 1)):
            self.body.addWidget(part, stretch)
        self._ways.dropped.connect(self.take)
        self._ways.pasted.connect(self._on_pasted)
        self._ways.addressed.connect(self._on_addressed)
        self._strip.closed.connect(self._on_strip_closed)
        self._card.chosen.connect(lambda _source: self._show())
        self._card.skipped_asked.connect(lambda: self._preview.show_part("skipped"))
        self._card.cancelled.connect(session.stop)
        self._card.model.licence_edited.connect(lambda id, licence: session.edit_source(id, "licence", licence))
        self._card.view.remove_asked.connect(self._on_remove)
        self._card.view.settings_asked.connect(self._on_settings)
        self._card.view.open_asked.connect(self._on_open)
        self._card.view.refresh_asked.connect(session.fetch)
        self._card.view.locate_asked.connect(self._on_locate)
        self._preview.all_asked.connect(self._card.view.clearSelection)
        self.narrowed.connect(self._on_narrowed)
        session.changed.connect(self._show)
        session.stages_changed.connect(self._show)
        session.stages_changed.connect(self._look_at_disk)
        session.job_changed.connect(self._show)
        session.job_ended.connect(self._on_job_ended)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        language.changed.connect(self._show)
        self._show()

    # what is shown

    def entered(self) -> None:
        """Look whether the files are still what was read."""
        self.session.refresh()
        self._look_at_disk()

    def _on_opened(self) -> None:
        self._shelf, self._folder, self._disk, self._told = None, None, OnDisk(), ""
        self._strip.hide()
        self._show()
        self._look_at_disk()

    def _on_job_ended(self, verb: str, _name: str, _word: JobEnded) -> None:
        """See what was fetched, and why a site was left before its end."""
        self._look_at_disk()
        notices = self.session.job_series().notices
        if verb == "refresh" and notices:
            self._strip.tell("warn", said(notices[-1].text), tr("What was fetched until then is kept."))

    def _look_at_disk(self) -> None:
        sources = self.session.sources
        self.session.queries.ask("corpus.disk", lambda _query: look_at_disk(sources), self._on_disk)

    def _on_disk(self, found: OnDisk | EngineError) -> None:
        if isinstance(found, OnDisk) and found != self._disk:
            self._disk = found
            self._show()

    def _is_reading(self) -> bool:
        stage = self.session.job_series().stage
        return stage == "corpus" or (self.session.job_verb() == "read" and not stage)

    def _show(self) -> None:
        """Show everything as it is now."""
        sources, standing = self.session.sources, self.session.standing
        self._look_at_shelf()
        is_reading = bool(self.session.job_verb()) and self._is_reading()
        is_current = standing.is_done("corpus")
        manifest = self._shelf.manifest if self._shelf else None
        series = self.session.job_series()
        fetching = fetching_now(self.session.job_verb(), self.session.job_about(), series, sources)
        rows = rows_of(sources, manifest, self._disk, fetching, is_reading=is_reading, is_current=is_current)
        self._card.model.can_edit = not self.session.read_only_because
        self._card.show_rows(rows)
        self._card.show_totals(rows)
        self._card.show_progress(is_reading, series.progress, is_fetching=bool(fetching.waiting))
        self._preview.show_source(self._card.view.chosen(), sources)
        self._preview.show_shelf(self._shelf)
        self._preview.say_unread(
            tr("Reading the text") if is_reading else tr("Nothing is read yet"),
            tr("The documents appear here when it is done.") if is_reading else
            tr("Read the sources to see their documents, and what could not be read."))
        self._show_size(bool(sources))
        self._show_buttons(bool(sources), is_reading, is_current)
        self._show_strip(sources, is_reading)

    def _show_size(self, has_sources: bool) -> None:
        self._ways.set_large(not has_sources)
        self.body.setStretch(0, 0 if has_sources else 1)
        for part in (self._card, self._preview):
            set_shown(part, has_sources)

    def _show_buttons(self, has_sources: bool, is_reading: bool, is_current: bool) -> None:
        is_stale = self.session.standing.is_stale("corpus")
        self._read.say(tr("Read again") if is_stale else tr("Read now"))
        set_shown(self._read, has_sources and not is_current and not is_reading)
        set_shown(self._next, has_sources and is_current and not is_reading and _has_clean_page())

    def _show_strip(self, sources: Sequence[Source], is_reading: bool) -> None:
        """One thing at a time: a failure, what is missing, what is older than the sources."""
        failure = self.session.failure("corpus")
        gone = [source for source in sources if self._disk.problems.get(source.id)]
        if self._told.startswith("removed "):
            return
        if is_reading or not sources:
            told: tuple[str, str, str] = ("", "", "")
        elif failure is not None:
            told = ("error", said(failure.what), said(failure.expected, failure.fix))
        elif gone:
            told = ("warn", tr("{name} was moved or deleted.", name=gone[0].label()),
                    tr("Say where it lies now, bring it back, or take it off the list."))
        elif self.session.standing.is_stale("corpus"):
            told = ("warn", tr("The sources changed since they were read."),
                    tr("Below is the text from before. Read again to use the new one."))
        elif self._offered() is not None:
            told = ("info", tr("The documents have the parts {roles}.", roles=", ".join(self._shelf.fitting.roles)),
                    tr("A model can learn to give the last part from the others. Now it learns to continue all."))
        else:
            told = ("", "", "")
        key = " ".join((*told, *(source.id for source in gone)))
        if key != self._told:
            self._told = key
            self._strip.tell(*told, self._locate_buttons(gone) if told[0] == "warn" else self._task_buttons(told[0]))

    def _locate_buttons(self, gone: Sequence[Source]) -> list[Button]:
        if not gone or self.session.read_only_because:
            return []
        return [Button(tr("Locate…"), "search", lambda: self._on_locate(gone[0].id), "corpus.locate", size="small")]

    def _offered(self) -> type[Task] | None:
        """The task that the documents are made for, while nobody chose one."""
        kind = self._shelf.fitting.kind if self._shelf else None
        return member(Task, kind) if kind and isinstance(self.session.recipe.task, Continuation) else None

    def _task_buttons(self, level: str) -> list[Button]:
        offered = self._offered()
        if level != "info" or offered is None or self.session.read_only_because:
            return []
        return [Button(tr("Learn this: {task}", task=tr(offered.title)), "target",
                       lambda: self.session.edit("task.kind", offered.kind), "corpus.task", size="small")]

    def _look_at_shelf(self) -> None:
        """Open the newest reading when it is another than the one on screen."""
        stage = self.session.standing.stages.get("corpus")
        folder = stage.latest if stage is not None else None
        if folder == self._folder:
            return
        self._folder = folder
        if folder is None:
            self._shelf = None
        else:
            self.session.queries.ask("corpus.shelf", lambda _query: open_shelf(folder), self._on_shelf)

    def _on_shelf(self, shelf: Shelf | EngineError) -> None:
        if isinstance(shelf, EngineError):
            self._shelf = None
            self._strip.tell("error", said(shelf.what), said(shelf.fix))
        else:
            self._shelf = shelf
        self._show()

    @guarded()
    def resizeEvent(self, event: QResizeEvent) -> None:
        """The table takes at most so many rows that the preview stays readable."""
        super().resizeEvent(event)
        self._card.set_room(min(7, max(3, (self.height() - 490) // self._card.view.row_height())))

    def _on_narrowed(self, narrow: bool) -> None:
        self._preview.set_narrow(narrow)

    # what the user does

    def take(self, dropped: Dropped) -> None:
        """Add what was dropped; without a project, make one."""
        if dropped.addresses and not dropped.paths:
            self._ways.ask_address(addresses=dropped.addresses)
        elif self._has_project():
            if dropped.paths:
                self.session.add_paths(dropped.paths)
            elif dropped.text.strip():
                self.session.paste(dropped.text)
            self._look_at_disk()

    def take_drop(self, dropped: Dropped) -> bool:
        """Addresses are asked about here, wherever on the page they were dropped."""
        is_mine = bool(dropped.addresses) and not dropped.paths
        if is_mine:
            self.take(dropped)
        return is_mine

    def _on_addressed(self, sources: list[Source]) -> None:
        if self._has_project():
            new = self.session.add_sources(sources)
            self._look_at_disk()
            if new:
                self.session.fetch(*[source.id for source in new])

    def _on_refresh_all(self) -> None:
        if any(isinstance(source, FetchedSource) for source in self.session.sources):
            self.session.fetch()

    def _on_pasted(self, title: str, text: str) -> None:
        addresses = read_typed(text).addresses
        if addresses and not title:
            self._ways.ask_address(addresses=addresses)
        elif self._has_project():
            self.session.paste(text, title)

    def _has_project(self) -> bool:
        return self.session.project is not None or self.session.new()

    def _on_read(self) -> None:
        self.session.run("read")

    def _on_next(self) -> None:
        self.go.emit("clean")

    def _on_remove(self, id: str) -> None:
        label = next((source.label() for source in self.session.sources if source.id == id), "")
        before = len(self.session.sources)
        self.session.remove_source(id)
        if len(self.session.sources) < before:
            self._told = f"removed {id}"
            undo = Button(tr("Undo"), "undo-2", self._on_undo, "corpus.undo", size="small")
            self._strip.tell("info", tr("{name} is off the list.", name=label), tr("Its files stay where they are."),
                             [undo])

    def _on_undo(self) -> None:
        self.session.undo()
        self._on_strip_closed()

    def _on_strip_closed(self) -> None:
        if self._told.startswith("removed "):
            self._told = ""
            self._strip.hide()
            self._show()

    def _on_settings(self, id: str) -> None:
        self._card.view.choose(id)
        self._preview.show_part("settings")

    def _on_locate(self, id: str) -> None:
        """Ask where a moved file or folder lies now."""
        source = next((source for source in self.session.sources if source.id == id), None)
        if source is None:
            return
        asked = tr("Where is {name} now?", name=source.label())
        path = (QFileDialog.getExistingDirectory(self, asked) if isinstance(source, FolderSource)
                else QFileDialog.getOpenFileName(self, asked)[0])
        if path and self.session.locate_source(id, path):
            self._look_at_disk()

    def _on_open(self, id: str) -> None:
        source = next((source for source in self.session.sources if source.id == id), None)
        path = getattr(source, "path", "")
        if isinstance(source, FetchedSource):
            QDesktopServices.openUrl(QUrl(source.address))
        elif path:
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (Command(tr("Add files"), self._ways.choose_files, "Ctrl+O"),
                Command(tr("Add a folder"), self._ways.choose_folder, "Ctrl+Shift+O"),
                Command(tr("Add web pages"), self._ways.ask_pages, "Ctrl+L"),
                Command(tr("Add a news feed"), self._ways.ask_feed),
                Command(tr("Refresh web pages and news feeds"), self._on_refresh_all, "F5"),
                Command(tr("Paste text as a source"), self._ways.paste, "Ctrl+Shift+V"),
                Command(tr("Read the sources"), self._on_read),
                Command(tr("Search the documents"), self._preview.focus_search, "Ctrl+Shift+F"),
                Command(tr("Find in this document"), self._preview.focus_find, "Ctrl+F"),
                Command(tr("Next hit"), lambda: self._preview.next_hit(1), "F3"),
                Command(tr("Previous hit"), lambda: self._preview.next_hit(-1), "Shift+F3"),
                Command(tr("Next document"), lambda: self._preview.step_document(1), "Alt+Down"),
                Command(tr("Previous document"), lambda: self._preview.step_document(-1), "Alt+Up"))


def _has_clean_page() -> bool:
    return any(entry.key == "clean" and entry.exists() for entry in PAGES)
