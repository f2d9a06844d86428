"""A small text, a small model and all that a descent needs, for the tests beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.corpora.document import Document
from engine.events import Event
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.muon import Muon
from engine.optimization.schedules.linear import Linear
from engine.runs.job import Job
from engine.settings import Spec, from_plain, to_plain
from engine.tokenizers.token_file import TokenFile
from engine.tokenizers.tokenizer import Tokenizer
from engine.training.checkpoint_writer import CheckpointWriter
from engine.training.count import Texts
from engine.training.course import Course, course_of
from engine.training.descent import descend
from engine.training.lesson import Lesson, prepare
from engine.training.spec import TrainSpec

TINY = TransformerSpec(n_layers=1, d_model=16, n_heads=2, context_length=16, dropout=0.1, ngram_buckets=256)


def changed_spec(spec: Spec, **values: Any) -> Any:
    return from_plain(type(spec), {**to_plain(spec), **values})


class Documents:
    """Sentences of a small grammar, some of them for validation."""

    def __init__(self, count: int = 60) -> None:
        chance = np.random.default_rng(5)
        subjects, verbs, things = ("the cat", "a dog", "my aunt", "the old king"), ("saw", "ate", "sold"), (
            "a red hat", "the moon", "two plums", "nothing at all")
        self._documents = [Document(str(number), " and ".join(
            f"{chance.choice(subjects)} {chance.choice(verbs)} {chance.choice(things)}" for _ in range(4)) + ".\n")
            for number in range(count)]

    def documents(self) -> list[Document]:
        return self._documents

    def __len__(self) -> int:
        return len(self._documents)


@dataclass
class Bench:
    """Makes lessons on the small text."""

    tokens: Path
    tokenizer: Tokenizer

    def course(self, optimizer: OptimizerSpec | None = None, **values: Any) -> Course:
        return course_of(TrainSpec(**{
            "steps": 30, "batch_size": 4, "accumulation": 1, "optimizer": optimizer or Muon(), "schedule": Linear(),
            "threads": 1, "validate_every": 10, "device": "cpu", "precision": "float32", "sample_tokens": 4,
            "sample_every": 15, "patience": 1000, **values}))

    def lesson(self, checkpoints: Path, course: Course, model: TransformerSpec = TINY,
               writer: CheckpointWriter | None = None) -> Lesson:
        return prepare(model, course, self.texts, self.tokenizer, checkpoints, writer)

    @property
    def texts(self) -> Texts:
        return Texts(TokenFile(self.tokens, "train"), TokenFile(self.tokens, "validation"))


def run_through(lesson: Lesson, job: Job) -> list[Event]:
    """All events of a descent."""
    return list(descend(lesson, job))
