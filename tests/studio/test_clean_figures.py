"""Figures on the Clean page: histograms, what steps count, the effect of cleaning, and texts that are chosen."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.cleaning.pipeline import preview
from engine.cleaning.recipes import recipe
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import CleaningStep
from engine.cleaning.steps.document_length import DocumentLength
from engine.cleaning.steps.own_rules import OwnRules
from engine.cleaning.steps.perplexity import Perplexity
from engine.cleaning.steps.private_data import PrivateData
from engine.cleaning.steps.variety import Variety
from engine.corpora.document import Document, Dropped
from engine.events import CleaningCounted
from engine.settings import Problem, fields_of, members_of
from studio.forms import SpecForm
from studio.forms.paths import PathListEditor
from studio.i18n import language
from studio.i18n.catalogue import catalogue
from studio.pages.clean.dropped_card import figure_of
from studio.pages.clean.effect_line import EffectLine
from studio.pages.clean.histogram import BARS, Histogram, limits_of
from studio.pages.clean.kept_card import KeptCard
from studio.pages.clean.step_card import StepCard
from studio.pages.clean.totals import steps_at_fault
from studio.texts.cleaning import Applied, Effect

MEASURING = [step for step in members_of(CleaningStep) if step.measure is not None]


def texts() -> list[Document]:
    prose = "The lid of the old kettle shook, and nobody saw it. " * 3
    return [Document("a", prose), Document("b", "Read more"), Document("c", "ha ha ho " * 80),
            Document("d", "鲁镇的酒店的格局，是和别处不同的。" * 9), Document("e", "=== *** +++ --- | | | ### " * 6)]


@pytest.mark.parametrize("step", MEASURING, ids=lambda step: step.kind)
def test_limits_name_settings_and_words_are_known_in_chinese(step: type[CleaningStep]) -> None:
    names = {field.name for field in fields_of(step)}
    assert {*step.measure.lows, *step.measure.highs} <= names
    assert step.measure.title in catalogue("zh")
    assert not step.measure.unit or step.measure.unit in catalogue("zh")


@pytest.mark.parametrize("step", MEASURING, ids=lambda step: step.kind)
def test_a_figure_is_a_number_or_none_for_every_example(step: type[CleaningStep]) -> None:
    for example in step.examples:
        for text in (example.before,) if isinstance(example.before, str) else example.before:
            value = step(**example.settings).value_of(Document("x", text))
            assert value is None or math.isfinite(value)


def test_the_figure_is_the_one_that_documents_are_dropped_for() -> None:
    for step in (DocumentLength(), Variety()):
        for document in texts():
            result = step.apply(document)
            if isinstance(result, Dropped):
                assert round(step.value_of(document), 2) == result.value


def test_a_preview_holds_what_came_to_each_step_that_measures() -> None:
    result = preview(texts(), recipe("gentle").spec)
    assert len(result.came["document-length"]) == 5
    assert len(result.came["character-mix"]) == 3  # two have hardly any word
    assert "whitespace" not in result.came and "language" not in result.came  # measures nothing; is off


def test_bars_hold_every_document_once_and_dropped_ones_apart(qtbot) -> None:
    chart = Histogram()
    qtbot.addWidget(chart)
    values = [(float(number), number < 5) for number in range(1, 101)]
    chart.show_values(values, (5.0,), False)
    kept, dropped = chart.counts()
    assert (sum(kept), sum(dropped), len(kept)) == (96, 4, BARS)
    assert not any(dropped[BARS // 2:])
    chart.show_values([(3.0, False)], (), True)
    assert sum(chart.counts()[0]) == 1
    chart.show_values([(1.0, False)] * 3, (0.5,), False)
    assert chart._bounds() == (0.5, 1.0)  # the limit is in sight where all figures are the same
    chart.resize(220, 70)
    chart.grab()


def test_moving_a_limit_draws_it_before_new_figures_come(qtbot) -> None:
    card = StepCard()
    qtbot.addWidget(card)
    panel = card.measure
    panel.show_step(DocumentLength())
    panel.show_values("document-length", ((2.0, True), (40.0, False)))
    assert not panel.isHidden() and panel.chart._limits == (5.0,)
    panel.show_step(DocumentLength(shortest=9, longest=500))
    assert panel.chart._limits == (9.0, 500.0) and len(panel.chart._values) == 2
    assert "1 dropped" in panel._words.text()
    panel.show_step(Variety())
    assert panel.isHidden()  # figures of another step are not shown
    panel.show_values("document-length", ((2.0, True),))
    assert panel.isHidden()
    assert limits_of(Variety(), Variety.measure) == (4.0, 4.5)


def test_private_data_is_counted_by_kind_in_the_preview_and_said_in_words(qtbot) -> None:
    document = Document("a", "Write to ann@example.org or bob@example.org, or call +44 20 7946 0958.")
    figures = preview([document], CleaningSpec(steps=(PrivateData(),))).steps[-1]
    assert figures.noted == {"email": 2, "phone": 1}
    card = StepCard()
    qtbot.addWidget(card)
    card.show_step(PrivateData(), 0, [], True)
    card.show_noted(figures, "sample")
    assert card._noted.text() == "Found (sample): E-mail addresses: 2; Telephone numbers: 1"
    language.use("zh")
    assert "2 处；" in card._noted.text()
    card.show_noted(None, "sample")
    assert card._noted.isHidden()


def test_the_effect_is_said_in_words_for_every_outcome(qtbot) -> None:
    line = EffectLine()
    qtbot.addWidget(line)
    for effect, is_measured, word in (
            (None, False, "How much better"), (None, True, "too little text"), (Effect(2.5, 2.3, 1, 1), True, "better"),
            (Effect(2.3, 2.5, 1, 1), True, "less"), (Effect(2.3, 2.301, 1, 1), True, "neither")):
        line.show_effect(Applied(Path("x"), (), (), is_measured, effect), False)
        assert word in line._words.text()
        assert line._measure.isHidden() is is_measured and line._figures.isHidden() is (effect is None)
    line.show_effect(None, False)
    assert line._measure.isHidden() and "once the steps are applied" in line._words.text()


def test_reset_brings_back_what_the_recipe_says(qtbot) -> None:
    card = StepCard()
    qtbot.addWidget(card)
    edits: list[object] = []
    card.edited.connect(lambda _path, value: edits.append(value))
    base = DocumentLength(shortest=20)
    card.show_step(DocumentLength(shortest=7, enabled=False), 3, [], True, base)
    assert not card._reset.isHidden()
    card._on_reset()
    assert edits == [DocumentLength(shortest=20, enabled=False)]
    card.show_step(base, 3, [], True, base)
    assert card._reset.isHidden()


def test_a_pattern_that_does_not_compile_is_told_at_its_field_and_marks_its_step(qtbot) -> None:
    spec = CleaningSpec(steps=(DocumentLength(), OwnRules(lines=("fine", "("))))
    problems = [Problem(("cleaning", *each.path), each.what, each.fix) for each in spec.problems()]
    assert steps_at_fault(spec, problems) == {"own-rules"}
    card = StepCard()
    qtbot.addWidget(card)
    card.show_step(spec.steps[1], 1, problems, True)
    row = card._form._rows["lines"]
    assert not row._problem_row.isHidden() and "cannot be used" in row._problem.text()


def test_texts_to_compare_with_are_chosen_and_marked_when_they_are_gone(qtbot, tmp_path: Path) -> None:
    form = SpecForm(Perplexity, "step")
    qtbot.addWidget(form)
    editor = form.editors()["trusted"]
    assert isinstance(editor, PathListEditor)
    there = tmp_path / "good.txt"
    there.write_text("Good text.", "utf-8")
    told: list[object] = []
    editor.edited.connect(lambda _path, value: told.append(value))
    editor.add([str(there), "", str(there)])
    assert told == [(str(there),)]
    editor.show_value((str(there), str(tmp_path / "lost.txt")))
    names = [row.layout().itemAt(0).widget().text() for row in editor._rows]
    assert names == ["good.txt", "lost.txt is gone"]
    editor._remove(str(there))
    assert told[-1] == (str(tmp_path / "lost.txt"),)


def test_patterns_are_shown_as_they_are_typed(qtbot) -> None:
    form = SpecForm(OwnRules, "step")
    qtbot.addWidget(form)
    editor = form.editors()["lines"]
    form.show_value(OwnRules(lines=(r"\\d+\t",)))
    assert editor._box.toPlainText() == r"\\d+\t"
    told: list[object] = []
    editor.edited.connect(lambda _path, value: told.append(value))
    editor._box.setPlainText(r"\.\n")
    assert told == [(r"\.\n",)]


@pytest.mark.parametrize(("kind", "value", "words"), [
    ("document-length", 2.0, "2 words or characters"), ("character-mix", 0.942, "94"), ("near-duplicates", 0.93, "93"),
    ("variety", 0.52, "0.52 bits per word"), ("private-data", 12.0, "12"), ("character-mix", 450.0, "450")])
def test_the_figure_of_a_dropped_document_says_what_it_counts(kind: str, value: float, words: str) -> None:
    assert figure_of(kind, value).startswith(words)


def test_while_cleaning_goes_on_the_chart_fills_towards_the_whole_corpus(qtbot) -> None:
    card = KeptCard()
    qtbot.addWidget(card)
    left = {"": [40, 4000], "whitespace": [40, 3900], "document-length": [30, 3500]}
    card.show_figures((), "", "sample", CleaningCounted(documents=100, characters=9000, left=left))
    chart = card._chart
    assert [(each.title, each.documents) for each in chart._figures] == [
        ("Raw", 40), ("Tidy white space", 40), (DocumentLength.title, 30)]
    assert chart._most == {"documents": 100, "characters": 9000}
    card.show_figures(chart._figures, "", "whole corpus")
    assert chart._most == {"documents": 40, "characters": 4000}
