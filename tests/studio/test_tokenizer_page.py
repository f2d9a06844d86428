"""The Tokenizer page over a real project, tokenized once."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.cleaning.spec import CleaningSpec
from engine.corpora.source import pasted
from engine.jobs import tokenize
from engine.project import Project
from engine.recipe import Recipe
from engine.work import Work
from studio.pages.tokenizer import TokenizerPage
from studio.pages.tokenizer.reading import cut_text
from studio.preferences import PreferenceFile
from studio.session import Session

TALES = [pasted("\n".join(f"The {number}th guest sat down by the fire and told a story of the {road}."
                          for number in range(100)), road) for road in ("road", "river", "hills", "sea")]


@pytest.fixture(scope="module")
def tokenized(tmp_path_factory):
    project = Project.create(tmp_path_factory.mktemp("made") / "tea", "Tea-house stories")
    project.save(sources=TALES, recipe=Recipe(cleaning=CleaningSpec(steps=())))  # they repeat themselves
    tokenize(project, Work())
    return project.path


@pytest.fixture
def session(qtbot, tmp_path):
    made = Session(PreferenceFile())
    yield made
    made.queue.stop()
    made.close()


@pytest.fixture
def opened(qtbot, session, tokenized, tmp_path):
    """The page in sight, with a copy of the tokenized project."""
    shutil.copytree(tokenized, tmp_path / "tea")
    assert session.open(tmp_path / "tea")
    return shown(qtbot, session, lambda page: page._vocabulary is not None and page._live.chips.chips())


def shown(qtbot, session, ready) -> TokenizerPage:
    page = TokenizerPage(session)
    qtbot.addWidget(page)
    page.resize(1100, 760)
    page.show()
    page.entered()
    qtbot.waitUntil(lambda: bool(ready(page)), timeout=20_000)
    return page


def part(page: TokenizerPage, name: str) -> QWidget:
    return page.findChild(QWidget, name)


def type_text(qtbot, page: TokenizerPage, text: str) -> None:
    with qtbot.waitSignal(page._live.typed):
        page._live.take(text)
    size = len(text.encode())
    qtbot.waitUntil(lambda: page._live._cut.size_bytes == size, timeout=10_000)


def test_without_a_tokenizer_text_is_spelled_in_bytes(qtbot, session, tmp_path):
    assert session.new(tmp_path / "empty", "Nothing yet")
    page = shown(qtbot, session, lambda page: page._live.chips.chips())
    type_text(qtbot, page, "a 囍")
    assert [chip.text for chip in page._live.chips.chips()] == ["a", " ", "E5", "9B", "8D"]
    assert part(page, "tokenizer.empty").isVisible() and not part(page, "tokenizer.table").isVisible()
    assert not part(page, "tokenizer.train").isEnabled()


def test_chips_are_the_ids_that_the_tokenizer_gives(qtbot, opened):
    text = "The guest told a story. 囍 2026\n"
    type_text(qtbot, opened, text)
    chips, tokenizer = opened._live.chips.chips(), opened._vocabulary.tokenizer
    assert [chip.id for chip in chips] == tokenizer.encode(text).tolist()
    assert tokenizer.decode(chip.id for chip in chips) == text
    assert part(opened, "tokenizer.tokens").text() == str(len(chips))
    part(opened, "tokenizer.copy-ids").click()
    assert QGuiApplication.clipboard().text() == " ".join(str(chip.id) for chip in chips)


def test_the_bytes_of_one_character_wear_one_colour(opened):
    chips = cut_text("囍a", opened._vocabulary.tokenizer).chips
    assert [chip.text for chip in chips[:3]] == ["E5", "9B", "8D"]
    assert len({chip.token for chip in chips[:3]}) == 1 and chips[3].token != chips[0].token


def test_a_token_walked_to_is_told_and_found_in_the_vocabulary(qtbot, opened):
    type_text(qtbot, opened, "A guest told a story of the road.")
    chips = opened._live.chips.chips()
    number = max(range(len(chips)), key=lambda number: len(chips[number].text))
    opened._live.chips.focus_chip(number)
    each = chips[number].id
    table = part(opened, "tokenizer.table")
    assert opened._table.model.id_at(table.currentIndex().row()) == each
    facts = part(opened, "tokenizer.facts").text()
    seen = int(opened._vocabulary.counts[each])
    assert seen and f"id {each} " in facts and f"seen {seen} times" in facts and "made of" in facts


def test_the_vocabulary_is_searched_by_text_and_by_id_and_sorted(opened):
    model = opened._table.model
    pieces = opened._vocabulary.pieces
    model.search("GUEST")
    assert model.rowCount() and all("guest" in pieces[model.id_at(row)] for row in range(model.rowCount()))
    model.search("262")
    assert 262 in [model.id_at(row) for row in range(model.rowCount())]
    model.search("")
    counts = [int(opened._vocabulary.counts[model.id_at(row)]) for row in range(model.rowCount())]
    assert counts == sorted(counts, reverse=True) and model.rowCount() == len(pieces)
    model.sort(0, Qt.SortOrder.AscendingOrder)
    assert [model.id_at(row) for row in range(5)] == [0, 1, 2, 3, 4]


def test_another_kind_makes_it_stale_and_keeps_the_other_settings(qtbot, session, opened):
    session.edit("tokenizer.byte_fallback", False)
    opened._settings.kind.button("unigram").click()
    assert session.recipe.tokenizer.kind == "unigram" and not session.recipe.tokenizer.byte_fallback
    qtbot.waitUntil(lambda: part(opened, "tokenizer.strip").isVisible(), timeout=10_000)
    assert part(opened, "tokenizer.train").isEnabled() and not part(opened, "tokenizer.next").isVisible()
    session.undo()
    session.undo()
    qtbot.waitUntil(lambda: part(opened, "tokenizer.next").isVisible(), timeout=10_000)
    assert not part(opened, "tokenizer.strip").isVisible()


def test_a_narrow_window_shows_one_card_at_a_time(opened):
    cards = [part(opened, f"tokenizer.{name}") for name in ("sizes", "length", "vocabulary")]
    assert all(card.isVisible() for card in cards) and not part(opened, "tokenizer.tabs").isVisible()
    opened.set_narrow(True)
    assert [card.isVisible() for card in cards] == [False, False, True]
    opened._tabs.button("lengths").click()
    assert [card.isVisible() for card in cards] == [False, True, False]


def test_sizes_are_measured_for_the_kind_at_hand(qtbot, opened):
    part(opened, "tokenizer.compare").click()
    assert part(opened, "tokenizer.compare-cancel").isVisible()
    qtbot.waitUntil(lambda: bool(opened._sizes.curves), timeout=60_000)
    points = opened._sizes.curves["bpe"]  # so small a text fills one size only
    assert all(size >= 276 and 1 < figure < 20 for size, figure in points)
    qtbot.waitUntil(lambda: not opened._comparison.is_measuring(), timeout=60_000)
    assert part(opened, "tokenizer.size-plot").isVisible() and not part(opened, "tokenizer.compare").isVisible()


def test_kinds_stand_side_by_side_and_one_is_taken(qtbot, session, opened):
    part(opened, "tokenizer.compare-all").click()
    sheet = part(opened, "tokenizer.comparison-sheet")
    assert part(sheet, "tokenizer.comparison-cancel").isVisible()
    qtbot.waitUntil(lambda: not opened._comparison.is_measuring(), timeout=120_000)
    rows = sheet.table.figures.rows
    assert {row.kind for row in rows} == {"bpe", "byte-level", "character", "unigram", "word"}
    best = opened._comparison.recommended
    assert best.kind in part(sheet, "tokenizer.comparison-advice").text().lower()
    chosen = sheet.table.selectionModel().selectedRows()[0].row()
    assert (rows[chosen].kind, rows[chosen].vocab_size) == (best.kind, best.vocab_size)
    other = next(place for place, row in enumerate(rows) if row.kind == "character")
    sheet.table.selectRow(other)
    taken = rows[other]
    sheet.take.click()
    assert (session.recipe.tokenizer.kind, session.recipe.tokenizer.vocab_size) == ("character", taken.vocab_size)


def test_a_comparison_is_cancelled_and_keeps_what_it_has(qtbot, opened):
    part(opened, "tokenizer.compare-all").click()
    sheet = part(opened, "tokenizer.comparison-sheet")
    qtbot.waitUntil(lambda: len(opened._comparison.rows) >= 1, timeout=60_000)
    part(sheet, "tokenizer.comparison-cancel").click()
    assert not opened._comparison.is_measuring() and sheet.table.figures.rows
    assert part(sheet, "tokenizer.comparison-again").isVisible()


def test_a_tokenizer_from_elsewhere_is_used(qtbot, session, opened, tokenized, tmp_path):
    path = tmp_path / "theirs.model"
    path.write_bytes(next(tokenized.glob("stages/tokenizer-*/tokenizer.model")).read_bytes())
    opened._settings.take_file(path)
    qtbot.waitUntil(lambda: session.recipe.tokenizer.kind == "imported", timeout=20_000)
    assert part(opened, "tokenizer.file").text() == "theirs.model"
    assert not opened._settings._size.isVisible()
    train = part(opened, "tokenizer.train")
    qtbot.waitUntil(lambda: train.isVisible() and train.isEnabled(), timeout=20_000)
    train.click()
    qtbot.waitUntil(lambda: part(opened, "tokenizer.next").isVisible(), timeout=60_000)
    qtbot.waitUntil(lambda: opened._vocabulary.tokenizer.kind == "imported", timeout=20_000)


def test_a_file_that_is_no_tokenizer_is_told_at_its_place(qtbot, session, opened, tmp_path):
    path = tmp_path / "letter.model"
    path.write_text("Dear aunt")
    opened._settings.take_file(path)
    qtbot.waitUntil(part(opened, "tokenizer.file-problem").isVisible, timeout=20_000)
    assert "no tokenizer" in part(opened, "tokenizer.file-problem").text()
    assert session.recipe.tokenizer.kind == "bpe"


def test_training_goes_through_the_engine_and_shows_what_it_made(qtbot, session, tmp_path):
    assert session.new(tmp_path / "new", "New stories", sources=TALES) and session.edit("cleaning.steps", ())
    page = shown(qtbot, session, lambda page: part(page, "tokenizer.train").isEnabled())
    part(page, "tokenizer.train").click()
    qtbot.waitUntil(lambda: part(page, "tokenizer.next").isVisible(), timeout=60_000)
    qtbot.waitUntil(lambda: page._vocabulary is not None and page._vocabulary.counts is not None, timeout=20_000)
    assert part(page, "tokenizer.table").isVisible() and "bytes per token" in part(page, "page.line").text()
