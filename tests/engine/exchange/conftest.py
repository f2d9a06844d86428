"""Run folders with real tokenizers and models of every shape, weights at random, and a real log."""

from __future__ import annotations

import numpy as np
import pytest

from engine.events import BaselineScored, JobEnded, JobStarted, Planned, SampleWritten, StepDone, Validated
from engine.models.kinds.ngram.spec import NGramSpec
from engine.runs.folder import RunFolder
from engine.runs.log import LogWriter
from engine.settings import to_plain
from engine.tokenizers.kinds.bpe import Bpe
from engine.training.checkpoint import BASELINE, MODEL, Checkpoint, checkpoint_path, save
from engine.work import Work

TEXT = "\n".join(f"The {'guest master child fox'.split()[n % 4]} of house {n} brought tea. 掌柜笑着说：客官，喝茶。"
                 for n in range(150)) + "\nDon't 𠮷 é"


@pytest.fixture(scope="session")
def text():
    return TEXT


@pytest.fixture(scope="session")
def bpe(text):
    return Bpe(vocab_size=420, user_symbols=("<|user|>", "<|end|>")).train([text], len(text.encode()), Work())


@pytest.fixture(scope="session")
def ngram(bpe, text):
    ids = np.concatenate([[1, *bpe.encode(line), 2] for line in text.split("\n")])
    return NGramSpec(order=3).count(ids, bpe.vocab_size, Work())


def tell(folder):
    """A log as training writes it."""
    log = LogWriter(folder.log)
    steps = [StepDone(seconds=n / 2, step=n, tokens=n * 64, loss=6 - n / 10, bits_per_byte=3 - n / 20,
                      learning_rate=0.01 / n, gradient_norm=1.5, tokens_per_second=128.5, memory_bytes=1 << 20)
             for n in range(1, 21)]
    log.append(JobStarted(verb="train", process=1, time=1_790_000_000.0, version="0.1.0"),
               Planned(model="Transformer", parameters=12345, steps=20, tokens_per_step=64, training_tokens=4000,
                       bytes_per_token=3.1, memory_bytes=1 << 20),
               BaselineScored(title="5-gram", loss=4.0, bits_per_byte=1.9), *steps[:10],
               Validated(seconds=5, step=10, loss=5.25, bits_per_byte=2.625, is_best=True),
               SampleWritten(seconds=5.5, step=10, prompt="The <b>&", text="fox & 喝茶 </script>", seed=1, done=True),
               *steps[10:], Validated(seconds=10, step=20, loss=4.5, bits_per_byte=2.25, is_best=True),
               SampleWritten(seconds=10.5, step=20, prompt="The", text=" fox brought tea.", seed=1, done=True),
               JobEnded(status="done"))
    log.close()


@pytest.fixture
def make_run(tmp_path, ngram):
    """Make a run of a model with a tokenizer, its 3-gram beside it."""
    def make(spec, tokenizer, name="run-1", project="Tea <and> & 茶"):
        run = RunFolder.create(tmp_path / "project" / "runs" / name, {
            "project": project, "recipe": {"model": to_plain(spec)}, "resolved": {"training": {"steps": 20}}})
        (run.path / "tokenizer").mkdir()
        tokenizer.save(run.path / "tokenizer")
        fresh = spec.build(tokenizer.vocab_size, 1).language_model().tensors()
        noise = np.random.default_rng(5)
        tensors = {MODEL + key: noise.normal(0, 0.15, each.shape).astype(np.float32) for key, each in fresh.items()}
        state = {"why": "best", "step": 20, "loss": 4.5, "model": to_plain(spec), "vocab_size": tokenizer.vocab_size}
        save(checkpoint_path(run.checkpoints, 20), Checkpoint(tensors, state))
        save(run.checkpoints / BASELINE, Checkpoint({MODEL + key: each for key, each in ngram.tensors().items()}, {
            "why": "baseline", "step": 0, "model": to_plain(NGramSpec(order=3)), "vocab_size": ngram.vocab_size}))
        tell(run)
        return run.path
    return make
