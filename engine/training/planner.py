"""From "I have five minutes" to a model, a batch and a number of steps, by measuring this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.events import Advised, Notice, Planned
from engine.models.spec import ModelSpec
from engine.settings import from_plain, to_plain
from engine.tokenizers.tokenizer import BOS_ID
from engine.training.advice import Choice, choose, size_of
from engine.training.baseline import TOKENS_PER_SECOND, baseline_tokens
from engine.training.batches import Position, batches_for
from engine.training.beginning import Beginning
from engine.training.count import Texts
from engine.training.course import course_of
from engine.training.devices import Machine, Pace, measure_steps
from engine.training.learner import Learner
from engine.training.memory import check_memory, needed_bytes
from engine.training.spec import TrainSpec
from engine.training.speed import rest_after
from engine.training.validation import ValidationText, scored_length

RESERVE = 0.1
"""Share of the time that is not planned for: machines are not equally fast all the time."""

VALIDATION_TOKENS = 32_768
"""Tokens read in a check where time allows."""

FINAL_CHECK = 8
"""The last check reads up to so many times the tokens of the checks along the run."""

_LEAST_VALIDATION_TOKENS = 4096
_CHECKS = _SAMPLES = 20
_CHECK_SHARE = 0.12
_CLEARLY = 0.67
_COMPILE_SECONDS = 60.0
_BASELINE_SHARE = 0.1


@dataclass(frozen=True)
class Measured:
    """How long things take on this machine with the model that was chosen, in seconds."""

    pace: Pace
    validation: float
    sample: float
    precision: str = "float32"


@dataclass(frozen=True)
class Plan:
    """A run with nothing left open, and a word on every choice that was made for the user."""

    model: ModelSpec
    training: TrainSpec
    advised: tuple[Advised, ...]
    notices: tuple[Notice, ...]
    planned: Planned
    most_steps: int
    measured: Measured


def plan(spec: TrainSpec, model: ModelSpec | None, texts: Texts, machine: Machine,
         clock: Callable[[], float] = time.monotonic, beginning: Beginning | None = None) -> Plan:
    """Choose what is open, measure a few real steps, and fit the run into the time.

    Raises EngineError where the text is shorter than a window or the model needs more memory than there is. Leaves
    torch with the number of threads that was chosen.
    """
    began = clock()
    choice = choose(spec, model, texts, machine, beginning)
    size = size_of(choice.model, texts.train.vocab_size, beginning)
    context = int(getattr(choice.model, "context_length", 1))
    needed = needed_bytes(size, choice.batch_size * context, choice.training)
    notices = [*check_memory(needed, machine.memory_bytes), *choice.notices]
    measured = measure(choice, texts, machine)
    seconds = spec.budget_seconds - (clock() - began)
    training, measured = fit(choice, measured, texts, seconds)
    course = course_of(training)
    expected = (course.steps * _step_seconds(spec, measured) + baseline_seconds(spec, texts)
                + course.steps // course.validate_every * measured.validation
                + (course.steps // course.sample_every + 1) * measured.sample)
    planned = Planned(
        model=choice.model.title, parameters=size.parameters, steps=course.steps,
        tokens_per_step=course.windows_per_step * context, training_tokens=texts.train.tokens,
        bytes_per_token=texts.train.bytes_per_token, memory_bytes=needed, expected_seconds=expected,
        learning_parameters=size.learning_parameters)
    return Plan(choice.model, training, (*choice.advised, *_reasons(choice, training, measured)), tuple(notices),
                planned, most_steps=_useful_steps(choice), measured=measured)


def baseline_seconds(spec: TrainSpec, texts: Texts) -> float:
    """How long counting the baseline takes, about."""
    if not spec.baseline:
        return 0.0
    return baseline_tokens(texts.train.tokens, most_for_baseline(spec)) / TOKENS_PER_SECOND


def most_for_baseline(spec: TrainSpec) -> float:
    """At most so many seconds go to the baseline."""
    return _BASELINE_SHARE * spec.budget_seconds


def measure(choice: Choice, texts: Texts, machine: Machine) -> Measured:
    """Time real steps, a check and a sample with a network that is thrown away.

    Takes about a second: the number of steps is corrected on the way.

    Where matrices multiply faster in 16 bits, steps are timed in both precisions: on some machines such steps are
    many times slower all the same.
    """
    seconds = min(2.0, max(0.3, 0.001 * choice.training.budget_seconds))
    chance = torch.get_rng_state()
    learner, pace = _trial(choice, texts, machine.device, machine.precision, choice.training.threads, seconds)
    precision = machine.precision
    if machine.other_precision is not None:
        _, other = _trial(choice, texts, machine.device, machine.other_precision, pace.threads, seconds / 2)
        if other.seconds_per_step < _CLEARLY * pace.seconds_per_step:
            precision, pace = machine.other_precision, replace(other, tried=pace.tried)
    context = scored_length(learner.network)
    validation = ValidationText(texts.validation.ids, context, choice.training.validation_tokens or VALIDATION_TOKENS,
                                texts.validation.mask)
    few = validation.first(max(1, 2048 // context))
    share = len(few.windows) / len(validation.windows)
    validation_seconds = _took(lambda: few.loss(learner.network, 2 * learner.at_once, machine.device)) / share
    sample_seconds = _took(lambda: _write_four(learner)) * choice.training.sample_tokens / 4
    torch.set_rng_state(chance)
    return Measured(pace, validation_seconds, sample_seconds, precision)


def _trial(choice: Choice, texts: Texts, device: str, precision: str, threads: int | None,
           seconds: float) -> tuple[Learner, Pace]:
    """A network that has made some steps, and how long they took."""
    spec = choice.training
    course = course_of(from_plain(TrainSpec, {
        **to_plain(spec), "steps": 1000, "threads": threads or 1, "validate_every": 50, "sample_every": 50,
        "compile": False, "precision": precision}))
    learner = Learner(choice.network(texts.train.vocab_size), course)
    batches = batches_for(learner.network, texts.train.ids, spec.seed, course.windows_per_step, texts.train.mask)
    inputs, targets, _ = batches.take(Position(), course.windows_per_step)
    return learner, measure_steps(lambda: learner.step(inputs, targets, 1e-3), device, threads, seconds)


def _write_four(learner: Learner) -> None:
    model, state, ids = learner.network.language_model(), None, [BOS_ID]
    for _ in range(4):
        log_probs, state = model.next_log_probs(ids, state)
        ids = [int(log_probs.argmax())]


def _took(action: Callable[[], Any]) -> float:
    """The shorter of two tries: the first one may have to make room or be disturbed."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def fit(choice: Choice, measured: Measured, texts: Texts, seconds: float) -> tuple[TrainSpec, Measured]:
    """Steps, checks and samples that end within `seconds`, baseline, last check and reserve included.

    Returns the settings with nothing left open, and what was measured, for the size of check that was chosen.
    """
    spec = choice.training
    usable = (1 - RESERVE) * seconds - baseline_seconds(spec, texts) - (_COMPILE_SECONDS if spec.compile else 0.0)
    usable = max(usable, 0.3 * seconds)
    tokens, check = _check_size(spec, measured, texts, _CHECK_SHARE * usable / _CHECKS)
    last_check = last_check_seconds(check, tokens, texts)
    checks = _times(_CHECKS, _CHECK_SHARE * usable, check)
    samples = _times(_SAMPLES, 0.1 * usable, measured.sample)
    left = usable - checks * check - last_check - (samples + 1) * measured.sample
    in_time = max(10, int(left / _step_seconds(spec, measured)))
    steps = spec.steps or min(in_time, _useful_steps(choice))
    values: dict[str, Any] = {
        "steps": steps, "threads": measured.pace.threads, "validation_tokens": tokens,
        "precision": measured.precision if spec.precision == "auto" else spec.precision,
        "validate_every": spec.validate_every or max(1, round(steps / (_CHECKS if spec.steps else checks))),
        "sample_every": spec.sample_every or max(1, round(steps / (_SAMPLES if spec.steps else samples)))}
    return from_plain(TrainSpec, {**to_plain(spec), **values}), replace(measured, validation=check)


def _step_seconds(spec: TrainSpec, measured: Measured) -> float:
    """How long a step takes, with the rest that follows it at the speed that was chosen."""
    seconds = measured.pace.seconds_per_step
    return seconds + rest_after(spec.speed, seconds)


def _useful_steps(choice: Choice) -> int:
    """How many steps are worth making before the text is known by heart."""
    return max(10, choice.most_windows // (choice.batch_size * choice.accumulation))


def last_check_seconds(check: float, tokens: int, texts: Texts) -> float:
    """How long the last check takes, when one that reads so many tokens takes `check` seconds."""
    return check * min(FINAL_CHECK, max(1.0, texts.validation.tokens / tokens))


def _check_size(spec: TrainSpec, measured: Measured, texts: Texts, seconds: float) -> tuple[int, float]:
    """Tokens read in a check and how long that takes: fewer than usual where it would take longer than `seconds`.

    With a number of steps that was set, time does not count, so that the same settings always do the same.
    """
    if spec.validation_tokens is not None or spec.steps is not None:
        return spec.validation_tokens or VALIDATION_TOKENS, measured.validation
    usual = min(VALIDATION_TOKENS, max(2, texts.validation.tokens))
    tokens = max(min(_LEAST_VALIDATION_TOKENS, usual), int(usual * min(1.0, seconds / max(measured.validation, 1e-9))))
    return (VALIDATION_TOKENS if tokens == usual else tokens), measured.validation * tokens / usual


def _times(wanted: int, seconds: float, each: float) -> int:
    """How often something that takes `each` fits into `seconds`, at most as often as wanted, at least twice."""
    return max(2, min(wanted, int(seconds / max(each, 1e-6))))


def _reasons(choice: Choice, training: TrainSpec, measured: Measured) -> list[Advised]:
    """Why the numbers are what they are, for those that were left open."""
    spec = choice.training
    is_time_short = (training.steps or 0) + 1 <= choice.most_windows / (choice.batch_size * choice.accumulation)
    milliseconds = round(1000 * _step_seconds(spec, measured), 1)
    found = []
    if spec.steps is None and is_time_short:
        found.append(Advised(path="training.steps", value=training.steps, values={"milliseconds": milliseconds},
                             reason="So many steps of {milliseconds} ms fit into the time, with checks and samples."))
    elif spec.steps is None:
        found.append(Advised(path="training.steps", value=training.steps,
                             reason="More would only make the model learn this text by heart."))
    if spec.threads is None and len(measured.pace.tried) > 1:
        tried = ", ".join(f"{threads}: {1000 * took:.0f} ms" for threads, took in measured.pace.tried.items())
        found.append(Advised(path="training.threads", value=training.threads, values={"tried": tried},
                             reason="The fastest of those that were measured ({tried} a step)."))
    if spec.precision == "auto":
        found.append(Advised(path="training.precision", value=training.precision,
                             reason="Steps of this model were fastest with it."))
    if spec.validate_every is None:
        found.append(Advised(path="training.validate_every", value=training.validate_every,
                             values={"seconds": round(measured.validation, 1)},
                             reason="A check takes about {seconds} s; this leaves most of the time to learning."))
    return found
