"""Frames a second of panning and zooming a loss curve of a million points (offscreen, window of 1360 by 860)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

POINTS = 1_000_000


def measure() -> Iterator[dict[str, Any]]:
    """One line for panning, one for zooming: frames a second, median and worst frame in milliseconds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import numpy as np
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    from studio.plots.loss_plot import LossPlot
    from studio.theme import theme

    theme.install()
    plot = LossPlot()
    plot.resize(980, 560)
    plot.show_run("run", "Run", "p2", True)
    steps = np.arange(POINTS, dtype=float)
    losses = 1.5 + 6 * np.exp(-steps / 60_000) + np.random.default_rng(0).normal(0, 0.1, POINTS)
    plot.feed("run", np.stack([steps, steps, steps, losses], axis=1), [])  # type: ignore[arg-type]
    plot.show()
    plot.refresh()
    application.processEvents()
    view = plot.getPlotItem().getViewBox()
    ranges = {"pan": [(i * 4_000.0, 500_000.0 + i * 4_000.0) for i in range(100)],
              "zoom": [(0.0, POINTS * 0.94**i + 100) for i in range(100)]}
    for name, extents in ranges.items():
        frames = []
        for extent in extents:
            began = time.perf_counter()
            view.setXRange(*extent, padding=0)
            plot.grab()
            frames.append((time.perf_counter() - began) * 1000)
        frames.sort()
        yield {"points": POINTS, "action": name, "frames_per_second": round(1000 / (sum(frames) / len(frames)), 1),
               "median_ms": round(frames[50], 2), "worst_ms": round(frames[-1], 2)}
