"""All that a descent works with, made of a run's settings and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from engine import storage
from engine.models.spec import ModelSpec
from engine.randomness import seed_for
from engine.settings import to_plain
from engine.tokenizers.token_file import bits_per_byte
from engine.tokenizers.tokenizer import Tokenizer
from engine.training.batches import Batches, Streams, batches_for
from engine.training.beginning import Beginning
from engine.training.checkpoint_writer import CheckpointWriter
from engine.training.count import Texts
from engine.training.course import Course
from engine.training.learner import Learner
from engine.training.refit import TimeKeeper
from engine.training.samples import SampleWriter, sample_writer
from engine.training.state import Origin, Standing
from engine.training.validation import ValidationText, scored_length


@dataclass
class Lesson:
    """All that a descent works with. `train_bits` and `validation_bits` turn nats per token into bits per byte."""

    learner: Learner
    batches: Batches | Streams
    validation: ValidationText
    samples: SampleWriter
    writer: CheckpointWriter
    origin: Origin
    train_bits: Callable[[float], float]
    validation_bits: Callable[[float], float]
    standing: Standing = field(default_factory=Standing)
    time: TimeKeeper | None = None
    """Corrects the number of steps of a run that was left to its time."""


def prepare(model: ModelSpec, course: Course, texts: Texts, tokenizer: Tokenizer, checkpoints: Path,
            writer: CheckpointWriter | None = None, beginning: Beginning | None = None) -> Lesson:
    """A lesson at its very beginning; sets torch's number of threads and its chance."""
    spec = course.spec
    torch.set_num_threads(course.threads)
    torch.manual_seed(seed_for(spec.seed, "training"))
    network = model.build(texts.train.vocab_size, spec.seed)
    if beginning is not None:
        beginning.fill(network, spec.seed)
    origin = Origin(to_plain(model), to_plain(spec), texts.train.vocab_size, storage.digest_file(texts.train.path),
                    storage.fingerprint(tokenizer.model.hex()),
                    None if beginning is None else storage.fingerprint([beginning.digest, to_plain(beginning.method)]))
    return Lesson(
        Learner(network, course),
        batches_for(network, texts.train.ids, spec.seed, course.windows_per_step, texts.train.mask),
        ValidationText(texts.validation.ids, scored_length(network), spec.validation_tokens, texts.validation.mask),
        sample_writer(tokenizer, spec, texts.validation),
        writer or CheckpointWriter(checkpoints), origin,
        partial(bits_per_byte, token_file=texts.train), partial(bits_per_byte, token_file=texts.validation))
