"""Training by counting: one pass over the text, no steps; the same events as any other training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.events import CheckpointSaved, Event, Planned, StageStarted, Validated
from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec
from engine.runs.job import Job
from engine.settings import to_plain
from engine.tokenizers.token_file import TokenFile, bits_per_byte, mean_loss
from engine.training import checkpoint
from engine.training.checkpoint import MODEL, Checkpoint
from engine.training.devices import available_memory
from engine.training.memory import check_memory
from engine.training.samples import SampleWriter
from engine.work import Stopped, Work


class Counting(Protocol):
    """Settings of a model that learns by counting."""

    def count(self, token_ids: npt.NDArray[Any], vocab_size: int, work: Work,
              start: LanguageModel | None = None) -> LanguageModel:
        """A trained model, which counts on where there is an earlier one."""


@dataclass(frozen=True)
class Texts:
    """What a run reads: the training split and the one it is measured on."""

    train: TokenFile
    validation: TokenFile


def counted_model(spec: ModelSpec, token_ids: npt.NDArray[Any], vocab_size: int, work: Work,
                  start: LanguageModel | None = None) -> LanguageModel:
    """A model trained by counting, on from an earlier one if there is one.

    Raises EngineError for a kind that learns in another way.
    """
    count: Callable[..., LanguageModel] | None = getattr(spec, "count", None)
    if count is None:
        raise EngineError(f"{spec.title} does not learn by counting.", "A model such as n-gram was expected.",
                          "Choose another kind of model.", path=("model", "kind"))
    return count(token_ids, vocab_size, work) if start is None else count(token_ids, vocab_size, work, start)


def count_through(spec: ModelSpec, texts: Texts, samples: SampleWriter, job: Job,
                  start: LanguageModel | None = None) -> Iterator[Event]:
    """Train a counting model as a run of its own: count, validate on all of the split, save, write a sample.

    The counts of an earlier model, `start`, are added.

    A disk that fails makes it wait; counting, which may use the disk, then begins again. The plan is said twice: with
    an estimate of the parameters for a text of this length, then with their true number.
    """
    size = spec.size_for(texts.train.vocab_size, texts.train.tokens)
    planned = Planned(
        model=spec.title, parameters=size.parameters, steps=1, tokens_per_step=texts.train.tokens,
        training_tokens=texts.train.tokens, bytes_per_token=texts.train.bytes_per_token,
        memory_bytes=size.training_bytes)
    yield from check_memory(size.training_bytes, available_memory("cpu"))
    yield planned
    yield StageStarted(stage="train")
    models: list[LanguageModel] = []
    ids, vocab_size = texts.train.ids, texts.train.vocab_size
    job.until_written(lambda: models.append(counted_model(spec, ids, vocab_size, job, start)))
    if not models:
        raise Stopped
    model = models[0]
    yield replace(planned, parameters=spec.parameters_of(model), seconds=0.0)
    loss = mean_loss(model.token_losses(np.asarray(texts.validation.ids, dtype=np.int64)), texts.validation.ids,
                     texts.validation.mask)
    yield Validated(step=1, loss=loss, bits_per_byte=bits_per_byte(loss, texts.validation), is_best=True,
                    tokens=texts.train.predicted_tokens)
    path = checkpoint.checkpoint_path(job.run.checkpoints, 1)
    sizes: list[int] = []
    needed = sum(tensor.nbytes for tensor in model.tensors().values())
    job.until_written(lambda: sizes.append(save_counted(path, spec, model, loss, step=1, why="last")), needed)
    if not sizes:
        raise Stopped
    yield CheckpointSaved(step=1, file=path.name, is_best=True, why="last", size_bytes=sizes[0])
    yield from samples.write(model, 1, job.is_stopping)


def save_counted(path: Path, spec: ModelSpec, model: LanguageModel, loss: float, step: int, why: str) -> int:
    """Write a counted model as a checkpoint; returns its size in bytes."""
    tensors = {MODEL + name: tensor for name, tensor in model.tensors().items()}
    state = {"step": step, "why": why, "loss": loss, "model": to_plain(spec), "vocab_size": model.vocab_size}
    return checkpoint.save(path, Checkpoint(tensors, state))
