"""A small text, a small model and all that a descent needs, for the tests beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.corpora.document import Document
from engine.events import Event
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.muon import Muon
from engine.optimization.schedules.linear import Linear
from engine.runs.job import Job
from engine.settings import Spec, from_plain, to_plain
from engine.tokenizers.token_file import TokenFile, bits_per_byte
from engine.tokenizers.tokenizer import Tokenizer
from engine.training.alerts import Alerts
from engine.training.batches import Batches
from engine.training.checkpoint_writer import CheckpointWriter
from engine.training.course import Course, course_of
from engine.training.descent import Lesson, descend
from engine.training.learner import Learner
from engine.training.samples import sample_writer
from engine.training.spec import TrainSpec
from engine.training.state import Origin
from engine.training.validation import ValidationText

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
            "sample_share": 0.5, "patience": 1000, **values}))

    def lesson(self, checkpoints: Path, course: Course, model: TransformerSpec = TINY,
               writer: CheckpointWriter | None = None) -> Lesson:
        train, validation = TokenFile(self.tokens, "train"), TokenFile(self.tokens, "validation")
        torch.set_num_threads(course.threads)
        torch.manual_seed(course.spec.seed)
        network = model.build(self.tokenizer.vocab_size, course.spec.seed)
        return Lesson(
            Learner(network, course), Batches(train.ids, model.context_length, course.spec.seed),
            ValidationText(validation.ids, model.context_length),
            sample_writer(self.tokenizer, course.spec.sample_prompt, validation.ids, validation.document_starts,
                          course.spec.seed, course.spec.sample_tokens),
            writer or CheckpointWriter(checkpoints),
            Origin(to_plain(model), to_plain(course.spec), self.tokenizer.vocab_size, "tokens", "tokenizer"),
            Alerts(course.steps), lambda loss: bits_per_byte(loss, train), lambda loss: bits_per_byte(loss, validation))


def run_through(lesson: Lesson, job: Job) -> list[Event]:
    """All events of a descent."""
    return list(descend(lesson, job))
