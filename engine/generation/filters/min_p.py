"""Min-p."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores
from engine.settings import setting


class MinP(SamplingFilter, kind="min-p", title="Min-p"):
    """Choose among tokens that are not much less likely than the likeliest one.

    Source: Nguyen et al. 2024 (arXiv:2407.01082), section 3.
    """

    value: float = setting(0.05, "Keep min p", "A token must be at least this share as likely as the likeliest one.",
                           low=0, high=1)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores of the tokens within the share."""
        if self.value == 0:
            return scores
        return np.where(scores >= scores.max() + np.log(self.value), scores, -np.inf).astype(scores.dtype)
