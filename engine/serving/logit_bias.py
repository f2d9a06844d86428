"""Logit bias: tokens that a client wants likelier or less likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.generation.filter import Scores, normalised


class LogitBias:
    """Adds a number to the log-probability of chosen tokens, as a sampling filter does.

    +5 makes a token 148 times as likely, -100 rules it out as good as surely. Ids outside the vocabulary do nothing.
    Source: OpenAI's API reference, `logit_bias`.
    """

    def __init__(self, biases: Mapping[int, float]) -> None:
        self._biases = dict(biases)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores with the biases added; what is ruled out stays so."""
        inside = [token for token in self._biases if 0 <= token < len(scores)]
        if not inside:
            return scores
        result = normalised(scores)
        result[inside] += np.array([self._biases[token] for token in inside], dtype=result.dtype)
        return result
