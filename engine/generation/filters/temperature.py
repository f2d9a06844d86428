"""Temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import SamplingFilter, Scores, kept_only
from engine.settings import setting


class Temperature(SamplingFilter, kind="temperature"):
    """Sharpen or flatten the choice: low writes the expected, high dares the unlikely.

    Scores are divided by the temperature; 0 leaves the likeliest token only (the lowest id among equals).
    Source: Ackley, Hinton and Sejnowski 1985, "A learning algorithm for Boltzmann machines".
    """

    value: float = setting(0.8, "Temperature", "1 writes as the model was trained; lower is safer, higher is wilder.",
                           low=0, high=5)

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores divided by the temperature."""
        if self.value == 0:
            return kept_only(scores, np.array([scores.argmax()]))
        with np.errstate(over="ignore"):  # far below zero is minus infinity, which is what is meant
            return np.asarray((scores - scores.max()) / self.value)
