"""What lives as long as the window: session, pages, crash teller, focus ring."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from engine.exchange.capsule import ENDING
from studio.closing import Closing, SignalEar
from studio.crash_window import CrashTeller
from studio.end_notice import EndNotice
from studio.frame import Frame
from studio.garbage import GarbageCollector
from studio.i18n import language, said, tr
from studio.i18n.language import system_language
from studio.pages import PAGES
from studio.preferences import PreferenceFile, PreferenceProblem
from studio.session import Session
from studio.theme import theme
from studio.theme.fonts import has_chinese_font
from studio.theme.logo import application_icon
from studio.theme.style import dress
from studio.unsaved import ask_unsaved
from studio.widgets import Dropped
from studio.window import Window


class Studio:
    """Made once the bare frame is on the screen, and put into it."""

    def __init__(self, frame: Frame, preferences: PreferenceFile, code: str | None = None,
                 text_size: int | None = None) -> None:
        chosen = preferences.value
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        language.use(code or (system_language() if chosen.language == "system" else chosen.language))
        theme.use_text_size(text_size or chosen.text_size)
        theme.use_stronger_outlines(chosen.stronger_outlines)
        self.focus_ring = dress(application)
        self.crash_teller = CrashTeller()
        self.frame, self.preferences = frame, preferences
        self.session = Session(preferences)
        self.session.ask_unsaved = lambda problem, no_draft: ask_unsaved(problem, no_draft, frame)
        self.window = Window(self.session, [entry for entry in PAGES if entry.exists()], preferences)
        self.session.told.connect(self.window.tell)
        preferences.on_problem = self._on_preference_problem
        self.window.dropped.connect(self._on_dropped)
        self.session.capsule_opened.connect(self._on_capsule_opened)
        frame.setWindowIcon(application_icon())
        self.closing = Closing(self.session, frame)
        self.end_notice = EndNotice(self.session, frame, application_icon())
        self.signals = SignalEar(frame)
        self.garbage = GarbageCollector(frame)
        self.signals.heard.connect(self.closing.close_now)
        frame.may_close = self._may_close
        frame.fill(self.window)

    def begin(self, page: str | None, project: Path | None) -> None:
        """Open what the command line named, and show the first page."""
        if not has_chinese_font():
            self.window.tell("info", tr("No Chinese font was found, so Chinese text shows as boxes."),
                             tr("Installing Noto Sans CJK mends it."))
        if project is not None and project.suffix == ENDING and project.is_file():
            self.session.open_capsule(project)
        elif project is not None:
            self.session.open(project)
        self.window.go(page or "home")

    def tell_no_home(self, folder: Path, why: str) -> None:
        """The folder for Wenlu's own files cannot be used."""
        self.window.tell("warn", tr("Wenlu cannot write to its own folder, {folder}.", folder=folder),
                         tr("Preferences, drafts and crash reports are not kept ({why}).", why=why))

    def _on_preference_problem(self, problem: PreferenceProblem) -> None:
        self.window.tell("warn", tr(problem.what), said(problem.why))

    def _on_dropped(self, dropped: Dropped) -> None:
        """Put it into the corpus; without a project, into a new one named after it."""
        if not dropped.paths and not dropped.text:
            self.window.go("corpus")
            page = self.window.page()
            if page is not None:
                page.take_drop(dropped)
            return
        if len(dropped.paths) == 1 and dropped.paths[0].suffix == ENDING:
            self.session.open_capsule(dropped.paths[0])
            return
        if self.session.project is None:
            name = dropped.paths[0].stem if dropped.paths else ""
            if not self.session.new(name=name):
                return
        added = self.session.add_paths(dropped.paths) if dropped.paths else self.session.paste(dropped.text)
        if added:
            self.window.go("corpus")

    def _on_capsule_opened(self) -> None:
        self.window.go("train")

    def _may_close(self) -> bool:
        self.preferences.keep_geometry(bytes(self.frame.saveGeometry().data()))
        return self.closing.may_close()
