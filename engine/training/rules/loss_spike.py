"""A loss that jumped for some steps."""

from __future__ import annotations

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_TIMES, _LASTS, _BEFORE = 2.0, 5, 100


class LossSpike(Rule, kind="loss-spike", title="Loss jumped"):
    """The training loss was above twice the mean of the 100 points before for five points in a row.

    Source: Chowdhery et al. 2022 (arXiv:2204.02311), section 5.1; Pascanu et al. 2013 (arXiv:1211.5063) for clipping.
    """

    def look(self, case: Case) -> Finding | None:
        """The last such place."""
        losses = case.losses
        if len(losses) < _BEFORE + _LASTS:
            return None
        means = np.convolve(losses, np.full(_BEFORE, 1 / _BEFORE), "valid")[:-_LASTS]
        high = np.lib.stride_tricks.sliding_window_view(losses[_BEFORE:], _LASTS).min(axis=1) > _TIMES * means
        if not high.any():
            return None
        place = int(np.flatnonzero(high)[-1]) + _BEFORE
        step, until = int(case.steps[place]), int(case.steps[place + _LASTS - 1])
        clip = case.setting("training.gradient_clip")
        fix = Fix("Clip at {clip}", "training.gradient_clip", clip / 4, {"clip": f"{clip / 4:g}"}) \
            if isinstance(clip, int | float) and clip > 0.1 else None
        return Finding(
            self.kind, "warn", "The training loss jumped to {loss} bits per byte at step {step}, more than twice its "
            "mean, and came back. Shorter gradients make such jumps smaller.",
            {"loss": f"{losses[place]:.2f}", "step": step}, marks=(Mark(step, "jump", until=until),), fix=fix)
