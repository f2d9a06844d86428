"""The sheet sets the task, offers the one that the data suit, and shows the first batch with what is learned of it."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWidgets import QWidget

from engine import jobs
from engine.corpora.source import source_of
from engine.project import Project
from engine.recipe import Recipe
from engine.settings import from_plain, kinds, to_plain
from engine.tasks.batch import first_batch
from engine.tasks.task import Task
from engine.work import Work
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.task_sheet import LEARNED, READ, TaskSheet


@pytest.fixture
def sheet(qtbot, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"question": f"What comes after {number}?", "answer": f"It is {number + 1}."})
                              for number in range(40)), "utf-8")
    project = Project.create(tmp_path / "project", recipe=from_plain(Recipe, {
        "model": {"kind": "transformer", "context_length": 32}, "training": {"batch_size": 3},
        "tokenizer": {"kind": "bpe", "vocab_size": 400}}))
    project.add_sources(source_of(rows))
    jobs.tokenize(project, Work())
    session = Session(PreferenceFile(tmp_path / "home"))
    assert session.open(project.path)
    qtbot.waitUntil(lambda: session.standing.is_done("tokens"))
    owner = QWidget()
    owner.resize(1100, 700)
    qtbot.addWidget(owner)
    made = TaskSheet(session, owner)
    made.show()
    yield made
    made.close()
    session.close()
    session.queries.finish()


def test_all_tasks_are_there_and_the_fitting_one_is_offered(qtbot, sheet):
    assert {kind for kind in kinds(Task) if sheet.kind.button(kind)} == set(kinds(Task))
    qtbot.waitUntil(lambda: sheet._suggested.isVisible())
    assert "question, answer" in sheet._found.text()
    sheet._suggested.click()
    assert sheet._session.recipe.task.kind == "question-answering" == sheet.kind.value()


def test_the_chips_are_the_windows_of_the_batch_and_another_task_asks_for_a_new_cut(qtbot, sheet):
    project, recipe = sheet._session.project, sheet._session.recipe
    batch = first_batch(project.stage("tokens").folder, project.stage("tokenizer").folder, {"recipe": to_plain(recipe)})
    qtbot.waitUntil(lambda: bool(sheet._chips.chips()))
    for row in batch.rows:
        shown = [(chip.id, chip.token) for chip in sheet._chips.chips()]
        assert shown == [(token.id, LEARNED if token.is_learned else READ) for token in row]
        sheet._step(1)
    sheet.kind.button("question-answering").click()
    qtbot.waitUntil(lambda: sheet._empty.isVisible())
    assert sheet._cut.isEnabled() and not sheet._chips.isVisible()
