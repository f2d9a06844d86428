"""The sheet that searches for a learning rate: what the job says is drawn, and its suggestion becomes the setting."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from engine.events import JobEnded, Progress, RateSuggested, RateTried, StageStarted
from engine.optimization.optimizers.muon import Muon
from engine.runs.series import series_of
from engine.settings import to_plain
from studio.i18n import language
from studio.pages.train.rate_sheet import RateSheet

BETTER = to_plain(Muon().with_main_rate(0.02))
SEARCH = [StageStarted(stage="rate"),
          *(RateTried(step=n, learning_rate=10 ** (n / 4 - 5), loss=4 - n / 5, smoothed=4 - n / 5) for n in range(12)),
          Progress(stage="rate", done=12, total=100, unit="steps")]
FOUND = RateSuggested(learning_rate=0.02, values={"steepest": "0.05", "lowest": "0.06"}, optimizer=BETTER,
                      reason="The loss fell fastest at {steepest} and stopped falling at {lowest}; below that "
                             "leaves room for a longer run.")


class SearchingSession(QObject):
    """Does what it is told, and notes it."""

    job_started, happened = Signal(str, str), Signal(str, list)
    job_ended, told = Signal(str, str, object), Signal(str, object, object)
    opened, closed = Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.verb, self.events, self.edits, self.asked = "", [], [], []
        self.queue = SimpleNamespace(waiting=[])

    def run(self, verb):
        self.asked.append(verb)
        self.verb = verb
        return True

    def job_verb(self):
        return self.verb

    def job_series(self):
        return series_of(self.events)

    def stop(self):
        self.asked.append("stop")

    def edit(self, path, value):
        self.edits.append((path, value))
        return True

    def say(self, *events):
        self.events += events
        self.happened.emit("lr-find-1", list(events))


@pytest.fixture
def sheet(qtbot):
    made = RateSheet(SearchingSession(), None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_search_shows_its_curve_and_its_suggestion_becomes_the_setting(sheet):
    sheet.search.click()
    assert sheet._session.asked == ["lr-find"] and sheet.search.isHidden() and sheet.use.isHidden()
    sheet._session.job_started.emit("lr-find", "lr-find-1")
    sheet._session.say(*SEARCH)
    assert sheet.plot._line.getData()[0][0] == pytest.approx(-5) and not sheet.plot._mark.isVisible()
    sheet._session.say(FOUND)
    sheet._session.job_ended.emit("lr-find", "lr-find-1", JobEnded(status="done"))
    assert sheet.plot._mark.isVisible() and "0.05" in sheet._said.text()
    language.use("zh")
    assert "0.05" in sheet._said.text() and "损失" in sheet._said.text()
    sheet.use.click()
    assert sheet._session.edits == [("training.optimizer", BETTER)] and sheet.isHidden()


def test_a_search_can_be_cancelled_and_says_so(sheet):
    sheet.search.click()
    sheet._session.job_started.emit("lr-find", "lr-find-1")
    sheet.busy.cancel.click()
    sheet._session.job_ended.emit("lr-find", "lr-find-1", JobEnded(status="stopped"))
    assert sheet._session.asked[-1] == "stop" and "stopped" in sheet._said.text() and not sheet.search.isHidden()


def test_a_search_that_finds_nothing_says_why(sheet):
    sheet.search.click()
    sheet._session.job_started.emit("lr-find", "lr-find-1")
    sheet._session.job_ended.emit("lr-find", "lr-find-1", JobEnded(
        status="failed", what="The loss did not fall at any learning rate.", fix="Choose larger batches."))
    assert "did not fall" in sheet._said.text() and sheet.use.isHidden()


def test_all_rates_of_an_optimizer_change_in_proportion_within_their_bounds():
    plain = Muon()
    other = plain.with_main_rate(plain.main_rate / 4)
    assert other.head_rate == pytest.approx(plain.head_rate / 4) and other.main_rate == plain.main_rate / 4
    assert plain.with_main_rate(1e-7).table_rate == 1e-5
