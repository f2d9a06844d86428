"""A run as the doctor sees it: the curves of its log as arrays, and the settings it went by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.events import StepDone, Validated
from engine.optimization.optimizer import OTHER_RATES, OptimizerSpec
from engine.runs.series import RunSeries
from engine.settings import member
from engine.training.finding import Fix

Numbers = npt.NDArray[np.float64]

_BLOCKS = 24
_POINTS_IN_A_BLOCK = 6


class Case:
    """All that the rules look at. `settings` is a run's `run.toml` as plain data; empty where it is not known."""

    def __init__(self, series: RunSeries, settings: Mapping[str, Any]) -> None:
        self.series = series
        self.settings = settings
        self.is_over = series.ended is not None
        self.is_done = series.ended is not None and series.ended.status == "done"

    def setting(self, path: str) -> Any:
        """A setting as this run used it: as resolved, as the user set it, or as it was chosen in the log."""
        for root in ("resolved", "recipe"):
            found = _at(self.settings.get(root, {}), path)
            if found is not None:
                return found
        return next((each.value for each in reversed(self.series.advice) if each.path == path), None)

    def was_set(self, path: str) -> bool:
        """Whether the user set it, rather than leaving it to Wenlu."""
        return _at(self.settings.get("recipe", {}), path) is not None

    # curves; losses in bits per byte, which can be compared between training and validation text

    @cached_property
    def points(self) -> list[StepDone]:
        """The logged steps whose loss is a number."""
        return [each for each in self.series.steps if _is_number(each.loss) and _is_number(each.bits_per_byte)]

    @cached_property
    def checks(self) -> list[Validated]:
        """The validations whose loss is a number."""
        return [each for each in self.series.validations if _is_number(each.loss)]

    @cached_property
    def steps(self) -> Numbers:
        """Step of each point."""
        return self.column("step")

    @cached_property
    def losses(self) -> Numbers:
        """Training loss of each point."""
        return self.column("bits_per_byte")

    def column(self, name: str) -> Numbers:
        """One figure of each point; what is missing in the log is 0."""
        return np.array([getattr(each, name) or 0 for each in self.points], dtype=np.float64)

    @cached_property
    def blocks(self) -> Numbers:
        """Medians of the training loss over equal stretches of the run so far: a curve without its noise."""
        return medians(self.losses)

    def block_step(self, index: int) -> int:
        """The step at which a block begins."""
        edges = np.linspace(0, len(self.steps), len(self.blocks) + 1).astype(int)
        return int(self.steps[min(edges[index], len(self.steps) - 1)])

    @property
    def last_step(self) -> int:
        """The last step that was logged."""
        return self.series.steps[-1].step if self.series.steps else 0

    @property
    def progress(self) -> float:
        """Share of the planned steps that are done."""
        return self.series.fraction or 0.0

    @cached_property
    def peak_rate(self) -> float | None:
        """The highest learning rate in the log."""
        rates = [each.learning_rate for each in self.points if each.learning_rate]
        return max(rates, default=None)

    @cached_property
    def vocab_size(self) -> int | None:
        """How many pieces the tokenizer has, as the log says."""
        sizes = [each.summary["vocab_size"] for each in self.series.stages if "vocab_size" in each.summary]
        return int(sizes[-1]) if sizes else None

    @cached_property
    def start_loss(self) -> float | None:
        """Loss of a guess that holds every piece for equally likely, in bits per byte."""
        if self.vocab_size is None or self.series.plan is None:
            return None
        return float(np.log2(self.vocab_size)) / self.series.plan.bytes_per_token

    # fixes

    @cached_property
    def usual_rate(self) -> float | None:
        """The main learning rate that is usual for this run's optimizer; None for one that is not known."""
        optimizer = self._optimizer
        try:
            if not optimizer:
                return None
            return member(OptimizerSpec, str(optimizer["kind"])).usual_rate  # type: ignore[type-abstract]
        except EngineError:
            return None

    def rate_fix(self, factor: float, title: str) -> Fix | None:
        """The optimizer of this run with all its learning rates multiplied; None where it is not known."""
        optimizer = self._optimizer
        set_rate = optimizer.get("learning_rate")
        rate = set_rate if _is_number(set_rate) else self.peak_rate or self.usual_rate
        if not optimizer or rate is None:
            return None
        value = {**optimizer, "learning_rate": _rounded(rate * factor)}
        value |= {name: _rounded(optimizer[name] * factor) for name in OTHER_RATES if _is_number(optimizer.get(name))}
        return Fix(title, "training.optimizer", value, {"rate": f"{value['learning_rate']:g}"})

    def usual_rate_fix(self, title: str) -> Fix | None:
        """The optimizer of this run with its usual learning rates; None where it is not known."""
        if self.usual_rate is None:
            return None
        value = {name: part for name, part in self._optimizer.items() if name not in (*OTHER_RATES, "learning_rate")}
        return Fix(title, "training.optimizer", value, {"rate": f"{self.usual_rate:g}"})

    @cached_property
    def _optimizer(self) -> dict[str, Any]:
        """The optimizer as plain settings; empty where it is not known."""
        found = self.setting("training.optimizer")
        return dict(found) if isinstance(found, Mapping) and "kind" in found else {}


def medians(values: Sequence[float] | Numbers) -> Numbers:
    """Medians over at most 24 equal stretches, of at least six values each; empty below 12 values."""
    count = min(_BLOCKS, len(values) // _POINTS_IN_A_BLOCK)
    if count < 2:
        return np.zeros(0)
    return np.array([np.median(part) for part in np.array_split(np.asarray(values, dtype=np.float64), count)])


def _at(place: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(place, Mapping):
            return None
        place = place.get(part)
    return place


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value - value == 0


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
