"""Training by expectation and maximisation: pass after pass over the text, with checks, samples and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_args

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.events import (
    CheckpointSaved,
    Continued,
    Event,
    Notice,
    Paused,
    Planned,
    SpeedChanged,
    StageStarted,
    StepDone,
    Validated,
)
from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec
from engine.runs.job import LOOK_SECONDS, Job
from engine.settings import from_plain, to_plain
from engine.tokenizers.token_file import bits_per_byte, mean_loss
from engine.training import checkpoint
from engine.training.checkpoint import MODEL, OPTIMIZER, Checkpoint
from engine.training.count import Texts
from engine.training.devices import memory_in_use
from engine.training.environment import PRIORITY
from engine.training.planner import VALIDATION_TOKENS
from engine.training.samples import SampleWriter
from engine.training.spec import Speed, TrainSpec
from engine.training.speed import rest_after
from engine.work import Stopped, Work

_SAMPLES = 20
_RESERVE = 0.15

MOST_PASSES = 200
"""More hardly change the tables."""


class Estimating(Protocol):
    """What learns pass by pass; `tokens` is how many are read in each."""

    tokens: int

    @property
    def model(self) -> Any:
        """The model as it is now."""

    def one_pass(self, number: int, work: Work) -> float:
        """Read the whole text once and learn from it; returns mean nats per token on the way."""

    def seconds_per_token(self, clock: Callable[[], float]) -> float:
        """How long reading takes, measured without learning."""

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """All but the model that must be known to go on."""

    def load(self, model: Any, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from what was saved."""


def estimating(spec: ModelSpec, texts: Texts, training: TrainSpec, device: str,
               start: Mapping[str, npt.NDArray[Any]] | None = None) -> Estimating:
    """What learns a model of this kind, from chance or from the tensors of an earlier one.

    Raises EngineError for a kind that learns in another way.
    """
    make: Callable[..., Estimating] | None = getattr(spec, "estimation", None)
    if make is None:
        raise EngineError(f"{spec.title} does not learn pass by pass.",
                          "A model such as a hidden Markov model was expected.",
                          "Choose another kind of model.", path=("model", "kind"))
    earlier = {} if start is None else {"start": spec.load(texts.train.vocab_size, start)}
    return make(texts.train.ids, texts.train.vocab_size, training.seed, device, training.batch_size, **earlier)


@dataclass
class PassesStanding:
    """Where a training stands after some passes. Losses in nats per token, `seconds` of work over all lives."""

    step: int = 0
    seconds: float = 0.0
    loss: float | None = None
    best_step: int = -1
    best_loss: float | None = None
    checks_without_gain: int = 0


class Passes:
    """A training pass by pass. `spec` has its number of steps, which are passes; `until` is when time is up (job time).

    A pass that a stop interrupts is made anew when the run goes on, with the same result.
    """

    def __init__(self, learner: Estimating, model: ModelSpec, spec: TrainSpec, texts: Texts, samples: SampleWriter,
                 job: Job, until: float | None) -> None:
        self.learner, self.model, self.spec, self.texts = learner, model, spec, texts
        self.samples, self.job, self.until = samples, job, until
        self.standing = PassesStanding()
        self.speed: Speed = spec.speed
        self._saved_step = -1
        self._saved_at = time.monotonic()
        self._longest_pass = 0.0

    def restore(self, found: Checkpoint) -> None:
        """Go on from a checkpoint."""
        state = found.state
        self.learner.load(self.model.load(self.texts.train.vocab_size, found.part(MODEL)), found.part(OPTIMIZER))
        self.standing = PassesStanding(state["step"], state["seconds"], state["loss"], state["best_step"],
                                       state["best_loss"], state["checks_without_gain"])
        self._saved_step = self.standing.step

    def events(self) -> Iterator[Event]:
        """Everything that happens, in order; raises Stopped, after saving, when a stop was asked for."""
        yield StageStarted(stage="train")
        yield from self._suit_speed()
        try:
            while self.standing.step < (self.spec.steps or 1) and not self._is_time_up():
                yield from self._obey()
                if self.standing.checks_without_gain >= self.spec.patience:
                    yield self._early_end()
                    break
                yield from self._one_pass()
        except Stopped:
            yield from self._save("stop")
            raise
        yield from self._save("last")

    def _one_pass(self) -> Iterator[Event]:
        standing, began = self.standing, time.monotonic()
        loss = self.learner.one_pass(standing.step, self.job)
        took = time.monotonic() - began
        standing.step += 1
        tokens = standing.step * self.learner.tokens
        left = (self.spec.steps or 1) - standing.step
        yield StepDone(step=standing.step, tokens=tokens, loss=loss, learning_rate=0.0, gradient_norm=0.0,
                       bits_per_byte=bits_per_byte(loss, self.texts.train),
                       tokens_per_second=self.learner.tokens / max(took, 1e-9),
                       memory_bytes=memory_in_use("cpu"), epoch=float(standing.step),
                       seconds_left=left * max(took, self._longest_pass))
        yield from self._validate(tokens)
        every = self.spec.sample_every or max(1, (self.spec.steps or 1) // _SAMPLES)
        if standing.step == 1 or standing.step % every == 0 or not left:
            yield from self.samples.write(self.learner.model, standing.step, self.job.is_stopping)
        if time.monotonic() - self._saved_at > self.spec.checkpoint_seconds:
            yield from self._save("time")
        self._longest_pass = max(self._longest_pass, time.monotonic() - began)
        time.sleep(rest_after(self.speed, took))

    def _validate(self, tokens: int) -> Iterator[Event]:
        standing = self.standing
        loss = validation_loss(self.learner.model, self.texts, self.spec)
        is_best = standing.best_loss is None or loss < standing.best_loss
        standing.loss = loss
        standing.checks_without_gain = 0 if is_best else standing.checks_without_gain + 1
        if is_best:
            standing.best_step, standing.best_loss = standing.step, loss
        yield Validated(step=standing.step, loss=loss, bits_per_byte=bits_per_byte(loss, self.texts.validation),
                        is_best=is_best, tokens=tokens)
        if is_best:
            yield from self._save("best")

    def _early_end(self) -> Notice:
        return Notice(level="info", code="early-stop", step=self.standing.step,
                      values={"checks": self.standing.checks_without_gain, "step": self.standing.best_step},
                      text="Training ended early: {checks} checks brought no gain. The best checkpoint is step {step}.")

    def _is_time_up(self) -> bool:
        """Whether another pass would take longer than there is time; at least one is always made."""
        return self.until is not None and self.standing.step > 0 \
            and self.job.seconds() + self._longest_pass > self.until

    # checkpoints and commands

    def _save(self, why: str) -> Iterator[Event]:
        standing = self.standing
        if standing.step == self._saved_step:
            return
        standing.seconds = self.job.seconds()
        tensors = {MODEL + name: tensor for name, tensor in self.learner.model.tensors().items()}
        tensors |= {OPTIMIZER + name: tensor for name, tensor in self.learner.tensors().items()}
        state = {"why": why, "model": to_plain(self.model), "training": to_plain(self.spec),
                 "vocab_size": self.texts.train.vocab_size, **vars(standing)}
        path = checkpoint.checkpoint_path(self.job.run.checkpoints, standing.step)
        sizes: list[int] = []
        self.job.until_written(lambda: sizes.append(checkpoint.save(path, Checkpoint(tensors, state))))
        if sizes:
            self._saved_step, self._saved_at = standing.step, time.monotonic()
            checkpoint.retain(path.parent)
            yield CheckpointSaved(step=standing.step, file=path.name, is_best=standing.step == standing.best_step,
                                  why=why, size_bytes=sizes[0])

    def _obey(self) -> Iterator[Event]:
        self.job.check()
        for command in self.job.take():
            if command.name == "pause":
                yield from self._pause()
            elif command.name == "sample":
                prompt = command.values.get("prompt")
                writer = self.samples.with_prompt(prompt) if isinstance(prompt, str) else self.samples
                yield from writer.write(self.learner.model, self.standing.step, self.job.is_stopping)
            elif command.name == "save":
                yield from self._save("asked")
            elif command.name == "speed" and command.values.get("speed") in get_args(Speed):
                self.speed = command.values["speed"]
                yield from self._suit_speed()

    def _suit_speed(self) -> Iterator[Event]:
        yield SpeedChanged(speed=self.speed)
        PRIORITY.suit(self.speed)

    def _pause(self) -> Iterator[Event]:
        yield Paused(step=self.standing.step)
        yield from self._save("asked")
        while not any(command.name == "resume" for command in self.job.take()):
            self.job.check()
            self.job.catch_up()
            time.sleep(LOOK_SECONDS)
        yield Continued(step=self.standing.step, after_restart=False)


def plan_passes(learner: Estimating, model: ModelSpec, spec: TrainSpec, texts: Texts,
                seconds: float) -> tuple[Planned, TrainSpec]:
    """As many passes as fit into `seconds` by a measured trial, at most `MOST_PASSES`, unless their number was set."""
    size = model.size(texts.train.vocab_size)
    each = learner.seconds_per_token(time.perf_counter) * learner.tokens
    each += rest_after(spec.speed, each)
    check = _took(lambda: validation_loss(learner.model, texts, spec))
    in_time = int((1 - _RESERVE) * seconds / max(each + check, 1e-9))
    steps = spec.steps or max(1, min(MOST_PASSES, in_time))
    planned = Planned(
        model=model.title, parameters=size.parameters, steps=steps, tokens_per_step=learner.tokens,
        training_tokens=texts.train.tokens, bytes_per_token=texts.train.bytes_per_token,
        memory_bytes=size.training_bytes, expected_seconds=steps * (each + check))
    return planned, from_plain(TrainSpec, {**to_plain(spec), "steps": steps})


def _took(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def validation_loss(model: LanguageModel, texts: Texts, spec: TrainSpec) -> float:
    """Nats per token on the beginning of the validation split, as much of it as a check reads."""
    most = spec.validation_tokens or VALIDATION_TOKENS
    ids, mask = np.asarray(texts.validation.ids[:most], dtype=np.int64), texts.validation.mask
    return mean_loss(model.token_losses(ids), ids, None if mask is None else mask[:most])
