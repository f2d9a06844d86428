"""Home shows every recent project; the Model page reads what the session knows, and stands models of new kinds."""

from __future__ import annotations

import pytest

from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.project import Project
from studio.pages.home import HomePage
from studio.pages.home.project_card import ProjectCard, Recent
from studio.pages.model import ModelPage
from studio.pages.model.size_card import DIAL, SizeCard, place_on, resized
from studio.preferences import PreferenceFile
from studio.session import Session


@pytest.fixture
def session(tmp_path):
    made = Session(PreferenceFile(tmp_path / "home"))
    yield made
    made.close()
    made.queries.finish()


def test_show_all_shows_all_recent_projects_in_rows(qtbot, session, tmp_path):
    page = HomePage(session)
    qtbot.addWidget(page)
    recents = [Recent(tmp_path / f"p{number}", f"P{number}") for number in range(11)]
    page._show_recent(recents)
    assert [card.recent.name for card in page.findChildren(ProjectCard)] == ["P0", "P1", "P2", "P3"]
    page._show_all = True
    page._show_recent(recents)
    shown = [page._grid.itemAt(place).widget().recent.name for place in range(page._grid.count())]
    assert shown == [recent.name for recent in recents]
    assert page._grid.getItemPosition(10)[:2] == (2, 2)


def test_the_model_page_never_walks_the_sources(qtbot, session, tmp_path, monkeypatch):
    assert session.new(tmp_path / "project")

    def refuse(*_):
        raise AssertionError("the sources were walked in the window's thread")

    qtbot.waitUntil(lambda: bool(session.standing.stages))
    monkeypatch.setattr(Project, "fingerprints", refuse)
    page = ModelPage(session)
    qtbot.addWidget(page)
    page.show()
    page._show()
    session.edit("model", {"kind": "transformer"})
    assert page._size._parameters.value.text() != "–"


@pytest.mark.parametrize("spec", [TransformerSpec(), NGramSpec()], ids=lambda spec: spec.kind)
def test_every_place_of_the_dial_is_found_again(spec):
    for key in DIAL[spec.kind]:
        assert place_on(resized(spec, key)) == key
        assert not resized(spec, key).problems()


def test_a_kind_that_the_dial_does_not_know_has_no_dial(qtbot, monkeypatch):
    monkeypatch.delitem(DIAL, "n-gram")
    card, spec = SizeCard(), NGramSpec()
    qtbot.addWidget(card)
    card.show_model(spec, spec.size(1000), 1_000_000, None, None, True)
    assert card._dial.isHidden() and resized(spec, "tiny") == spec


def test_a_size_between_the_places_is_called_ones_own(qtbot):
    card, spec = SizeCard(), TransformerSpec(n_layers=5)
    qtbot.addWidget(card)
    card.show_model(spec, spec.size(1000), 1_000_000, None, None, True)
    assert card._dial.value() == "own" and not card._dial.button("own").isHidden()
    card.show_model(TransformerSpec(), spec.size(1000), 1_000_000, None, None, True)
    assert card._dial.value() == "small" and card._dial.button("own").isHidden()
