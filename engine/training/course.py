"""A training whose every choice is made: plain numbers where the settings may leave things open."""

from __future__ import annotations

from dataclasses import dataclass

from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.schedule import ScheduleSpec
from engine.training.spec import TrainSpec

_FIRST_SAMPLE = 2


@dataclass(frozen=True)
class Course:
    """What a run will do. `batch_size` windows are learnt from at once, `accumulation` batches make one step."""

    steps: int
    batch_size: int
    accumulation: int
    optimizer: OptimizerSpec
    schedule: ScheduleSpec
    device: str
    precision: str
    threads: int
    validate_every: int
    sample_every: int
    first_sample: int
    spec: TrainSpec

    @property
    def windows_per_step(self) -> int:
        """Windows learnt from in one update of the weights."""
        return self.batch_size * self.accumulation

    def is_validation_due(self, step: int) -> bool:
        """Whether the model is checked after this step."""
        return step % self.validate_every == 0 or step == self.steps

    def is_sample_due(self, step: int) -> bool:
        """Whether a sample is written after this step: soon, then along the run."""
        return step == min(self.first_sample, self.steps) or step % self.sample_every == 0 or step == self.steps


def course_of(spec: TrainSpec) -> Course:
    """The course of settings in which nothing is left open, such as those that a plan has resolved."""
    if spec.steps is None or spec.batch_size is None or spec.accumulation is None or spec.optimizer is None \
            or spec.schedule is None or spec.threads is None or spec.validate_every is None \
            or spec.sample_every is None or "auto" in (spec.device, spec.precision):
        raise ValueError("a course needs settings in which nothing is left open")
    return Course(spec.steps, spec.batch_size, spec.accumulation, spec.optimizer, spec.schedule, spec.device,
                  spec.precision, spec.threads, spec.validate_every, spec.sample_every, _FIRST_SAMPLE, spec)
