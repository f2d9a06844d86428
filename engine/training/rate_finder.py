"""Which learning rate suits a model: one short sweep from far too low to far too high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from engine.errors import EngineError
from engine.events import RateSuggested, RateTried, StageStarted
from engine.models.spec import ModelSpec
from engine.settings import from_plain, to_plain
from engine.training.advice import choose
from engine.training.batches import Batches, Position
from engine.training.beginning import Beginning
from engine.training.count import Texts
from engine.training.course import course_of
from engine.training.devices import Machine, available_cores
from engine.training.learner import Learner, NotFinite
from engine.training.spec import TrainSpec
from engine.work import Work

STEPS = 100
_LOWEST, _HIGHEST = 1e-3, 300.0
"""Ends of the sweep, as parts of the optimizer's usual rate."""

_SMOOTHING = 0.8
_RISE, _LEAST_RISE = 0.25, 0.2
"""The sweep ends when the loss has risen by this part of what it had fallen, and by so many nats."""

_LEAST_FALL = 0.05


def find_rate(spec: TrainSpec, model: ModelSpec | None, texts: Texts, machine: Machine, work: Work,
              steps: int = STEPS, beginning: Beginning | None = None) -> RateSuggested:
    """Train a copy of the model with a rate that grows at every step; reports RateTried, then the suggestion.

    The copy is thrown away; no run, no settings and no chance outside are touched. Raises EngineError where the loss
    did not fall at any rate, and Stopped.
    Source: Smith 2015 (arXiv:1506.01186), section 3.3.
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        try:
            return _sweep(spec, model, texts, machine, work, steps, beginning)
        finally:
            torch.set_num_threads(threads)


def _sweep(spec: TrainSpec, model: ModelSpec | None, texts: Texts, machine: Machine, work: Work,
           steps: int, beginning: Beginning | None) -> RateSuggested:
    choice = choose(spec, model, texts, machine, beginning)
    if choice.model.trained_by != "gradient":
        raise EngineError(f"{choice.model.title} has no learning rate.",
                          "A model that learns step by step was expected.",
                          "Choose another kind of model.", path=("model", "kind"))
    course = course_of(from_plain(TrainSpec, {
        **to_plain(choice.training), "steps": steps, "threads": spec.threads or available_cores(), "compile": False,
        "validate_every": steps, "sample_every": steps, "precision": machine.precision}))
    torch.set_num_threads(course.threads)
    torch.manual_seed(spec.seed)
    learner = Learner(choice.network(texts.train.vocab_size), course)
    batches = Batches(texts.train.ids, learner.network.context_length, spec.seed, texts.train.mask)
    work.report(StageStarted(stage="rate"))
    position, tried = Position(), list[RateTried]()
    for step in range(steps):
        work.check()
        scale = _LOWEST * (_HIGHEST / _LOWEST) ** (step / max(1, steps - 1))
        inputs, targets, position = batches.take(position, course.windows_per_step)
        try:
            loss = learner.step(inputs, targets, scale).loss
        except NotFinite:
            break
        tried.append(_tried(tried, learner.optimizer.rate(scale), loss, step))
        work.report(tried[-1])
        work.progress("rate", step + 1, steps, "steps")
        if has_diverged([each.smoothed for each in tried]):
            break
    found = suggestion(tried)
    found = replace(found, optimizer=to_plain(course.optimizer.with_main_rate(found.learning_rate)))
    work.report(found)
    return found


def _tried(before: Sequence[RateTried], rate: float, loss: float, step: int) -> RateTried:
    """`loss` was measured before the step with `rate`, so the fall after it shows one point later."""
    smoothed = loss if not before else _SMOOTHING * before[-1].smoothed + (1 - _SMOOTHING) * loss
    return RateTried(step=step, learning_rate=rate, loss=loss, smoothed=smoothed)


def has_diverged(smoothed: Sequence[float]) -> bool:
    """Whether the loss rose clearly above its lowest point."""
    best = min(smoothed)
    return smoothed[-1] > best + max(_LEAST_RISE, _RISE * (smoothed[0] - best))


def suggestion(tried: Sequence[RateTried]) -> RateSuggested:
    """The rate at which the loss fell fastest, but at most a third of the one at which it was lowest."""
    losses = np.array([each.smoothed for each in tried])
    lowest = int(losses.argmin()) if len(losses) else 0
    if lowest < 2 or losses[0] - losses[lowest] < _LEAST_FALL:
        raise EngineError("The loss did not fall at any learning rate.", "A fall along the sweep was expected.",
                          "Choose larger batches, or look whether the text is long enough.",
                          path=("training", "batch_size"))
    slopes = np.gradient(losses[:lowest + 1])
    steepest = tried[int(slopes.argmin())].learning_rate
    rate = float(f"{min(steepest, tried[lowest].learning_rate / 3):.2g}")
    return RateSuggested(learning_rate=rate, values={"steepest": f"{steepest:.2g}",
                                                     "lowest": f"{tried[lowest].learning_rate:.2g}"},
                         reason="The loss fell fastest at {steepest} and stopped falling at {lowest}; below that "
                                "leaves room for a longer run.")
