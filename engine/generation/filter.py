"""What decides which tokens may be written: one small rule each, applied one after another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.settings import Family

Scores = npt.NDArray[np.floating[Any]]


class Rule(Protocol):
    """What changes how likely each token is to be written; the filters are of this kind."""

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """The scores after this rule; see `SamplingFilter.apply`."""
        ...


class SamplingFilter(Family, folder="engine.generation.filters"):
    """A rule that changes how likely each token is to be written."""

    @abstractmethod
    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """The scores after this rule; a token that may not be written gets minus infinity.

        `scores` (vocab_size,) are natural-log probabilities that need not add up to one; they are not changed in
        place. `written` are the ids so far, prompt included. At least one token is always left.
        """


def normalised(scores: Scores) -> Scores:
    """The same scores shifted so that their probabilities add up to one."""
    highest = scores.max()
    return np.asarray(scores - (highest + np.log(np.exp(scores - highest).sum())))


def kept_only(scores: Scores, ids: npt.NDArray[np.intp]) -> Scores:
    """Scores with everything but `ids` ruled out."""
    result = np.full_like(scores, -np.inf)
    result[ids] = scores[ids]
    return result
