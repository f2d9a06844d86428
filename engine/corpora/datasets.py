"""Folders that are a data set of Hugging Face: which file is of which split, and which only describes the set."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

_STATE, _INFO, _SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
_NOTES = frozenset(("README.md", "dataset_infos.json", ".gitattributes", "LICENSE", "LICENSE.txt", "LICENSE.md"))
_DATA = re.compile(r"\.(?:parquet|arrow|jsonl?|ndjson|csv|tsv|txt)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
_SPLIT = re.compile(r"(?:^|[-_./ ])(train|training|validation|valid|val|dev|test|testing|eval)(?=[-_./ ]|$)")
_SAME = {"training": "train", "valid": "validation", "val": "validation", "dev": "validation", "testing": "test",
         "eval": "test"}
_LICENCE = re.compile(r"^licen[sc]e:[ \t]*([\w.+-]{2,60})[ \t]*$", re.MULTILINE)
_CARD_BYTES = 1 << 16
_STATE_BYTES = 1 << 20


@dataclass
class _Layout:
    """One folder of a data set. `files` are those that hold data; None where all do."""

    root: str
    is_saved: bool
    licence: str = ""
    split: str = ""
    files: frozenset[str] | None = None


@dataclass
class DataSets:
    """The data sets met on one walk through a folder, told by the files that only they have.

    `save_to_disk` leaves state.json beside Arrow files; the hub keeps a README.md with a heading of settings beside
    data whose names have a split.
    """

    _layouts: dict[str, _Layout] = field(default_factory=dict)

    def enter(self, folder: str, names: set[str]) -> None:
        """Look at a folder before the files in it; folders inside a data set belong to it."""
        above = self._layouts.get(os.path.dirname(folder))
        if {_STATE, _INFO} <= names:
            self._layouts[folder] = _saved(folder, above)
        elif _SPLITS in names:
            self._layouts[folder] = _Layout(folder, True)
        elif "README.md" in names and (layout := _from_hub(folder, names)):
            self._layouts[folder] = layout
        elif above is not None:
            self._layouts[folder] = above

    def is_note(self, folder: str, name: str) -> bool:
        """Whether a file describes a data set, or is left over from working on it, and holds none of its data."""
        layout = self._layouts.get(folder)
        if layout is None:
            return False
        if layout.is_saved:
            return name in (_STATE, _INFO, _SPLITS) or (layout.files is not None and name not in layout.files)
        return name in _NOTES and folder == layout.root

    def facts(self, path: str) -> dict[str, Any]:
        """What is known of a file's documents: "dataset", "split" and "licence"; nothing outside of data sets."""
        layout = self._layouts.get(os.path.dirname(path))
        if layout is None:
            return {}
        inside = os.path.relpath(path, layout.root).replace(os.sep, "/")
        split = layout.split or split_of(inside)
        found = {"dataset": os.path.basename(layout.root), "split": split, "licence": layout.licence}
        return {name: words for name, words in found.items() if words}


def split_of(name: str) -> str:
    """The split that a path inside a data set names: "data/train-00000-of-00001.parquet" is of "train"."""
    stem = _DATA.sub("", name.lower())
    found = _SPLIT.search(stem)
    return _SAME.get(found[1], found[1]) if found else ""


def _saved(folder: str, above: _Layout | None) -> _Layout:
    state = _plain(os.path.join(folder, _STATE))
    listed = state.get("_data_files")
    files = {each.get("filename") for each in listed if isinstance(each, dict)} if isinstance(listed, list) else None
    split = state.get("_split") or (os.path.basename(folder) if above and above.is_saved else "")
    return _Layout(above.root if above and above.is_saved else folder, True, split=str(split),
                   files=frozenset(str(name) for name in files) if files else None)


def _plain(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            value = json.loads(file.read(_STATE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _from_hub(folder: str, names: set[str]) -> _Layout | None:
    """The layout of a folder whose README.md is a data set's card."""
    try:
        with open(os.path.join(folder, "README.md"), "rb") as file:
            card = file.read(_CARD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return None
    heading = card[4:].partition("\n---")[0] if card.startswith("---\n") else ""
    if not heading or not _has_data(folder, names):
        return None
    licence = _LICENCE.search(heading)
    return _Layout(folder, False, licence[1] if licence else "")


def _has_data(folder: str, names: set[str]) -> bool:
    """Whether the folder, or "data" in it, has a data file named after a split."""
    inner = os.path.join(folder, "data")
    found = set(names)
    if "data" in names and os.path.isdir(inner):
        with contextlib.suppress(OSError):
            found |= {f"data/{name}" for name in os.listdir(inner)}
    return any(_DATA.search(name) and split_of(name) for name in found) or any(
        split_of(name) and os.path.isdir(os.path.join(folder, name)) for name in names)
