"""How far the project is: what each stage on disk says, and the rail's one line for each page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.events import JobEnded
from engine.exchange.shelf import shelved
from engine.project import Project, summary_of
from engine.recipe import Recipe
from engine.resuming import is_cut_off
from engine.runs.series import RunSeries
from engine.settings import Problem, to_plain
from engine.training.start import StartSpec
from studio.draft import Draft
from studio.i18n import counted, said, tr
from studio.i18n.numbers import decimal, grouped, percent, short, size_bytes
from studio.job_words import STAGE_PAGES, is_training, job_status, run_title, step_words
from studio.run_cards import RunCard, read_card
from studio.shell.status import StageStatus


@dataclass(frozen=True)
class SeenStage:
    """A stage as it was at the last look: asking it never waits for the disk. See `engine.project.Stage`."""

    name: str
    folder: Path
    older: Path | None
    is_done: bool
    latest: Path | None
    is_cut_off: bool = False
    """Whether the work on it was cut off and can be taken up."""


@dataclass(frozen=True)
class Standing:
    """What lies in the project folder: stages with their summaries, and runs, oldest first."""

    stages: Mapping[str, SeenStage] = field(default_factory=dict)
    summaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    runs: tuple[RunCard, ...] = ()
    exports: int = 0
    """How many exports lie in the project."""

    def is_done(self, stage: str) -> bool:
        """Whether a stage has its result for the present settings."""
        return stage in self.stages and self.stages[stage].is_done

    def is_stale(self, stage: str) -> bool:
        """Whether only an older result is there."""
        return stage in self.stages and not self.stages[stage].is_done and self.stages[stage].older is not None

    def summary(self, stage: str) -> Mapping[str, Any]:
        """The figures of a stage's newest result; empty without one."""
        return self.summaries.get(stage, {})

    def is_run_stale(self, card: RunCard, recipe: Recipe) -> bool:
        """Whether a new run would read other text, other tokens, or build or train in another way."""
        if not card.fingerprints or "tokens" not in self.stages:
            return False
        plain, fresh = to_plain(recipe), {"start": to_plain(StartSpec())}  # older runs say nothing of a start
        tokens_now = self.stages["tokens"].folder.name.rpartition("-")[2]
        return card.fingerprints.get("tokens") != tokens_now or any(
            card.recipe.get(part, fresh.get(part)) != plain.get(part) for part in ("model", "training", "start"))


def look(project: Project, living: str = "") -> Standing:
    """Read the standing from disk; a folder of many source files takes a second, so ask beside the window."""
    stages = project.stages()
    seen = {name: SeenStage(name, stage.folder, stage.older, stage.is_done, stage.latest, is_cut_off(stage.folder))
            for name, stage in stages.items()}
    runs = tuple(read_card(run, run.name == living) for run in project.runs())
    return Standing(seen, {name: summary_of(stage) for name, stage in stages.items()}, runs, len(shelved(project.path)))


@dataclass(frozen=True)
class Work:
    """The job at hand, as far as the rail shows it; `failures` are last words by page, until that page works again."""

    verb: str = ""
    run: str = ""
    series: RunSeries | None = None
    is_stopping: bool = False
    failures: Mapping[str, JobEnded] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The page of the stage that is being worked on."""
        if self.series is None:
            return ""
        return STAGE_PAGES.get(self.series.stage, "train" if self.verb == "train" and self.series.stage else "")


def page_statuses(standing: Standing, draft: Draft, problems: list[Problem], work: Work) -> dict[str, StageStatus]:
    """One line for each page of the pipeline."""
    makers = {"corpus": _corpus, "clean": _clean, "tokenizer": _tokenizer, "model": _model, "train": _train,
              "playground": _playground, "export": _export}
    at_fault = {_PAGE_OF_PART.get(problem.path[0], "") for problem in problems if problem.path}
    statuses = {}
    for page, make in makers.items():
        if page in at_fault:
            statuses[page] = StageStatus("error", summary=tr("A setting needs mending"))
        elif work.page == page and work.series is not None:
            statuses[page] = _running(work, work.series)
        elif page in work.failures:
            statuses[page] = StageStatus("error", summary=said(work.failures[page].what))
        else:
            statuses[page] = make(standing, draft)
    return statuses


_PAGE_OF_PART = {"cleaning": "clean", "split": "tokenizer", "tokenizer": "tokenizer", "model": "model",
                 "training": "train", "start": "model"}


def _running(work: Work, series: RunSeries) -> StageStatus:
    status = job_status(work.verb, work.run, series, is_stopping=work.is_stopping, silent_seconds=0, waiting=0)
    summary = status.detail or status.title
    if is_training(series):
        words = step_words(series.steps[-1].step, series.plan.steps if series.plan else None)
        summary = tr("{title}, paused", title=words) if series.is_paused else words
    return StageStatus("running", status.fraction, summary)


def _corpus(standing: Standing, draft: Draft) -> StageStatus:
    if not draft.sources:
        return StageStatus("todo", summary=tr("No text yet"))
    if standing.is_stale("corpus"):
        return StageStatus("stale", summary=tr("Changed since it was read"))
    sources = counted("{count} source", "{count} sources", len(draft.sources))
    if not standing.is_done("corpus"):
        return StageStatus("todo", summary=sources)
    size = size_bytes(standing.summary("corpus").get("bytes", 0))
    return StageStatus("done", summary=tr("{sources} · {size}", sources=sources, size=size))


def _clean(standing: Standing, draft: Draft) -> StageStatus:
    steps = counted("{count} step", "{count} steps", len(draft.recipe.cleaning.enabled_steps))
    if standing.is_stale("cleaned"):
        return StageStatus("stale", summary=tr("Older than the settings"))
    if not standing.is_done("cleaned"):
        return StageStatus("todo", summary=steps)
    before, after = (standing.summary(stage).get("characters", 0) for stage in ("corpus", "cleaned"))
    if not before:
        return StageStatus("done", summary=steps)
    return StageStatus("done", summary=tr("{steps} · keeps {share}", steps=steps, share=percent(after / before)))


def _tokenizer(standing: Standing, draft: Draft) -> StageStatus:
    title = tr(type(draft.recipe.tokenizer).title) if draft.recipe.start.run is None else \
        tr("Taken over")
    if standing.is_stale("tokenizer"):
        return StageStatus("stale", summary=tr("Older than the settings"))
    if not standing.is_done("tokenizer"):
        return StageStatus("todo", summary=title)
    pieces = grouped(standing.summary("tokenizer").get("vocab_size", 0))
    train = standing.summary("tokens").get("splits", {}).get("train", {})
    if not train.get("tokens"):
        return StageStatus("done", summary=tr("{kind} · {pieces}", kind=title, pieces=pieces))
    return StageStatus("done", summary=tr("{kind} · {pieces} · {ratio} B/token", kind=title, pieces=pieces,
                                          ratio=decimal(train["bytes"] / train["tokens"], 1)))


def _model(standing: Standing, draft: Draft) -> StageStatus:
    model = draft.recipe.model
    if draft.recipe.start.run is not None:
        return StageStatus("done", summary=tr("From {run} · {method}", run=run_title(Path(draft.recipe.start.run).name),
                                              method=tr(type(draft.recipe.start.method).title)))
    if model is None:
        last = next((card for card in reversed(standing.runs) if card.parameters and not card.is_imported), None)
        if last is None:
            return StageStatus("todo", summary=tr("Chosen by Wenlu"))
        return StageStatus("done", summary=tr("Chosen by Wenlu · {size}", size=short(last.parameters or 0)))
    kind = tr(type(model).title)
    if type(model).trained_by != "gradient":
        return StageStatus("done", summary=kind)
    vocab_size = standing.summary("tokenizer").get("vocab_size") or draft.recipe.tokenizer.wanted_size or 8000
    return StageStatus("done", summary=tr("{kind} · {size}", kind=kind, size=short(model.size(vocab_size).parameters)))


def _train(standing: Standing, draft: Draft) -> StageStatus:
    card = next((card for card in reversed(standing.runs) if not card.is_imported), None)
    if card is None:
        return StageStatus("todo", summary=tr("Nothing trained yet"))
    name = run_title(card.name)
    if card.status == "running":
        return StageStatus("running", summary=tr("{run} is running", run=name))
    if card.status == "cut-off":
        return StageStatus("stale", summary=tr("{run} was cut off", run=name))
    if card.status in ("failed", "damaged"):
        return StageStatus("error", summary=tr("{run} failed", run=name))
    if card.best is None:
        return StageStatus("todo", summary=tr("{run} has no result", run=name))
    result = tr("{run} · {best} bits/byte", run=name, best=decimal(card.best))
    if standing.is_run_stale(card, draft.recipe):
        return StageStatus("stale", summary=tr("Older than the settings"))
    return StageStatus("done", summary=result)


def _playground(standing: Standing, _draft: Draft) -> StageStatus:
    card = next((card for card in reversed(standing.runs) if card.has_checkpoint), None)
    if card is None:
        return StageStatus("none", summary=tr("No model yet"))
    return StageStatus("none", summary=tr("Try {run}", run=run_title(card.name)))


def _export(standing: Standing, _draft: Draft) -> StageStatus:
    if standing.exports:
        return StageStatus("done", summary=counted("{count} export", "{count} exports", standing.exports))
    return StageStatus("none", summary=tr("Take it with you") if any(card.has_checkpoint for card in standing.runs)
                       else tr("No model yet"))
