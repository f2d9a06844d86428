"""Where the files that come with Wenlu lie: icons, fonts, translations, sample corpora."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_INSTALLED = _ROOT / "wenlu_assets"  # the wheel puts them beside the code under a name of their own
_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _ROOT / "assets"


def asset(path: str) -> Path:
    """The place of a file or folder under `assets/`, such as 'icons/flame.svg'."""
    return _FOLDER / path
