"""A run folder with a real tokenizer and real models, small enough to make in a moment."""

from __future__ import annotations

import numpy as np
import pytest

from engine.generation.loading import load_model
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.runs.folder import RunFolder
from engine.settings import to_plain
from engine.tokenizers.kinds.bpe import Bpe
from engine.training.checkpoint import BASELINE, MODEL, Checkpoint, checkpoint_path, save
from engine.work import Work

WORDS = [(number, ["guest", "master", "child", "fox"][number % 4], ["table", "window", "old well"][number % 3])
         for number in range(120)]
TEXT = "\n".join(f"The {who} of house {number} brought tea to the {place}. 掌柜笑着说：客官，喝茶。"
                 for number, who, place in WORDS)


@pytest.fixture(scope="session")
def tokenizer():
    return Bpe(vocab_size=400).train([TEXT], len(TEXT.encode()), Work())


def write_checkpoint(run, spec, vocab_size, step, seed, loss=None, why="time"):
    """Weights at random: what a model writes matters less here than that it is always the same."""
    model = spec.build(vocab_size, seed)
    with_noise = {name: np.random.default_rng(seed).normal(0, 0.15, each.shape).astype(np.float32)
                  for name, each in model.language_model().tensors().items()}
    state = {"why": why, "step": step, "loss": loss, "model": to_plain(spec), "vocab_size": vocab_size}
    save(checkpoint_path(run.checkpoints, step), Checkpoint({MODEL + n: t for n, t in with_noise.items()}, state))


@pytest.fixture(scope="session")
def transformer_spec():
    return TransformerSpec(shape="llama", n_layers=2, d_model=32, n_heads=2, context_length=24, dropout=0.1)


@pytest.fixture
def run(tmp_path, tokenizer, transformer_spec):
    made = RunFolder.create(tmp_path / "run-1", {"recipe": {"model": to_plain(transformer_spec)}})
    (made.path / "tokenizer").mkdir()
    tokenizer.save(made.path / "tokenizer")
    write_checkpoint(made, transformer_spec, tokenizer.vocab_size, 10, 1, loss=3.0)
    write_checkpoint(made, transformer_spec, tokenizer.vocab_size, 20, 2, loss=2.0, why="best")
    write_checkpoint(made, transformer_spec, tokenizer.vocab_size, 30, 3)
    return made


@pytest.fixture
def add_checkpoint(run, transformer_spec, tokenizer):
    """Write one more checkpoint of a step, as a run in training does."""
    return lambda step: write_checkpoint(run, transformer_spec, tokenizer.vocab_size, step, step)


@pytest.fixture(scope="session")
def ngram(tokenizer):
    """A 5-gram model of the text."""
    ids = np.concatenate([[1, *tokenizer.encode(line), 2] for line in TEXT.split("\n")])
    return NGramSpec().count(ids, tokenizer.vocab_size, Work())


@pytest.fixture
def run_with_baseline(run, ngram, tokenizer):
    """The run with its 5-gram beside the checkpoints."""
    state = {"why": "baseline", "step": 0, "model": to_plain(NGramSpec()), "vocab_size": tokenizer.vocab_size}
    save(run.checkpoints / BASELINE, Checkpoint({MODEL + n: t for n, t in ngram.tensors().items()}, state))
    return run


@pytest.fixture(params=["transformer", "n-gram"])
def any_loaded(request, run_with_baseline):
    """A Transformer, then an n-gram model."""
    return load_model(run_with_baseline.path, "best" if request.param == "transformer" else "baseline")


@pytest.fixture
def loaded(run):
    return load_model(run.path)
