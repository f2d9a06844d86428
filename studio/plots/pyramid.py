"""A curve's points with their least and greatest values over growing blocks, so that any view is drawn from few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
BLOCK = 4
"""Points of one level that make one block of the next."""


class GrowingArray:
    """Numbers in one array that doubles when it is full."""

    def __init__(self) -> None:
        self._buffer: Numbers = np.empty(1024)
        self.count = 0

    def extend(self, values: Numbers) -> None:
        """Add numbers at the end."""
        needed = self.count + len(values)
        if needed > len(self._buffer):
            larger = np.empty(max(needed, 2 * len(self._buffer)))
            larger[: self.count] = self._buffer[: self.count]
            self._buffer = larger
        self._buffer[self.count : needed] = values
        self.count = needed

    def values(self) -> Numbers:
        """All numbers, without a copy."""
        return self._buffer[: self.count]


class Pyramid:
    """Points in ascending x. `view` gives at most about two points a pixel column, and never loses a spike."""

    def __init__(self) -> None:
        self.xs, self.ys = GrowingArray(), GrowingArray()
        self._lows: list[GrowingArray] = []
        self._highs: list[GrowingArray] = []

    def __len__(self) -> int:
        return self.xs.count

    def append(self, xs: Numbers, ys: Numbers) -> None:
        """Add points beyond the last x; costs as much as there are new points."""
        self.xs.extend(np.asarray(xs, float))
        self.ys.extend(np.asarray(ys, float))
        below_low = below_high = self.ys.values()
        level = 0
        while len(below_low) >= BLOCK:
            if level == len(self._lows):
                self._lows.append(GrowingArray())
                self._highs.append(GrowingArray())
            lows, highs = self._lows[level], self._highs[level]
            start, end = lows.count * BLOCK, len(below_low) // BLOCK * BLOCK
            if end > start:
                lows.extend(np.fmin.reduce(below_low[start:end].reshape(-1, BLOCK), axis=1))
                highs.extend(np.fmax.reduce(below_high[start:end].reshape(-1, BLOCK), axis=1))
            below_low, below_high = lows.values(), highs.values()
            level += 1

    def view(self, first: float, last: float, columns: int, midway: bool = False) -> tuple[Numbers, Numbers]:
        """What to draw between two x values on so many pixel columns, with one point beyond each edge.

        Each block is drawn by its least and its greatest value, or by the middle of these if `midway`.
        """
        xs = self.xs.values()
        start = max(0, int(np.searchsorted(xs, first)) - 1)
        end = min(len(xs), int(np.searchsorted(xs, last, side="right")) + 1)
        level = -1
        while (end - start) // BLOCK ** (level + 1) > 2 * max(columns, 1) and level + 1 < len(self._lows):
            level += 1
        if level < 0:
            return xs[start:end], self.ys.values()[start:end]
        return self._blocks(level, start, end, midway)

    def _blocks(self, level: int, start: int, end: int, midway: bool) -> tuple[Numbers, Numbers]:
        """Whole blocks in few points; the points after the last whole block as they are."""
        size = BLOCK ** (level + 1)
        lows, highs = self._lows[level].values(), self._highs[level].values()
        first, last = start // size, min(end // size + 1, len(lows))
        rest = slice(last * size, end)
        xs = self.xs.values()
        if midway:
            middles = (lows[first:last] + highs[first:last]) / 2
            at = xs[first * size : last * size : size]
            return np.concatenate([at, xs[rest]]), np.concatenate([middles, self.ys.values()[rest]])
        at = np.repeat(xs[first * size : last * size : size], 2)
        ends = np.empty(2 * (last - first))
        ends[0::2], ends[1::2] = lows[first:last], highs[first:last]
        return np.concatenate([at, xs[rest]]), np.concatenate([ends, self.ys.values()[rest]])

    def value_at(self, x: float) -> float | None:
        """The value of the last point at or before x."""
        position = int(np.searchsorted(self.xs.values(), x, side="right")) - 1
        return float(self.ys.values()[position]) if position >= 0 else None


def smoothed(ys: Numbers, weight: float) -> Numbers:
    """An exponential mean without the pull towards zero at its beginning (Kingma & Ba 2015, section 3).

    `weight` from 0 (none) to below 1. A loop in blocks of numpy: exact, and fast for a million points.
    """
    if weight <= 0 or len(ys) == 0:
        return ys.copy()
    block = max(1, min(256, int(np.log(1e-30) / np.log(weight)) if weight < 1 else 256))
    powers = weight ** np.arange(block + 1)
    # kernel[i, j] = share of value j in the mean at i, within one block
    rows, columns = np.indices((block, block))
    kernel = np.where(columns <= rows, (1 - weight) * weight ** np.clip(rows - columns, 0, None), 0.0)
    out = np.empty_like(ys)
    carried = 0.0
    for start in range(0, len(ys), block):
        part = ys[start : start + block]
        size = len(part)
        out[start : start + size] = kernel[:size, :size] @ part + carried * powers[1 : size + 1]
        carried = float(out[start + size - 1])
    return out / (1 - weight ** np.arange(1, len(ys) + 1))
