"""One step of gradient descent: read windows, measure the loss, change the weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.models.layers.lora import merged
from engine.optimization.combined import Named, of_roles
from engine.optimization.groups import decaying, learning
from engine.optimization.weight_average import WeightAverage
from engine.training.batches import Ids, counted
from engine.training.course import Course
from engine.training.devices import DTYPES
from engine.training.gradients import add_noise, clip

Carried = tuple[Tensor, ...]
"""What a network remembers after each window of a batch, (layers, batch, width)."""


@dataclass(frozen=True)
class StepResult:
    """Mean loss (nats per token), length of the gradient before clipping, and whether the weights were changed."""

    loss: float
    gradient_norm: float
    is_applied: bool = True


class NotFinite(Exception):  # noqa: N818  (turned into an EngineError by who knows the step)
    """The loss or the gradient is not a number; the weights were not changed."""


@dataclass
class LossScale:
    """Keeps float16 gradients in range: halved when one overflows, doubled after many that did not."""

    scale: float = 1.0
    good_steps: int = 0

    def adapt(self, is_good: bool) -> None:
        """Learn from one step."""
        self.good_steps = self.good_steps + 1 if is_good else 0
        if not is_good:
            self.scale = max(1.0, self.scale / 2)
        elif self.good_steps >= 1000:
            self.scale, self.good_steps = min(65_536.0, self.scale * 2), 0


class Learner:
    """A network with its optimizer; `step` learns from one set of windows.

    When memory runs out, a step is repeated with half as many windows at a time, which gives the same gradient.
    """

    def __init__(self, network: Any, course: Course) -> None:
        self.network = network.to(course.device)
        self.network.train()
        self.course = course
        frozen = any(not each.requires_grad for each in self.network.parameters())
        self.adapting = tuple(name for name, each in self.network.named_parameters()
                              if each.requires_grad) if frozen else ()
        self.network.recomputes = course.spec.activation_checkpointing
        self.begin_anew()
        self.steps_made = 0
        self.loss_scale = LossScale(65_536.0 if course.precision == "float16" else 1.0)
        self.at_once = course.batch_size
        self.carried: Carried | None = None
        self._carries = bool(getattr(network, "carries_memory", False))
        self._parameters = [each for each in self.network.parameters() if each.requires_grad]
        loss = self.network.carried_loss if self._carries else self.network.smoothed_loss
        self._loss = torch.compile(loss) if course.spec.compile else loss

    def forget(self) -> None:
        """Begin the next windows with empty memories, where memories are carried on at all."""
        self.carried = None

    def begin_anew(self) -> None:
        """An optimizer, and an average of the weights if there is one, that know nothing but the present weights."""
        spec, decay = self.course.spec, self.course.spec.weight_average
        groups = decaying(learning(self.network.groups()), embeddings=spec.decay_embeddings, output=spec.decay_output,
                          vectors=spec.decay_vectors)
        self.optimizer = self.course.optimizer.build(groups)
        tables = of_roles(groups, "table")
        self._named: Named = {name: each for group in groups for name, each in group.parameters.items()}
        dense = {name: each for name, each in self._named.items() if name not in tables}
        self.average = None if decay is None else WeightAverage(dense, tables, decay)

    @property
    def is_averaging(self) -> bool:
        """Whether the weights to keep are others than those that are trained."""
        return self.average is not None or self.course.optimizer.averages_weights

    @contextlib.contextmanager
    def with_kept_weights(self) -> Iterator[None]:
        """The network with the weights to check, to write with and to keep: the average where there is one, and
        adapters added to their matrices.

        Afterwards it has the weights to train on with again, to the bit.
        """
        averaged = self.optimizer.averaged() if self.average is None else self.average.averaged()
        trained = {name: self._named[name].data for name in averaged}
        try:
            for name, each in averaged.items():
                self._named[name].data = each
            with merged(self.network):
                yield
        finally:
            for name, each in trained.items():
                self._named[name].data = each

    def step(self, inputs: Ids, targets: Ids, rate_scale: float) -> StepResult:
        """Learn from windows (batch, time). Raises NotFinite, and EngineError when memory doesn't suffice for one."""
        while True:
            before = torch.get_rng_state()
            try:
                loss, carried = self._gather(inputs, targets)
                break
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                self._halve(error)
                torch.set_rng_state(before)
        norm = clip(self._parameters, self.course.spec.gradient_clip, 1 / self.loss_scale.scale)
        is_finite = norm - norm == 0
        if self.course.precision == "float16":
            self.loss_scale.adapt(is_finite)
        elif not is_finite:
            self.optimizer.zero_grad()
            raise NotFinite
        if is_finite:
            self._change_weights(rate_scale)
        self.optimizer.zero_grad()
        self.carried = carried
        return StepResult(loss, norm if is_finite else 0.0, is_finite)

    def _change_weights(self, rate_scale: float) -> None:
        if self.course.spec.gradient_noise:
            add_noise(self._parameters, self.course.spec.gradient_noise, self.steps_made)
        self.steps_made += 1
        if self.average is not None:
            self.average.before_step()
        self.optimizer.step(rate_scale)
        if self.average is not None:
            self.average.after_step()

    def is_finite(self) -> bool:
        """Whether all weights are numbers: a step may have made them too large, which the next loss would show."""
        return all(bool(torch.isfinite(each.sum())) or bool(torch.isfinite(each).all()) for each in self._parameters)

    def _gather(self, inputs: Ids, targets: Ids) -> tuple[float, Carried | None]:
        """Gradients of the mean loss over all targets that count, `at_once` windows at a time.

        Returns that loss without label smoothing and z-loss, which is what the validation loss can be compared with,
        and the memories after these windows, where they are carried on.
        """
        total = max(1, counted(targets))
        gathered, memories = 0.0, list[Carried]()
        for first in range(0, len(inputs), self.at_once):
            part = targets[first:first + self.at_once]
            share = counted(part) / total
            if not share and not self._carries:
                continue
            x = torch.from_numpy(inputs[first:first + self.at_once]).to(self.course.device, non_blocking=True)
            y = torch.from_numpy(part).to(self.course.device, non_blocking=True)
            with self._precision():
                smoothed, plain = self._part_loss(x, y, first, memories)
            if not share:
                continue
            (smoothed * (share * self.loss_scale.scale)).backward()  # type: ignore[no-untyped-call]
            gathered += float(plain.detach()) * share
        if gathered - gathered != 0:
            self.optimizer.zero_grad()
            raise NotFinite
        return gathered, _joined(memories)

    def _part_loss(self, x: Tensor, y: Tensor, first: int, memories: list[Carried]) -> tuple[Tensor, Tensor]:
        """Loss of the windows from row `first` on; what is remembered after them is appended to `memories`."""
        smoothing = self.course.spec.label_smoothing
        additions = {"z_loss": self.course.spec.z_loss} if self.course.spec.z_loss else {}
        if not self._carries:
            smoothed, plain = self._loss(x, y, smoothing, **additions)
            return smoothed, plain
        rows = slice(first, first + len(x))
        before = None if self.carried is None else tuple(each[:, rows] for each in self.carried)
        smoothed, plain, after = self._loss(x, y, smoothing, before, **additions)
        memories.append(tuple(each.float() for each in after))  # float32 holds numbers of 16 bits exactly
        return smoothed, plain

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        if self.course.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.course.device, dtype=DTYPES[self.course.precision])

    def _halve(self, cause: BaseException) -> None:
        self.optimizer.zero_grad()
        if self.course.device == "cuda":
            torch.cuda.empty_cache()
        if self.at_once == 1:
            raise EngineError("This machine has too little memory for one window of this model.",
                              "What was saved before is safe.",
                              "Choose a smaller model or a shorter context, or close other programs.",
                              path=("model",)) from cause
        self.at_once = (self.at_once + 1) // 2


def _joined(memories: list[Carried]) -> Carried | None:
    return tuple(torch.cat(each, dim=1) for each in zip(*memories, strict=True)) if memories else None


def _is_out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in words \
        or "can't allocate memory" in words or "out of memory" in words
