"""Locally typical sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, kept_only, normalised
from engine.settings import setting


class Typical(SamplingFilter, kind="typical"):
    """Choose tokens about as surprising as the model expects to be surprised, neither duller nor wilder.

    Source: Meister et al. 2022 (arXiv:2202.00666), section 4.
    """

    value: float = setting(0.9, "Keep typical", "Only the most typical tokens that reach this share together are kept.",
                           low=0, high=1)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores of the most typical tokens, most typical first, until they reach the share."""
        if self.value >= 1:
            return scores
        possible = np.flatnonzero(scores > -np.inf)
        log_probs = normalised(scores[possible].astype(np.float64))
        probabilities = np.exp(log_probs)
        entropy = -(probabilities * log_probs).sum()
        order = np.argsort(np.abs(-log_probs - entropy), kind="stable")
        gathered = np.cumsum(probabilities[order])
        count = 1 + int(np.searchsorted(gathered, self.value, side="left"))
        return kept_only(scores, possible[order[:count]])
