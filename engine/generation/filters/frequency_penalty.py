"""Frequency penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, normalised
from engine.settings import setting


class FrequencyPenalty(SamplingFilter, kind="frequency-penalty"):
    """Make a token less likely each time it was written.

    The penalty times the number of occurrences, prompt included, is taken from the log-probability. Below 0 it makes
    repeating likelier. Source: OpenAI's API reference, `frequency_penalty`.
    """

    value: float = setting(0.0, "Frequency penalty", "0 does nothing; higher avoids tokens the more, the more often "
                           "they were written.", low=-2, high=2)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores with each written token made less likely by its count."""
        if not self.value or not len(written):
            return scores
        result = normalised(scores)
        ids, counts = np.unique(np.asarray(written, dtype=np.int64), return_counts=True)
        result[ids] -= (self.value * counts).astype(result.dtype)
        return result
