"""The Clean page: remove what harms, and see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QStackedLayout, QTabWidget, QWidget

from engine.corpora.manifest import StepFigures
from engine.errors import EngineError
from studio.i18n import language, tr
from studio.pages import Command, Page
from studio.pages.clean.before_after import BeforeAfter
from studio.pages.clean.dropped_card import DroppedCard
from studio.pages.clean.kept_card import KeptCard
from studio.pages.clean.live import LivePreview
from studio.pages.clean.notices import Notices, Vacancy
from studio.pages.clean.recipe_button import RecipeButton, RecipeShelf
from studio.pages.clean.step_card import StepCard
from studio.pages.clean.steps_card import StepsCard
from studio.pages.clean.totals import kept_words, preview_words, steep_step, steps_at_fault
from studio.texts.cleaning import Applied, Trial, Values
from studio.theme import theme
from studio.widgets import PrimaryButton, Text, bare, column, row, set_shown


class CleanPage(Page):
    """Steps at the left, what they do to a sample at the right."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._about = Text("", "label", name="clean.about")
        self._shelf = RecipeShelf(session)
        self._recipe = RecipeButton(self._shelf)
        self._apply = PrimaryButton(tr("Apply to all"), "check", self.apply, "clean.apply")
        self._onward = PrimaryButton(tr("Go to Tokenizer"), "arrow-right", lambda: self.go.emit("tokenizer"),
                                     "clean.onward")
        super().__init__(tr("Clean"), tr("Remove what harms, and see it."),
                         [self._about, self._recipe, self._apply, self._onward])
        self._seed = 0
        self._chosen = ""
        self._tried: Trial | None = None
        self._applied: Applied | None = None
        self._asked_for: Path | None = None
        self._shelf.setParent(self)
        self._live = LivePreview(session, self)
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self._notices, self._vacancy = Notices(), Vacancy()
        self._steps, self._step = StepsCard(), StepCard()
        self._texts, self._kept, self._dropped = BeforeAfter(), KeptCard(), DroppedCard()
        self._left = bare(column(self._steps, self._step, spacing=14))
        self._left.layout().setStretch(0, 11)  # type: ignore[union-attr]
        self._left.layout().setStretch(1, 10)  # type: ignore[union-attr]
        self._step.setMinimumHeight(210)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("clean.tabs")
        self._below = row(spacing=14)
        self._wide = bare(self._below)
        self._right = bare(column(self._texts, self._wide, self._tabs, spacing=14))
        for place, share in ((0, 23), (1, 17), (2, 17)):
            self._right.layout().setStretch(place, share)  # type: ignore[union-attr]
        content = column(self._notices, spacing=12)
        columns = row(self._left, spacing=14)
        columns.addWidget(self._right, 1)
        content.addLayout(columns, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(bare(content))
        self._stack.addWidget(self._vacancy)
        holder = QWidget()
        holder.setLayout(self._stack)
        self.body.addWidget(holder, 1)
        self._on_narrowed(False)

    def _connect(self) -> None:
        for signal in (self.session.changed, self.session.stages_changed, self.session.job_changed):
            signal.connect(self._refresh)
        for signal in (self.session.opened, self.session.closed):
            signal.connect(self._on_other_project)
        self.narrowed.connect(self._on_narrowed)
        language.changed.connect(self._name_tabs)
        theme.changed.connect(self._fit)
        self._live.tried.connect(self._on_tried)
        self._live.applied.connect(self._on_applied)
        self._live.measured.connect(self._on_measured)
        self._live.compared.connect(self._texts.show_passages)
        self._live.failed.connect(self._on_failed)
        self._texts.asked.connect(self._live.compare)
        self._texts.shuffled.connect(self._on_shuffled)
        self.session.job_ended.connect(self._on_job_ended)
        self._shelf.changed.connect(self._refresh)
        self._shelf.failed.connect(self._on_failed)
        self._recipe.applied.connect(lambda steps: self.session.edit("cleaning.steps", steps))
        self._kept.effect.asked.connect(self._apply_now)
        self._steps.chosen.connect(self._on_chosen)
        self._steps.switched.connect(lambda kind, on: self._edit(f"cleaning.steps.{kind}.enabled", on))
        self._steps.ordered.connect(lambda steps: self._edit("cleaning.steps", steps))
        self._step.edited.connect(self._edit)
        self._step.removed.connect(self._steps.take_out)
        self._dropped.kept.connect(self._on_kept)
        self._dropped.none_kept.connect(lambda: self.session.edit("cleaning.keep", ()))
        self._notices.apply_asked.connect(self.apply)
        self._notices.apply_confirmed.connect(self._apply_now)
        self._notices.cancelled.connect(self.session.stop)
        self._vacancy.go.connect(self.go)
        self._vacancy.read_asked.connect(lambda: self.session.run("read"))
        self._vacancy.cancelled.connect(self.session.stop)

    # what there is to show

    def entered(self) -> None:
        """Show the steps as they are now."""
        self._shelf.look()
        self._refresh()

    def _refresh(self) -> None:
        if self.key and not self.isVisible():
            return
        corpus = self._folder("corpus")
        self._stack.setCurrentIndex(0 if corpus is not None else 1)
        for widget in (self._about, self._recipe):
            set_shown(widget, corpus is not None)
        is_done = self.session.standing.is_done("cleaned")
        is_busy = self._is_busy()
        set_shown(self._apply, corpus is not None and not is_done and not is_busy)
        set_shown(self._onward, corpus is not None and is_done and not is_busy)
        if corpus is None:
            self.head.say(tr("Remove what harms, and see it."))
            self._vacancy.show_session(self.session)
            return
        spec = self.session.recipe.cleaning
        self._recipe.show_spec(spec, not self.session.read_only_because)
        self._live.try_on(corpus, spec, self._seed)
        cleaned = self._folder("cleaned") if is_done else None
        if cleaned is not None and cleaned != self._asked_for:
            self._live.read_applied(cleaned)
        self._asked_for = cleaned
        self._show()

    def _show(self) -> None:
        spec = self.session.recipe.cleaning
        kinds = [step.kind for step in spec.steps]
        if self._chosen not in kinds:
            self._chosen = kinds[0] if kinds else ""
        figures, applied = self._figures(), self._is_applied()
        tried = self._tried
        sampled = tried.steps if tried else ()
        problems = self.session.problems()
        self._steps.show_steps(spec.steps, sampled, self._chosen, steps_at_fault(spec, problems))
        place = kinds.index(self._chosen) if self._chosen else 0
        base = next((step for step in self._recipe.base().spec.steps if step.kind == self._chosen), None)
        self._step.show_step(spec.steps[place] if kinds else None, place, problems,
                             not self.session.read_only_because, base)
        caption = tr("whole corpus") if applied else tr("sample")
        self._step.show_noted(next((each for each in figures if each.kind == self._chosen), None), caption)
        self._kept.effect.show_effect(self._applied if applied else None, self._is_busy())
        self._kept.show_figures(figures, self._chosen, caption,
                                self.session.job_series().cleaning if self._is_busy() else None)
        listed = self._applied.dropped if applied and self._applied else tried.dropped if tried else ()
        self._dropped.show_dropped(listed, sum(each.dropped for each in figures), spec.keep, caption)
        self._notices.show_session(self.session, self._is_busy())
        self._say_totals(figures, applied)

    def _say_totals(self, figures: Sequence[StepFigures], applied: bool) -> None:
        self.head.say(kept_words(self.session.recipe.cleaning, figures, applied))
        if self._tried is not None:
            self._about.say(preview_words(self._tried, self.narrow))

    def _figures(self) -> Sequence[StepFigures]:
        if self._is_applied() and self._applied is not None:
            return self._applied.steps
        return self._tried.steps if self._tried is not None else ()

    def _is_applied(self) -> bool:
        """Whether what is shown was done to the whole corpus with the settings as they are."""
        return self._applied is not None and self._applied.folder == self._asked_for

    def _is_busy(self) -> bool:
        status = self.session.stages().get("clean")
        return bool(status and status.mark == "running") or self.session.job_verb() == "clean"

    def _folder(self, stage: str) -> Path | None:
        found = self.session.standing.stages.get(stage)
        return found.latest if found is not None and self.session.project is not None else None

    # what happens

    def _on_tried(self, tried: Trial) -> None:
        self._tried = tried
        self._texts.show_trial(tried)
        self._show()
        self._live.measure(self._chosen)

    def _on_applied(self, applied: Applied) -> None:
        self._applied = applied
        self._show()

    def _on_measured(self, values: Values) -> None:
        self._step.measure.show_values(values.kind, values.values)

    def _on_job_ended(self, verb: str, _name: str, _word: object) -> None:
        """What the job measured is there now."""
        if verb == "clean":
            self._asked_for = None

    def _on_failed(self, error: EngineError) -> None:
        self._notices.show_error(error)

    def _on_other_project(self) -> None:
        self._live.forget()
        self._tried = self._applied = self._asked_for = None
        self._seed, self._chosen = 0, ""
        self._refresh()

    def _on_narrowed(self, narrow: bool) -> None:
        self._fit()
        self._steps.set_narrow(narrow)
        if self._tried is not None:
            self._about.say(preview_words(self._tried, narrow))
        for card in (self._kept, self._dropped):
            set_shown(card.title, not narrow)
            if narrow:
                self._tabs.addTab(card, card.title.text())
            else:
                self._below.addWidget(card, 13 if card is self._kept else 10)
                card.show()
        set_shown(self._tabs, narrow)
        set_shown(self._wide, not narrow)

    def _fit(self) -> None:
        """Larger text needs a wider form."""
        self._left.setFixedWidth((296 if self.narrow else 314) + (theme.px(100) - 100) * 3 // 2)

    def _name_tabs(self) -> None:
        for number, card in enumerate((self._kept, self._dropped)):
            self._tabs.setTabText(number, card.title.text())

    # what the user does

    def _on_chosen(self, kind: str) -> None:
        self._chosen = kind
        self._show()
        self._live.measure(kind)

    def _edit(self, path: str, value: Any) -> None:
        """Set it, or show again what is so where that was refused."""
        if not self.session.edit(path, value):
            self._show()

    def _on_shuffled(self) -> None:
        self._seed += 1
        self._refresh()

    def _on_kept(self, place: str) -> None:
        keep = self.session.recipe.cleaning.keep
        if place and place not in keep:
            self.session.edit("cleaning.keep", (*keep, place))

    def apply(self) -> None:
        """Clean the whole corpus; a step that drops most of the sample is asked about first."""
        figures = self._tried.steps if self._tried is not None else ()
        step = steep_step(self.session.recipe.cleaning, figures)
        if step is not None:
            self._notices.ask_first(*step)
        else:
            self._apply_now()

    def _apply_now(self) -> None:
        self.session.run("clean")

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (
            Command(tr("Clean the whole corpus"), self.apply),
            Command(tr("Choose a recipe"), self._recipe.open_menu),
            Command(tr("Save as a recipe of your own…"), self._recipe.ask_name),
            Command(tr("Next sample"), lambda: self._texts.step(1), "N"),
            Command(tr("Previous sample"), lambda: self._texts.step(-1), "P"),
            Command(tr("Draw other documents"), self._texts.shuffle, "R"),
            Command(tr("Keep the first dropped document"), lambda: self._on_kept(self._dropped.first()), "K"),
            Command(tr("Move the step up"), lambda: self._steps.move_step(self._chosen, -1), "Alt+Up"),
            Command(tr("Move the step down"), lambda: self._steps.move_step(self._chosen, 1), "Alt+Down"),
        )
