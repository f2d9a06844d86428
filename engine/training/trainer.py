"""A training run from plan to proof: plan, learn, compare with the baseline, read back what was saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine import storage
from engine.errors import EngineError
from engine.events import (
    BEFORE,
    Advised,
    BaselineScored,
    Continued,
    Event,
    Notice,
    Planned,
    SampleWritten,
    StageDone,
    StageStarted,
)
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.runs.log import read_events
from engine.settings import from_plain, to_plain
from engine.tokenizers.token_file import TokenFile, bits_per_byte, mean_loss
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint
from engine.training.baseline import counted_in, score_baseline
from engine.training.beginning import beginning_of
from engine.training.checkpoint import MODEL, Checkpoint
from engine.training.count import Texts, count_through
from engine.training.course import course_of
from engine.training.descent import descend
from engine.training.devices import available_cores, available_memory, choose_device, look
from engine.training.expectation import Estimating, Passes, estimating, plan_passes
from engine.training.lesson import Lesson, prepare
from engine.training.memory import check_memory
from engine.training.planner import (
    FINAL_CHECK,
    RESERVE,
    VALIDATION_TOKENS,
    baseline_seconds,
    last_check_seconds,
    most_for_baseline,
    plan,
)
from engine.training.refit import TimeKeeper
from engine.training.samples import SampleWriter, sample_writer
from engine.training.spec import TrainSpec
from engine.training.state import restore, time_of, training_of
from engine.training.validation import ValidationText
from engine.training.watch import Watch
from engine.work import Stopped


def train(run: RunFolder, tokens_folder: Path, job: Job, resume: bool = False) -> dict[str, Any]:
    """Train the model of a run's settings on token files; returns what came of it.

    Settings left open are planned and written to `run.toml` under `resolved`. With `resume` the newest whole
    checkpoint is gone on from. Raises Stopped, after saving, when the user stops.
    """
    return _Trainer(run, tokens_folder, job).train(resume)


class _Trainer:
    def __init__(self, run: RunFolder, tokens_folder: Path, job: Job) -> None:
        self.run, self.job = run, job
        self.settings = run.settings()
        recipe = self.settings.get("recipe", {})
        self.spec = from_plain(TrainSpec, recipe.get("training", {}))
        self.model: ModelSpec | None = _model_of(recipe["model"]) if "model" in recipe else None
        self.spec.require_valid()
        if self.model is not None:
            self.model.require_valid()
        self.beginning = beginning_of(run, self.settings)
        if self.beginning is not None:
            self.model = self.beginning.with_settings(self.model)
        self.tokenizer = Tokenizer.load(run.path / "tokenizer")
        self.texts = Texts(TokenFile(tokens_folder, "train"), TokenFile(tokens_folder, "validation"))
        self.began = job.seconds()
        self.planned: Planned | None = None
        self.time: TimeKeeper | None = None

    def train(self, resume: bool) -> dict[str, Any]:
        """The whole run."""
        if self.model is not None and self.model.trained_by == "counting":
            start = None if self.beginning is None else self.model.load(
                self.texts.train.vocab_size, self.beginning.tensors)
            self._tell_beginning()
            for event in count_through(self.model, self.texts, self._samples(self.spec), self.job, start):
                self.job.report(event)
            return self._prove(self.spec)
        if self.model is not None and self.model.trained_by == "expectation":
            return self._learn_pass_by_pass(self.model, resume)
        past = read_events(self.run.log) if resume else []
        model, spec = self._plan(past)
        lesson = self._prepare(model, spec, resume)
        self._learn(lesson, past)
        return {**self._prove(lesson.learner.course.spec), "steps": lesson.standing.step}

    def _tell_beginning(self) -> None:
        """Say what was taken over, where the plan does not."""
        for choice in self.beginning.advised() if self.beginning is not None else ():
            self.job.report(choice)

    def _samples(self, spec: TrainSpec) -> SampleWriter:
        return sample_writer(self.tokenizer, spec, self.texts.validation)

    # plan

    def _plan(self, past: list[Event]) -> tuple[ModelSpec, TrainSpec]:
        """The resolved settings: those of an earlier life of the run, or new ones."""
        resolved = self.settings.get("resolved")
        planned = [event for event in past if isinstance(event, Planned)]
        if resolved and planned:
            self.planned = planned[-1]
            if "time" in resolved:
                self.time = replace(TimeKeeper.from_state(resolved["time"]), began=self.began, looked=0)
            return _model_of(resolved["model"]), from_plain(TrainSpec, resolved["training"])
        self.job.report(StageStarted(stage="plan"))
        machine = look(self.spec.device, self.spec.precision, self.spec.memory_gigabytes)
        made = plan(self.spec, self.model, self.texts, machine, beginning=self.beginning)
        self.planned = made.planned
        if self.spec.steps is None:
            proof = last_check_seconds(made.measured.validation, made.training.validation_tokens or VALIDATION_TOKENS,
                                       self.texts)
            self.time = TimeKeeper(self.spec.budget_seconds - proof, self.began, made.most_steps, usual_seconds={
                "validation": made.measured.validation, "sample": made.measured.sample})
        self._resolve(made.model, made.training)
        for event in (*made.advised, *made.notices, made.planned):
            self.job.report(event)
        return made.model, made.training

    def _resolve(self, model: ModelSpec, training: TrainSpec) -> None:
        """Write down what the run is made of."""
        self.settings["resolved"] = {"model": to_plain(model), "training": to_plain(training)}
        if self.time is not None:
            self.settings["resolved"]["time"] = self.time.state()
        self.run.write_settings(self.settings)

    def _prepare(self, model: ModelSpec, spec: TrainSpec, resume: bool) -> Lesson:
        storage.sweep(self.run.checkpoints)
        found, damaged = checkpoint.newest_whole(self.run.checkpoints) if resume else (None, [])
        if found is not None and self.time is not None:  # the number of steps it had when this was saved
            spec = from_plain(TrainSpec, training_of(found))
            self.time = time_of(found) or self.time
        spec = self._on_a_device_that_is_here(spec)
        for path in damaged:
            self.job.report(_damaged(path))
        lesson = prepare(model, course_of(spec), self.texts, self.tokenizer, self.run.checkpoints,
                         beginning=self.beginning)
        lesson.time = self.time
        if found is not None:
            self._go_on(lesson, found)
        elif resume:
            self.job.report(Continued(step=0, after_restart=True))
        if found is None and self.beginning is not None:
            self._score_the_beginning(lesson)
        return lesson

    def _score_the_beginning(self, lesson: Lesson) -> None:
        """Measure the earlier model on the new validation text, to see what training is good for."""
        self.job.report(StageStarted(stage="before"))
        loss = lesson.validation.loss(lesson.learner.network, 2 * lesson.learner.at_once,
                                      lesson.learner.course.device, self.job.check)
        self.job.report(BaselineScored(title=BEFORE, loss=loss, bits_per_byte=lesson.validation_bits(loss)))

    def _on_a_device_that_is_here(self, spec: TrainSpec) -> TrainSpec:
        """The same settings, on the CPU where the device of an earlier life is missing."""
        try:
            choose_device(spec.device)
        except EngineError:
            if self.spec.device != "auto":
                raise
            return from_plain(TrainSpec, {**to_plain(spec), "device": "cpu", "precision": "float32"})
        return spec

    def _go_on(self, lesson: Lesson, found: Checkpoint) -> None:
        """Put everything back as it was; a number of threads that was used before is used again."""
        torch.set_num_threads(int(found.state["surroundings"]["threads"]))
        lesson.standing, missing = restore(lesson.learner, found, lesson.origin)
        self.job.go_on_from(lesson.standing.seconds)
        self.job.report(Continued(step=lesson.standing.step, after_restart=True, exact=not missing,
                                  missing=tuple(missing)))
        if self.planned is not None and self.planned.steps != lesson.learner.course.steps:
            self._tell_steps(lesson)

    # learn

    def _learn(self, lesson: Lesson, past: list[Event]) -> None:
        """Report the descent's events; after the first sample the baseline is counted in between."""
        scored = counted_in(past)
        watch = Watch(read_events(self.run.log), self.settings)
        is_due = self.spec.baseline and scored is None
        self.job.report(StageStarted(stage="train"))
        if lesson.time is not None:
            lesson.time.is_held = is_due
        events = descend(lesson, self.job)
        for event in events:
            self.job.report(event)
            for word in watch.after(event):
                self.job.report(word)
            if isinstance(event, Advised):
                self._tell_steps(lesson)
            if is_due and isinstance(event, SampleWritten) and event.done:
                is_due = False
                watch.feed(self._count_baseline(lesson, events))
        if is_due:
            watch.feed(self._count_baseline(lesson, events))
        for word in watch.look():
            self.job.report(word)

    def _count_baseline(self, lesson: Lesson, events: Iterator[Event]) -> BaselineScored | None:
        scored = None
        self.job.report(StageStarted(stage="baseline"))
        try:
            scored = score_baseline(self.texts, lesson.validation, self.run.checkpoints, self.job,
                                    most_for_baseline(lesson.learner.course.spec))
        except Stopped as stopped:
            self._stop_inside(events, stopped)
        except EngineError as error:
            self.job.report(_baseline_failed(error))
        else:
            self.job.report(scored)
            self.job.report(StageDone(stage="baseline"))
        self.job.report(StageStarted(stage="train"))
        if lesson.time is not None:
            lesson.time.is_held = False
        return scored

    def _tell_steps(self, lesson: Lesson) -> None:
        """Write down the number of steps that a run has by now: in its settings, then in the log."""
        course = lesson.learner.course
        self.job.until_written(lambda: self._resolve(_model_of(lesson.origin.model), course.spec))
        if self.planned is not None:
            self.planned = replace(self.planned, steps=course.steps, seconds=0.0)
            self.job.report(self.planned)

    def _stop_inside(self, events: Iterator[Event], stopped: Stopped) -> None:
        """Let the descent hear of a stop that came while it waited: it saves, and raises Stopped."""
        self.job.report(events.throw(stopped))  # type: ignore[attr-defined]
        for event in events:
            self.job.report(event)

    # pass by pass

    def _learn_pass_by_pass(self, model: ModelSpec, resume: bool) -> dict[str, Any]:
        """Training by expectation: planned, compared with the baseline, learnt, proved."""
        device = choose_device(self.spec.device)
        resolved = self.settings.get("resolved") if resume else None
        spec = from_plain(TrainSpec, resolved["training"]) if resolved else self.spec
        torch.set_num_threads(spec.threads or available_cores())
        learner = estimating(model, self.texts, spec, device,
                             None if self.beginning is None else self.beginning.tensors)
        if not resolved:
            self._tell_beginning()
            spec = self._plan_passes(learner, model)
        until = None if self.spec.steps else self.began + (1 - RESERVE) * self.spec.budget_seconds
        passes = Passes(learner, model, spec, self.texts, self._samples(spec), self.job, until)
        found, damaged = checkpoint.newest_whole(self.run.checkpoints) if resume else (None, [])
        for path in damaged:
            self.job.report(_damaged(path))
        if found is not None:
            passes.restore(found)
            self.job.go_on_from(passes.standing.seconds)
        if resume:
            self.job.report(Continued(step=passes.standing.step, after_restart=True))
        if counted_in(read_events(self.run.log)) is None and spec.baseline:
            self._compare(spec)
        watch = Watch(read_events(self.run.log), self.settings)
        for event in passes.events():
            self.job.report(event)
            for word in watch.after(event):
                self.job.report(word)
        return {**self._prove(spec), "steps": passes.standing.step}

    def _plan_passes(self, learner: Estimating, model: ModelSpec) -> TrainSpec:
        self.job.report(StageStarted(stage="plan"))
        size = model.size(self.texts.train.vocab_size)
        for notice in check_memory(size.training_bytes, available_memory("cpu")):
            self.job.report(notice)
        left = self.spec.budget_seconds - (self.job.seconds() - self.began) - baseline_seconds(self.spec, self.texts)
        planned, spec = plan_passes(learner, model, self.spec, self.texts, left)
        self._resolve(model, spec)
        self.job.report(planned)
        return spec

    def _compare(self, spec: TrainSpec) -> None:
        """Count the 5-gram and score it on the tokens that the passes are checked with."""
        self.job.report(StageStarted(stage="baseline"))
        most = spec.validation_tokens or VALIDATION_TOKENS
        ids, mask = self.texts.validation.ids[:most], self.texts.validation.mask
        validation = ValidationText(ids, len(ids), None, None if mask is None else mask[:most])
        try:
            scored = score_baseline(self.texts, validation, self.run.checkpoints, self.job, most_for_baseline(spec))
        except EngineError as error:
            self.job.report(_baseline_failed(error))
            return
        self.job.report(scored)
        self.job.report(StageDone(stage="baseline"))

    # prove

    def _prove(self, resolved: TrainSpec) -> dict[str, Any]:
        """Read the best checkpoint back, measure it on the validation split and let it write.

        The size of this last check goes by the settings that the plan resolved, as the time kept for it does.
        """
        self.job.report(StageStarted(stage="check"))
        info = checkpoint.best(self.run.checkpoints) or checkpoint.last(self.run.checkpoints)
        if info is None:
            raise EngineError("Nothing was saved by this run.", "At least one checkpoint was expected.",
                              "Look whether the disk is full, then train again.")
        found = checkpoint.load(info.path)
        spec = _model_of(found.state["model"])
        model = spec.load(self.texts.validation.vocab_size, found.part(MODEL))
        most = FINAL_CHECK * (resolved.validation_tokens or VALIDATION_TOKENS)
        ids = np.asarray(self.texts.validation.ids[:most], dtype=np.int64)
        mask = self.texts.validation.mask
        loss = mean_loss(model.token_losses(ids), ids, None if mask is None else mask[:most])
        self.job.check()
        samples = list(self._samples(self.spec).write(model, info.step, self.job.is_stopping))
        self.job.report(Notice(level="ok", code="ready", step=info.step, values={"step": info.step},
                               text="Ready. The checkpoint of step {step} was read back, and it writes."))
        return {"model": spec.kind, "parameters": spec.parameters_of(model),
                "best_step": info.step, "checkpoint": info.path.name, "loss": loss,
                "bits_per_byte": bits_per_byte(loss, self.texts.validation), "sample": samples[-1].text}


def _damaged(path: Path) -> Notice:
    return Notice(level="warn", code="damaged-checkpoint", values={"file": path.name},
                  text="A saved point is damaged. It was put aside as {file}; the one before is used.")


def _baseline_failed(error: EngineError) -> Notice:
    return Notice(level="warn", code="baseline-failed", values={"what": str(error)},
                  text="The baseline could not be counted. {what} Training goes on.")


def _model_of(plain: dict[str, Any]) -> ModelSpec:
    return from_plain(ModelSpec, plain)  # type: ignore[type-abstract]
