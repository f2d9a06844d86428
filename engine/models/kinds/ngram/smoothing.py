"""From counts to probabilities, in four ways that are taught; each order in two readings of its n-grams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.models.kinds.ngram.counts import Counted, Level, Longs
from engine.models.kinds.ngram.model import Table

Smoothing = Literal["kneser-ney", "witten-bell", "stupid-back-off", "add-k"]
Doubles = npt.NDArray[np.float64]

USUAL_DISCOUNTS = (0.5, 1.0, 1.5)
"""For orders whose counts are too few to estimate discounts (KenLM's --discount_fallback)."""

BACK_OFF = 0.4
"""What stupid back-off multiplies the score of the next shorter context with, as in Brants et al. 2007 (D07-1090)."""


@dataclass(frozen=True)
class Ways:
    """How to smooth. `added` is what add-k adds to every count; n-grams of order 3 and more seen less than
    `min_count` times are left out, and what they would have got goes to the shorter orders."""

    smoothing: Smoothing = "kneser-ney"
    added: float = 0.1
    min_count: int = 1


@dataclass
class Lower:
    """What is known of each n-gram of the order below: its probability and rank among those kept.

    Stupid back-off also needs its raw score, and the sum of all scores after its own shorter context.
    """

    probability: Doubles
    kept: npt.NDArray[np.bool_]
    score: Doubles
    scale: Doubles


@dataclass
class Sums:
    """Of the followers of each context: their counts in all, what is taken from them (a rare one's whole count), how
    many are kept, and the scores they would have after the next shorter context."""

    total: Doubles
    taken: Doubles
    followers: Doubles
    covered: Doubles


def discounts(adjusted: Longs) -> tuple[tuple[float, float, float], bool]:
    """How much is taken from counts of 1, 2 and 3 or more; and whether the text was enough to estimate it."""
    return discounts_of(np.bincount(np.minimum(adjusted, 5), minlength=5))


def discounts_of(numbers: Longs) -> tuple[tuple[float, float, float], bool]:
    """As `discounts`, from how many n-grams have a count of 0, 1, 2, 3 and 4."""
    n1, n2, n3, n4 = (int(numbers[times]) for times in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return USUAL_DISCOUNTS, False
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    if not all(0 < discount <= times for times, discount in enumerate(found, 1)):
        return USUAL_DISCOUNTS, False
    return found, True


def smoothed(levels: list[Counted], vocab_size: int, ways: Ways) -> tuple[list[Table], list[int]]:
    """Smooth all orders, lowest first; also returns the orders above 1 whose discounts had to be guessed.

    `levels` is emptied on the way, to free memory. Takes, beside the tables, about 60 bytes for each n-gram of the
    order below the highest. The result does not depend on the parts that a level comes in.
    """
    results: list[Table] = []
    guessed: list[int] = []
    lower = Lower(np.full(1, 1 / vocab_size), np.ones(1, dtype=bool), np.full(1, 1 / vocab_size), np.ones(1))
    for order in range(1, len(levels) + 1):
        level = levels.pop(0)
        amounts = np.zeros(4)
        if ways.smoothing == "kneser-ney":
            amounts[1:], estimated = _measured(level)
            if not estimated and order > 1:  # hardly any single piece is rare: usual, and of no weight
                guessed.append(order)
        table, lower = _Order(order, level, lower, amounts, vocab_size, ways).smoothed(is_last=not levels)
        results.append(table)
    return results, guessed


def _measured(level: Counted) -> tuple[tuple[float, float, float], bool]:
    numbers = np.zeros(5, dtype=np.int64)
    for part in level.parts():
        numbers += np.bincount(np.minimum(part.adjusted, 5), minlength=6)[:5]
    return discounts_of(numbers)


@dataclass(frozen=True)
class _Order:
    """One order with what smoothing it needs: the order below and how much Kneser-Ney takes from counts of 0 to 3."""

    order: int
    level: Counted
    lower: Lower
    amounts: Doubles
    vocab_size: int
    ways: Ways

    def smoothed(self, *, is_last: bool) -> tuple[Table, Lower]:
        """The table of the order, and what the next one needs to know of it."""
        lower = self.lower
        sums, stay = self._sums()
        back_off, scale = self._left(sums)
        table = Table(np.empty(stay, np.int64), np.empty(stay, np.int32), np.empty(stay, np.float32),
                      back_off[lower.kept].astype(np.float32))
        here = Lower(*(np.empty(0 if is_last else len(self.level), kind) for kind in (float, bool, float, float)))
        new_rank = None if lower.kept.all() else np.cumsum(lower.kept) - 1
        done = at = 0
        for part in self.level.parts():
            prefix, counts, kept = self._read(part)
            probability, score = self._probability(part, sums, back_off, scale)
            rank = prefix if new_rank is None else new_rank[prefix]
            into = slice(at, at := at + int(np.count_nonzero(kept)))
            table.keys[into] = (rank * self.vocab_size + part.keys % self.vocab_size)[kept]
            table.counts[into], table.probability[into] = counts[kept], probability[kept]
            if not is_last:
                place = slice(done, done := done + len(part))
                here.probability[place], here.kept[place] = probability, kept
                here.score[place], here.scale[place] = score, scale[part.suffix]
        return table, here

    def _read(self, part: Level) -> tuple[Longs, Longs, npt.NDArray[np.bool_]]:
        """Context, count and whether it stays, of each n-gram. Kneser-Ney counts the lower orders by what comes
        before, the others by how often they occur."""
        counts = part.adjusted if self.ways.smoothing == "kneser-ney" else part.raw
        kept = part.raw >= self.ways.min_count if self.order > 2 else np.ones(len(part), dtype=bool)
        return part.keys // self.vocab_size, counts, kept

    def _sums(self) -> tuple[Sums, int]:
        """What the followers of each context have in all, and how many n-grams are kept.

        Added one after another, so that rounding does not depend on where a level is cut into parts.
        """
        sums = Sums(*(np.zeros(len(self.lower.kept)) for _ in range(4)))
        stay = 0
        for part in self.level.parts():
            prefix, counts, kept = self._read(part)
            np.add.at(sums.total, prefix, counts.astype(float))
            np.add.at(sums.taken, prefix, np.where(kept, self.amounts[np.minimum(counts, 3)], counts))
            if self.ways.smoothing != "kneser-ney":
                np.add.at(sums.followers, prefix, (kept & (counts > 0)).astype(float))
            if self.ways.smoothing == "stupid-back-off":
                np.add.at(sums.covered, prefix, np.where(kept & (counts > 0), self.lower.score[part.suffix], 0.0))
            stay += int(np.count_nonzero(kept))
        return sums, stay

    def _left(self, sums: Sums) -> tuple[Doubles, Doubles]:
        """The weight of the shorter orders after each context (1 where nothing follows), and the sum of its scores.

        Witten-Bell (1991, method C in Chen and Goodman) counts something new once for each different follower, add-k
        (Lidstone 1920) for each token there is.
        """
        smoothing = self.ways.smoothing
        if smoothing == "stupid-back-off":
            follows = sums.total > sums.taken
            scale = follows + BACK_OFF * (self.lower.scale - sums.covered)
            return np.where(follows, BACK_OFF * self.lower.scale / scale, 1.0), scale
        if smoothing == "witten-bell":
            new = sums.followers
        else:
            new = np.full(len(sums.total), self.ways.added * self.vocab_size if smoothing == "add-k" else 0.0)
        scale = sums.total + new
        return np.divide(sums.taken + new, scale, out=np.ones_like(scale), where=sums.total > 0), scale

    def _probability(self, part: Level, sums: Sums, back_off: Doubles, scale: Doubles) -> tuple[Doubles, Doubles]:
        """Of each n-gram of a part: its probability and, for stupid back-off, its raw score."""
        prefix, counts, _ = self._read(part)
        if self.ways.smoothing == "stupid-back-off":
            total = np.maximum(sums.total - sums.taken, 1)[prefix]
            score = np.where(counts > 0, counts / total, BACK_OFF * self.lower.score[part.suffix])
            return score / scale[prefix], score
        with np.errstate(invalid="ignore", divide="ignore"):
            own = np.where(counts > 0, (counts - self.amounts[np.minimum(counts, 3)]) / scale[prefix], 0.0)
        shorter = 1 / self.vocab_size if self.ways.smoothing == "add-k" else self.lower.probability[part.suffix]
        return own + back_off[prefix] * shorter, own
