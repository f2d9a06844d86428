"""Repetition penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, normalised
from engine.settings import setting


class RepetitionPenalty(SamplingFilter, kind="repetition-penalty"):
    """Make tokens that were written a moment ago less likely.

    A token seen in the last `window` ones has its log-probability multiplied by the penalty: 1.1 turns 50 % into
    47 % and 5 % into 4 %, before all is scaled to add up to one again.
    Source: Keskar et al. 2019 (arXiv:1909.05858), section 4.1, there on logits; here on log-probabilities, which do
    not depend on where a model puts its zero.
    """

    value: float = setting(1.1, "Repeat penalty", "1 does nothing; higher avoids what was just written.",
                           low=1, high=3)
    window: int = setting(64, "Penalty window", "How many of the last tokens count as just written.",
                          unit="tokens", low=1, high=100_000, level="advanced", scale="log")

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores with the recent tokens made less likely."""
        if self.value == 1 or not len(written):
            return scores
        result = normalised(scores)
        recent = np.unique(np.asarray(written[-self.window:], dtype=np.int64))
        result[recent] *= self.value
        return result
