"""Runs that differ from another in what was chosen: one change ("What if?"), or a sweep over some settings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.recipe import Recipe
from engine.settings import (
    SettingField,
    Spec,
    as_assignment,
    assign,
    assignment,
    changed,
    fields_of,
    from_plain,
    to_plain,
)

_BY_TIME = ("steps", "validate_every", "sample_every")
_SCALARS = ("bool", "int", "float", "text", "choice")
MOST_RUNS = 200


@dataclass(frozen=True)
class Variant:
    """A recipe and the changes that made it, as `path=value` texts."""

    recipe: Recipe
    changes: tuple[str, ...]

    def origin(self, of: str = "", sweep: str = "") -> dict[str, Any]:
        """What `run.toml` says of where a run comes from."""
        plain: dict[str, Any] = {"changes": list(self.changes)}
        return {**plain, **({"of": of} if of else {}), **({"sweep": sweep} if sweep else {})}


def pinned(settings: Mapping[str, Any], free: Sequence[str] = ()) -> Recipe:
    """The recipe of a run (`run.toml` as plain data) with all that was chosen for it set, so that it repeats it.

    Where a path in `free` is the time, the number of steps stays open.
    """
    plain = dict(settings.get("recipe", {}))
    resolved = settings.get("resolved", {})
    if "model" in resolved:
        plain["model"] = resolved["model"]
    if "training" in resolved:
        plain["training"] = {**plain.get("training", {}), **resolved["training"]}
        if "training.budget_seconds" in free:
            own = settings.get("recipe", {}).get("training", {})
            for name in _BY_TIME:
                plain["training"].pop(name, None)
                if name in own:
                    plain["training"][name] = own[name]
    return from_plain(Recipe, plain)


def what_if(settings: Mapping[str, Any], change: str) -> Variant:
    """A run like that of `settings` with exactly one change, such as "training.batch_size=8".

    Raises EngineError where the change is not possible, or is none.
    """
    path = assignment(change)[0]
    base = pinned(settings, (path,))
    recipe = assign(base, change)
    recipe.require_valid()
    if recipe == base:
        raise EngineError(f"{path} has this value already.", "Another value was expected.", "Change it, then start.",
                          path=tuple(path.split(".")))
    return Variant(recipe, (change,))


def sweep(recipe: Recipe, over: Sequence[str], at_most: int | None = None, seed: int = 42) -> list[Variant]:
    """All combinations of values, such as of ["training.seed=1,2", "model.dropout=0,0.1"], or so many by chance.

    Raises EngineError for a value that is not possible and for more than 200 runs.
    """
    choices = [_choices(text) for text in over]
    if any(text.startswith("training.optimizer.") for text in over):
        recipe = with_optimizer(recipe)
    count = 1
    for each in choices:
        count *= len(each)
    wanted = min(count, at_most or count)
    if not choices or wanted > MOST_RUNS:
        raise EngineError(f"{wanted if choices else 0} runs are asked for.", f"1 to {MOST_RUNS} were expected.",
                          "Name a setting with its values, fewer of them, or how many runs to draw.")
    places = range(count) if wanted == count else sorted(random.Random(seed).sample(range(count), wanted))
    made = []
    for place in places:
        changes = _combination(choices, place)
        varied = assign(recipe, *changes)
        varied.require_valid()
        made.append(Variant(varied, changes))
    return made


def with_optimizer(recipe: Recipe) -> Recipe:
    """The recipe with an optimizer: where none is chosen, the one that suits its model, or the usual Transformer."""
    if recipe.training.optimizer is not None:
        return recipe
    model = recipe.model or TransformerSpec()
    return changed(recipe, "training.optimizer", to_plain(model.usual_optimizer()))


def _combination(choices: Sequence[Sequence[str]], place: int) -> tuple[str, ...]:
    """The combination at a place in the order in which the last setting changes soonest."""
    found = []
    for each in reversed(choices):
        place, index = divmod(place, len(each))
        found.append(each[index])
    return tuple(reversed(found))


def _choices(text: str) -> list[str]:
    path, mark, values = text.partition("=")
    found = [value.strip() for value in _parts(values)]
    if not mark or not path.strip() or not all(found):
        raise EngineError(f"{text!r} names no values.", "A setting with its values was expected: path=a,b,c.",
                          "Write for example training.batch_size=8,16,32.")
    return list(dict.fromkeys(f"{path.strip()}={value}" for value in found))


def _parts(text: str) -> Iterator[str]:
    """Split at commas outside brackets and quotes."""
    depth, quoted, part = 0, False, ""
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0 and not quoted:
            yield part
            part = ""
        else:
            part += letter
    yield part


@dataclass(frozen=True)
class Settable:
    """One plain setting somewhere in a recipe, with its value."""

    path: str
    field: SettingField
    value: Any


def settables(spec: Spec, path: str = "") -> list[Settable]:
    """All plain settings below a spec that hold one number, word or choice."""
    found: list[Settable] = []
    for field in fields_of(type(spec)):
        value, place = getattr(spec, field.name), f"{path}.{field.name}" if path else field.name
        if isinstance(value, Spec):
            found += settables(value, place)
        elif field.type in _SCALARS:
            found.append(Settable(place, field, value))
    return found


def differences(runs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Any]]]:
    """The settings in which runs (`run.toml` as plain data) differ: path, and the value of each, None where unset.

    What was chosen for a run counts like what was set.
    """
    flat = [_flat(to_plain_recipe(each)) for each in runs]
    paths = list(dict.fromkeys(path for each in flat for path in each))
    rows = [(path, [each.get(path) for each in flat]) for path in paths]
    return [(path, values) for path, values in rows if any(value != values[0] for value in values[1:])]


def to_plain_recipe(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A run's settings as it used them, as plain data; those it was given where they cannot be read any more."""
    try:
        plain: dict[str, Any] = to_plain(pinned(settings))
        return plain
    except EngineError:
        return {**settings.get("recipe", {}), **settings.get("resolved", {})}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {path: value}
    found: dict[str, Any] = {}
    for name, part in value.items():
        found |= _flat(part, f"{path}.{name}" if path else str(name))
    return found


def change_text(path: str, value: Any) -> str:
    """A change as text, for `what_if`."""
    return as_assignment(path, to_plain(value))
