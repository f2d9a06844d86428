"""The Train page shows what the doctor finds, marks it in the plot, and sets what it offers for the next run."""

from __future__ import annotations

import pytest

from engine.runs.series import series_of
from studio.i18n import language
from studio.pages.train.diagnosis import Diagnosis, all_findings
from studio.pages.train.loss_card import LossCard
from tests.contracts.run_logs import RECIPE, a_log

SETTINGS = {"recipe": RECIPE, "resolved": {}}


@pytest.fixture
def overfitted():
    return series_of(a_log(gap=lambda share: max(0.05, 2 * share - 0.8), baseline=1.9, done=0.8))


@pytest.fixture
def strip(qtbot):
    made = Diagnosis()
    qtbot.addWidget(made)
    return made


def test_the_most_serious_finding_is_shown_with_what_can_be_done(strip, overfitted):
    asked, fixes = [], []
    strip.command_asked.connect(asked.append)
    strip.fix_asked.connect(fixes.append)
    assert strip.show_series("run-1", overfitted, SETTINGS, True).rule == "overfitting"
    for action in strip._actions[:2]:
        action.click()
    assert asked == ["stop"] and [fix.path for fix in fixes] == ["model"]
    assert strip._text.text() == "Learns by heart"
    language.use("zh")
    assert strip._text.text() == "在背诵" and "比特/字节" in strip._more.text()


def test_a_run_that_is_over_cannot_be_stopped(strip, overfitted):
    strip.show_series("run-1", overfitted, SETTINGS, False)
    assert "train.alert.stop" not in [action.objectName() for action in strip._actions]


def test_a_finding_that_is_put_away_makes_room_for_the_next(strip, overfitted):
    strip.show_series("run-1", overfitted, SETTINGS, True)
    strip._close.click()
    assert strip.show_series("run-1", overfitted, SETTINGS, True).rule == "below-baseline"
    assert strip.show_series("run-2", overfitted, SETTINGS, True).rule == "overfitting"


def test_the_evidence_is_shaded_in_the_plot(qtbot, overfitted):
    card = LossCard()
    qtbot.addWidget(card)
    finding = all_findings(overfitted, SETTINGS)[0]
    card.show_evidence(finding)
    card.show_runs("run-1", [("run-1", "Run 1", overfitted)])
    assert card.plot._zone.getRegion() == (finding.marks[0].step, finding.marks[0].until)
    assert card.plot._zone_label.item.toPlainText() == "overfitting"
    card.show_evidence(None)
    assert not card.plot._zone.isVisible()
