"""The Corpus page on real projects: what it shows is what lies on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from engine import jobs
from engine.corpora.source import source_of
from engine.project import Project
from engine.work import Work
from studio.i18n import language
from studio.pages.corpus import CorpusPage
from studio.pages.corpus import source_model as at
from studio.pages.corpus.reading import open_shelf
from studio.pages.corpus.rows import language_tags
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.texts.reading import PART, WIDE_PART, part_starts, places_in
from studio.widgets import Dropped

CHINESE = "掌柜：客官里边请，外头雨大，先喝口热茶。客人：多谢，不知这茶是今年的新茶么？"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with good files, and files that cannot be read for three reasons."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "chinese.txt").write_bytes(CHINESE.encode("gb18030"))
    (folder / "english.txt").write_text("The tea was hot, and the rain was cold. She had tea again.\n", "utf-8")
    (folder / "wide.txt").write_text("The house is by the river, and it has a garden.", "utf-16")
    (folder / "binary.bin").write_bytes(bytes(range(256)) * 20)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7 something")
    return folder


@pytest.fixture
def open_page(qtbot, tmp_path: Path):
    """A page on a project with these sources, read if asked to."""
    sessions = []

    def make(*paths: Path, read: bool = True) -> CorpusPage:
        project = Project.create(tmp_path / "project", "Trial")
        if paths:
            project.save(sources=[source_of(path) for path in paths])
        if read:
            jobs.read(project, Work())
        session = Session(PreferenceFile())
        sessions.append(session)
        page = CorpusPage(session)
        qtbot.addWidget(page)
        page.resize(1080, 760)
        page.show()
        assert session.open(project.path)
        if read:
            qtbot.waitUntil(lambda: page._shelf is not None and page._preview._view._document is not None)
        else:
            qtbot.waitUntil(lambda: bool(session.standing.stages))
        return page

    yield make
    for session in sessions:
        session.close()


def cell(page: CorpusPage, row: int, column: int) -> str:
    return str(page._card.model.data(page._card.model.index(row, column)))


def test_a_row_shows_what_was_read_from_its_source(open_page, texts: Path) -> None:
    page = open_page(texts)
    sizes = sum(len(text.encode()) for text in (
        CHINESE, "The tea was hot, and the rain was cold. She had tea again.\n",
        "The house is by the river, and it has a garden."))
    assert cell(page, 0, at.NAME) == "texts"
    assert cell(page, 0, at.DOCUMENTS) == "3"
    assert cell(page, 0, at.SIZE).replace("\u202f", " ") == f"{sizes} B"
    assert "中" in cell(page, 0, at.LANGUAGE) and "EN" in cell(page, 0, at.LANGUAGE)
    assert cell(page, 0, at.ENCODING) == "3 kinds"
    assert cell(page, 0, at.LICENCE) == "Not stated"
    assert cell(page, 0, at.STATE) == "Read · 3 skipped"


def test_only_the_source_that_changed_is_said_to_have_changed(qtbot, open_page, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"The words of {name} are few.", "utf-8")
    page = open_page(tmp_path / "a.txt", tmp_path / "b.txt")
    (tmp_path / "b.txt").write_text("Other words.", "utf-8")
    page.entered()
    qtbot.waitUntil(lambda: cell(page, 1, at.STATE) == "Changed since it was read")
    assert cell(page, 0, at.STATE) == "All read"


def test_a_moved_source_is_located_and_keeps_its_settings(qtbot, open_page, tmp_path: Path, monkeypatch) -> None:
    before, now = tmp_path / "a.txt", tmp_path / "elsewhere.txt"
    before.write_text("The words of a are few.", "utf-8")
    page = open_page(before)
    page.session.edit_source(page.session.sources[0].id, "licence", "CC0")
    before.rename(now)
    page.entered()
    qtbot.waitUntil(lambda: page.findChild(QWidget, "corpus.locate") is not None)
    assert cell(page, 0, at.STATE) == "Moved or deleted"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(now), ""))
    qtbot.mouseClick(page.findChild(QWidget, "corpus.locate"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cell(page, 0, at.STATE) != "Moved or deleted")
    source = page.session.sources[0]
    assert (source.path, source.licence) == (str(now), "CC0")


def test_repeated_documents_of_a_source_are_counted_in_its_row(open_page, tmp_path: Path) -> None:
    folder = tmp_path / "twice"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("The same words again.", "utf-8")
    page = open_page(folder)
    assert cell(page, 0, at.STATE) == "Read · 1 repeated"


def test_every_skipped_file_is_named_with_its_reason(open_page, texts: Path) -> None:
    page = open_page(texts)
    files = page._preview._skipped.files
    shown = {files.data(files.index(row, 0)): files.data(files.index(row, 2)) for row in range(files.rowCount())}
    assert set(shown) == {"binary.bin", "empty.txt", "paper.pdf"}
    assert shown["empty.txt"] == "The file is empty."
    language.use("zh")
    assert files.data(files.index(1, 2)) == "文件是空的。"


def test_searching_lists_the_documents_that_have_it_and_f3_goes_round(qtbot, open_page, texts: Path) -> None:
    page = open_page(texts)
    preview = page._preview
    preview._search.setText("TEA")
    qtbot.waitUntil(lambda: list(preview._list.documents.numbers) == [1])
    qtbot.waitUntil(lambda: preview._view._count.text() == "1 of 2")
    preview.next_hit(1)
    assert preview._view._count.text() == "2 of 2"
    preview.next_hit(1)
    assert preview._view._count.text() == "1 of 2"
    preview._search.setText("")
    qtbot.waitUntil(lambda: len(preview._list.documents.numbers) == 3)
    assert preview._view.field.text() == ""


def test_chinese_is_found_in_a_file_of_an_old_encoding(qtbot, open_page, texts: Path) -> None:
    page = open_page(texts)
    page._preview._search.setText("茶")
    qtbot.waitUntil(lambda: page._preview._view._count.text() == "1 of 3")


def test_a_chosen_encoding_shows_its_effect_before_anything_is_read_again(qtbot, open_page, texts: Path) -> None:
    page = open_page(texts / "chinese.txt")
    session = page.session
    page._on_settings(session.sources[0].id)
    trial = page._preview._settings._text
    qtbot.waitUntil(lambda: CHINESE in trial.toPlainText())
    session.edit_source(session.sources[0].id, "encoding", "windows-1252")
    expected = CHINESE.encode("gb18030").decode("cp1252", "replace")[:6]
    qtbot.waitUntil(lambda: trial.toPlainText().startswith(expected))
    assert cell(page, 0, at.ENCODING) == "Windows-1252, chosen"
    qtbot.waitUntil(lambda: page._card.model.rows[0].mark == "stale", timeout=5000)
    assert page._read.isVisible() and page._read.text() == "Read again"
    assert not page._strip.isHidden()


def test_all_telling_documents_of_a_folder_can_be_tried(qtbot, open_page, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "a.txt").write_text("Plain letters tell nothing.")
    for name, text in (("b.txt", "Häuser"), ("c.txt", CHINESE)):
        (folder / name).write_text(text, encoding="utf-8")
    page = open_page(folder)
    page._on_settings(page.session.sources[0].id)
    settings = page._preview._settings
    qtbot.waitUntil(lambda: settings._text.toPlainText() == "Häuser")
    assert settings._count.text() == "1 of 2"
    qtbot.mouseClick(settings._after, Qt.MouseButton.LeftButton)
    assert settings._text.toPlainText() == CHINESE and settings._facts.text().startswith("c.txt")
    page.session.edit_source(page.session.sources[0].id, "encoding", "gb18030")
    qtbot.waitUntil(lambda: settings._text.toPlainText() != CHINESE)
    assert settings._facts.text().startswith("c.txt"), "the document stays in sight when its encoding changes"


def test_a_licence_is_kept_by_the_session(open_page, texts: Path) -> None:
    page = open_page(texts)
    model = page._card.model
    assert model.setData(model.index(0, at.LICENCE), "CC0")
    assert page.session.sources[0].licence == "CC0"
    assert cell(page, 0, at.LICENCE) == "CC0"


def test_removing_a_source_can_be_undone(qtbot, open_page, texts: Path) -> None:
    page = open_page(texts, texts / "english.txt")
    page._card.view.selectRow(1)
    qtbot.keyClick(page._card.view, Qt.Key.Key_Delete)
    assert [row.name for row in page._card.model.rows] == ["texts"]
    assert texts.joinpath("english.txt").exists()
    page._on_undo()
    assert [row.name for row in page._card.model.rows] == ["texts", "english.txt"]


def test_choosing_a_source_lists_its_documents_alone(open_page, texts: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"title": f"Row {n}", "text": f"This is the text of row {n}."}) + "\n"
                            for n in range(40)), "utf-8")
    page = open_page(texts, rows)
    documents = page._preview._list.documents
    assert len(documents.numbers) == 43
    page._card.view.selectRow(1)
    assert list(documents.numbers) == list(range(3, 43))
    page._card.view.clearSelection()
    assert len(documents.numbers) == 43


def test_a_project_without_sources_shows_only_the_ways_in(qtbot, open_page, texts: Path) -> None:
    page = open_page(read=False)
    assert page._ways.isVisible() and not page._card.isVisible() and not page._read.isVisible()
    page.take(Dropped(paths=(texts / "english.txt",)))
    assert page._card.isVisible() and cell(page, 0, at.STATE) == "Not read yet"
    assert page._read.isVisible()
    page.take(Dropped(text="A text that was pasted."))
    assert [row.icon for row in page._card.model.rows] == ["file-text", "clipboard-paste"]


def test_a_file_that_was_moved_is_told(qtbot, open_page, texts: Path) -> None:
    page = open_page(texts / "english.txt", texts / "wide.txt")
    (texts / "wide.txt").rename(texts / "other.txt")
    page.entered()
    qtbot.waitUntil(lambda: cell(page, 1, at.STATE) == "Moved or deleted")
    assert page._card.model.rows[0].mark != "error"


def test_the_list_reads_the_beginning_of_long_documents_only(open_page, tmp_path: Path) -> None:
    text = 'A "quoted" start\twith a tab\nand a second line. ' + "word " * 8000
    (tmp_path / "long.txt").write_text(text, "utf-8")
    page = open_page(tmp_path / "long.txt")
    shelf = open_shelf(page._folder)
    assert len(shelf.index) == 1
    name, start = shelf.corpus.beginning(0)
    assert name == "long.txt"
    assert len(start) < 5000 and text.startswith(start)
    assert shelf.corpus.document(0).text.startswith(start)


@pytest.mark.parametrize(("line", "most"), [("Line {} of a “long” text.\n", PART), ("第{}行：客官请。\n", WIDE_PART)])
def test_the_parts_of_a_long_document_are_the_document(line: str, most: int) -> None:
    text = "".join(line.format(number) for number in range(9000))
    starts = part_starts(text)
    assert len(starts) > 10
    parts = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(parts) == text
    assert all(part.endswith("\n") and len(part) <= most * 5 // 4 for part in parts)


def test_going_through_the_places_of_a_long_document_turns_its_parts(qtbot, open_page, tmp_path: Path) -> None:
    lines = [f"Line {number} of a long text.\n" for number in range(9000)]
    lines[20] = lines[4000] = lines[8999] = "A needle in it.\n"
    (tmp_path / "long.txt").write_text("".join(lines), "utf-8")
    view = open_page(tmp_path / "long.txt")._preview._view
    assert "Line 0 of" in view.text.toPlainText() and "Line 4000" not in view.text.toPlainText()
    view.field.setText("needle")
    for number, near in ((1, "Line 19 "), (2, "Line 3999 "), (3, "Line 8998 "), (1, "Line 19 ")):
        qtbot.waitUntil(lambda number=number: view._count.text() == f"{number} of 3", timeout=20_000)
        qtbot.waitUntil(lambda near=near: near in view.text.toPlainText(), timeout=20_000)
        assert len(view.text.extraSelections()) == 1
        view.next_place()


def test_places_are_those_of_a_plain_search() -> None:
    text = "Tea, tea and TEA. 茶 tea."
    plain = [place for place in range(len(text)) if text.lower().startswith("tea", place)]
    assert places_in(text, "tea") == plain
    assert places_in(text, "") == []
    assert places_in("a.b", ".") == [1]


def test_languages_are_shown_with_their_shares() -> None:
    assert [text for text, _ in language_tags({"en": 1000})] == ["EN"]
    assert [text.replace("\u202f", " ") for text, _ in language_tags({"en": 81, "zh": 19})] == ["EN 81 %", "中 19 %"]
    assert language_tags({}) == ()


def test_statistics_are_measured_when_they_are_looked_at(qtbot, open_page, texts):
    page = open_page(texts)
    view = page._preview._statistics
    assert not view._is_known
    page._preview.show_part("statistics")
    qtbot.waitUntil(lambda: view._is_known, timeout=30_000)
    assert view.zipf.isVisible() and "different" in page.findChild(QWidget, "corpus.statistics-line").text()
    assert "Chinese characters" in page.findChild(QWidget, "corpus.letters-note").text()


def test_a_search_shows_the_documents_that_have_it_and_goes_on_to_the_end(qtbot, open_page, texts, monkeypatch):
    monkeypatch.setattr("studio.pages.corpus.preview.MOST_FOUND", 1000)
    page = open_page(texts)
    page._preview._search.setText("TEA")
    result = page.findChild(QWidget, "corpus.search-result")
    qtbot.waitUntil(lambda: result.text().startswith("In 1 "), timeout=30_000)
    assert [int(number) for number in page._preview._list.documents.numbers] == [
        number for number, document in enumerate(page._preview._shelf.corpus.documents()) if "tea" in document.text]
    page._preview._search.setText("\u5ba2\u5b98")
    qtbot.waitUntil(lambda: result.text().startswith("In 1 "), timeout=30_000)
    page._preview._search.setText("nothing has this")
    qtbot.waitUntil(lambda: result.text().startswith("In 0 "), timeout=30_000)


def test_rows_that_suit_a_task_offer_it_once_and_plain_texts_do_not(qtbot, open_page, texts, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"question": f"What is number {number}?", "answer": f"It is {number}."})
                              for number in range(9)), "utf-8")
    page = open_page(rows, read=False)
    jobs.read(page.session.project, Work())
    page.session.refresh()
    qtbot.waitUntil(lambda: page.findChild(QWidget, "corpus.task") is not None)
    assert "question, answer" in page._strip._text.text()
    page.findChild(QWidget, "corpus.task").click()
    assert page.session.recipe.task.kind == "question-answering"
    qtbot.waitUntil(lambda: page._strip.isHidden())
