"""Runs on the Train page: what differs, filter, notes, variants, comparing, deleting with undo."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from engine.events import SampleWritten, Validated
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.runs.history import About, read_about
from engine.runs.series import series_of
from engine.variants import what_if
from studio.pages.train.about_sheet import AboutSheet
from studio.pages.train.compare_sheet import CompareSheet
from studio.pages.train.runs_card import RunLine, RunsCard
from studio.pages.train.variant_sheets import SweepSheet, WhatIfSheet
from studio.preferences import PreferenceFile
from studio.run_cards import RunCard
from studio.session import Session
from tests.contracts.run_logs import a_log

RESOLVED = {"model": {"kind": "transformer", "d_model": 96}, "training": {
    "steps": 600, "batch_size": 4, "optimizer": {"kind": "muon", "learning_rate": 0.04}}}
SETTINGS = {"recipe": {"training": {"seed": 1}}, "resolved": RESOLVED}


class Noting:
    """Stands for the session's history and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def what_if(self, name, change):
        what_if(SETTINGS, change)
        self.asked.append((name, change))
        return True

    def sweep(self, over, at_most=None):
        self.asked.append((over, at_most))
        return 1


@pytest.fixture
def session():
    return SimpleNamespace(history=Noting(), recipe=Recipe())


def test_a_row_says_what_differs_and_is_found_by_its_tag(qtbot):
    card = RunsCard()
    qtbot.addWidget(card)
    lines = [RunLine(f"run-{n}", f"Run {n}", "Transformer", 2.0, "done", None,
                     ("training.batch_size=8",) if n == 3 else (), ("slow",) if n == 2 else ()) for n in range(7)]
    card.show_lines(lines, "run-1", set())
    assert card._rows["run-3"]._differs.text() == "batch_size = 8" and card._rows["run-2"]._differs.isHidden()
    card.filter.setText("SLOW")
    card.filter.returnPressed.emit()
    assert [key for key, each in card._rows.items() if not each.isHidden()] == ["run-2"]


def test_what_can_be_done_with_a_run_stands_in_its_menu(qtbot):
    card, wished = RunsCard(), []
    qtbot.addWidget(card)
    line = RunLine("run-1", "Run 1", "Transformer", 2.0, "running", 0.5)
    card.show_lines([line], "run-1", set())
    card.wished.connect(lambda what, name: wished.append((what, name)))
    assert len(card.menu_of("run-1").actions()) == 2
    card.show_lines([dataclasses.replace(line, status="done")], "run-1", set())
    for action in card.menu_of("run-1").actions():
        action.trigger()
    assert [what for what, _ in wished] == ["what-if", "describe", "delete"]


def test_one_change_is_queued_and_no_change_is_refused(qtbot, session):
    sheet = WhatIfSheet(session, "run-1", "Run 1", SETTINGS, None)
    qtbot.addWidget(sheet)
    sheet.start.click()
    assert "already" in sheet.problem.text() and session.history.asked == []
    sheet.setting.choose("training.batch_size")
    sheet._on_setting("training.batch_size")
    sheet.editor.edited.emit("training.batch_size", 8)
    sheet.start.click()
    assert session.history.asked == [("run-1", "training.batch_size=8")]


def test_a_sweep_says_how_many_runs_it_makes_and_what_is_wrong(qtbot, session):
    sheet = SweepSheet(session, None)
    qtbot.addWidget(sheet)
    assert not sheet.start.isEnabled()
    sheet.overs[0].values.setText("0.01, 0.02")
    sheet.overs[2].values.setText("1,2,3")
    assert sheet._how_many.text() == "6 runs" and sheet.start.isEnabled()
    sheet.overs[1].values.setText("no")
    assert sheet.problem.text() and not sheet.start.isEnabled()
    sheet.overs[1].values.setText("")
    sheet.way.choose("random")
    sheet.most.setValue(4)
    assert sheet._how_many.text() == "4 runs"
    sheet.start.click()
    over, most = session.history.asked[0]
    assert over == ["training.optimizer.learning_rate=0.01, 0.02", "training.seed=1,2,3"] and most == 4


class PlainShelf(QObject):
    """Three runs of which one has written to another prompt."""

    grew = Signal()

    def __init__(self, tmp_path) -> None:
        super().__init__()
        self.all = {}
        for number, prompt in enumerate(("It was", "It was", "The")):
            events = a_log(seed=number, loss=lambda share, n=number: 3 - share - 0.1 * n)
            events = [dataclasses.replace(each, tokens=512 * each.step) if isinstance(each, Validated) else each
                      for each in events]
            events.append(SampleWritten(step=9, prompt=prompt, text=f" text {number}", seed=1, done=True))
            settings = {"recipe": {"training": {"seed": number}}, "resolved": RESOLVED}
            card = RunCard(f"run-{number}", tmp_path, "done", resolved_model=RESOLVED["model"], settings=settings)
            self.all[f"run-{number}"] = (card, series_of(events))

    def card(self, name):
        return self.all[name][0]

    def series(self, name):
        return self.all[name][1]

    def title(self, name):
        return name


def test_runs_stand_side_by_side_the_best_first(qtbot, tmp_path):
    sheet = CompareSheet(PlainShelf(tmp_path), ["run-0", "run-1", "run-2"], None)
    qtbot.addWidget(sheet)
    sheet.show()
    sheet._shelf.grew.emit()
    figures = sheet.table.figures
    assert [each.title for each in figures.rows] == ["run-2", "run-1", "run-0"]
    assert figures.paths == ["training.seed"] and figures.rows[0].values == (2,)
    figures.sort(5)
    assert [each.values[0] for each in figures.rows] == [0, 1, 2]
    assert sheet.prompt.value() == "It was" and sheet._panels.count() == 2
    plain = sheet.plot._runs["run-0"].validation.rows()
    sheet._on_across("flops")
    flops = sheet.plot._runs["run-0"].validation.rows()
    per_token = {round(after[1] / before[1] * 1e12, -1) for before, after in zip(plain, flops, strict=True)}
    assert len(per_token) == 1 and per_token.pop() > 1000 and len(plain) == 20


def test_a_deleted_run_comes_back_by_undo(qtbot, tmp_path):
    session = Session(PreferenceFile(tmp_path / "preferences.toml"))
    assert session.new(tmp_path / "project", "p")
    run = RunFolder.create(session.project.runs_folder / "run-1", {"created": 1.0, "recipe": {}})
    sheet = AboutSheet(session, "run-1", About(), None)
    qtbot.addWidget(sheet)
    sheet.title.setText("Wide")
    sheet.tags.setText("slow，big")
    sheet._on_done()
    assert read_about(run) == About("Wide", "", ("slow", "big"))
    assert session.history.discard("run-1") and not run.path.exists()
    assert session.history.restore() and read_about(run).title == "Wide" and not session.history.restore()
    session.close()
