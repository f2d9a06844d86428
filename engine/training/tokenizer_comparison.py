"""Tokenizers side by side: kinds and vocabulary sizes, measured on a part of the corpus in a process of its own.

`python -m engine.training.tokenizer_comparison` reads one JSON object, {"corpus": folder, "tokenizers": [settings,
...], "sizes": [...], "model": settings or null} (sizes may be left out), and writes JSON lines as results come:
{"done", "total"}, {"row": {...}}, at last {"recommended": {...}} or {"error": {"what", "expected", "fix"}}.
sentencepiece cannot be interrupted and needs hundreds of megabytes for a moment: a process can be ended.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.stretches import STRETCH, stretches_of
from engine.errors import EngineError
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.advice import advised
from engine.models.spec import ModelSpec
from engine.settings import changed, from_plain
from engine.tokenizers.sample import Sample, gathered
from engine.tokenizers.spec import LearnedSpec, TokenizerSpec
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, Ids, Tokenizer
from engine.work import Work

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 16_000)
SAMPLE_BYTES = 1_000_000
"""How much text is looked at; a tenth of it is only read, not learned from."""
ORDER = 5
RARE = 5
"""A piece seen more rarely in the sample is hardly learned from."""

MOST_RARE = 0.25
"""With more pieces seen rarely, a vocabulary is too large for the text."""

_USUAL_WORK = 300 * 30e9
"""What a two-core laptop computes in five minutes, in FLOP: for the model whose parameters are counted."""


@dataclass(frozen=True)
class Row:
    """One tokenizer as measured. Shares are between 0 and 1.

    `bits_per_byte` is that of a 5-gram model counted on the sample, on text that neither has seen; `embedding_share`
    how much of a model's parameters stand for the pieces at its input and output; `coverage` how many characters of
    unseen text need not be spelled in bytes; `rare_share` how many pieces occur less than five times in the sample.
    """

    kind: str
    vocab_size: int
    bytes_per_token: float
    bits_per_byte: float
    embedding_share: float
    coverage: float
    rare_share: float
    learning_seconds: float
    bytes_per_second: float


@dataclass(frozen=True)
class Recommendation:
    """The row that suits best, and why: a sentence whose {names} are filled with `values`."""

    kind: str
    vocab_size: int
    reason: str
    values: dict[str, Any]


def compare(corpus: Corpus, specs: Sequence[LearnedSpec], sizes: Sequence[int], model: ModelSpec | None,
            work: Work) -> Iterator[Row]:
    """Measure every kind with every size, one after another; a size that the text cannot fill comes once.

    Raises EngineError where there is no text, Stopped.
    """
    held_out: list[str] = []

    def learned() -> Iterator[str]:
        for number, stretch in enumerate(stretches_of(corpus, SAMPLE_BYTES)):
            if number % 10:
                yield stretch
            else:
                held_out.append(stretch)

    with gathered(learned(), SAMPLE_BYTES, work, limit=2 * SAMPLE_BYTES) as sample:
        stretches = _grouped(sample.pieces())
        for spec in specs:
            seen = set()
            for size in sorted(sizes):
                work.check()
                row = _measured(spec, size, sample, stretches, held_out, model, corpus.manifest.bytes)
                if row.vocab_size not in seen:
                    seen.add(row.vocab_size)
                    yield row


def _measured(spec: LearnedSpec, size: int, sample: Sample, stretches: Sequence[str], held_out: Sequence[str],
              model: ModelSpec | None, corpus_bytes: int) -> Row:
    spec = changed(spec, "vocab_size", max(size, spec.smallest_size()))
    began = time.perf_counter()
    tokenizer = spec.train_on(sample, Work())
    learning_seconds = time.perf_counter() - began
    began = time.perf_counter()
    learned = [tokenizer.encode(stretch) for stretch in stretches]
    seconds = max(1e-9, time.perf_counter() - began)
    unseen = [tokenizer.encode(stretch) for stretch in held_out]
    text_bytes = sum(len(stretch.encode("utf-8", "replace")) for stretch in held_out)
    counted = NGramSpec(order=ORDER).count(_stream(learned), tokenizer.vocab_size, Work())
    stream = _stream(unseen)
    nats = float(counted.token_losses(stream)[stream[1:] != BOS_ID].sum(dtype=np.float64))
    bytes_per_token = text_bytes / max(1, sum(map(len, unseen)))
    counts = np.bincount(np.concatenate(learned), minlength=tokenizer.vocab_size)
    pieces = [each for each in range(4, tokenizer.vocab_size) if not tokenizer.is_byte(each)]
    return Row(spec.kind, tokenizer.vocab_size, bytes_per_token, nats / math.log(2) / max(1, text_bytes),
               _embedding_share(model, tokenizer.vocab_size, round(corpus_bytes / max(0.1, bytes_per_token))),
               _coverage(tokenizer, held_out), float(np.mean(counts[pieces] < RARE)) if pieces else 0.0,
               learning_seconds, sample.size_bytes / seconds)


def _grouped(lines: Iterable[str]) -> list[str]:
    """Lines put together to stretches again."""
    stretches, gathered_lines, length = [], [], 0
    for line in lines:
        gathered_lines.append(line)
        length += len(line)
        if length >= STRETCH:
            stretches.append("\n".join(gathered_lines))
            gathered_lines, length = [], 0
    return [*stretches, "\n".join(gathered_lines)] if gathered_lines else stretches


def _stream(texts: Sequence[Ids]) -> npt.NDArray[np.int64]:
    """All texts as documents one after another, (n_tokens,)."""
    parts = [np.concatenate([[BOS_ID], text, [EOS_ID]]) for text in texts]
    return np.concatenate(parts).astype(np.int64) if parts else np.array([BOS_ID, EOS_ID], dtype=np.int64)


def _coverage(tokenizer: Tokenizer, texts: Sequence[str]) -> float:
    """Share of the characters that have a piece of their own."""
    counts = Counter(character for text in texts for character in text)
    covered = sum(times for character, times in counts.items() if len(tokenizer.encode(character)) == 1)
    return covered / max(1, counts.total())


def _embedding_share(model: ModelSpec | None, vocab_size: int, tokens: int) -> float:
    spec = model if model is not None and model.trained_by == "gradient" else advised(
        max(64, tokens), vocab_size, 1.0, _USUAL_WORK).model
    size = spec.size(vocab_size)
    return sum(number for title, _, number in size.parts if title in ("Tokens", "Output")) / max(1, size.parameters)


def recommended(rows: Sequence[Row]) -> Recommendation | None:
    """The row to take: the lowest bits per byte among those whose pieces are mostly seen often enough.

    BPE goes first when it is within one percent, because every other program reads it exactly. None without rows.
    """
    fit = [row for row in rows if row.rare_share <= MOST_RARE] or list(rows)
    if not fit:
        return None
    lowest = min(fit, key=lambda row: row.bits_per_byte)
    merged = [row for row in fit if row.kind == "bpe" and row.bits_per_byte <= 1.01 * lowest.bits_per_byte]
    chosen = min(merged, key=lambda row: row.bits_per_byte) if merged else lowest
    reason = ("The lowest bits per byte of a 5-gram ({bits}), with {rare} % of the pieces seen rarely."
              if chosen is lowest else
              "Within one percent of the lowest bits per byte ({bits}), and every other program reads BPE exactly.")
    return Recommendation(chosen.kind, chosen.vocab_size, reason, {
        "bits": round(chosen.bits_per_byte, 3), "rare": round(100 * chosen.rare_share)})


def answer(asked: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> bool:
    """Say what was asked for, line by line; returns whether all went well."""
    try:
        specs = [from_plain(TokenizerSpec, plain) for plain in asked["tokenizers"]]  # type: ignore[type-abstract]
        model = from_plain(ModelSpec, asked["model"]) if asked.get("model") else None  # type: ignore[type-abstract]
        learned = [spec for spec in specs if isinstance(spec, LearnedSpec)]
        rows: list[Row] = []
        sizes = asked.get("sizes") or SIZES
        total = len(learned) * len(sizes)
        say({"done": 0, "total": total})
        for row in compare(Corpus(Path(asked["corpus"])), learned, sizes, model, Work()):
            rows.append(row)
            done = len(sizes) * [spec.kind for spec in learned].index(row.kind) + sum(
                each.kind == row.kind for each in rows)
            say({"row": dataclasses.asdict(row)})
            say({"done": done, "total": total})
    except EngineError as error:
        say({"error": {"what": error.what, "expected": error.expected, "fix": error.fix}})
        return False
    best = recommended(rows)
    say({"recommended": dataclasses.asdict(best) if best else None})
    return True


def main() -> int:
    """Answer one question on standard input."""
    def say(line: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    return 0 if answer(json.loads(sys.stdin.read()), say) else 1


if __name__ == "__main__":
    sys.exit(main())
