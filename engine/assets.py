"""Where the files that come with Wenlu lie: icons, fonts, translations, sample corpora."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "assets"


def asset(path: str) -> Path:
    """The place of a file or folder under `assets/`, such as 'icons/flame.svg'."""
    return _FOLDER / path
