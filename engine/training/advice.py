"""What is chosen for the user before anything is measured on the model itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from engine.events import Advised, Notice
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.spec import ModelSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.muon import Muon
from engine.optimization.schedules.linear import Linear
from engine.settings import from_plain, to_plain
from engine.training.count import Texts
from engine.training.devices import Machine
from engine.training.spec import TrainSpec

SMALL_TEXT_BYTES = 50_000

MOST_EPOCHS = 60
"""How often a text may usefully be read: after some tens of times it is known by heart."""

_STEPS = 2000
_LEAST_AT_ONCE, _MOST_AT_ONCE = 1024, 65_536
"""Tokens in a step: as many as leave time for some thousand steps."""


@dataclass(frozen=True)
class Choice:
    """A model and settings in which only what must be measured is open.

    `most_windows` is how many windows are worth learning from before the text is known by heart.
    """

    model: ModelSpec
    training: TrainSpec
    advised: tuple[Advised, ...]
    notices: tuple[Notice, ...]
    most_windows: int

    @property
    def batch_size(self) -> int:
        """Windows learnt from at once."""
        return self.training.batch_size or 1

    @property
    def accumulation(self) -> int:
        """Batches in one step."""
        return self.training.accumulation or 1


def choose(spec: TrainSpec, model: ModelSpec | None, texts: Texts, machine: Machine) -> Choice:
    """Fill in model, batch, optimizer, schedule, device and precision where they are open."""
    advised: list[Advised] = []
    values: dict[str, Any] = {"device": machine.device}
    if spec.device == "auto":
        advised.append(Advised(path="training.device", value=machine.device,
                               reason="The fastest device that was found here."))
    if model is None:
        model, reason = advised_model(spec, texts, machine)
        advised.append(Advised(path="model", value=to_plain(model), reason=reason[0], values=reason[1]))
    useful = MOST_EPOCHS * texts.train.tokens
    tokens = min(readable_tokens(spec, model, texts.train.vocab_size, machine), useful)
    for name, (value, reason_text) in _usual(model, tokens).items():
        if getattr(spec, name) is None:
            values[name] = value
            advised.append(Advised(path=f"training.{name}", value=to_plain(value), reason=reason_text))
    notices = [Notice(level="info", code="small-text", values={"kilobytes": round(texts.train.bytes / 1000)},
                      text="{kilobytes} kB of text are little to learn from. The model is kept small; expect the "
                           "sound of the text, not its sense.")] if texts.train.bytes < SMALL_TEXT_BYTES else []
    training = from_plain(TrainSpec, {**to_plain(spec), **to_plain_values(values)})
    context = int(getattr(model, "context_length", 1))
    return Choice(model, training, tuple(advised), tuple(notices), useful // context)


def to_plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Specs among the values as plain data."""
    return {name: to_plain(value) for name, value in values.items()}


def _usual(model: ModelSpec, tokens: float) -> dict[str, tuple[Any, str]]:
    """What suits a model, with reasons."""
    context = int(getattr(model, "context_length", 256))
    at_once = min(_MOST_AT_ONCE, max(_LEAST_AT_ONCE, 2 ** round(math.log2(max(1.0, tokens / _STEPS)))))
    batch = max(1, at_once // context)
    is_fast = getattr(model, "shape", "") == "fast"
    optimizer = Muon() if is_fast else AdamW()
    return {
        "batch_size": (batch, "Small batches make many steps; larger ones only pay when there is time for thousands."),
        "accumulation": (1, "Each batch makes a step of its own."),
        "optimizer": (optimizer, "Learnt soonest in tests with this shape of model."),
        "schedule": (Linear(), "Falls in a straight line to the end, which did best among the simple ones."),
    }


def advised_model(spec: TrainSpec, texts: Texts, machine: Machine) -> tuple[ModelSpec, tuple[str, dict[str, Any]]]:
    """The largest Transformer that can read the text often enough in the time, with the reason."""
    tokens, vocab_size = texts.train.tokens, texts.train.vocab_size
    chosen = _SHAPES[0]
    for shape in _SHAPES:
        readable = readable_tokens(spec, shape, vocab_size, machine)
        if shape.context_length * 8 <= tokens and readable >= 5 * min(tokens, 2 * shape.size(vocab_size).parameters):
            chosen = shape
    return chosen, ("The largest that can read {tokens} tokens often enough in the time.", {"tokens": tokens})


def readable_tokens(spec: TrainSpec, model: ModelSpec, vocab_size: int, machine: Machine) -> float:
    """How many tokens can be learnt from in the time, about."""
    flops = _USED_SECONDS * spec.budget_seconds * _USED_FLOPS * machine.flops
    return flops * (machine.cores if machine.device == "cpu" else 1) / model.size(vocab_size).flops_per_token


_USED_SECONDS, _USED_FLOPS = 0.7, 0.45
"""Shares of the time and of a matrix product's speed that learning gets, about; measured with small models."""

_SHAPES = tuple(TransformerSpec(n_layers=layers, d_model=width, n_heads=max(1, width // 64), context_length=context)
                for layers, width, context in ((1, 64, 16), (1, 64, 32), (2, 128, 64), (4, 128, 128), (4, 192, 128),
                                               (4, 256, 128), (6, 384, 256), (8, 512, 512), (12, 768, 1024)))
