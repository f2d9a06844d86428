"""Presence penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, normalised
from engine.settings import setting


class PresencePenalty(SamplingFilter, kind="presence-penalty"):
    """Make every token that was written before less likely, however often it was.

    The penalty is taken from the log-probability once, for all tokens so far, prompt included. Below 0 it makes
    repeating likelier. Source: OpenAI's API reference, `presence_penalty`.
    """

    value: float = setting(0.0, "Presence penalty", "0 does nothing; higher avoids tokens that were written before.",
                           low=-2, high=2)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores with the written tokens made less likely."""
        if not self.value or not len(written):
            return scores
        result = normalised(scores)
        result[np.unique(np.asarray(written, dtype=np.int64))] -= np.asarray(self.value, dtype=result.dtype)
        return result
