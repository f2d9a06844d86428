"""From counts to probabilities: interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998, TR-10-98)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.models.kinds.ngram.counts import Level, Longs
from engine.models.kinds.ngram.model import Table

USUAL_DISCOUNTS = (0.5, 1.0, 1.5)
"""For orders whose counts are too few to estimate discounts (KenLM's --discount_fallback)."""


def discounts(adjusted: Longs) -> tuple[tuple[float, float, float], bool]:
    """How much is taken from counts of 1, 2 and 3 or more; and whether the text was enough to estimate it."""
    n1, n2, n3, n4 = (int(np.count_nonzero(adjusted == times)) for times in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return USUAL_DISCOUNTS, False
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    if not all(0 < discount <= times for times, discount in enumerate(found, 1)):
        return USUAL_DISCOUNTS, False
    return found, True


def smoothed(levels: list[Level], vocab_size: int, min_count: int) -> tuple[list[Table], list[int]]:
    """Smooth all orders, lowest first; also returns the orders above 1 whose discounts had to be guessed.

    `levels` is emptied on the way, to free memory. N-grams of order 3 and more seen less than `min_count` times are
    left out; what they would have got goes to the shorter orders.
    """
    results: list[Table] = []
    guessed: list[int] = []
    below: npt.NDArray[np.float64] = np.full(1, 1 / vocab_size)
    kept_below = np.ones(1, dtype=bool)
    for order in range(1, len(levels) + 1):
        level = levels.pop(0)
        prefix = level.keys // vocab_size
        amounts, estimated = discounts(level.adjusted)
        if not estimated and order > 1:  # hardly any single piece is rare: usual, and of no weight
            guessed.append(order)
        kept = level.raw >= min_count if order > 2 else np.ones(len(level), dtype=bool)
        taken = np.array([0.0, *amounts])[np.minimum(level.adjusted, 3)]
        sums = np.bincount(prefix, weights=level.adjusted, minlength=len(below))
        given = np.bincount(prefix, weights=np.where(kept, taken, level.adjusted), minlength=len(sums))
        back_off = np.divide(given, sums, out=np.ones_like(sums), where=sums > 0)
        with np.errstate(invalid="ignore"):
            own = np.where(level.adjusted > 0, (level.adjusted - taken) / sums[prefix], 0.0)
        probability = own + back_off[prefix] * below[level.suffix]
        new_rank = np.cumsum(kept_below) - 1
        keys = new_rank[prefix] * vocab_size + level.keys % vocab_size
        results.append(Table(keys[kept], level.adjusted[kept].astype(np.int32), probability[kept].astype(np.float32),
                             back_off[kept_below].astype(np.float32)))
        below, kept_below = probability, kept
    return results, guessed
