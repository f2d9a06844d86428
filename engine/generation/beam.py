"""Beam search: the likeliest whole answer rather than the likeliest next token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.generation.sampler import check_ids, filtered, likeliest
from engine.models.language_model import LanguageModel, LogProbs
from engine.tokenizers.tokenizer import EOS_ID
from engine.work import Stopped


@dataclass(frozen=True)
class Beam:
    """An answer so far: its ids, their log probability in nats, and what goes on from it."""

    ids: tuple[int, ...]
    log_prob: float
    log_probs: LogProbs
    state: Any


def beam_search(model: LanguageModel, prompt_ids: Sequence[int], width: int, max_tokens: int,
                length_penalty: float = 1.0, is_stopping: Callable[[], bool] = lambda: False) -> list[int]:
    """The ids of the best answer to a prompt, without the document's end; of equally good ones the first found.

    `width` answers are followed side by side; 1 takes the likeliest token each time. An answer is as good as its log
    probability divided by ((5 + tokens) / 6) ** length_penalty, so that long ones have a chance. Raises Stopped.
    Source: Wu et al. 2016 (arXiv:1609.08144, section 7), without the coverage penalty.
    """
    check_ids(prompt_ids, model.vocab_size)
    beams = [Beam((), 0.0, *model.next_log_probs(prompt_ids, None))]
    done: list[tuple[float, tuple[int, ...]]] = []
    for _ in range(max_tokens):
        if is_stopping():
            raise Stopped
        beams, ended = _next(model, beams, width, length_penalty)
        done += ended
        if not beams or (len(done) >= width and max(done)[0] >= _most_hoped_for(beams, max_tokens, length_penalty)):
            break
    done += [(_worth(beam.log_prob, len(beam.ids), length_penalty), beam.ids) for beam in beams]
    return list(max(done, key=lambda each: each[0])[1])


def _next(model: LanguageModel, beams: list[Beam], width: int,
          length_penalty: float) -> tuple[list[Beam], list[tuple[float, tuple[int, ...]]]]:
    """The best continuations of the beams, and the answers that end here with their worth."""
    found: list[tuple[float, int, int]] = []
    for number, beam in enumerate(beams):
        scores = filtered(beam.log_probs, (), ())
        found += [(beam.log_prob + float(scores[each]), number, int(each)) for each in likeliest(scores, width + 1)]
    found.sort(key=lambda each: -each[0])
    going: list[Beam] = []
    ended: list[tuple[float, tuple[int, ...]]] = []
    for log_prob, number, token in found[:2 * width]:
        if not np.isfinite(log_prob) or len(going) == width:
            break
        ids = beams[number].ids
        if token == EOS_ID:
            ended.append((_worth(log_prob, len(ids) + 1, length_penalty), ids))
            if width == 1:
                return [], ended
        else:
            going.append(Beam((*ids, token), log_prob, *model.next_log_probs([token], beams[number].state)))
    return going, ended


def _worth(log_prob: float, length: int, length_penalty: float) -> float:
    return log_prob / float(((5 + length) / 6) ** length_penalty)


def _most_hoped_for(beams: Sequence[Beam], max_tokens: int, length_penalty: float) -> float:
    """What the best beam could be worth if all that follows were certain."""
    return _worth(max(beam.log_prob for beam in beams), max_tokens, length_penalty)
