"""Writing: one token after another, each chosen by the filters and a generator of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.generation.filter import Rule, Scores, normalised
from engine.generation.spec import SamplingSpec
from engine.models.language_model import LanguageModel, LogProbs
from engine.randomness import generator_for
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID

NEVER_WRITTEN = (UNK_ID, BOS_ID, PAD_ID)
"""Unknown, beginning and padding are no text: models are not scored on them, so they may not be written either."""

N_ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that the model considered: its probability before the filters, and whether they would allow it."""

    id: int
    probability: float
    kept: bool = True


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """A token and how it looked to the model, before the filters.

    `log_prob` in nats, `rank` 1 for the likeliest, `entropy` of the whole distribution in bits. `is_end` marks the
    token that ends a document; it has no text and is the last one.
    """

    id: int
    log_prob: float
    rank: int
    entropy: float
    alternatives: tuple[Alternative, ...]
    is_end: bool = False

    @property
    def bits(self) -> float:
        """Surprisal: how unexpected the token was."""
        return -self.log_prob / math.log(2)


def generate(model: LanguageModel, prompt_ids: Sequence[int], spec: SamplingSpec,
             is_stopping: Callable[[], bool] = lambda: False, rules: Sequence[Rule] = ()) -> Iterator[WrittenToken]:
    """Continue `prompt_ids`, token by token, until the document ends, the length is reached or a stop is asked for.

    The same model, prompt and spec write the same tokens. Chance comes from a generator of its own, so neither
    numpy's nor torch's is touched. A prompt begins with the id of the document's beginning. Raises EngineError for
    an empty prompt or a spec with problems. Stop texts are looked after by `TextStream`; `rules` come
    before the filters.
    """
    spec.require_valid()
    check_ids(prompt_ids, model.vocab_size)
    filters = (*rules, *spec.filters())
    chance = generator_for(spec.seed, "sampling")
    ids = [int(each) for each in prompt_ids]
    unread, state = ids[:], None
    for _ in range(spec.max_tokens):
        if is_stopping():
            return
        log_probs, state = model.next_log_probs(unread, state)
        scores = filtered(log_probs, filters, ids)
        chosen = draw(scores, chance.random())
        yield described(log_probs, chosen, scores)
        if chosen == EOS_ID:
            return
        unread = [chosen]
        ids.append(chosen)


def check_ids(ids: Sequence[int], vocab_size: int) -> None:
    """Raise EngineError unless there is at least one id and each is in the vocabulary."""
    if not len(ids):
        raise EngineError("There is nothing to continue.", "At least the token that begins a document was expected.",
                          "Begin the prompt with that token.")
    outside = next((each for each in ids if not 0 <= each < vocab_size), None)
    if outside is not None:
        raise EngineError(f"There is no token {outside}.", f"The vocabulary has ids 0 to {vocab_size - 1}.",
                          "Cut the text into tokens again with this model's tokenizer.")


def filtered(log_probs: LogProbs, filters: Sequence[Rule], written: Sequence[int]) -> Scores:
    """The model's scores after all filters, without the tokens that are no text."""
    scores: Scores = log_probs.copy()
    scores[list(NEVER_WRITTEN)] = -np.inf
    check_numbers(scores)
    for each in filters:
        scores = each.apply(scores, written)
    return scores


def check_numbers(scores: Scores) -> None:
    """Raise EngineError unless some token has a probability, and none is not a number."""
    if not np.isfinite(scores.max()):
        raise EngineError("The model gives no token a probability.", "Numbers between 0 and 1 were expected.",
                          "Choose an earlier checkpoint: this one is damaged or its training went astray.")


def draw(scores: Scores, uniform: float) -> int:
    """The id at which the gathered probability first exceeds `uniform`, a number from 0 to below 1."""
    possible = np.flatnonzero(scores > -np.inf)
    gathered = np.cumsum(np.exp(normalised(scores[possible].astype(np.float64))))
    place = int(np.searchsorted(gathered, uniform * gathered[-1], side="right"))
    return int(possible[min(place, len(possible) - 1)])


def described(log_probs: LogProbs, token: int, scores: Scores | None = None,
              n_alternatives: int = N_ALTERNATIVES) -> WrittenToken:
    """A token with its place in the model's distribution and its likeliest alternatives.

    `scores` are what the filters left; without them every alternative counts as allowed.
    """
    check_numbers(log_probs)
    top = likeliest(log_probs, n_alternatives)
    kept = np.ones(len(top), dtype=bool) if scores is None else scores[top] > -np.inf
    return WrittenToken(
        id=token, log_prob=float(log_probs[token]), rank=1 + int((log_probs > log_probs[token]).sum()),
        entropy=entropy_bits(log_probs), is_end=token == EOS_ID,
        alternatives=tuple(Alternative(int(each), math.exp(log_probs[each]), bool(allowed))
                           for each, allowed in zip(top, kept, strict=True)))


def likeliest(log_probs: LogProbs, count: int) -> npt.NDArray[np.intp]:
    """The ids of the likeliest tokens, likeliest first, lower ids first among equals."""
    count = min(count, len(log_probs))
    edge = np.partition(log_probs, -count)[-count]
    candidates = np.flatnonzero(log_probs >= edge)
    return candidates[np.argsort(-log_probs[candidates], kind="stable")][:count]


def entropy_bits(log_probs: LogProbs) -> float:
    """How undecided a distribution is, in bits."""
    possible = log_probs[log_probs > -np.inf].astype(np.float64)
    return float(max(0.0, -(np.exp(possible) * possible).sum() / math.log(2)))
