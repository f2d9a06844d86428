"""Sentences of documents that a run is exported to, in the language that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from engine.assets import asset
from engine.settings import read_toml_file

Say = Callable[[str], str]


def words_in(language: str) -> Say:
    """What turns an English sentence into one of this language; the sentence itself where there is no other."""
    known = _known(language)
    return lambda text: known.get(text, text)


@cache
def _known(language: str) -> dict[str, str]:
    folder = asset("translations") / language
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        found.update(read_toml_file(path))
    return found
