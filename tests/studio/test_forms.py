"""A form tied to the open project."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.cleaning.steps.word_lists import WordLists
from engine.settings import fields_of
from studio.forms import RecipeForm
from studio.forms.scalars import escaped, unescaped
from studio.forms.texts import TextListEditor
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.widgets import Switch


@pytest.fixture
def session(qtbot, tmp_path):
    made = Session(PreferenceFile())
    made.new(tmp_path / "tea", "Tea-house stories")
    yield made
    made.close()


@pytest.fixture
def shown(session, qtbot):
    def show(part: str, **options) -> RecipeForm:
        form = RecipeForm(session, part, **options)
        qtbot.addWidget(form)
        return form

    return show


def number(form: RecipeForm, path: str) -> QLineEdit:
    return next(line for line in form.findChildren(QLineEdit) if line.objectName().startswith(f"setting.{path}."))


def test_what_is_typed_is_in_the_recipe_and_undo_is_on_the_screen(session, shown, qtbot):
    form = shown("training")
    line = number(form, "training.seed")
    line.selectAll()
    qtbot.keyClicks(line, "7")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert session.recipe.training.seed == 7
    session.undo()
    assert line.text() == "42"


@pytest.fixture
def typing(shown, qtbot):
    """A form on the screen and the field of the seed, which has the focus and a number begun."""
    form = shown("training")
    form.resize(700, 900)
    form.show()
    form.activateWindow()
    line = number(form, "training.seed")
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    line.selectAll()
    qtbot.keyClicks(line, "12")
    return form, line


def test_a_number_that_is_being_typed_stays_when_the_project_is_saved_or_changes(session, typing, qtbot):
    _form, line = typing
    session.edit("training.weight_decay", 0.3)
    session.changed.emit()  # as after each save
    assert line.text() == "12"
    qtbot.keyClicks(line, "3")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert session.recipe.training.seed == 123
    session.undo()
    assert session.recipe.training.seed == 42 and line.text() == "42"


def test_a_number_that_was_refused_stays_marked_until_the_setting_changes(session, typing, qtbot):
    form, line = typing
    line.selectAll()
    qtbot.keyClicks(line, "many")
    form.setFocus()
    session.changed.emit()
    assert line.text() == "many" and line.property("problem")
    session.edit("training.seed", 9)
    assert line.text() == "9" and not line.property("problem")


def test_what_is_left_to_wenlu_can_be_taken_over_and_given_back(session, shown, qtbot):
    form = shown("training")
    auto = form.findChild(Switch, "setting.training.batch_size.auto")
    qtbot.keyClick(auto, Qt.Key.Key_Space)
    assert session.recipe.training.batch_size is not None
    qtbot.keyClick(auto, Qt.Key.Key_Space)
    assert session.recipe.training.batch_size is None


def test_a_problem_stands_at_its_field_and_opens_the_fold_it_is_in(session, shown):
    session.edit("model", {"kind": "transformer"})
    form = shown("model")
    assert not form.form._advanced.isVisibleTo(form)
    session.edit("model.n_kv_heads", 3)
    row = form.form._rows["n_kv_heads"]
    assert "do not divide" in row._problem.text() and form.form._advanced.isVisibleTo(form)
    session.edit("model.n_kv_heads", None)
    assert not row._problem.text()


def test_another_kind_of_member_gets_another_form(session, shown):
    form = shown("tokenizer")
    assert "split_digits" in form.form.editors()
    session.edit("tokenizer.kind", "character")
    assert "split_digits" not in form.form.editors()
    session.undo()
    assert "split_digits" in form.form.editors()


def test_a_part_left_to_wenlu_has_no_form(session, shown):
    form = shown("model")
    assert form.form is None
    session.edit("model", {"kind": "transformer"})
    assert form.form is not None


def test_the_steps_of_cleaning_are_switched_moved_and_set(session, shown, qtbot):
    form = shown("cleaning")
    kinds = [step.kind for step in session.recipe.cleaning.steps]
    qtbot.keyClick(form.findChild(Switch, "setting.cleaning.steps.0.enabled"), Qt.Key.Key_Space)
    assert not session.recipe.cleaning.steps[0].enabled
    form.form.editors()["steps"].move_entry(0, 1)
    assert [step.kind for step in session.recipe.cleaning.steps] == [kinds[1], kinds[0], *kinds[2:]]
    form.form.editors()["steps"].remove_entry(0)
    assert [step.kind for step in session.recipe.cleaning.steps] == [kinds[0], *kinds[2:]]
    for _ in range(3):
        session.undo()
    assert [step.kind for step in session.recipe.cleaning.steps] == kinds


def test_a_form_of_a_project_open_for_reading_cannot_be_changed(session, qtbot):
    other = Session(PreferenceFile())
    other.open(session.project.path)
    form = RecipeForm(other, "training")
    qtbot.addWidget(form)
    assert not form.form.isEnabled()
    other.close()


@pytest.mark.parametrize("text", ["", "plain", "two\nlines", "a\\n is no line", "tab\tand \\ and \r", "\\\\n"])
def test_texts_on_one_line_are_read_back_as_they_were(text):
    assert unescaped(escaped(text)) == text and "\n" not in escaped(text)


def test_a_list_of_texts_takes_the_lines_of_a_file_and_says_what_it_could_not_take(qtbot, tmp_path):
    field = next(each for each in fields_of(WordLists) if each.name == "words")
    editor = TextListEditor(field, "words")
    qtbot.addWidget(editor)
    editor.show_value(("old",))
    told = []
    editor.edited.connect(lambda path, value: told.append(value))
    (tmp_path / "list.txt").write_bytes("坏话\nold\r\n\nnew \n".encode("gb18030"))
    editor.add_from(tmp_path / "list.txt")
    assert told == [("old", "坏话", "new")] and editor.value() == told[0]
    assert "2 lines" in editor._said.text()
    editor.add_from(tmp_path / "gone.txt")
    assert "gone.txt could not be read" in editor._said.text() and len(told) == 1
    (tmp_path / "huge.txt").write_bytes(b"a" * 2_000_001)
    editor.add_from(tmp_path / "huge.txt")
    assert "too long" in editor._said.text() and len(told) == 1
