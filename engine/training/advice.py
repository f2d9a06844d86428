"""What is chosen for the user before anything is measured on the model itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.events import Advised, Notice
from engine.models.kinds.rnn.advice import small as small_recurrent_net
from engine.models.kinds.transformer.advice import MOST_EPOCHS
from engine.models.kinds.transformer.advice import advised as advised_transformer
from engine.models.spec import ModelSpec, Size
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.schedule import ScheduleSpec
from engine.optimization.schedules.constant import Constant
from engine.optimization.schedules.linear import Linear
from engine.settings import from_plain, to_plain
from engine.training.beginning import Beginning
from engine.training.count import Texts
from engine.training.devices import Machine
from engine.training.memory import is_tight, needed_bytes
from engine.training.spec import TrainSpec
from engine.training.speed import working_share

SMALL_TEXT_BYTES = 50_000


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
    beginning: Beginning | None = None

    def network(self, vocab_size: int) -> Any:
        """The network to train: with fresh weights, or with those of an earlier model."""
        made = self.model.build(vocab_size, self.training.seed)
        if self.beginning is not None:
            self.beginning.fill(made, self.training.seed)
        return made

    @property
    def batch_size(self) -> int:
        """Windows learnt from at once."""
        return self.training.batch_size or 1

    @property
    def accumulation(self) -> int:
        """Batches in one step."""
        return self.training.accumulation or 1


def choose(spec: TrainSpec, model: ModelSpec | None, texts: Texts, machine: Machine,
           beginning: Beginning | None = None) -> Choice:
    """Fill in model, batch, optimizer, schedule, device and precision where they are open."""
    advised: list[Advised] = []
    if beginning is not None:
        model = beginning.with_settings(model)
        advised += beginning.advised()
    values: dict[str, Any] = {"device": machine.device}
    if spec.device == "auto":
        advised.append(Advised(path="training.device", value=machine.device,
                               reason="The fastest device that was found here."))
    was_chosen = model is not None
    if model is None:
        model, reasons = advised_model(spec, texts, machine)
        advised += reasons
    useful = MOST_EPOCHS * texts.train.tokens
    size = size_of(model, texts.train.vocab_size, beginning)
    tokens = min(readable_tokens(spec, size, machine), useful)
    for name, (value, reason_text) in _usual(spec, model, tokens, beginning).items():
        if getattr(spec, name) is None:
            values[name] = value
            advised.append(Advised(path=f"training.{name}", value=to_plain(value), reason=reason_text))
    if spec.batch_size is None:
        advised += _fit_batch(spec, model, size, machine, values)
    notices = [_little_text(texts, was_chosen)] if texts.train.text_bytes < SMALL_TEXT_BYTES else []
    training = from_plain(TrainSpec, {**to_plain(spec), **to_plain_values(values)})
    context = int(getattr(model, "context_length", 1))
    return Choice(model, training, tuple(advised), tuple(notices), useful // context, beginning)


def size_of(model: ModelSpec, vocab_size: int, beginning: Beginning | None = None) -> Size:
    """What training a model costs, where need be in the way in which an earlier one goes on."""
    return model.size(vocab_size) if beginning is None else beginning.size_of(model)


def _fit_batch(spec: TrainSpec, model: ModelSpec, size: Size, machine: Machine,
               values: dict[str, Any]) -> list[Advised]:
    """Learn from fewer windows at once where memory is tight, with as many in a step as before."""
    context = int(getattr(model, "context_length", 1))
    usual = batch = int(values["batch_size"])
    while batch > 1 and is_tight(needed_bytes(size, batch * context, spec), machine.memory_bytes):
        batch = (batch + 1) // 2
    if batch == usual:
        return []
    values["batch_size"] = batch
    gigabytes = round(machine.memory_bytes / 1e9, 1)
    found = [Advised(path="training.batch_size", value=batch, values={"gigabytes": gigabytes},
                     reason="As many windows at once as fit well into the {gigabytes} GB of memory that may be used.")]
    if spec.accumulation is None:
        values["accumulation"] = -(-usual // batch)
        found.append(Advised(path="training.accumulation", value=values["accumulation"],
                             reason="Several batches make one step, as memory is too little for all at once."))
    return found


def _little_text(texts: Texts, was_chosen: bool) -> Notice:
    """What to expect of a model of so little text, and why no larger one was chosen."""
    return Notice(level="info", code="small-text", values={"kilobytes": -(-texts.train.text_bytes // 1000)},
                  text="{kilobytes} kB of text are little to learn from. Expect the sound of the text, not its sense."
                  if was_chosen else
                  "{kilobytes} kB of text are little to learn from, so a small recurrent net is trained: a larger "
                  "model would learn the text by heart. Counting word sequences (a 5-gram) may foresee unseen text as "
                  "well. Expect the sound of the text, not its sense.")


def to_plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Specs among the values as plain data."""
    return {name: to_plain(value) for name, value in values.items()}


def _usual_schedule(optimizer: OptimizerSpec) -> tuple[ScheduleSpec, str]:
    if optimizer.averages_weights:
        return Constant(), "The average of the weights takes the place of a falling rate."
    return Linear(), "Falls in a straight line to the end, which did best among the simple ones."


def _usual(spec: TrainSpec, model: ModelSpec, tokens: float,
           beginning: Beginning | None) -> dict[str, tuple[Any, str]]:
    """What suits a model, with reasons."""
    optimizer, why = (model.usual_optimizer(), "Learnt soonest in tests with this shape of model.") \
        if beginning is None else beginning.method.usual_optimizer(model)
    schedule = _usual_schedule(spec.optimizer or optimizer)
    if beginning is not None and schedule[0].kind == "linear":
        schedule = schedule[0], "A short warm-up, so that the first steps spoil nothing; then it falls to the end."
    context = int(getattr(model, "context_length", 256))
    batch = max(1, model.usual_tokens_per_step(tokens) // context)
    return {
        "batch_size": (batch, "Small batches make many steps; larger ones only pay when there is time for thousands."),
        "accumulation": (1, "Each batch makes a step of its own."),
        "optimizer": (optimizer, why),
        "schedule": schedule,
    }


def advised_model(spec: TrainSpec, texts: Texts, machine: Machine) -> tuple[ModelSpec, list[Advised]]:
    """The Transformer that should learn most from the text in the time, with reasons; a small net for a small text."""
    if texts.train.text_bytes < SMALL_TEXT_BYTES:
        net = small_recurrent_net(texts.train.tokens)
        return net, [Advised(path="model", value=to_plain(net),
                             reason="A small recurrent net: the text is short, and few weights learn less of it by "
                                    "heart.")]
    made = advised_transformer(texts.train.tokens, texts.train.vocab_size, _working_seconds(spec),
                               _flops_per_second(machine))
    plain = to_plain(made.model)
    return made.model, [
        Advised(path=f"model.{each.setting}" if each.setting else "model",
                value=plain[each.setting] if each.setting else plain, reason=each.text, values=each.values)
        for each in made.reasons]


def readable_tokens(spec: TrainSpec, size: Size, machine: Machine) -> float:
    """How many tokens can be learnt from in the time, about."""
    return _working_seconds(spec) * _flops_per_second(machine) / size.flops_per_token


def _working_seconds(spec: TrainSpec) -> float:
    return _USED_SECONDS * spec.budget_seconds * working_share(spec.speed)


def _flops_per_second(machine: Machine) -> float:
    return _USED_FLOPS * machine.flops * (machine.cores if machine.device == "cpu" else 1)


_USED_SECONDS, _USED_FLOPS = 0.7, 0.45
"""Shares of the time and of a matrix product's speed that learning gets, about; measured with small models."""
