"""Words beside curves that keep out of each other's way."""

from __future__ import annotations

import pyqtgraph as pg

from studio.theme import theme


class EndLabel:
    """A short text at the end of a line; `text_token` is one of the colours that text may have."""

    def __init__(self, plot: pg.PlotItem, text_token: str, anchor: tuple[float, float] = (0, 0.5)) -> None:
        self._plot = plot
        self.token = text_token
        self.item = pg.TextItem(anchor=anchor)
        self.item.setZValue(50)
        plot.addItem(self.item, ignoreBounds=True)
        self._text = ""

    def say(self, text: str) -> None:
        """Change the words; laying them out costs, so that it is done only when they are others."""
        if text == self._text:
            return
        self._text = text
        self.item.setText(text)
        self.item.setVisible(bool(text))
        self.restyle()

    def move(self, x: float, y: float) -> None:
        """Place it at a point in the plot's own units."""
        self.item.setPos(x, y)

    def restyle(self) -> None:
        """Take the theme's colour and font anew."""
        self.item.setColor(theme.colour(self.token))
        self.item.setFont(theme.font(11, 600))

    def remove(self) -> None:
        """Take it off the plot."""
        self._plot.removeItem(self.item)


def spread(places: list[float], apart: float) -> list[float]:
    """Move places (in pixels) as little as need be, so that neighbours are at least `apart` from each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    groups: list[tuple[float, list[int]]] = []  # (mean of the wanted places, members), from top to bottom
    for index in order:
        groups.append((places[index], [index]))
        while len(groups) > 1 and _reach(groups[-1], -apart) < _reach(groups[-2], apart):
            mean_b, members_b = groups.pop()
            mean_a, members_a = groups.pop()
            members = members_a + members_b
            groups.append(((mean_a * len(members_a) + mean_b * len(members_b)) / len(members), members))
    moved = list(places)
    for mean, members in groups:
        for position, index in enumerate(members):
            moved[index] = mean + apart * (position - (len(members) - 1) / 2)
    return moved


def _reach(group: tuple[float, list[int]], apart: float) -> float:
    """The outer edge of a group: its lower one for a positive distance, its upper one for a negative."""
    return group[0] + apart * len(group[1]) / 2
