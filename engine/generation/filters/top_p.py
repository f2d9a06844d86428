"""Top-p, also called nucleus sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, kept_only, normalised
from engine.settings import setting


class TopP(SamplingFilter, kind="top-p", title="Top-p"):
    """Choose among the fewest tokens that together reach the probability p.

    Source: Holtzman et al. 2020 (arXiv:1904.09751), section 3.1.
    """

    value: float = setting(0.95, "Keep top p", "Only the likeliest tokens that reach this share together are kept.",
                           low=0, high=1)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores of the tokens before which less than p had been gathered, likeliest first."""
        if self.value >= 1:
            return scores
        possible = np.flatnonzero(scores > -np.inf)
        order = possible[np.argsort(-scores[possible], kind="stable")]
        gathered = np.cumsum(np.exp(normalised(scores[order]).astype(np.float64)))
        count = 1 + int(np.searchsorted(gathered, self.value, side="left"))
        return kept_only(scores, order[:count])
