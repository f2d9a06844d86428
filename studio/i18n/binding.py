"""Sentences tied to the widgets that show them, so that a change of language reaches the screen at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import shiboken6

from studio.i18n.language import Translated, language, tr

Setter = Callable[[str], Any]
_bound: WeakKeyDictionary[Any, dict[str, tuple[str, Mapping[str, Any]]]] = WeakKeyDictionary()


def words(setter: Setter, source: str, **values: Any) -> None:
    """Say the sentence through `setter` now and again at each change of language.

    `setter` is a method of one argument, such as `label.setText`; its object is held weakly. Said again for the
    same method, the new sentence takes the old one's place.
    """
    receiver, name = _receiver_of(setter)
    _bound.setdefault(receiver, {})[name] = (source, values)
    setter(tr(source, **values))


def show(setter: Setter, text: str) -> None:
    """Show a text: one made by `tr` follows the language, any other is the user's data and stays as it is."""
    if isinstance(text, Translated):
        words(setter, text.source, **text.values)
        return
    receiver, name = _receiver_of(setter)
    _bound.get(receiver, {}).pop(name, None)
    setter(text)


def _receiver_of(setter: Setter) -> tuple[Any, str]:
    receiver = getattr(setter, "__self__", None)
    if receiver is None or not hasattr(receiver, setter.__name__):
        raise TypeError("words() needs a method of an object, such as label.setText")
    return receiver, setter.__name__


def _say_all_again() -> None:
    for receiver, sentences in list(_bound.items()):
        if not shiboken6.isValid(receiver):
            _bound.pop(receiver, None)
            continue
        for name, (source, values) in list(sentences.items()):
            getattr(receiver, name)(tr(source, **values))


language.changed.connect(_say_all_again)
