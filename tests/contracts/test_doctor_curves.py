"""What the run doctor says of curves, made up and recorded: a table of verdicts, and no false alarm on good runs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.events import Event, JobEnded, Notice, StepDone, Validated, from_line
from engine.runs.series import series_of
from engine.training.doctor import examine
from tests.contracts.run_logs import MODEL, RECIPE, a_log, good, steady

RECORDED = Path(__file__).parents[1] / "data" / "good_runs.json.gz"
"""Logs of real short runs on two cores: only what rules look at, with the settings of each."""

FLAT, GAP = steady((0, 3), (0.1, 2), (1, 2)), (lambda share: 0.05)
ADAMW = {"kind": "adamw", "learning_rate": 2e-5, "table_rate": 0.03}
HARMLESS = {"underfitting", "below-baseline"}
"""What may be said of a run that goes well: that more time would help, and that it beats the 5-gram."""


def _jump(start: float, length: float = 0.02, height: float = 5.0) -> Callable[[float], float]:
    return lambda share: height if start <= share < start + length else good(share)


def _slow(factor: float, since: float = 0.6) -> Callable[[float], float]:
    return lambda share: 9000 if share < since else 9000 * factor


def _dead(share: float, done: float = 0.6) -> list[Event]:
    return [replace(each, dead_units=share) if isinstance(each, Validated) else each for each in a_log(done=done)]


def _unused(share: float) -> list[Event]:
    found: list[Event] = []
    for each in a_log(done=0.6):
        if isinstance(each, Validated):
            each = replace(each, unused_rows=share)
        found.append(replace(each, epoch=2.0) if isinstance(each, StepDone) else each)
    return found


BUCKETS = {"model": {**MODEL, "ngram_buckets": 65_536}}
NAN = JobEnded(status="failed", what="The loss became not-a-number at step 241.",
               details="training.optimizer.learning_rate")
STOPPED = JobEnded(status="stopped")

TABLE: dict[str, tuple[list[Event], dict[str, object], set[str]]] = {
    "good, early": (a_log(done=0.05), {}, set()),
    "good, middle": (a_log(done=0.5), {}, set()),
    "good, late": (a_log(done=0.97), {}, set()),
    "good, noisy batches": (a_log(done=0.7, noise=0.08), {}, set()),
    "good, hardly any noise": (a_log(done=0.7, noise=0.002), {}, set()),
    "good, many steps": (a_log(done=0.5, steps=5000), {}, set()),
    "good, few steps": (a_log(done=0.5, steps=60), {}, set()),
    "good, stopped by the user": (a_log(done=0.5, ended=STOPPED), {}, set()),
    "good, below the baseline": (a_log(done=0.8, baseline=1.9), {}, {"below-baseline"}),
    "good, still above the baseline": (a_log(done=0.3, baseline=1.2), {}, set()),
    "good, small gap": (a_log(done=0.8, gap=lambda share: 0.1), {}, set()),
    "good, one bad check": (a_log(done=0.6, gap=steady((0, .05), (.49, .05), (.5, .4), (.51, .05), (1, .05))), {},
                            set()),
    "good, a single high step": (a_log(_jump(0.6, 0.0017), done=0.8), {}, set()),
    "good, three high steps": (a_log(_jump(0.6, 0.005), done=0.8), {}, set()),
    "good, a low jump": (a_log(_jump(0.6, 0.03, 2.4), done=0.8), {}, set()),
    "good, a little slower": (a_log(done=0.9, speed=_slow(0.7)), {}, set()),
    "good, faster": (a_log(done=0.9, speed=_slow(2.0)), {}, set()),
    "not a number": (a_log(done=0.4, ended=NAN), {}, {"not-a-number"}),
    "not a number, after diverging": (a_log(steady((0, 3), (.2, 2), (.4, 4)), done=0.4, ended=NAN), {},
                                      {"not-a-number"}),
    "failed for another reason": (a_log(done=0.4, ended=JobEnded(status="failed", what="Disk.")), {}, set()),
    "diverging slowly": (a_log(steady((0, 3), (.2, 2), (.3, 2.1), (.5, 4)), done=0.5), {}, {"diverging"}),
    "diverging at once": (a_log(steady((0, 3), (.1, 1.8), (.15, 5), (.3, 6)), done=0.3), {}, {"diverging"}),
    "diverging late": (a_log(steady((0, 3), (.3, 1.8), (.7, 1.6), (.8, 3), (.9, 4)), done=0.9), {}, {"diverging"}),
    "a jump": (a_log(_jump(0.6), done=0.9), {}, {"loss-spike"}),
    "a high jump": (a_log(_jump(0.4, 0.015, 12.0), done=0.9), {}, {"loss-spike"}),
    "a jump that was mended": ([*a_log(_jump(0.6), done=0.9), Notice(
        level="warn", code="set-back", step=350, values={"at": 361, "step": 350}, text="{at} {step}")], {},
        {"set-back"}),
    "learning by heart": (a_log(gap=lambda share: max(.05, 2 * share - .8), done=0.8), {}, {"overfitting"}),
    "learning by heart, early": (a_log(gap=lambda share: max(.05, 4 * share - .6), done=0.5), {}, {"overfitting"}),
    "learning by heart, done": (a_log(gap=lambda share: max(.05, 2 * share - .8)), {}, {"overfitting"}),
    "no progress": (a_log(FLAT, gap=GAP, done=0.6), {}, {"plateau"}),
    "no progress, late": (a_log(FLAT, gap=GAP, done=0.8), {}, {"plateau"}),
    "ended while it still fell": (a_log(steady((0, 3), (.2, 2.2), (1, 1.7)), gap=lambda share: .01), {},
                                  {"underfitting"}),
    "little text": (a_log(gap=lambda share: 0.4 * share, done=0.6, tokens=9000), {"model": MODEL},
                    {"too-little-text"}),
    "a rate far too low": (a_log(steady((0, 3.05), (1, 2.9)), rate=2e-5, optimizer=ADAMW, done=0.4), {},
                           {"rate-too-low"}),
    "a rate far too high": (a_log(steady((0, 3), (.05, 2.8), (1, 2.75)), rate=0.06, optimizer={
        **ADAMW, "learning_rate": 0.06}, done=0.4), {}, {"rate-too-high"}),
    "a big vocabulary": (a_log(vocab=16_000, done=0.1), {"tokenizer": {"kind": "bpe", "vocab_size": 16_000}},
                         {"vocabulary-too-big"}),
    "a big vocabulary that Wenlu chose": (a_log(vocab=16_000, done=0.1), {}, set()),
    "memory nearly used up": (a_log(done=0.5), {"training": {"memory_gigabytes": 0.42}}, {"memory-near-limit"}),
    "memory enough": (a_log(done=0.5), {"training": {"memory_gigabytes": 4.0}}, set()),
    "half as fast": (a_log(done=0.9, speed=_slow(0.3)), {}, {"slowed-down"}),
    "a tenth as fast": (a_log(done=0.85, speed=_slow(0.1, 0.5)), {}, {"slowed-down"}),
    "half of the units dead": (_dead(0.5), {}, {"dead-units"}),
    "nearly all units dead": (_dead(0.97, 0.9), {}, {"dead-units"}),
    "some units dead": (_dead(0.1), {}, set()),
    "half of the units dead, early": (_dead(0.5, 0.15), {}, set()),
    "a table too large": (_unused(0.97), BUCKETS, {"dead-units"}),
    "a table too large that Wenlu chose": (_unused(0.97), {}, set()),
    "a table well filled": (_unused(0.4), BUCKETS, set()),
}
"""By name: a log, what the user set, and what is to be said of it."""


@pytest.mark.parametrize("name", TABLE)
def test_a_curve_gets_its_verdict_and_no_other(name: str) -> None:
    events, own, expected = TABLE[name]
    said = {finding.rule for finding in examine(series_of(events), {"recipe": {**RECIPE, **own}})}
    assert said - (HARMLESS - expected) == expected


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 40


def _recorded() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(gzip.decompress(RECORDED.read_bytes()))
    return found


@pytest.mark.parametrize("name", sorted(_recorded()))
def test_no_false_alarm_on_a_good_run_at_any_moment(name: str) -> None:
    run = _recorded()[name]
    events = [event for line in run["events"] if (event := from_line(line)) is not None]
    moments = [number for number, event in enumerate(events, 1) if isinstance(event, Validated)]
    assert len(moments) >= 8
    for moment in [*moments, len(events)]:
        said = {finding.rule for finding in examine(series_of(events[:moment]), run["settings"])}
        assert said <= HARMLESS, f"after event {moment}"
