"""The Chinese sentences: all files of assets/translations/zh, merged."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from engine.assets import asset


@cache
def catalogue(code: str) -> dict[str, str]:
    """English sentence to sentence in the language `code`; empty for English itself."""
    merged: dict[str, str] = {}
    for path in translation_files(code):
        merged.update(sentences_in(path))
    return merged


def sentences_in(path: Path) -> dict[str, str]:
    """What one file translates. The reader is loaded only now: English needs none, and the bare window comes first."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(path.read_text("utf-8"))


def translation_files(code: str) -> list[Path]:
    """The files that make a language's catalogue, one a page or family, in the order they are merged."""
    folder = asset("translations") / code
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []
