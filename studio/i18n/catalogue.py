"""The Chinese sentences: all files of assets/translations/zh, merged."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from engine.assets import asset

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def catalogue(code: str) -> dict[str, str]:
    """English sentence to sentence in the language `code`; empty for English itself."""
    merged: dict[str, str] = {}
    for path in translation_files(code):
        merged.update(tomllib.loads(path.read_text("utf-8")))
    return merged


def translation_files(code: str) -> list[Path]:
    """The files that make a language's catalogue, one a page or family, in the order they are merged."""
    folder = asset("translations") / code
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []
