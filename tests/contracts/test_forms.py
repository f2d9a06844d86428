"""Every setting of the engine can be edited in a form made from its declaration, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from engine.corpora.source import Source
from engine.errors import EngineError
from engine.evaluation.metric import Metric
from engine.evaluation.spec import EvaluateSpec
from engine.generation.filter import SamplingFilter
from engine.generation.spec import SamplingSpec
from engine.recipe import Recipe
from engine.settings import Family, Spec, changed, fields_of, is_family, members_of
from studio.forms import SpecForm
from studio.forms.editor import Editor
from studio.forms.family import FamilyListEditor
from studio.forms.optional import OptionalEditor
from studio.forms.paths import PathListEditor
from studio.i18n import language, tr
from studio.theme.style import dress
from studio.widgets import Segment, Switch


def specs_of(root: type[Spec], seen: set[type[Spec]]) -> Iterator[type[Spec]]:
    if root in seen:
        return
    seen.add(root)
    if is_family(root):
        for each in members_of(root):
            yield from specs_of(each, seen)
        return
    yield root
    for field in fields_of(root):
        if isinstance(field.annotation, type) and issubclass(field.annotation, Spec):
            yield from specs_of(field.annotation, seen)


SEEN: set[type[Spec]] = set()
ROOTS = (Recipe, SamplingSpec, EvaluateSpec, Metric, Source, SamplingFilter)
SPECS = [spec for root in ROOTS for spec in specs_of(root, SEEN)]


@pytest.fixture(autouse=True)
def english(qapp):
    if not hasattr(qapp, "wenlu_ring"):
        qapp.wenlu_ring = dress(qapp)
    yield
    language.use("en")


class Owner:
    """What a page does: takes in what the form tells, gives back what is so."""

    def __init__(self, spec: type[Spec], qtbot) -> None:
        self.value = spec()
        self.form = SpecForm(spec)
        qtbot.addWidget(self.form)
        self.form.edited.connect(self.take)
        self.form.show_value(self.value)
        self.refused: list[str] = []

    def take(self, path: str, value: object) -> None:
        try:
            self.value = changed(self.value, path, value)
        except EngineError as error:
            self.refused.append(str(error))
        self.form.show_value(self.value)
        self.form.show_problems(self.value.problems())


def inside(editor: Editor, kind: type[QWidget], name: str = "") -> list[QWidget]:
    return [each for each in editor.findChildren(kind) if name in each.objectName()]


def edit_by_keyboard(editor: Editor, qtbot) -> None:
    """Press what a person without a mouse would press to change this setting."""
    if isinstance(editor, FamilyListEditor):
        if editor.missing():
            editor.add(editor.missing()[0])  # what the menu's entry does
        else:
            down = inside(editor, QWidget, ".0.down")[0]
            qtbot.keyClick(down, Qt.Key.Key_Space)
    elif isinstance(editor, OptionalEditor):
        qtbot.keyClick(inside(editor, Switch, ".auto")[0], Qt.Key.Key_Space)
        if editor.field.type == "text":
            qtbot.keyClicks(inside(editor, QLineEdit)[0], "two words")
    elif inside(editor, Segment):
        segment = inside(editor, Segment)[0]
        qtbot.keyClick(segment.button(segment.value()), Qt.Key.Key_Right)  # from the last it goes on to the first
    elif inside(editor, QComboBox):
        combo = inside(editor, QComboBox)[0]
        qtbot.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < combo.count() - 1 else Qt.Key.Key_Up)
    elif isinstance(editor, PathListEditor):
        editor.add(["good.txt"])  # what the dialog of the system gives back
    elif inside(editor, QPlainTextEdit):
        qtbot.keyClicks(inside(editor, QPlainTextEdit)[0], "<|user|>")
    elif inside(editor, Switch):
        qtbot.keyClick(inside(editor, Switch)[0], Qt.Key.Key_Space)
    elif editor.field.type == "text":
        qtbot.keyClicks(inside(editor, QLineEdit)[0], "x")
    else:
        line = inside(editor, QLineEdit)[0]
        line.selectAll()
        number = another_number(editor)
        qtbot.keyClicks(line, f"{number:.0f}" if editor.field.type == "int" else f"{number:g}")
        qtbot.keyClick(line, Qt.Key.Key_Return)


def another_number(editor: Editor) -> float:
    field = editor.field
    return next(float(number) for number in (field.high, field.low, 7, 8)
                if number is not None and number != editor.value())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
class TestEveryForm:
    def test_has_a_named_editor_for_every_setting(self, spec, qtbot):
        form = Owner(spec, qtbot).form
        for field in fields_of(spec):
            editor = form.findChild(QWidget, f"setting.{field.name}")
            assert editor is not None and editor.accessibleName() == field.title
            assert editor.focusProxy() is not None or field.type == "spec"

    def test_shows_the_value_it_was_given(self, spec, qtbot):
        owner = Owner(spec, qtbot)
        assert {name: editor.value() for name, editor in owner.form.editors().items()} == {
            name: getattr(owner.value, name) for name in owner.form.editors()}

    def test_is_edited_by_keyboard_and_gives_back_the_value(self, spec, qtbot):
        owner = Owner(spec, qtbot)
        for field in fields_of(spec):
            editor = owner.form.editors()[field.name]
            if field.type == "spec" or (field.type == "family" and len(members_of(field.annotation)) < 2
                                        and not field.optional):
                continue
            before = getattr(owner.value, field.name)
            edit_by_keyboard(editor, qtbot)
            after = getattr(owner.value, field.name)
            assert not owner.refused
            assert after != before, field.name
            assert editor.value() == after

    def test_survives_a_change_of_language(self, spec, qtbot):
        owner = Owner(spec, qtbot)
        before = {name: editor.value() for name, editor in owner.form.editors().items()}
        language.use("zh")
        for field in fields_of(spec):
            row = owner.form.findChild(QWidget, f"row.{field.name}")
            assert row.label.text() == tr(field.title)
        language.use("en")
        assert {name: editor.value() for name, editor in owner.form.editors().items()} == before

    def test_tells_nothing_when_it_only_shows(self, spec, qtbot):
        owner = Owner(spec, qtbot)
        told: list[str] = []
        owner.form.edited.connect(lambda path, value: told.append(path))
        owner.form.show_value(spec())
        language.use("zh")
        language.use("en")
        assert not told


def test_every_family_of_the_engine_is_looked_at():
    families = {base for spec in SPECS for base in spec.__mro__ if issubclass(base, Family) and base.folder}
    assert len(families) >= 8
