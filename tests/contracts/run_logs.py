"""Made-up logs of runs: curves with noise from a fixed seed, and what may happen on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.events import (
    Advised,
    BaselineScored,
    Event,
    JobEnded,
    Planned,
    SpeedChanged,
    StageDone,
    StepDone,
    Validated,
)

BITS = 0.4
"""Bits per byte of one nat per token."""

MUON = {"kind": "muon", "learning_rate": 0.04, "table_rate": 0.03}
MODEL = {"kind": "transformer", "d_model": 96, "dropout": 0.1}
RECIPE = {"training": {"budget_seconds": 60.0, "gradient_clip": 1.0}}


def good(share: float) -> float:
    """Training loss (bits per byte) of a run that goes well, by the share of its steps that are done."""
    return float(1.6 + 1.2 * np.exp(-9 * share) + 0.3 * (1 - share))


def a_log(loss: Callable[[float], float] = good, gap: Callable[[float], float] = lambda share: 0.02 + 0.06 * share,
          done: float = 1.0, steps: int = 600, rate: float = 0.04, optimizer: dict[str, object] = MUON,
          tokens: int = 200_000, vocab: int = 2000, speed: Callable[[float], float] = lambda share: 9000.0,
          baseline: float | None = None, ended: JobEnded | None = None, noise: float = 0.02, seed: int = 0,
          plan: dict[str, int] | None = None) -> list[Event]:
    """The events of a run of 60 seconds that came to the share `done` of its steps, with twenty checks."""
    chance = np.random.default_rng(seed)
    events: list[Event] = [
        StageDone(stage="tokenizer", summary={"vocab_size": vocab}),
        Advised(path="training.optimizer", value=optimizer, reason=""), Advised(path="model", value=MODEL, reason=""),
        Advised(path="model.dropout", value=0.1, reason=""), Advised(path="training.batch_size", value=4, reason=""),
        replace(Planned(model="Transformer", parameters=2_000_000, steps=steps, tokens_per_step=512,
                        training_tokens=tokens, bytes_per_token=3.6, memory_bytes=80_000_000), **(plan or {})),
        SpeedChanged(speed="balanced", seconds=0.5)]
    if baseline is not None:
        events.append(BaselineScored(title="5-gram", loss=baseline / BITS, bits_per_byte=baseline))
    best = float("inf")
    for step in range(1, round(done * steps) + 1):
        share = step / steps
        value = max(0.05, loss(share) * (1 + noise * chance.normal()))
        events.append(StepDone(
            step=step, tokens=512 * step, loss=value / BITS, bits_per_byte=value, gradient_norm=0.5,
            learning_rate=rate * min(1.0, step / 12) * (1 - 0.98 * share), memory_bytes=400_000_000,
            tokens_per_second=speed(share) * (1 + 0.1 * chance.normal()), seconds=1.0 + 60 * share))
        if step % max(1, steps // 20) == 0:
            check = loss(share) + gap(share)
            events.append(Validated(step=step, loss=check / BITS, bits_per_byte=check, is_best=check < best,
                                    seconds=1.0 + 60 * share))
            best = min(best, check)
    if ended is not None or done == 1.0:
        events.append(ended or JobEnded(status="done"))
    return events


def steady(*points: tuple[float, float]) -> Callable[[float], float]:
    """A curve in straight lines through (share, loss)."""
    shares: Sequence[float] = [share for share, _ in points]
    losses: Sequence[float] = [loss for _, loss in points]
    return lambda share: float(np.interp(share, shares, losses))
