"""The Model page's choice of what training begins with, and what follows from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from engine.events import CheckpointSaved, JobEnded, Planned, to_line
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.runs.folder import RunFolder
from engine.settings import to_plain
from engine.training.methods.lora import Lora
from studio.pages.home import HomePage
from studio.pages.model import ModelPage
from studio.pages.tokenizer import TokenizerPage
from studio.preferences import PreferenceFile
from studio.session import Session

SMALL = TransformerSpec(n_layers=2, d_model=32, n_heads=2, context_length=32, dropout=0.1)


def make_run(path: Path, **more) -> RunFolder:
    """A run with all that a list reads of it, but no weights."""
    run = RunFolder.create(path, {"project": "p", "created": 1.0, "recipe": {}, "resolved": {
        "model": to_plain(SMALL)}, **more})
    (run.path / "tokenizer").mkdir()
    (run.path / "tokenizer" / "tokenizer.json").write_text('{"vocab_size": 500}')
    events = [Planned(model="Transformer", parameters=SMALL.size(500).parameters, steps=9, tokens_per_step=1,
                      training_tokens=1, bytes_per_token=3.0, memory_bytes=1),
              CheckpointSaved(step=9, file="step-00000009.safetensors", is_best=True, why="last"),
              JobEnded(status="done")]
    run.log.write_text("".join(json.dumps(to_line(event)) + "\n" for event in events))
    return run


@pytest.fixture
def session(qtbot, tmp_path):
    made = Session(PreferenceFile(tmp_path / "home"))
    assert made.new(tmp_path / "project")
    make_run(tmp_path / "project" / "runs" / "run-1")
    make_run(tmp_path / "project" / "runs" / "Tea", imported={"folder": "/x"})
    made.refresh()
    qtbot.waitUntil(lambda: len(made.runs()) == 2)
    yield made
    made.close()
    made.queries.finish()


@pytest.fixture
def page(qtbot, session):
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.show()
    return made


def test_nothing_is_begun_with_until_an_earlier_model_is_chosen(page, session):
    assert page._start._kind.value() == "nothing" and page._families.isVisible() and page._going_on.isHidden()
    session.edit("model", {"kind": "transformer"})
    page._start._kind.chosen.emit("earlier")
    assert session.recipe.start.run == "run-1" and session.recipe.model is None
    assert page._families.isHidden() and page._going_on.isVisible() and page._start._kind.value() == "earlier"
    session.undo()
    assert session.recipe.start.run is None and session.recipe.model is not None


def test_an_imported_model_is_among_the_imported_ones(page, session):
    page._start._kind.chosen.emit("imported")
    assert session.recipe.start.run == "Tea" and page._start._kind.value() == "imported"
    assert page._start._import.isVisible() and page._start._elsewhere.isHidden()
    page._start._kind.chosen.emit("nothing")
    assert session.recipe.start.run is None


def test_the_cost_of_the_method_is_in_sight(page, session):
    session.start_from("run-1")
    whole = page._size._learning.value.text(), page._size._memory.value.text()
    page._going_on._method.chosen.emit("lora")
    assert isinstance(session.recipe.start.method, Lora)
    assert (page._size._learning.value.text(), page._size._memory.value.text()) != whole
    assert page._size._dial.isHidden() and page._size._parameters.isHidden()
    assert page._going_on._forms["lora"].isVisible() and page._going_on._forms["full"].isHidden()
    session.start_from(None)
    session.edit("model", SMALL)
    assert page._size._learning.isHidden() and not page._size._dial.isHidden()


def test_a_model_of_another_shape_is_told_and_can_be_taken_back(page, session):
    session.start_from("run-1")
    page._going_on._on_by_hand()
    assert session.recipe.model == SMALL and page._going_on._problem.isHidden()
    session.edit("model.n_layers", 5)
    assert page._going_on._problem.isVisible() and "n_layers" in page._going_on._problem.text()
    page._going_on._again.click()
    assert session.recipe.model is None and page._going_on._problem.isHidden()


def test_a_run_of_another_project_is_read_beside_the_window(page, session, qtbot, tmp_path, monkeypatch):
    other = make_run(tmp_path / "other" / "runs" / "run-4")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other.path))
    page._start._elsewhere.show()
    page._start._elsewhere.click()
    assert session.recipe.start.run == str(other.path)
    qtbot.waitUntil(lambda: page._size.isVisible())
    told = []
    session.told.connect(lambda *words: told.append(words))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    page._start._elsewhere.click()
    assert session.recipe.start.run == str(other.path) and told


def test_an_import_is_asked_for_on_home_and_here(qtbot, page, session, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(Session, "import_model", lambda self, folder: asked.append((self.project.path, folder)) or True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "Tea"))
    page._start.ask_folder()
    home = HomePage(session)
    qtbot.addWidget(home)
    gone = []
    home.go.connect(gone.append)
    home._on_import()
    assert [folder for _, folder in asked] == [tmp_path / "Tea"] * 2 and gone == ["model"]
    assert asked[1][0] != asked[0][0] and session.project.name == "Tea"


def test_what_was_imported_is_begun_with(session):
    from studio.engine_queue import Task

    session._on_job_ended(Task("import"), None, JobEnded(status="done", summary={"run": "Tea"}))
    assert session.recipe.start.run == "Tea"


def test_the_tokenizer_page_says_whose_tokenizer_it_is(qtbot, session):
    made = TokenizerPage(session)
    qtbot.addWidget(made)
    made.show()
    made.entered()
    assert made._settings._taken_over.isHidden()
    session.start_from("run-1")
    assert made._settings._taken_over.isVisible() and made._settings._own.isHidden()
