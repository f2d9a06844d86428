"""Recipes on the Clean page: Wenlu's and the user's own, which are files in a folder of the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cleaning.own_recipes import own_recipes, rename_recipe, save_recipe
from engine.cleaning.recipes import RECIPES, differences, nearest_recipe, recipe
from engine.cleaning.spec import CleaningSpec
from engine.errors import EngineError
from engine.settings import changed
from studio.pages.clean.name_dialog import NameDialog
from studio.pages.clean.recipe_button import RecipeButton, RecipeShelf
from studio.preferences import PreferenceFile
from studio.session import Session


@pytest.fixture
def button(qtbot, tmp_path: Path, monkeypatch) -> RecipeButton:
    monkeypatch.setenv("WENLU_HOME", str(tmp_path))
    session = Session(PreferenceFile())
    shelf = RecipeShelf(session, session)
    button = RecipeButton(shelf)
    qtbot.addWidget(button)
    yield button
    session.queries.finish()


def choices(button: RecipeButton) -> list[str]:
    button.fill()
    return [action.text() for action in button.menu_of_recipes.actions() if action.text()]


def test_every_recipe_is_its_own_nearest_and_a_change_counts_once() -> None:
    for each in RECIPES:
        assert nearest_recipe(each.spec) == (each, 0)
    gentle = recipe("gentle").spec
    one = changed(gentle, "steps.whitespace.blank_lines", 3)
    assert nearest_recipe(one) == (recipe("gentle"), 1)
    assert differences(CleaningSpec(steps=gentle.steps[1:]), gentle) == 1
    assert differences(CleaningSpec(steps=(*gentle.steps[1:], gentle.steps[0])), gentle) == 1


def test_the_button_says_what_the_steps_follow_and_the_way_back(button: RecipeButton) -> None:
    button.show_spec(recipe("strict").spec, True)
    assert button.text() == "Recipe: Strict"
    button.show_spec(changed(recipe("strict").spec, "steps.whitespace.blank_lines", 3), True)
    assert button.text() == "Changed from Strict"
    applied: list[object] = []
    button.applied.connect(applied.append)
    assert choices(button)[0] == "Back to Strict"
    button.menu_of_recipes.actions()[0].trigger()
    assert applied == [recipe("strict").spec.steps]
    assert {each.title for each in RECIPES} <= set(choices(button))


def test_a_recipe_of_ones_own_is_saved_found_renamed_and_deleted(qtbot, button: RecipeButton) -> None:
    spec = changed(recipe("gentle").spec, "steps.whitespace.blank_lines", 3)
    button.show_spec(spec, True)
    with qtbot.waitSignal(button._shelf.changed, timeout=10_000):
        button.ask_name()
        dialog = button.window().findChild(NameDialog)
        dialog.name.setText("Old novels")
        dialog.save.click()
    button.show_spec(spec, True)
    assert button.text() == "Recipe: Old novels" and "Old novels" in choices(button)
    own = button._shelf.own[0]
    with qtbot.waitSignal(button._shelf.changed, timeout=10_000):
        button._shelf.do(lambda: rename_recipe(own.id, "老小说"))
    assert [each.title for each in own_recipes().recipes] == ["老小说"]
    with qtbot.waitSignal(button._shelf.changed, timeout=10_000):
        button.delete(button._shelf.own[0])
    assert own_recipes().recipes == () and "老小说" not in choices(button)


def test_a_recipe_is_not_renamed_to_a_name_that_is_taken(tmp_path: Path) -> None:
    for title in ("First", "Second"):
        save_recipe(title, CleaningSpec(), folder=tmp_path)
    for taken in ("second", "Gentle", "—"):
        with pytest.raises(EngineError):
            rename_recipe("first", taken, tmp_path)
    assert rename_recipe("first", "FIRST", tmp_path).title == "FIRST"
    assert [each.title for each in own_recipes(tmp_path).recipes] == ["FIRST", "Second"]


def test_the_dialog_takes_no_name_of_wenlus_and_says_what_is_replaced(qtbot) -> None:
    dialog = NameDialog("Save recipe", "", {"old novels"}, {"gentle", "温和"})
    qtbot.addWidget(dialog)
    for name, may_save, note in (("", False, ""), ("—", False, ""), ("温和", False, "Wenlu has"),
                                 ("Old  novels", True, "replaced"), ("New", True, "")):
        dialog.name.setText(name)
        assert dialog.save.isEnabled() is may_save and note in dialog._note.text()
