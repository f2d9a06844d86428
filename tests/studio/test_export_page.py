"""The Export page: what fits a run, what is written, what was cancelled, and run capsules that are opened."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from engine.project import Project
from engine.tokenizers.kinds.character import Character
from engine.training.checkpoint import MODEL, Checkpoint, checkpoint_path, save
from engine.work import Work
from studio.pages.export import ExportPage
from studio.preferences import PreferenceFile
from studio.session import Session

NO_TORCH = """
import sys
from pathlib import Path
from studio.pages.export.offers import offers_for
print(len(offers_for(Path(sys.argv[1]), "best", "f16").formats), "torch" in sys.modules)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with one run of a small GPT-2, its weights at random."""
    from engine.models.kinds.transformer.spec import TransformerSpec
    from engine.runs.folder import RunFolder
    from engine.settings import to_plain

    made = Project.create(tmp_path_factory.mktemp("export") / "tea", "Tea")
    spec = TransformerSpec(shape="gpt2", n_layers=1, d_model=16, n_heads=2, context_length=16)
    tokenizer = Character(vocab_size=300).train(["tea for two"], 11, Work())
    run = RunFolder.create(made.runs_folder / "run-1", {"project": "Tea", "recipe": {"model": to_plain(spec)}})
    (run.path / "tokenizer").mkdir()
    tokenizer.save(run.path / "tokenizer")
    tensors = {MODEL + name: each for name, each in
               spec.build(tokenizer.vocab_size, 1).language_model().tensors().items()}
    save(checkpoint_path(run.checkpoints, 3), Checkpoint(tensors, {
        "why": "best", "step": 3, "loss": 2.0, "model": to_plain(spec), "vocab_size": tokenizer.vocab_size}))
    return made.path


@pytest.fixture
def page(qtbot, tmp_path, project):
    session = Session(PreferenceFile(tmp_path / "home"))
    assert session.open(project)
    made = ExportPage(session)
    made.key = "export"
    qtbot.addWidget(made)
    made.show()
    made.entered()
    qtbot.waitUntil(lambda: bool(made._cards), timeout=30_000)
    yield made
    session.close()
    session.queries.finish()


def test_each_format_says_its_size_or_why_it_does_not_fit(page):
    assert "about" in page._cards["gguf"]._state.text() and not page._cards["gguf"]._start.isHidden()
    assert page._cards["arpa"]._start.isHidden() and "n-grams" in page._cards["arpa"]._state.text()
    larger = page._offers["gguf"].size_bytes
    page._precision.choose("q8-0")
    page._show()
    assert larger > 0 and page._asked[2] == "q8-0"


def test_an_export_is_written_beside_the_window_checked_and_listed(page, qtbot, project):
    with qtbot.waitSignal(page.session.exported, timeout=60_000) as ended:
        page._cards["gguf"]._start.click()
        assert not page._cards["gguf"]._busy.isHidden()
    assert ended.args[1].status == "done", ended.args[1]
    qtbot.waitUntil(lambda: page._cards["gguf"]._start.text() == "Again", timeout=20_000)
    folder = project / "exports" / "run-1-gguf"
    assert {path.name for path in folder.iterdir()} == {"model.gguf", "README.md"}
    assert page._shelf[0].folder == folder.name and page._shelf[0].compared["tokens"] > 0
    assert page.session.stages()["export"].mark == "done"


def test_a_cancelled_export_leaves_nothing(page, qtbot, project):
    with qtbot.waitSignal(page.session.exported, timeout=60_000) as ended:
        page._cards["capsule"]._start.click()
        page._cards["capsule"]._busy.cancel.click()
    assert ended.args[1].status == "stopped"
    assert not list((project / "exports").glob("*capsule*"))


def test_what_fits_is_found_out_without_torch(project):
    done = subprocess.run([sys.executable, "-c", NO_TORCH, str(project / "runs" / "run-1")], capture_output=True,
                          text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.split() == ["7", "False"], done.stderr


def test_a_capsule_given_to_the_window_becomes_a_project(qtbot, tmp_path, project):
    from engine.exchange.exporting import export
    from engine.exchange.formats.capsule import Capsule
    from engine.exchange.source import ExportSource

    export(ExportSource(project / "runs" / "run-1"), Capsule(), tmp_path / "out")
    session = Session(PreferenceFile(tmp_path / "home"))
    session.preferences.change(projects_folder=str(tmp_path / "mine"))
    with qtbot.waitSignal(session.capsule_opened, timeout=30_000):
        session.open_capsule(tmp_path / "out" / "run-1.wenlu")
    assert session.project.name == "Tea (run-1)" and session.project.path.parent == tmp_path / "mine"
    qtbot.waitUntil(lambda: len(session.runs()) == 1)
    session.close()
    session.queries.finish()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_server_is_on_when_it_listens_and_lists_what_was_asked(page, qtbot, port):
    card = page._serving
    card.port.setText(str(port))
    card._key.setChecked(True)
    card._switch.click()
    assert card.server.state() == "starting" and not card._spinner.isHidden()
    qtbot.waitUntil(lambda: card.server.state() == "on", timeout=60_000)
    assert card._address.text() == f"http://127.0.0.1:{port}/v1" and card.server.models == ("run-1",)
    assert card.server.key in card._snippet.text() and "run-1" in card._snippet.text()
    card.copy_address()
    assert QGuiApplication.clipboard().text() == card._address.text()
    request = urllib.request.Request(card._address.text() + "/models",
                                     headers={"Authorization": f"Bearer {card.server.key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    qtbot.waitUntil(lambda: len(card._asked) == 1, timeout=30_000)
    assert card._asked[0]["path"] == "/v1/models"
    card._switch.click()
    assert card.server.state() == "off" and card.server.key is None and card._address.parentWidget().isHidden()


def test_a_port_that_is_taken_is_told_with_another_one(page, qtbot):
    card = page._serving
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        card.port.setText(str(port))
        with qtbot.waitSignal(card.server.failed, timeout=60_000):
            card._switch.click()
        qtbot.waitUntil(lambda: card.server.state() == "off", timeout=30_000)
    assert not card._strip.isHidden() and not card._switch.isChecked()
    assert card._other.text() == f"Use {port + 1}"


def test_a_server_that_dies_is_told(page, qtbot, port):
    card = page._serving
    card.port.setText(str(port))
    card._switch.click()
    qtbot.waitUntil(lambda: card.server.state() == "on", timeout=60_000)
    with qtbot.waitSignal(card.server.failed, timeout=30_000):
        card.server._process.kill()
    assert card.server.state() == "off" and not card._switch.isChecked() and not card._strip.isHidden()
