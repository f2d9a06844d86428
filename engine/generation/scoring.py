"""How expected a text is to a model, in total and token by token."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.generation.sampler import Alternative, check_numbers, described
from engine.models.language_model import LanguageModel, LogProbs
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, Tokenizer, clean_surrogates
from engine.work import Work

READ_AT_ONCE = 64
"""Positions whose whole distributions are held in memory together: 64 times a vocabulary of 16 k are 4 MB."""

SCORED_AT_ONCE = 32_768


@runtime_checkable
class ReadsMany(Protocol):
    """A model that gives the distributions after many tokens in one call, equal to one call for each token."""

    def log_probs_after_each(self, ids: Sequence[int], state: Any = None) -> tuple[LogProbs, Any]:
        """Natural-log probabilities after each of `ids`, (len(ids), vocab_size), and the state that has read them."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """One token of a text: characters `start` to `end`, and how it looked to the model.

    `bits` is the surprisal, `entropy` (bits) what the model expected it to be, `rank` 1 the likeliest. The last one
    is the end of the document, which has no characters.
    """

    id: int
    start: int
    end: int
    bits: float
    rank: int
    entropy: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Score:
    """A text's figures: bits per byte compares models with any tokenizer, perplexity only those that share one.

    Both count every token and the document's end, as validation does in training. `tokens` is empty where only the
    totals were asked for.
    """

    total_bits: float
    size_bytes: int
    n_tokens: int
    tokens: tuple[ScoredToken, ...] = ()

    @property
    def bits_per_byte(self) -> float:
        """Total bits over the bytes of the text in UTF-8."""
        return self.total_bits / self.size_bytes

    @property
    def perplexity(self) -> float:
        """Among how many equally likely tokens the model seems to choose, on average."""
        return float(2 ** min(1023.0, self.total_bits / self.n_tokens))


def score_text(model: LanguageModel, tokenizer: Tokenizer, text: str, work: Work | None = None,
               details: bool = True) -> Score:
    """Score a text as one document: its beginning is given, each token and the end are predicted.

    With `details`, every token gets its figures; without, a long text is many times faster. Raises EngineError for
    an empty text and Stopped when `work` is told to stop.
    """
    work = work or Work()
    text = clean_surrogates(text)
    if not text:
        raise EngineError("There is no text to score.", "At least one character was expected.", "Paste a text.")
    spans = tokenizer.spans(text) if details else []
    ids = [span[0] for span in spans] if details else [int(each) for each in tokenizer.encode(text)]
    document = np.array([BOS_ID, *ids, EOS_ID], dtype=np.int64)
    size_bytes = len(text.encode())
    if not details:
        nats = sum(losses.sum(dtype=np.float64) for losses in _losses(model, document, work))
        return Score(float(nats) / math.log(2), size_bytes, len(document) - 1)
    places = [(start, end) for _, start, end in spans] + [(len(text), len(text))]
    tokens = []
    for place, target, log_probs in zip(places, document[1:], distributions(model, [BOS_ID, *ids], work), strict=True):
        found = described(log_probs, int(target))
        tokens.append(ScoredToken(found.id, *place, found.bits, found.rank, found.entropy, found.alternatives))
    return Score(math.fsum(token.bits for token in tokens), size_bytes, len(tokens), tuple(tokens))


def window_of(model: LanguageModel) -> tuple[int, int] | None:
    """How many tokens a model sees and by how many its window moves on (1 unless it says); None without a window."""
    length: int | None = getattr(model, "context_length", None)
    return None if length is None else (length, getattr(model, "moves_by", 1))


def out_of_reach(model: LanguageModel, count: int) -> int:
    """How many of `count` tokens that were read the model no longer sees when it predicts the next one."""
    window = window_of(model)
    if window is None or count <= window[0]:
        return 0
    return -(-(count - window[0]) // window[1]) * window[1]


def distributions(model: LanguageModel, ids: Sequence[int], work: Work) -> Iterator[LogProbs]:
    """Natural-log probabilities of the token after each of `ids`, with all before it as context."""
    state, done = None, 0
    while done < len(ids):
        work.progress("score", done, len(ids), "tokens")
        chunk = [int(each) for each in ids[done:done + READ_AT_ONCE]]
        if isinstance(model, ReadsMany):
            many, state = model.log_probs_after_each(chunk, state)
            yield from many
        else:
            for each in chunk:
                one, state = model.next_log_probs([each], state)
                yield one
        done += len(chunk)
    work.progress("score", done, len(ids), "tokens")


def _losses(model: LanguageModel, ids: npt.NDArray[np.int64], work: Work) -> Iterator[npt.NDArray[np.float32]]:
    """Nats of each token after the first, in pieces that give the same numbers as the whole.

    A piece begins where a window would, and what it says of its first window is left to the piece before.
    """
    length, moves_by = window_of(model) or (len(ids), 1)
    at_once = max(1, SCORED_AT_ONCE // moves_by) * moves_by
    for begin in range(0, max(1, len(ids) - 1 - length), at_once):
        work.progress("score", begin, len(ids) - 1, "tokens")
        losses = model.token_losses(ids[begin:begin + at_once + length + 1])
        check_numbers(-losses)
        yield losses[length if begin else 0:]
    work.progress("score", len(ids) - 1, len(ids) - 1, "tokens")
