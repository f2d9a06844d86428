"""The open project with its jobs and results: everything on screen comes from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal

from engine.errors import EngineError
from engine.events import JobEnded, JobStarted
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.series import RunSeries
from engine.settings import changed
from studio import job_words, launches
from studio.engine_queue import EngineQueue, Task
from studio.i18n import tr
from studio.preferences import PreferenceFile
from studio.project_value import ProjectValue
from studio.queries import Queries
from studio.run_cards import RunCard, read_series
from studio.run_history import RunHistory
from studio.shell.status import JobStatus, StageStatus
from studio.standing import Standing, Work, look, page_statuses

_SHOW_EVERY_MILLISECONDS = 125
"""A running job is shown anew at most so often."""

_LOOK_AT_SILENCE_MILLISECONDS = 2000


class Session(ProjectValue):
    """The open project with its jobs and results; each change is told by a signal."""

    stages_changed = Signal()    # results and runs on disk, marks of the rail
    job_changed = Signal()       # state or progress of the job at hand; at most 8 times a second
    happened = Signal(str, list)     # run or job name, its new events; at most 30 times a second
    network_changed = Signal(str)    # host of the connection that a job has open; empty when none is
    job_started = Signal(str, str)   # verb, name of the run or job folder
    exported = Signal(str, object)   # run/checkpoint/format, engine.events.JobEnded
    capsule_opened = Signal()
    job_ended = Signal(str, str, object)  # verb, name, engine.events.JobEnded

    def __init__(self, preferences: PreferenceFile) -> None:
        super().__init__(preferences)
        self.queries = Queries(self)
        self.queue = EngineQueue(self)
        self.history = RunHistory(self)
        self.exports = EngineQueue(self)  # an export need not wait for a training to end
        self.standing = Standing()
        self._failures: dict[str, JobEnded] = {}
        self._network = ""
        self._show = QTimer(self, singleShot=True, interval=_SHOW_EVERY_MILLISECONDS)
        self._show.timeout.connect(self.job_changed)
        self._show.timeout.connect(self.stages_changed)
        self._silence = QTimer(self, interval=_LOOK_AT_SILENCE_MILLISECONDS)
        self._silence.timeout.connect(self._on_silence)
        self.closed.connect(self._on_closed)
        self.queue.changed.connect(self._on_queue_changed)
        self.queue.started.connect(self._on_job_started)
        self.queue.happened.connect(self._on_happened)
        self.queue.ended.connect(self._on_job_ended)
        self.exports.changed.connect(self._show.start)
        self.exports.happened.connect(lambda _run, _events: self._show.start())
        self.exports.ended.connect(self._on_export_ended)

    # what lies on disk

    def refresh(self) -> None:
        """Look at the folder again, beside the window; `stages_changed` tells when it is done."""
        project = self.project
        if project is not None:
            living = self.queue.run.name if self.queue.run is not None else ""
            self.queries.ask("standing", lambda _query: look(project, living), self._on_looked, self._on_look_failed)

    def stages(self) -> Mapping[str, StageStatus]:
        """The rail's line for each page that has one, by page key."""
        if self._draft is None:
            return {}
        task = self.queue.current
        work = Work(task.verb if task else "", self.job_name(), self.queue.series if task else None,
                    self.queue.is_stopping(), self._failures)
        statuses = page_statuses(self.standing, self._draft, self.problems(), work)
        writing = self.exports.current
        if writing is not None:
            statuses["export"] = StageStatus("running", self.exports.series.fraction,
                                             tr("Writing {format}", format=str(writing.about)))
        return statuses

    def runs(self) -> tuple[RunCard, ...]:
        """All training runs, oldest first, as they were at the last look."""
        return self.standing.runs

    def run_folder(self, name: str) -> RunFolder | None:
        """The folder of a run."""
        return RunFolder(self.project.runs_folder / name) if self.project is not None else None

    def ask_series(self, name: str, receiver: Callable[[Any], Any]) -> None:
        """Read a run's curves beside the window; `receiver`, a method, gets a RunSeries or an EngineError."""
        folder = self.run_folder(name)
        if folder is not None:
            self.queries.ask(f"series {name}", lambda _query: read_series(folder), receiver)

    def _on_looked(self, standing: Standing) -> None:
        self.standing = standing
        self.stages_changed.emit()

    def _on_look_failed(self, error: EngineError) -> None:
        self._tell_error(error)

    # jobs

    def run(self, verb: str) -> bool:
        """Do "read", "clean", "tokenize" or "lr-find", with what is still to do before; waits while a job works."""
        if not self._may_start() or self.project is None or self._autosave is None or self._draft is None:
            return False
        return self._add(launches.job_task(verb, self.project, self._autosave.flush, self._draft))

    def train(self, title: str = "", needs: str = "") -> bool:
        """Start a training run with the settings as they are, after whatever is still to do before it.

        With `needs`, such as "refresh", it is given up where the job of that verb before it does not end well.
        """
        if not self._may_start() or self.project is None or self._autosave is None or self._draft is None:
            return False
        task = launches.train_task(self.project, self._autosave.flush, self._draft, title)
        return self._add(replace(task, needs=needs))

    def fetch(self, *ids: str) -> bool:
        """Fetch what is new from these web pages and feeds, or from all: the one thing here that uses the network."""
        if not self._may_write() or self.project is None or self._autosave is None:
            return False
        return self._add(launches.refresh_task(self.project, self._autosave.flush, ids))

    def import_model(self, folder: Path) -> bool:
        """Make a run of a model in a folder of Hugging Face, and begin with it the next time something is trained."""
        if not self._may_write() or self.project is None or self._autosave is None:
            return False
        return self._add(launches.import_task(self.project, self._autosave.flush, folder))

    def export(self, run: RunCard, which: str, format: str, *assignments: str) -> bool:
        """Write a checkpoint in a format of other programs, also while something is trained."""
        if not self._may_write() or self.project is None:
            return False
        return self.exports.add(launches.export_task(self.project, run.path, which, format, assignments))

    def open_capsule(self, file: Path) -> None:
        """Make a project of a run capsule, beside the window, and open it; `capsule_opened` tells when it is there."""
        place = launches.free_place(self.preferences.projects_folder(), file.stem)
        self.told.emit("info", tr("Opening {name}.", name=file.name), "")
        self.queries.ask("open capsule", lambda _query: launches.opened_capsule(file, place), self._on_capsule,
                         self._tell_error)

    def _on_capsule(self, place: Path) -> None:
        if self.open(place):
            self.capsule_opened.emit()

    def start_from(self, run: str | None) -> None:
        """Begin training with an earlier model, in its own shape, or with nothing; one step of undo."""
        recipe = changed(self.recipe, "start.run", run)
        self.replace_recipe(recipe if run is None else changed(recipe, "model", None))

    def continue_run(self, name: str) -> bool:
        """Go on with a run that was cut off or stopped, from its last checkpoint and with its own settings."""
        if not self._may_write() or self.project is None:
            return False
        return self._add(launches.continue_task(self.project, name))

    def pause(self) -> None:
        """Let the training wait; the event Paused tells when it does."""
        self._command("pause")

    def resume(self) -> None:
        """Let the training go on."""
        self._command("resume")

    def stop(self) -> None:
        """Save and stop the job at hand; what it made is kept."""
        if self.queue.current is not None and self._may_write():
            self.queue.stop()

    def sample_now(self, prompt: str | None = None) -> None:
        """Have a sample written now."""
        self._command("sample", **({"prompt": prompt} if prompt else {}))

    def save_now(self) -> None:
        """Have a checkpoint saved now."""
        self._command("save")

    def set_speed(self, speed: str) -> None:
        """How much of the machine the running training may take: quiet, balanced or full."""
        self._command("speed", speed=speed)

    def job(self) -> JobStatus:
        """The job at hand, from its events."""
        task = self.queue.current
        if task is None:
            return JobStatus(waiting=len(self.queue.waiting))
        return job_words.job_status(
            task.verb, self.job_name(), self.queue.series, is_stopping=self.queue.is_stopping(),
            silent_seconds=self.queue.silent_seconds(), waiting=len(self.queue.waiting))

    def job_verb(self) -> str:
        """The verb of the job at hand: read, clean, tokenize, train; empty without one."""
        return self.queue.current.verb if self.queue.current is not None else ""

    def job_about(self) -> object:
        """What the job at hand was given: the settings, or the ids of the sources to fetch."""
        return self.queue.current.about if self.queue.current is not None else None

    def job_name(self) -> str:
        """The name of the run or job at hand, as soon as it has a folder."""
        if self.queue.run is not None:
            return self.queue.run.name
        return self.queue.current.run if self.queue.current is not None else ""

    def job_series(self) -> RunSeries:
        """All that the job at hand has said, gathered; empty without one."""
        return self.queue.series

    def failure(self, page: str) -> JobEnded | None:
        """The last word of the job that failed on a page, until that page's work is started again."""
        return self._failures.get(page)

    def _command(self, name: str, **values: Any) -> None:
        if self.queue.current is not None and self._may_write():
            self.queue.ask(Command(name, values))  # type: ignore[arg-type]

    def _add(self, task: Task) -> bool:
        if not self.queue.add(task):
            self.told.emit("info", tr("This is being done already."), "")
            return False
        return True

    def may_start(self) -> bool:
        """Whether a job may begin; says why where it may not."""
        return self._may_start()

    def _may_start(self) -> bool:
        if not self._may_write():
            return False
        if not self.sources:
            self.told.emit("warn", tr("There is no text yet."), tr("Add files, a folder or pasted text."))
            return False
        problems = self.problems()
        if problems:
            self.told.emit("error", tr("A setting needs mending before this can start."),
                           f"{'.'.join(problems[0].path)}: {problems[0].what}")
        return not problems

    def _on_queue_changed(self) -> None:
        host = self.queue.series.network if self.queue.current is not None else ""
        if host != self._network:
            self._network = host
            self.network_changed.emit(host)
        if self.queue.current is None:
            self._silence.stop()
        elif not self._silence.isActive():
            self._silence.start()
        if not self._show.isActive():
            self._show.start()

    def _on_silence(self) -> None:
        if self.queue.silent_seconds() > job_words.SILENT_AFTER_SECONDS:
            self.job_changed.emit()

    def _on_job_started(self, run: RunFolder) -> None:
        self._failures.clear()
        self.job_started.emit(self.job_verb(), run.name)
        self.job_changed.emit()
        self.refresh()

    def _on_happened(self, run: RunFolder, events: list[Any]) -> None:
        self.happened.emit(run.name, events)
        if any(event.name in ("stage-done", "checkpoint-saved", "continued") for event in events):
            self.refresh()
        if any(isinstance(event, JobStarted) for event in events):
            self.changed.emit()

    def _on_job_ended(self, task: Task, run: RunFolder | None, word: JobEnded) -> None:
        if word.status == "failed":
            page = job_words.STAGE_PAGES.get(self.queue.series.stage,
                                             "train" if task.verb in ("train", "lr-find") else "corpus")
            self._failures[page] = word
            if task.verb not in ("train", "refresh", "lr-find"):  # their own page tells it
                self.told.emit("error", word.what, " ".join(part for part in (word.expected, word.fix) if part))
        if task.verb == "import" and word.status == "done" and word.summary.get("run"):
            self.start_from(str(word.summary["run"]))
        self.job_ended.emit(task.verb, run.name if run is not None else task.run, word)
        self.job_changed.emit()
        self.refresh()

    def _on_export_ended(self, task: Task, _run: RunFolder | None, word: JobEnded) -> None:
        self.exported.emit(str(task.about), word)
        self.refresh()

    def device_text(self) -> str:
        """The device that trains, such as 'CPU · 2 cores', as the last job said it."""
        return launches.device_words(self.queue.series.started)

    def _on_saved(self) -> None:
        super()._on_saved()
        self.refresh()

    # entering and leaving a project

    def _after_entering(self) -> None:
        self._attach_to_what_lives()
        self.refresh()

    def _before_leaving(self) -> None:
        self.queue.let_go()
        self.exports.let_go()
        self.queries.finish()
        self.standing, self._failures = Standing(), {}
        self._show.stop()
        self._silence.stop()

    def _on_closed(self) -> None:
        self.stages_changed.emit()
        self.job_changed.emit()

    def _attach_to_what_lives(self) -> None:
        found = launches.living(self.project) if self.project is not None else []
        for verb, run in found:
            queue = self.exports if verb == "export" else self.queue
            if queue.current is None:
                queue.attach(Task(verb, run=run.name), run)
