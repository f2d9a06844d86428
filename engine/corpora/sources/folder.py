"""A folder with all that is in it."""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.corpora import reasons
from engine.corpora.datasets import DataSets
from engine.corpora.document import Document, Skipped
from engine.corpora.files import as_skipped
from engine.corpora.isolated import FileToRead, read_files
from engine.corpora.source import SourceOnDisk
from engine.settings import setting
from engine.work import Work

Found = tuple[str, str, os.stat_result]
"""Where a file lies, its name inside the folder, and its state."""

_JUNK_FOLDERS = frozenset(("node_modules", "__pycache__", "__MACOSX", "$RECYCLE.BIN", "System Volume Information",
                           "lost+found", "site-packages"))
_NUMBER = re.compile(r"#\d+$")
_PROJECT_FILES = ("project.toml", "recipe.toml")
_JUNK_FILES = frozenset(("Thumbs.db", "desktop.ini", "ehthumbs.db", "Icon\r"))


class FolderSource(SourceOnDisk, kind="folder", title="Folder"):
    """Text from all files in a folder and the folders inside it.

    Source: the files themselves, in order of their names; each is read once, however many links lead to it.
    """

    hidden: bool = setting(False, "Hidden files", "Also read files and folders whose names begin with a dot.",
                           level="advanced")
    names: str = setting("*", "File names", "Read only files whose names fit, such as *.txt; separate several by "
                         "spaces.", level="advanced")

    def read(self, work: Work) -> Iterator[Document | Skipped]:
        """The documents of all files, named by their path inside the folder."""
        had_file, walk = False, self._walk()
        facts: dict[str, dict[str, Any]] = {}
        for found in read_files(_files(walk, self.path, facts), self.options(), work):
            had_file = True
            known = facts.get(_NUMBER.sub("", found.name)) if facts and isinstance(found, Document) else None
            yield _with(found, known) if known and isinstance(found, Document) else found
        if not had_file:
            yield reasons.NO_FILES.of(self.label())

    def identity(self) -> Any:
        """Settings with a digest of all names, sizes and times. Looks at every file: seconds for 100 000 files."""
        digest = hashlib.sha256()
        for found in self._walk().folder(self.path, ""):
            if isinstance(found, Skipped):
                digest.update(os.fsencode(f"-{found.name}\0"))
                continue
            _, name, state = found
            digest.update(os.fsencode(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\0"))
        return [self.reading(), digest.hexdigest()]

    def _walk(self) -> _Walk:
        return _Walk(self.names.split() or ["*"], self.hidden)


def _files(walk: _Walk, path: str, facts: dict[str, dict[str, Any]]) -> Iterator[FileToRead | Skipped]:
    """Every file to read, and what is left out with the reason; what is known of a data set's files goes to `facts`."""
    for found in walk.folder(path, ""):
        if isinstance(found, Skipped):
            yield found
            continue
        if known := walk.data_sets.facts(found[0]):
            facts[found[1]] = known
        yield FileToRead(Path(found[0]), found[1])


@dataclass
class _Walk:
    """One walk through a tree that meets each folder and file once, by its number on the disk."""

    patterns: list[str]
    hidden: bool
    seen: set[tuple[int, int]] = field(default_factory=set)
    data_sets: DataSets = field(default_factory=DataSets)

    def folder(self, path: str, prefix: str) -> Iterator[Found | Skipped]:
        """Everything under a folder, without recursion deeper than memory allows."""
        waiting: list[tuple[str, str]] = [(path, prefix)]
        while waiting:
            path, prefix = waiting.pop()
            try:
                state = os.stat(path)
                with os.scandir(path) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                yield as_skipped(error, _shown(prefix) or os.path.basename(path))
                continue
            if not self._is_new(state):
                yield reasons.LOOP.of(_shown(prefix))
                continue
            inner = []
            self.data_sets.enter(path, {entry.name for entry in entries})
            for entry in entries:
                name = prefix + entry.name
                if reason := self._left_out(entry, path):
                    yield reason.of(_shown(name))
                elif _is_folder(entry):
                    inner.append((entry.path, name + "/"))
                else:
                    yield self._file(entry, name)
            waiting += reversed(inner)

    def _left_out(self, entry: os.DirEntry[str], folder: str) -> reasons.Reason | None:
        if entry.name.startswith(".") and not self.hidden:
            return reasons.HIDDEN
        is_folder = _is_folder(entry)
        if entry.name in (_JUNK_FOLDERS if is_folder else _JUNK_FILES):
            return reasons.JUNK
        if is_folder and all(os.path.isfile(os.path.join(entry.path, name)) for name in _PROJECT_FILES):
            return reasons.OWN_PROJECT
        if not is_folder and not any(fnmatch.fnmatch(entry.name, pattern) for pattern in self.patterns):
            return reasons.LEFT_OUT
        if not is_folder and self.data_sets.is_note(folder, entry.name):
            return reasons.DATASET_NOTES
        return None

    def _file(self, entry: os.DirEntry[str], name: str) -> Found | Skipped:
        try:
            state = entry.stat()
        except OSError as error:
            return as_skipped(error, _shown(name))
        return (entry.path, _shown(name), state) if self._is_new(state) else reasons.TWICE.of(_shown(name))

    def _is_new(self, state: os.stat_result) -> bool:
        mark = (state.st_dev, state.st_ino)
        if state.st_ino and mark in self.seen:
            return False
        self.seen.add(mark)
        return True


def _with(document: Document, facts: dict[str, Any]) -> Document:
    return dataclasses.replace(document, metadata={**facts, **document.metadata})


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _shown(name: str) -> str:
    """A name as text, whatever bytes the disk has for it."""
    return os.fsencode(name).decode("utf-8", "replace")
