"""Plots: what is drawn is what was logged, however many points there are."""

from __future__ import annotations

import numpy as np
import pytest

from studio.plots.labels import spread
from studio.plots.loss_plot import LossPlot
from studio.plots.pyramid import Pyramid, smoothed


def test_a_view_of_many_points_keeps_every_spike_and_stays_small():
    values = np.random.default_rng(0).normal(size=200_000)
    values[123_456] = 50.0
    pyramid = Pyramid()
    for start in range(0, len(values), 777):
        part = values[start : start + 777]
        pyramid.append(np.arange(start, start + len(part)), part)
    xs, ys = pyramid.view(0, 200_000, 500)
    assert len(xs) <= 2 * 4 * 500 + 8
    assert ys.max() == 50.0 and ys.min() == values.min()
    xs, ys = pyramid.view(1000.5, 1010.5, 500)
    assert list(xs) == list(range(1000, 1012))


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9, 0.99])
def test_smoothing_equals_the_plain_loop(weight):
    values = np.random.default_rng(1).normal(size=1000)
    mean, expected = 0.0, []
    for count, value in enumerate(values, start=1):
        mean = weight * mean + (1 - weight) * value
        expected.append(mean / (1 - weight**count))
    assert np.allclose(smoothed(values, weight), expected, rtol=1e-12, atol=1e-12)


def test_labels_are_moved_apart_and_no_further():
    moved = spread([100.0, 102.0, 300.0], 16)
    assert moved == [93.0, 109.0, 300.0]
    assert np.diff(sorted(spread([5.0, 5.0, 5.0, 6.0], 10))).min() >= 10 - 1e-9


def test_a_curve_fed_in_portions_is_the_curve_fed_at_once(qtbot):
    rows = [(float(n), n * 10.0, n * 0.1, 5.0 / (n + 1)) for n in range(2000)]
    plots = []
    for size in (2000, 7):
        plot = LossPlot()
        qtbot.addWidget(plot)
        plot.show_run("a", "A", "p2", True)
        for start in range(0, 2000, size):
            plot.feed("a", rows[start : start + size], [])
            plot.refresh()
        plots.append(plot._runs["a"].training.extent())
    assert np.allclose(plots[0][1], plots[1][1], atol=1e-9)


def test_the_cursor_keeps_its_step_when_the_axis_changes(qtbot):
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.show_run("a", "A", "p2", True)
    plot.feed("a", [(float(n), n * 10.0, n * 0.5, 2.0) for n in range(1, 100)], [])
    plot.refresh()
    plot.set_cursor(40.0)
    plot.use(across="tokens")
    assert plot.readout.place == 400.0
    plot.use(across="time")
    assert plot.readout.place == 20.0
