"""Curves as a drawing in SVG, without any program to run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

Line = tuple[str, str, Sequence[tuple[float, float]]]
"""Title, CSS class, and points (x, y)."""

_WIDTH, _HEIGHT, _LEFT, _BELOW, _MOST_POINTS = 720, 300, 56, 34, 600


def drawing(lines: Sequence[Line], x_title: str, y_title: str) -> str:
    """One plot with its axes and a legend; empty where no line has a point."""
    finite = [(title, kind, [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)])
              for title, kind, points in lines]
    every = [point for _, _, points in finite for point in points]
    if not every:
        return ""
    right = max(x for x, _ in every) or 1.0
    low, high = min(y for _, y in every), max(y for _, y in every)
    margin = (high - low or abs(high) or 1.0) * 0.05
    low, high = low - margin, high + margin

    def place(x: float, y: float) -> str:
        across = _LEFT + x / right * (_WIDTH - _LEFT - 12)
        down = 10 + (high - y) / (high - low) * (_HEIGHT - _BELOW - 10)
        return f"{across:.1f},{down:.1f}"

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(y_title)}">']
    for y in ticks(low, high):
        down = place(0, y).partition(",")[2]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{down}" y2="{down}"/>'
                     f'<text x="{_LEFT - 6}" y="{down}" dy="4" text-anchor="end">{y:g}</text>')
    for x in ticks(0, right):
        across = place(x, low).partition(",")[0]
        parts.append(f'<text x="{across}" y="{_HEIGHT - _BELOW + 16}" text-anchor="middle">{x:g}</text>')
    parts.append(f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 2}" text-anchor="middle">{escape(x_title)}</text>')
    for title, kind, points in finite:
        if points:
            path = " ".join(place(x, y) for x, y in thinned(points))
            parts.append(f'<polyline class="{escape(kind)}" points="{path}"><title>{escape(title)}</title></polyline>')
    legend = " ".join(f'<span class="{escape(kind)}">{escape(title)}</span>'
                      for title, kind, points in finite if points)
    return "".join(parts) + f'</svg><p class="legend">{legend}</p>'


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two others."""
    step = 10 ** math.floor(math.log10((high - low) / 5))
    step *= next(each for each in (1, 2, 5, 10) if (high - low) / (step * each) <= 6)
    first = math.ceil(low / step)
    return [round(number * step, 12) for number in range(first, math.floor(high / step) + 1)]


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most some hundred points: of each stretch the lowest and the highest, in order, and both ends."""
    size = math.ceil(len(points) / (_MOST_POINTS // 2))
    if size < 2:
        return list(points)
    found = [points[0]]
    for start in range(0, len(points), size):
        stretch = points[start:start + size]
        ends = {min(stretch, key=lambda each: each[1]), max(stretch, key=lambda each: each[1])}
        found += sorted(ends)
    return [*found, points[-1]]
