"""The Clean page on a real project in a folder, with the real session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt

from engine import jobs
from engine.cleaning.passing import CONTINUED, GOES_ON
from engine.events import CleaningCounted, Notice, StageStarted
from engine.project import Project
from engine.storage import TEMPORARY
from engine.work import Work
from studio.i18n import language
from studio.pages.clean import CleanPage
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.texts.asking import TextProcess
from studio.widgets import Switch, Text

TEXTS = ["The old kettleâ€™s lid began to shake, and nobody saw it.", "Read more",
         "On the third day   the guest came back with a new cup.",
         "On the third day the guest came back with a new cup!", "Nothing is wrong with these seven words."]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = tmp_path / "texts"
    source.mkdir()
    for number, text in enumerate(TEXTS):
        (source / f"{number}.txt").write_text(text, "utf-8")
    made = Project.create(tmp_path / "project", "Tea")
    from engine.corpora.source import source_of
    made.save(sources=[source_of(source)])
    jobs.read(made, Work())
    return made.path


@pytest.fixture
def page(qtbot, project: Path):
    session = Session(PreferenceFile())
    assert session.open(project)
    page = CleanPage(session)
    page.key = "clean"
    qtbot.addWidget(page)
    page.resize(1100, 760)
    page.show()
    page.entered()
    qtbot.waitUntil(lambda: page._tried is not None, timeout=10_000)
    yield page
    session.close()


def said(page: CleanPage, name: str) -> str:
    return page.findChild(Text, name).text()


def wait_for_preview(qtbot, page: CleanPage, act) -> None:
    with qtbot.waitSignal(page._live.tried, timeout=10_000):
        act()


def test_the_preview_says_what_every_step_did(page: CleanPage) -> None:
    assert [each.documents for each in page._tried.steps][-1] == 3
    assert said(page, "clean.step.fix-encoding.effect").startswith("−")
    assert said(page, "clean.step.duplicate-lines.effect") == "off"
    assert said(page, "clean.dropped-total") == "2 documents"
    assert "3 documents" not in page.head._line.text()  # a sample promises no documents


def test_the_switch_of_a_step_changes_the_settings_and_the_preview(qtbot, page: CleanPage) -> None:
    switch = page.findChild(Switch, "clean.step.document-length.switch")
    wait_for_preview(qtbot, page, switch.click)
    steps = {step.kind: step for step in page.session.recipe.cleaning.steps}
    assert not steps["document-length"].enabled
    assert page._tried.steps[-1].documents == 4


def test_alt_and_an_arrow_move_a_step_and_undo_brings_it_back(qtbot, page: CleanPage) -> None:
    before = [step.kind for step in page.session.recipe.cleaning.steps]
    row = page._steps._rows[before[2]]
    qtbot.keyClick(row, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    after = [step.kind for step in page.session.recipe.cleaning.steps]
    assert after == [before[0], before[2], before[1], *before[3:]]
    assert list(page._steps._rows) == after
    page.session.undo()
    assert list(page._steps._rows) == before


def test_a_dragged_step_stays_where_it_is_let_go(page: CleanPage) -> None:
    before = [step.kind for step in page.session.recipe.cleaning.steps]
    page._steps._on_dragged(before[0], QPointF(page._steps._rows[before[3]].mapToGlobal(QPointF(5, 5))))
    assert [step.kind for step in page.session.recipe.cleaning.steps] == before
    page._steps._on_let_go()
    assert [step.kind for step in page.session.recipe.cleaning.steps] == [*before[1:4], before[0], *before[4:]]


def test_a_step_taken_out_can_be_added_again(page: CleanPage) -> None:
    page._steps.take_out("whitespace")
    assert [kind.kind for kind in page._steps.missing()] == ["whitespace"]
    page._steps._on_add()
    page._steps._menu.actions()[0].trigger()
    page._steps._menu.hide()
    assert page.session.recipe.cleaning.steps[-1].kind == "whitespace"


def test_the_form_edits_the_chosen_step_and_reset_brings_its_defaults(page: CleanPage) -> None:
    place = [step.kind for step in page.session.recipe.cleaning.steps].index("document-length")
    page._on_chosen("document-length")
    page._step._form.edited.emit(f"cleaning.steps.{place}.shortest", 9)
    assert page.session.recipe.cleaning.steps[place].shortest == 9
    page._step._on_reset()
    assert page.session.recipe.cleaning.steps[place].shortest == 5


def test_keep_saves_a_dropped_document(qtbot, page: CleanPage) -> None:
    place = next(each.place for each in page._tried.dropped if each.step == "document-length")
    wait_for_preview(qtbot, page, lambda: page._on_kept(place))
    assert page.session.recipe.cleaning.keep == (place,)
    assert page._tried.steps[-1].documents == 4


def test_before_and_after_goes_round_the_changed_documents(qtbot, page: CleanPage) -> None:
    qtbot.waitUntil(lambda: bool(page._texts._passages), timeout=10_000)
    seen = []
    for _ in range(4):
        seen.append(page._texts.document().name)
        with qtbot.waitSignal(page._live.compared, timeout=10_000):
            page._texts.step(1)
    assert sorted(seen) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert page._texts.document().name == seen[0]


def test_a_step_that_takes_most_is_asked_about_before_it_is_applied(qtbot, page: CleanPage, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(page.session, "run", lambda verb: asked.append(verb) or True)
    page.apply()
    assert asked == ["clean"]
    place = [step.kind for step in page.session.recipe.cleaning.steps].index("document-length")
    wait_for_preview(qtbot, page, lambda: page.session.edit(f"cleaning.steps.{place}.shortest", 500))
    page.apply()
    assert asked == ["clean"] and not page._notices._strip.isHidden()
    page._notices._strip._actions[0].click()
    assert asked == ["clean", "clean"]


def test_figures_of_the_whole_corpus_take_the_place_of_the_sample_once_it_is_cleaned(qtbot, page: CleanPage) -> None:
    jobs.clean(Project.open(page.session.project.path), Work())
    with qtbot.waitSignal(page._live.applied, timeout=10_000):
        page.session.refresh()
    assert page._onward.isVisible() and not page._apply.isVisible()
    assert "Keeps 3 documents" in page.head._line.text()
    page.session.edit("cleaning.steps.whitespace.blank_lines", 3)
    page.session._autosave.flush()
    page.session.refresh()
    qtbot.waitUntil(lambda: page._apply.isVisible() and not page._notices._strip.isHidden(), timeout=10_000)


def test_the_chart_fills_while_cleaning_works_and_shows_what_was_there_once_it_is_stopped(
        page: CleanPage, monkeypatch) -> None:
    chart, series = page._kept._chart, page.session.queue.series
    kinds = ["", *(step.kind for step in page.session.recipe.cleaning.enabled_steps)]
    before = chart._figures
    said = CleaningCounted(documents=8, characters=400, left={kind: [2, 100 - n] for n, kind in enumerate(kinds)})
    series.feed([StageStarted(stage="cleaned"), said])
    monkeypatch.setattr(page, "_is_busy", lambda: True)
    page._show()
    assert [(each.kind, each.characters) for each in chart._figures] == [(k, 100 - n) for n, k in enumerate(kinds)]
    assert page._kept.caption.text() == "whole corpus so far"
    monkeypatch.setattr(page, "_is_busy", lambda: False)
    page._show()
    assert chart._figures == before and page._kept.caption.text() == "sample"


def test_a_project_without_text_says_what_to_do(qtbot, tmp_path: Path) -> None:
    session = Session(PreferenceFile())
    assert session.new(tmp_path / "empty", "Empty")
    page = CleanPage(session)
    page.key = "clean"
    qtbot.addWidget(page)
    page.show()
    page.entered()
    asked: list[str] = []
    page.go.connect(asked.append)
    qtbot.waitUntil(lambda: page.primary() is not None, timeout=10_000)
    page.primary().click()
    assert asked == ["corpus"]
    session.close()


def test_narrow_folds_two_cards_into_tabs_and_the_language_reaches_everything(page: CleanPage) -> None:
    page.set_narrow(True)
    assert page._tabs.count() == 2
    language.use("zh")
    assert page._tabs.tabText(0) == "保留情况"
    page.set_narrow(False)
    assert page._tabs.count() == 0 and page._kept.isVisible() and page._dropped.isVisible()


HANGS = """
import re
from studio.texts import process
from studio.texts.question import QUESTIONS

def hang(work, **fields):
    re.fullmatch("(a+)+", "a" * 60 + "b")

QUESTIONS["clean.preview"] = hang
process.serve(patience=0.5)
"""


def test_a_preview_that_hangs_is_given_up_told_and_not_tried_again_before_a_change(qtbot, page: CleanPage) -> None:
    queries = page.session.queries
    queries._texts["clean"].leave()
    queries._texts["clean"] = TextProcess([sys.executable, "-c", HANGS])
    with qtbot.waitSignal(page._live.failed, timeout=30_000):
        page.session.edit("cleaning.steps.whitespace.blank_lines", 3)
    assert page._notices._strip.property("strip") == "error" and not page._notices._strip.isHidden()
    assert "took too long" in page._notices._strip._text.text()
    for _ in range(3):
        page.session.changed.emit()
    assert not page._live._rest.isActive() and not queries.is_asking("clean.preview")
    queries._texts["clean"].leave()
    queries._texts["clean"] = TextProcess()
    wait_for_preview(qtbot, page, lambda: page.session.edit("cleaning.steps.whitespace.blank_lines", 2))
    assert page._notices._strip.isHidden()


def test_a_cleaning_that_was_cut_off_is_offered_to_go_on_and_said_to_be_continued(qtbot, page: CleanPage) -> None:
    stage = page.session.standing.stages["cleaned"]
    unfinished = stage.folder.with_name(f"{TEMPORARY}resumed-{stage.folder.name}")
    unfinished.mkdir()
    page.session.refresh()
    qtbot.waitUntil(lambda: "cut off" in page._notices._strip._text.text(), timeout=10_000)
    page.session.queue.series.notices.append(Notice(level="info", code=CONTINUED, text=GOES_ON,
                                                    values={"done": 3, "total": 5}))
    page._notices.show_session(page.session, True)
    assert "after 3 of 5" in page._notices._strip._more.text()
    language.use("zh")
    assert "3 / 5" in page._notices._strip._more.text()


def test_the_histogram_of_the_chosen_step_comes_with_the_preview(qtbot, page: CleanPage) -> None:
    page._on_chosen("document-length")
    qtbot.waitUntil(lambda: len(page._step.measure._values) == 5, timeout=10_000)
    assert sum(dropped for _, dropped in page._step.measure._values) == 1


def test_what_was_measured_is_shown_when_the_job_has_ended(qtbot, page: CleanPage) -> None:
    project = Project.open(page.session.project.path)
    jobs.clean(project, Work())
    with qtbot.waitSignal(page._live.applied, timeout=10_000):
        page.session.refresh()
    assert page._kept.effect._measure.isVisible()
    jobs.clean_and_measure(project, Work())
    with qtbot.waitSignal(page._live.applied, timeout=10_000):
        page.session.job_ended.emit("clean", "job", None)
        page.session.refresh()
    assert "too little text" in page._kept.effect._words.text() and not page._kept.effect._measure.isVisible()
