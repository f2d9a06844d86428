"""Recipes: which one the steps follow, the way to another, and the user's own ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from engine.cleaning import own_recipes
from engine.cleaning.own_recipes import OwnRecipes
from engine.cleaning.recipes import RECIPES, CleaningRecipe, nearest_recipe
from engine.cleaning.spec import CleaningSpec
from engine.errors import EngineError
from studio.i18n import counted, said, tr
from studio.pages.clean.name_dialog import NameDialog
from studio.widgets import Button


class RecipeShelf(QObject):
    """The recipes there are; files of the user's own are read and written beside the window."""

    changed = Signal()
    failed = Signal(object)  # EngineError

    def __init__(self, session: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries = session.queries
        self.own: tuple[CleaningRecipe, ...] = ()

    def look(self) -> None:
        """Read the user's own recipes."""
        self.do(lambda: None)

    def do(self, act: Callable[[], object]) -> None:
        """Change the files, then read them; `failed` tells what did not work."""
        def work(_query: Any) -> OwnRecipes:
            act()
            return own_recipes.own_recipes()

        self._queries.ask("clean.recipes", work, self._on_read, self._on_failed)

    def all(self) -> tuple[CleaningRecipe, ...]:
        """Those of Wenlu first."""
        return (*RECIPES, *self.own)

    def title(self, recipe: CleaningRecipe) -> str:
        """The name of a recipe; only those of Wenlu follow the language."""
        return recipe.title if recipe in self.own else tr(recipe.title)

    def _on_read(self, found: OwnRecipes) -> None:
        if found.recipes != self.own:
            self.own = found.recipes
            self.changed.emit()
        for error in found.unreadable.values():
            self.failed.emit(error)

    def _on_failed(self, error: EngineError) -> None:
        self.failed.emit(error)


class RecipeButton(Button):
    """Says which recipe the steps follow; its menu applies, saves, renames and deletes."""

    applied = Signal(object)  # tuple[CleaningStep, ...]

    def __init__(self, shelf: RecipeShelf) -> None:
        super().__init__(tr("Recipe"), "bookmark", self.open_menu, "clean.recipe")
        self._shelf = shelf
        self._spec = CleaningSpec()
        self.menu_of_recipes = QMenu(self)
        self.menu_of_recipes.setToolTipsVisible(True)
        self._may_edit = True

    def base(self) -> CleaningRecipe:
        """The recipe that the steps follow, or are nearest to."""
        return nearest_recipe(self._spec, self._shelf.all())[0]

    def show_spec(self, spec: CleaningSpec, may_edit: bool) -> None:
        """Say which recipe these steps follow."""
        self._spec, self._may_edit = spec, may_edit
        base, count = nearest_recipe(spec, self._shelf.all())
        name = self._shelf.title(base)
        if not count:
            self.say(tr("Recipe: {name}", name=name))
            self.set_tip(said(base.help))
        else:
            self.say(tr("Changed from {name}", name=name))
            self.set_tip(counted("{count} setting differs from the recipe.", "{count} settings differ from the recipe.",
                                 count))

    def open_menu(self) -> None:
        """Show the menu below the button."""
        self.fill()
        self.menu_of_recipes.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def fill(self) -> None:
        """Put into the menu what can be done now."""
        menu = self.menu_of_recipes
        menu.clear()
        base, count = nearest_recipe(self._spec, self._shelf.all())
        if count:
            self._put(menu, tr("Back to {name}", name=self._shelf.title(base)), partial(self._apply, base))
            menu.addSeparator()
        for each in self._shelf.all():
            if self._shelf.own and each is self._shelf.own[0]:
                menu.addSection(tr("Your own"))
            action = self._put(menu, self._shelf.title(each), partial(self._apply, each), said(each.help))
            action.setCheckable(True)
            action.setChecked(not count and each is base)
        menu.addSeparator()
        self._put(menu, tr("Save as a recipe of your own…"), self.ask_name)
        if self._shelf.own:
            more = menu.addMenu(tr("Rename or delete"))
            for each in self._shelf.own:
                own = more.addMenu(each.title)
                self._put(own, tr("Rename…"), partial(self.ask_title, each))
                self._put(own, tr("Delete"), partial(self.delete, each))
        for action in menu.actions():
            action.setEnabled(self._may_edit)

    def ask_name(self) -> None:
        """Save the steps as they are under a name."""
        spec = self._spec
        self._ask(tr("Save recipe"), "", lambda title: self._shelf.do(lambda: own_recipes.save_recipe(title, spec)))

    def ask_title(self, recipe: CleaningRecipe) -> None:
        """Give a recipe of the user another name."""
        self._ask(tr("Rename recipe"), recipe.title,
                  lambda title: self._shelf.do(lambda: own_recipes.rename_recipe(recipe.id, title)))

    def delete(self, recipe: CleaningRecipe) -> None:
        """Delete a recipe of the user; the steps of this project stay as they are."""
        self._shelf.do(lambda: own_recipes.delete_recipe(recipe.id))

    def _apply(self, recipe: CleaningRecipe) -> None:
        self.applied.emit(recipe.spec.steps)

    def _ask(self, heading: str, title: str, then: Callable[[str], None]) -> None:
        taken = {self._shelf.title(each).lower() for each in self._shelf.own} - {title.lower()}
        reserved = {name.lower() for each in RECIPES for name in (each.title, tr(each.title), each.id)}
        dialog = NameDialog(heading, title, taken, reserved, self.window())
        dialog.given.connect(then)
        dialog.open()

    @staticmethod
    def _put(menu: QMenu, text: str, on: Callable[[], None], tip: str = "") -> Any:
        action = menu.addAction(text.replace("&", "&&"))
        action.setToolTip(tip)
        action.triggered.connect(lambda _checked=False: on())
        return action
