"""What every rule of the run doctor must do; and made-up runs, good and bad, with what is to be said of them."""

from __future__ import annotations

import json
import string
from dataclasses import replace

import pytest

from engine.events import Continued, Event, JobEnded, Notice, Validated
from engine.recipe import Recipe
from engine.runs.series import series_of
from engine.settings import as_assignment, assign, changed, members_of
from engine.training.doctor import Rule, examine
from engine.training.finding import Finding
from tests.contracts.run_logs import MODEL, RECIPE, a_log, good, steady

ADAMW = {"kind": "adamw", "learning_rate": 0.002, "table_rate": 0.03}
NAN = JobEnded(status="failed", what="The loss became not-a-number at step 241.",
               details="training.optimizer.learning_rate")


def _recipe(**parts: dict[str, object]) -> dict[str, object]:
    return {"recipe": {**RECIPE, **parts}}


def _spiked(share: float) -> float:
    return 5.0 if 0.6 <= share < 0.615 else good(share)


CASES: dict[str, tuple[list[Event], dict[str, object]]] = {
    "not-a-number": (a_log(done=0.4, ended=NAN), _recipe()),
    "diverging": (a_log(steady((0, 3), (0.2, 2), (0.3, 2.1), (0.5, 4)), done=0.5), _recipe()),
    "loss-spike": (a_log(_spiked, done=0.9), _recipe()),
    "overfitting": (a_log(gap=lambda share: max(0.05, 2 * share - 0.8), done=0.8), _recipe()),
    "plateau": (a_log(steady((0, 3), (0.1, 2), (1, 2)), gap=lambda share: 0.05, done=0.6), _recipe()),
    "underfitting": (a_log(steady((0, 3), (0.2, 2.2), (1, 1.7)), gap=lambda share: 0.01), _recipe()),
    "too-little-text": (a_log(gap=lambda share: 0.4 * share, done=0.6, tokens=9_000), _recipe(model=MODEL)),
    "rate-too-low": (a_log(steady((0, 3.05), (1, 2.9)), rate=2e-5, optimizer={**ADAMW, "learning_rate": 2e-5},
                           done=0.4), _recipe()),
    "rate-too-high": (a_log(steady((0, 3), (0.05, 2.8), (1, 2.75)), rate=0.06,
                            optimizer={**ADAMW, "learning_rate": 0.06}, done=0.4), _recipe()),
    "vocabulary-too-big": (a_log(vocab=16_000, done=0.1), _recipe(tokenizer={"kind": "bpe", "vocab_size": 16_000})),
    "memory-near-limit": (a_log(done=0.5), _recipe(training={"memory_gigabytes": 0.42})),
    "slowed-down": (a_log(done=0.9, speed=lambda share: 9000 if share < 0.6 else 3000), _recipe()),
    "below-baseline": (a_log(baseline=1.9, done=0.8), _recipe()),
    "dead-units": ([replace(each, dead_units=0.5) if isinstance(each, Validated) else each for each in a_log(done=0.5)],
                   _recipe()),
    "set-back": ([*a_log(done=0.5), Notice(level="warn", code="set-back", step=240, values={"at": 251, "step": 240},
                                           text="At {at}, back to {step}.")], _recipe()),
    "resumed": ([*a_log(done=0.5), Continued(step=240, after_restart=True)], _recipe()),
}
"""By rule: a log in which it has something to say, with the settings of the run."""


def found_in(events: list[Event], settings: dict[str, object] | None = None) -> list[Finding]:
    return examine(series_of(events), settings)


@pytest.mark.parametrize("rule", members_of(Rule), ids=lambda rule: rule.kind)
class TestEveryRule:
    def test_speaks_where_it_should_before_all_others_of_its_level(self, rule):
        said = found_in(*CASES[rule.kind])
        assert [finding.rule for finding in said if finding.level == said[0].level][:1] == [rule.kind] or \
            rule.kind in [finding.rule for finding in said if finding.level in ("info", "ok")]

    def test_is_silent_in_a_run_that_goes_well(self, rule):
        for seed in range(10):
            for done in (0.02, 0.1, 0.3, 0.7, 0.95):
                said = found_in(a_log(done=done, seed=seed), _recipe())
                assert rule.kind not in [finding.rule for finding in said]

    def test_is_silent_before_anything_has_happened(self, rule):
        assert found_in([]) == [] and found_in([JobEnded(status="failed", what="No text.")]) == []

    def test_fills_its_sentence_and_marks_steps_that_exist(self, rule):
        events, settings = CASES[rule.kind]
        finding = next(each for each in found_in(events, settings) if each.rule == rule.kind)
        names = {name for _, name, _, _ in string.Formatter().parse(finding.text) if name}
        assert names == set(finding.values) and "{" not in finding.sentence()
        last = max(event.step for event in events if event.name == "step-done")
        assert all(0 <= mark.step <= (mark.until or last) <= last and mark.label for mark in finding.marks)
        assert json.loads(json.dumps(finding.plain()))["rule"] == rule.kind

    def test_offers_a_fix_that_the_settings_take_and_the_command_line_too(self, rule):
        events, settings = CASES[rule.kind]
        fix = next(each for each in found_in(events, settings) if each.rule == rule.kind).fix
        if fix is not None:
            mended = changed(Recipe(), fix.path, fix.value)
            assert mended.problems() == [] and assign(Recipe(), as_assignment(fix.path, fix.value)) == mended
            assert fix.title.format_map(dict(fix.values))

    def test_names_its_source_and_silences_rules_that_exist(self, rule):
        assert "Source:" in rule.__doc__ and rule.title
        assert set(rule.silences) <= {each.kind for each in members_of(Rule)} - {rule.kind}


@pytest.mark.parametrize("seed", range(40))
def test_a_good_run_is_at_most_told_that_more_time_would_help(seed):
    said = found_in(a_log(seed=seed, noise=0.03, baseline=1.8), _recipe())
    assert {finding.rule for finding in said} <= {"underfitting", "below-baseline"}


def test_the_most_serious_comes_first_and_one_cause_is_spoken_of_once():
    events = [*a_log(steady((0, 3), (0.2, 1.5), (0.5, 4)), baseline=1.9, done=0.5)]
    assert [finding.rule for finding in found_in(events, _recipe())] == ["diverging", "below-baseline"]


def test_overfitting_is_over_when_a_later_check_is_the_best():
    falling_late = a_log(gap=steady((0, 0.02), (0.4, 0.02), (0.6, 0.6), (0.61, 0), (1, 0)), done=0.95)
    assert "overfitting" not in [finding.rule for finding in found_in(falling_late, _recipe())]


def test_half_the_rate_is_offered_after_a_loss_that_is_not_a_number():
    fix = found_in(*CASES["not-a-number"])[0].fix
    assert fix.path == "training.optimizer" and fix.value["learning_rate"] == 0.02


def test_a_change_of_speed_by_the_user_is_no_slow_machine():
    from engine.events import SpeedChanged

    events = a_log(done=0.9, speed=lambda share: 9000 if share < 0.6 else 3000)
    assert "slowed-down" not in [each.rule for each in found_in([*events, SpeedChanged(speed="quiet", seconds=37.0)])]


def test_a_run_that_is_over_is_looked_at_without_its_settings():
    said = found_in(a_log(steady((0, 3), (0.2, 2), (0.3, 2.1), (0.5, 4)), done=0.5))
    assert said[0].rule == "diverging" and said[0].fix is not None


def test_memory_that_ran_out_is_told_with_the_step():
    notice = Notice(level="warn", code="memory", step=7, values={"windows": 2}, text="")
    said = found_in([*a_log(done=0.1), notice], _recipe())
    assert said[0].rule == "memory-near-limit" and said[0].values["step"] == 7 and said[0].fix.value == 2
