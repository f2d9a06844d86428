"""Top-k."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, kept_only
from engine.settings import setting


class TopK(SamplingFilter, kind="top-k", title="Top-k"):
    """Choose among the k likeliest tokens only.

    Among equals at the edge the lower ids stay, so that never more than k are left.
    Source: Fan, Lewis and Dauphin 2018 (arXiv:1805.04833), section 5.
    """

    value: int = setting(40, "Keep top k", "Only so many of the likeliest tokens may be written.",
                         unit="tokens", low=1, high=100_000, scale="log")

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores of the k likeliest."""
        if self.value >= len(scores):
            return scores
        edge = np.partition(scores, -self.value)[-self.value]
        above = np.flatnonzero(scores > edge)
        at_edge = np.flatnonzero(scores == edge)[:self.value - len(above)]
        return kept_only(scores, np.concatenate([above, at_edge]))
