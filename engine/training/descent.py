"""Gradient descent: step after step until the course is done, with checks, samples and checkpoints on the way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import get_args

from engine.errors import EngineError
from engine.events import (
    Advised,
    CheckpointSaved,
    Continued,
    Event,
    Notice,
    Paused,
    SampleWritten,
    SpeedChanged,
    StepDone,
    Validated,
)
from engine.runs.inbox import Command
from engine.runs.job import LOOK_SECONDS, Job
from engine.settings import to_plain
from engine.training import checkpoint, state
from engine.training.activity import watched
from engine.training.awake import is_kept
from engine.training.batches import counted
from engine.training.checkpoint_writer import Saved
from engine.training.course import Course, course_of
from engine.training.devices import memory_in_use
from engine.training.environment import PRIORITY
from engine.training.learner import NotFinite
from engine.training.lesson import Lesson
from engine.training.pace import Pace
from engine.training.refit import fewer_steps
from engine.training.samples import SampleWriter
from engine.training.setback import MOST, Jump, LossGuard, hopeless, last_good, word
from engine.training.spec import Speed
from engine.training.speed import rest_after
from engine.work import Stopped

_FIRST_CHECKPOINT_SECONDS = 10.0
_PATIENCE_SECONDS = 300.0
_TRY_AGAIN_SECONDS = 3.0


def descend(lesson: Lesson, job: Job) -> Iterator[Event]:
    """Lower the loss by stochastic gradient steps until the course is done or nothing is gained any more.

    Yields StepDone at most 20 times a second, each with means since the last one. A stop that was asked for saves
    first and then raises Stopped. Where the loss is not a number, or jumps, it goes back to a checkpoint, at most three
    times; then it raises EngineError, naming the step and the likely cause, with the weights as before that step.
    """
    yield from _Descent(lesson, job).events()


class _Descent:
    def __init__(self, lesson: Lesson, job: Job) -> None:
        self.lesson, self.job = lesson, job
        self.learner = lesson.learner
        self.standing = lesson.standing
        self.pace = Pace()
        if lesson.time is not None:
            for what, seconds in lesson.time.usual_seconds.items():
                self.pace.took(what, seconds)
        self.standing.speed = self.standing.speed or self.course.spec.speed
        self.at_once = self.learner.at_once
        self.is_waiting_at_the_end = False
        self.guard = LossGuard()
        now = time.monotonic()
        self.next_look = now
        self.next_save = now + min(_FIRST_CHECKPOINT_SECONDS, self.course.spec.checkpoint_seconds)

    @property
    def course(self) -> Course:
        """The course, which may be given another length on the way."""
        return self.learner.course

    @property
    def speed(self) -> Speed:
        """How much of the machine to take: as was set, or as it was told along the run, also in an earlier life."""
        return self.standing.speed or self.course.spec.speed

    def events(self) -> Iterator[Event]:
        """Everything that happens, in order."""
        try:
            try:
                yield from self._suit_speed()
                yield from self._to_the_end()
            except Stopped:
                self.lesson.writer.again()
                yield from self._save_and_wait("stop")
                raise
            yield from self._save_and_wait("last")
        except NotFinite as error:
            raise self._not_a_number() from error
        finally:
            self.lesson.writer.close()

    def _to_the_end(self) -> Iterator[Event]:
        is_over = False
        while not is_over:
            try:
                is_over = yield from self._turn()
            except (NotFinite, Jump) as why:
                yield from self._go_back(why)

    def _turn(self) -> Generator[Event, None, bool]:
        """One step with all that is due before and after it; True when there is none left to make.

        Raises NotFinite, and Jump.
        """
        yield from self._obey()
        yield from self._validate_if_due()
        if self.standing.step >= self.course.steps:
            return True
        if self.standing.checks_without_gain >= self.course.spec.patience:
            yield self._early_end()
            return True
        yield from self._step()
        if self.course.is_sample_due(self.standing.step):
            yield from self._validate_if_due()
            yield from self._sample(self.lesson.samples)
        if time.monotonic() >= self.next_save:
            yield from self._validate_if_due()
            self._save("time")
        yield from self._durable()
        return False

    def _go_back(self, why: NotFinite | Jump) -> Iterator[Event]:
        """To the last good checkpoint, and from there past the batches that led here; said in the log.

        Without one, or for the fourth time, a loss that is no number raises EngineError; a jump is let be.
        """
        step, culprits = self.guard.culprits(isinstance(why, Jump))
        self.guard.forget()
        found = None
        if self.standing.setbacks < MOST:
            yield from self._settled()
            found = last_good(self.lesson.writer.folder, step)
        if found is None:
            if isinstance(why, NotFinite):
                raise self._not_a_number() from why
            return
        before = self.standing
        self.standing, missing = state.restore(self.learner, found, self.lesson.origin)
        self.standing.speed, self.standing.setbacks = before.speed, before.setbacks + 1
        self.standing.skipped = tuple(dict.fromkeys((*before.skipped, *culprits)))
        self.lesson.standing = self.standing
        self.pace.forget()
        yield Continued(step=self.standing.step, after_restart=True, exact=not missing, missing=tuple(missing),
                        went_back=True)
        yield word(why, step + 1, self.standing.step)

    def _settled(self) -> Iterator[Event]:
        """Wait until what was handed over to be saved is on the disk, or cannot be."""
        with contextlib.suppress(EngineError):
            for each in self.lesson.writer.finish():
                yield self._saved(each)

    def _early_end(self) -> Notice:
        return Notice(level="info", code="early-stop", step=self.standing.step,
                      values={"checks": self.standing.checks_without_gain, "step": self.standing.best_step},
                      text="Training ended early: {checks} checks brought no gain. The best checkpoint is step {step}.")

    # steps

    def _step(self) -> Iterator[Event]:
        standing = self.standing
        began = time.perf_counter()
        while standing.position in standing.skipped:
            if standing.position.index == 0:
                self.learner.forget()
            standing.position = self.lesson.batches.take(standing.position, self.course.windows_per_step)[-1]
        inputs, targets, position = self.lesson.batches.take(standing.position, self.course.windows_per_step)
        scale = self.course.schedule.scale(standing.step, self.course.steps)
        if standing.position.index == 0:
            self.learner.forget()
        self.guard.take(standing.step, standing.position)
        result = self.learner.step(inputs, targets, scale)
        standing.step += 1
        standing.position = position
        tokens = counted(targets)
        standing.tokens += tokens
        self.guard.see(result.loss)  # last: a jump that is let be has been learnt from
        took = time.perf_counter() - began
        rest = rest_after(self.speed, took)
        self.pace.add(result.loss, result.gradient_norm, tokens, took, rest)
        yield from self._words_on_memory()
        if self.pace.is_due() or standing.step == self.course.steps:
            told = self._step_done(scale)
            yield told
            yield from self._keep_time(told)
        if rest:
            time.sleep(rest)

    def _words_on_memory(self) -> Iterator[Event]:
        if self.learner.at_once != self.at_once:
            self.at_once = self.learner.at_once
            yield Notice(level="warn", code="memory", step=self.standing.step, values={"windows": self.at_once},
                         text="Memory ran out, so {windows} windows at a time are learnt from now. "
                              "The result is the same; it takes a little longer.")

    def _step_done(self, scale: float) -> StepDone:
        loss, norm, tokens_per_second = self.pace.means()
        standing, course = self.standing, self.course
        left = course.steps - standing.step
        others = {"validation": left // course.validate_every, "sample": left // course.sample_every}
        return StepDone(
            step=standing.step, tokens=standing.tokens, loss=loss, bits_per_byte=self.lesson.train_bits(loss),
            learning_rate=self.learner.optimizer.rate(scale), gradient_norm=norm, tokens_per_second=tokens_per_second,
            memory_bytes=memory_in_use(course.device), seconds_left=self.pace.seconds_left(left, others, self.speed),
            epoch=self.lesson.batches.epochs(standing.position))

    def _keep_time(self, told: StepDone) -> Iterator[Event]:
        """Give the run more or fewer steps where the machine is not as fast as measured before.

        That is saved before it is said: a run that is cut off at any moment goes on with what was said last.
        """
        keeper, learner = self.lesson.time, self.learner
        refitted = keeper.refitted(self.course.spec, self.job.seconds(), told) if keeper else None
        if refitted is None:
            return
        before, learner.course = self.course.steps, course_of(refitted)
        self.lesson.origin = replace(self.lesson.origin, training=to_plain(refitted))
        yield from self._save_and_wait("asked")
        yield Advised(path="training.steps", value=refitted.steps,
                      reason="Steps take longer or shorter than was measured before; this keeps the run within its "
                             "time.")
        if self.course.steps < before:
            yield fewer_steps(told.step, before, self.course.steps)

    def _not_a_number(self) -> EngineError:
        scale = self.course.schedule.scale(min(self.standing.step, self.course.steps - 1), self.course.steps)
        rate = self.learner.optimizer.rate(scale)
        with contextlib.suppress(EngineError):  # a disk that fails is not the trouble to speak of now
            self.lesson.writer.finish()
        return hopeless(self.standing.step + 1, rate, checkpoint.last(self.lesson.writer.folder))

    # checks and samples

    def _validate_if_due(self) -> Iterator[Event]:
        standing = self.standing
        if standing.step == 0 or standing.validated_at == standing.step \
                or not self.course.is_validation_due(standing.step):
            return
        began = time.perf_counter()
        with self.learner.with_kept_weights(), watched(self.learner.network) as activity:
            loss = self.lesson.validation.loss(self.learner.network, 2 * self.learner.at_once, self.course.device,
                                               self.job.check)
        self.pace.took("validation", time.perf_counter() - began)
        if loss - loss != 0:
            raise NotFinite
        is_best = standing.best_loss is None or loss < standing.best_loss
        standing.validated_at, standing.loss = standing.step, loss
        standing.checks_without_gain = 0 if is_best else standing.checks_without_gain + 1
        if is_best:
            standing.best_step, standing.best_loss = standing.step, loss
        yield Validated(step=standing.step, loss=loss, bits_per_byte=self.lesson.validation_bits(loss),
                        is_best=is_best, tokens=standing.tokens, **activity.shares())
        if is_best:
            self._save("best")

    def _sample(self, writer: SampleWriter) -> Iterator[SampleWritten]:
        began = time.perf_counter()
        with self.learner.with_kept_weights():
            yield from writer.write(self.learner.network.language_model(), self.standing.step,
                                    lambda: self.job.is_stopping())
        self.pace.took("sample", time.perf_counter() - began)

    # checkpoints

    def _save(self, why: str) -> None:
        """Hand a snapshot over to be written; raises NotFinite rather than save weights that are no numbers."""
        if not self.learner.is_finite():
            raise NotFinite
        self.standing.seconds = self.job.seconds()
        keeper = self.lesson.time
        if keeper is not None:
            keeper.usual_seconds = self.pace.usual_seconds
        self.lesson.writer.submit(state.snapshot(self.learner, self.standing, self.lesson.origin, why, keeper))
        self.next_save = time.monotonic() + self.course.spec.checkpoint_seconds

    def _durable(self) -> Generator[Event, None, bool]:
        """Report what has become durable; when the disk fails, wait with everything in memory, and return True."""
        try:
            saved = self.lesson.writer.finished()
        except EngineError as error:
            yield from self._wait_for_disk(error)
            return True
        for each in saved:
            yield self._saved(each)
        return False

    def _saved(self, saved: Saved) -> CheckpointSaved:
        return CheckpointSaved(step=saved.step, file=saved.path.name, is_best=saved.step == self.standing.best_step,
                               why=saved.why, size_bytes=saved.size_bytes)

    def _wait_for_disk(self, error: EngineError | None) -> Iterator[Event]:
        while error is not None:
            yield self.job.fault(error, self.lesson.writer.waiting_bytes)
            yield from self._pause(save=False)
            error = self.job.mended()
        self.lesson.writer.again()

    def _save_and_wait(self, why: str) -> Iterator[Event]:
        """Save and wait until it is durable, also where the disk must be mended first."""
        self._save(why)
        until = time.monotonic() + _PATIENCE_SECONDS
        stops = self.job.stops_asked
        while True:
            try:
                saved = self.lesson.writer.finish()
                break
            except EngineError as error:
                yield from self._wait_at_the_end(error, until, stops)
        if self.is_waiting_at_the_end:
            yield Continued(step=self.standing.step, after_restart=False)
            self.job.mended()
        for each in saved:
            yield self._saved(each)

    def _wait_at_the_end(self, error: EngineError, until: float, stops: int) -> Iterator[Event]:
        """Nothing is left but to save: wait to be told to go on, and try by itself too, as nobody may be there."""
        if not self.is_waiting_at_the_end:
            self.is_waiting_at_the_end = True
            yield self.job.fault(error, self.lesson.writer.waiting_bytes)
            yield Notice(level="warn", code="save-tried-again", step=self.standing.step,
                         values={"minutes": round(_PATIENCE_SECONDS / 60)},
                         text="Saving is tried again every few seconds for {minutes} minutes. After that, or when Stop "
                              "is asked for again, training ends with what is saved.")
        yield Paused(step=self.standing.step)  # said again and again, so that a window knows that this job lives
        again = time.monotonic() + _TRY_AGAIN_SECONDS
        while not any(command.name == "resume" for command in self.job.take()) and time.monotonic() < again:
            self.job.is_stopping()
            if self.job.stops_asked > stops or time.monotonic() > until:
                raise self._ended_unsaved() from error
            self.job.catch_up()
            time.sleep(LOOK_SECONDS)
        self.lesson.writer.again()

    def _ended_unsaved(self) -> EngineError:
        last = checkpoint.last(self.lesson.writer.folder)
        kept = f"Everything up to step {last.step} is saved." if last else "No step was saved yet."
        return EngineError(f"Training was ended at step {self.standing.step} before that could be saved.", kept,
                           "See that the disk has room and can be written, then continue the run.")

    # commands

    def _obey(self) -> Iterator[Event]:
        self.job.check()
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + LOOK_SECONDS
        for command in self.job.take():
            if command.name == "pause":
                yield from self._pause(save=True)
            else:
                yield from self._do(command)

    def _do(self, command: Command) -> Iterator[Event]:
        if command.name == "sample":
            prompt = command.values.get("prompt")
            yield from self._sample(self.lesson.samples.with_prompt(prompt) if isinstance(prompt, str)
                                    else self.lesson.samples)
        elif command.name == "save":
            self._save("asked")
        elif command.name == "speed" and command.values.get("speed") in get_args(Speed):
            self.standing.speed = command.values["speed"]
            yield from self._suit_speed()

    def _suit_speed(self) -> Iterator[Event]:
        """Give way to other programs or not, and say so."""
        yield SpeedChanged(speed=self.speed, keeps_awake=is_kept())
        if not PRIORITY.suit(self.speed):
            yield Notice(level="info", code="priority", step=self.standing.step,
                         text="This system does not let a running program take back the priority it gave away: "
                              "training gives way to other programs until it is stopped and continued.")

    def _pause(self, save: bool) -> Iterator[Event]:
        yield Paused(step=self.standing.step)
        if save:
            self._save("asked")
        while True:
            for command in self.job.take():
                if command.name == "resume":
                    yield Continued(step=self.standing.step, after_restart=False)
                    return
                yield from self._do(command)
            self.job.check()
            if save and (yield from self._durable()):
                return
            self.job.catch_up()
            time.sleep(LOOK_SECONDS)
