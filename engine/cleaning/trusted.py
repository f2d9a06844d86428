"""Texts that a step compares with: files and folders named in its settings, read anew in every process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.document import Document
from engine.corpora.source import source_of
from engine.errors import EngineError
from engine.work import Work


def texts_at(paths: Sequence[str], most_characters: int | None = None) -> Iterator[str]:
    """The texts of files and folders, in order, up to so many characters in all.

    Raises EngineError where a path is gone or none of them holds text.
    """
    had_any, left = False, most_characters
    for path in paths:
        for found in source_of(Path(path)).read(Work()):
            if not isinstance(found, Document):
                continue
            had_any = True
            yield found.text if left is None else found.text[:left]
            left = None if left is None else left - len(found.text)
            if left is not None and left <= 0:
                return
    if not had_any:
        raise EngineError("The texts to compare with are empty.", f"Text was expected in {', '.join(paths)}.",
                          "Choose other files.")


def identity_of(paths: Sequence[str]) -> list[Any]:
    """Plain data that changes whenever one of the files does; a path that is gone stands for itself."""
    found = []
    for path in paths:
        try:
            found.append(source_of(Path(path)).identity())
        except EngineError:
            found.append(path)
    return found
