"""The settings of one source, and beside them how its text reads with them."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.corpora.source import Source
from engine.errors import EngineError
from engine.settings import to_plain
from studio.forms import SpecForm
from studio.i18n import said, tr
from studio.pages.corpus.rows import short_encoding
from studio.session import Session
from studio.texts.reading import SourceTrial, trials_from
from studio.widgets import IconButton, Line, Scroll, SerifText, Text, bare, column, row, set_shown

OWN = ("path", "text", "address")
"""What makes a source the one it is: another path, text or address is another source."""


class SourceSettings(QWidget):
    """Everything is tried at once on the source's first documents; the corpus itself changes when it is read again."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._source: Source | None = None
        self._form: SpecForm | None = None
        self._room = QVBoxLayout()
        self._room.setContentsMargins(0, 0, 10, 0)
        left = Scroll(column(self._room, None), "corpus.settings-scroll")
        self._none = Text(tr("Choose a source in the table to see its settings."), "body", "text3", wrap=True)
        self._head = Text(tr("How it reads with these settings"), "label-strong")
        self._facts = Text("", "label", "text2", wrap=True)
        self._trials: tuple[SourceTrial, ...] = ()
        self._place = 0
        self._count = Text("", "caption")
        self._before = IconButton("chevron-left", tr("Previous document"), lambda: self.step(-1), "corpus.trial-before",
                                  "small")
        self._after = IconButton("chevron-right", tr("Next document"), lambda: self.step(1), "corpus.trial-after",
                                 "small")
        for part in (self._count, self._before, self._after):
            set_shown(part, False)
        self._text = SerifText("", 14, tr("How it reads with these settings"), "corpus.trial")
        right = column(row(self._head, None, self._count, self._before, self._after, spacing=4), self._facts, spacing=5)
        right.addWidget(self._text, 1)
        self._both = bare(row(left, Line("vertical"), bare(right), spacing=16))
        self._both.layout().setStretch(0, 5)  # type: ignore[union-attr]
        self._both.layout().setStretch(2, 6)  # type: ignore[union-attr]
        layout = column(self._none)
        layout.addWidget(self._both, 1)
        self.setLayout(layout)
        self.show_source(None)

    def show_source(self, source: Source | None) -> None:
        """Show another source, or the same with other values."""
        set_shown(self._none, source is None)
        set_shown(self._both, source is not None)
        if source is None or source == self._source:
            self._source = source
            return
        if self._form is None or self._form.spec is not type(source):
            self._change_form(source)
        self._source = source
        if self._form is not None:
            self._form.show_value(source)
            self._form.setEnabled(not self._session.read_only_because)
        fields = {"source": to_plain(source), "project": self._session.project_folder() or ""}
        self._session.queries.look_up("corpus.trial", "source.trial", fields, self._on_trial,
                                      shape=trials_from)

    def _change_form(self, source: Source) -> None:
        if self._form is not None:
            self._room.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = SpecForm(type(source), "", leave_out=OWN, label_width=110, advanced_open=True)
        self._form.edited.connect(self._on_edited)
        self._room.addWidget(self._form)

    def _on_edited(self, path: str, value: object) -> None:
        if self._source is not None:
            self._session.edit_source(self._source.id, path, value)

    def step(self, by: int) -> None:
        """Show the document before or after; behind the last comes the first."""
        if self._trials:
            self._place = (self._place + by) % len(self._trials)
            self._show_trial()

    def _on_trial(self, trials: tuple[SourceTrial, ...] | EngineError | None) -> None:
        if isinstance(trials, EngineError):
            self._trials = ()
            self._facts.say(said(trials.what))
            self._text.set_text("")
        elif trials:
            name = self._trials[self._place].name if self._trials else ""
            names = [trial.name for trial in trials]
            self._trials, self._place = trials, names.index(name) if name in names else 0
            self._show_trial()
        for part in (self._count, self._before, self._after):
            set_shown(part, len(self._trials) > 1)

    def _show_trial(self) -> None:
        """The document stays in sight when a setting changes, so that one sees what the setting does."""
        trial = self._trials[self._place]
        self._count.say(tr("{number} of {count}", number=self._place + 1, count=len(self._trials)))
        self._text.set_text(trial.text)
        self._text.verticalScrollBar().setValue(0)
        if trial.reason:
            self._facts.say(tr("{name}: {reason} {fix}", name=trial.name, reason=tr(trial.reason),
                               fix=tr(trial.fix) if trial.fix else ""))
        elif trial.encoding:
            self._facts.say(tr("{name} · {encoding}", name=trial.name, encoding=short_encoding(trial.encoding)))
        else:
            self._facts.say(trial.name)
