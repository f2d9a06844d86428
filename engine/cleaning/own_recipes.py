"""Cleaning recipes of the user's own: one TOML file each, in the user's data folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine import storage
from engine.cleaning.recipes import RECIPES, CleaningRecipe
from engine.cleaning.spec import CleaningSpec
from engine.errors import EngineError
from engine.settings import Spec, from_toml, setting, to_toml


class RecipeFile(Spec):
    """What the file of a recipe holds."""

    title: str = setting("", "Title", "Name of the recipe.")
    help: str = setting("", "Note", "What the recipe is for.")
    cleaning: CleaningSpec = setting(CleaningSpec(), "Cleaning", "What is removed or repaired before training.")


@dataclass(frozen=True)
class OwnRecipes:
    """The recipes of the user, by title, and the files that could not be read, with the reason."""

    recipes: tuple[CleaningRecipe, ...]
    unreadable: dict[str, EngineError]


def recipes_folder() -> Path:
    """Where recipes of the user's own are kept; WENLU_HOME names another home."""
    import platformdirs

    home = os.environ.get("WENLU_HOME") or platformdirs.user_data_dir("Wenlu", appauthor=False)
    return Path(home) / "cleaning-recipes"


def own_recipes(folder: Path | None = None) -> OwnRecipes:
    """All recipes of the user; a damaged file stops none of the others."""
    recipes: list[CleaningRecipe] = []
    unreadable: dict[str, EngineError] = {}
    folder = folder or recipes_folder()
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
        try:
            recipes.append(_read(path))
        except EngineError as error:
            unreadable[path.name] = error
        except (OSError, UnicodeDecodeError) as error:
            unreadable[path.name] = EngineError(f"{path.name} could not be read.", str(error), "Restore or delete it.")
    return OwnRecipes(tuple(sorted(recipes, key=lambda each: each.title.lower())), unreadable)


def save_recipe(title: str, spec: CleaningSpec, help: str = "", folder: Path | None = None) -> CleaningRecipe:
    """Keep a spec under a title, in place of an earlier one of the same title; kept documents are no part of it.

    Raises EngineError for a title that has no letter or belongs to a recipe of Wenlu, and for a spec with problems.
    """
    title = " ".join(title.split())
    id = _id_of(title)
    if not id:
        raise EngineError("The recipe needs a name.", "At least one letter or digit was expected.", "Type a name.")
    if any(id == each.id or title.lower() == each.title.lower() for each in RECIPES):
        raise EngineError(f"Wenlu has a recipe called {title} of its own.", "Another name was expected.",
                          "Choose another name.")
    spec = CleaningSpec(steps=spec.steps)
    spec.require_valid()
    folder = folder or recipes_folder()
    folder.mkdir(parents=True, exist_ok=True)
    storage.write_text(folder / f"{id}.toml", to_toml(RecipeFile(title=title, help=help, cleaning=spec)))
    return CleaningRecipe(id, title, help, spec)


def delete_recipe(name: str, folder: Path | None = None) -> None:
    """Delete a recipe of the user by its id or title; raises EngineError where there is none."""
    folder = folder or recipes_folder()
    found = _named(name, own_recipes(folder).recipes)
    if found is None:
        raise EngineError(f"There is no recipe called {name}.", "One of your own recipes was expected.",
                          "Look at `wenlu-engine recipes`.")
    (folder / f"{found.id}.toml").unlink(missing_ok=True)


def rename_recipe(name: str, title: str, folder: Path | None = None) -> CleaningRecipe:
    """Give a recipe of the user another title; raises EngineError where the title is taken or is none."""
    folder = folder or recipes_folder()
    recipes = own_recipes(folder).recipes
    found, taken = _named(name, recipes), _named(" ".join(title.split()), recipes)
    if found is None:
        raise EngineError(f"There is no recipe called {name}.", "One of your own recipes was expected.",
                          "Look at `wenlu-engine recipes`.")
    if taken is not None and taken.id != found.id:
        raise EngineError(f"You have a recipe called {taken.title} already.", "Another name was expected.",
                          "Choose another name.")
    made = save_recipe(title, found.spec, found.help, folder)
    if made.id != found.id:
        (folder / f"{found.id}.toml").unlink(missing_ok=True)
    return made


def find_recipe(name: str, folder: Path | None = None) -> CleaningRecipe:
    """A recipe of Wenlu or of the user, by its id or title; raises EngineError listing all."""
    recipes = (*RECIPES, *own_recipes(folder).recipes)
    found = _named(name, recipes)
    if found is None:
        raise EngineError(f"There is no recipe called {name}.",
                          f"One of {', '.join(each.id for each in recipes)} was expected.", "Choose one of these.")
    return found


def _named(name: str, recipes: tuple[CleaningRecipe, ...]) -> CleaningRecipe | None:
    wanted = name.strip().lower()
    return next((each for each in recipes if wanted in (each.id, each.title.lower())), None)


def _read(path: Path) -> CleaningRecipe:
    file = from_toml(RecipeFile, path.read_text("utf-8"), path.name)
    return CleaningRecipe(path.stem, file.title or path.stem, file.help, file.cleaning)


def _id_of(title: str) -> str:
    """A file name made of the title: letters and digits of any script, all else a hyphen."""
    return re.sub(r"[\W_]+", "-", title.lower()).strip("-")[:60].rstrip("-")
