"""What the engine does now, in words, from nothing but its events."""

from __future__ import annotations

from collections.abc import Callable

from engine.runs.series import RunSeries
from studio.i18n import Translated, counted, tr
from studio.i18n.numbers import duration, grouped, size_bytes
from studio.shell.status import JobStatus

SILENT_AFTER_SECONDS = 30.0
"""A job that says nothing for so long is told to be silent."""

STAGE_PAGES = {"fetch": "corpus", "corpus": "corpus", "index": "corpus", "cleaned": "clean", "effect": "clean",
               "tokenizer": "tokenizer", "tokens": "tokenizer", "import": "model",
               "export": "export"}
"""On which page of the rail each stage before training is shown."""


def stage_title(stage: str) -> Translated:
    """What is done in a stage."""
    titles: dict[str, Callable[[], Translated]] = {
        "fetch": lambda: tr("Fetching pages"),
        "corpus": lambda: tr("Reading the text"),
        "index": lambda: tr("Making the text searchable"),
        "cleaned": lambda: tr("Cleaning the text"),
        "effect": lambda: tr("Measuring the effect of cleaning"),
        "tokenizer": lambda: tr("Learning the tokens"),
        "tokens": lambda: tr("Cutting the text into tokens"),
        "plan": lambda: tr("Measuring this machine"),
        "import": lambda: tr("Importing the model"),
        "export": lambda: tr("Exporting the model"),
        "before": lambda: tr("Measuring the earlier model"),
        "count": lambda: tr("Counting word sequences"),
        "baseline": lambda: tr("Training the baseline"),
        "rate": lambda: tr("Trying learning rates"),
        "train": lambda: tr("Training"),
        "check": lambda: tr("Checking the result"),
        "save": lambda: tr("Saving"),
    }
    return titles[stage]() if stage in titles else tr("Working")


def run_title(name: str) -> str:
    """'Run 3' for run-3; a name of the user's own stays as it is."""
    stem, _, number = name.rpartition("-")
    return tr("Run {number}", number=number) if stem == "run" and number.isdigit() else name


def task_title(verb: str, run: str) -> Translated:
    """A task that waits, or one that works, by what was asked for."""
    if verb == "train":
        return tr("Go on with {run}", run=run_title(run)) if run else tr("Train a new run")
    titles = {"read": tr("Read the text"), "clean": tr("Clean it"), "tokenize": tr("Learn the tokens"),
              "lr-find": tr("Find a learning rate"), "import": tr("Import a model")}
    return titles.get(verb, tr("Working"))


def is_training(series: RunSeries) -> bool:
    """Whether steps are being made, rather than one of the stages before them."""
    return bool(series.steps) and series.stage in ("train", "")


def job_status(verb: str, run: str, series: RunSeries, *, is_stopping: bool, silent_seconds: float,
               waiting: int) -> JobStatus:
    """The status bar's view of a job."""
    training = verb == "train" and is_training(series)
    title = tr("Training {run}", run=run_title(run)) if training else \
        stage_title(series.stage) if series.stage else tr("Starting the engine")
    fraction, left, detail = _how_far(series, training)
    if is_stopping:
        title = tr("Saving and stopping") if training else tr("Stopping")
    elif silent_seconds > SILENT_AFTER_SECONDS and not series.is_paused:
        detail = tr("nothing heard for {time}", time=lambda: duration(silent_seconds))
    return JobStatus(state="stopping" if is_stopping else "paused" if series.is_paused else "running",
                     title=title, detail=detail, fraction=fraction, seconds_left=left, waiting=waiting,
                     can_pause=training and not is_stopping,
                     tip=tr("The machine is kept awake until this ends.") if training and series.keeps_awake else "")


def _how_far(series: RunSeries, training: bool) -> tuple[float | None, float | None, str]:
    if training:
        last = series.steps[-1]
        return series.fraction, last.seconds_left, step_words(last.step, series.plan.steps if series.plan else None)
    progress = series.progress
    if progress is None:
        return None, None, ""
    share = min(1.0, progress.done / progress.total) if progress.total else None
    return share, progress.seconds_left, _amount(progress.unit, progress.done, progress.total)


def step_words(step: int, steps: int | None) -> Translated:
    """'step 1 640 of 4 000'."""
    if steps is None:
        return tr("step {step}", step=grouped(step))
    return tr("step {step} of {steps}", step=grouped(step), steps=grouped(steps))


def _amount(unit: str, done: int, total: int | None) -> str:
    """How much of a stage is done, in its own unit."""
    if unit == "bytes":
        return tr("{done} of {total}", done=size_bytes(done), total=size_bytes(total)) if total else size_bytes(done)
    if unit == "seconds":
        return duration(done)
    if unit == "pages":
        if total is None:
            return counted("{count} page", "{count} pages", done)
        return tr("{done} of {total} pages", done=grouped(done), total=grouped(total))
    if unit == "documents":
        if total is None:
            return counted("{count} document", "{count} documents", done)
        return tr("{done} of {total} documents", done=grouped(done), total=grouped(total))
    return tr("{done} of {total}", done=grouped(done), total=grouped(total)) if total else ""
