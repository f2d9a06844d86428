"""What a corpus holds: figures for every source, and what was left out and why."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import storage

SKIPPED_KEPT = 10_000
"""The most skipped files that are listed by name."""
_DIGESTS = 1 << 64
"""Digests of texts are added up modulo this, so that neither their order nor who counted them makes a difference."""


@dataclass(frozen=True)
class SourceFigures:
    """What came from one source: `languages` counts characters, `encodings`, `formats` and `fields` documents.

    `lost` counts U+FFFD, the mark of letters that could not be decoded; `duplicates` are documents whose text was met
    before, here or in a source above. `digest` is equal for the same texts, whatever their order and names; `mark` is
    a fingerprint of the source's identity when it was read, empty in a corpus of an older version.
    """

    id: str
    label: str
    kind: str
    licence: str = ""
    documents: int = 0
    characters: int = 0
    bytes: int = 0
    skipped: int = 0
    lost: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    formats: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    digest: str = ""
    mark: str = ""


@dataclass(frozen=True)
class SkippedFile:
    """A file that was not read."""

    source: str
    name: str
    reason: str
    fix: str


@dataclass(frozen=True)
class StepFigures:
    """What one cleaning step did, in the order of the steps; documents and characters are those left after it.

    `noted` counts what the step found in the documents it kept, by kind, such as "email".
    """

    kind: str
    title: str
    documents: int
    characters: int
    changed: int = 0
    dropped: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Totals of a corpus. Sizes are characters but for `bytes` (UTF-8); `languages` counts characters."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    exact_duplicates: int = 0
    longest: int = 0
    shortest: int = 0
    median: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    sources: tuple[SourceFigures, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    skipped_count: int = 0
    steps: tuple[StepFigures, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The totals alone, as plain numbers."""
        plain = dataclasses.asdict(self)
        for name in ("sources", "skipped", "steps"):
            del plain[name]
        return {**plain, "sources": len(self.sources)}

    def with_licences(self, stated: Mapping[str, str]) -> Manifest:
        """The same with other licences, by id of the source; sources that are not named keep theirs."""
        return dataclasses.replace(self, sources=tuple(
            dataclasses.replace(each, licence=stated.get(each.id, each.licence)) for each in self.sources))

    def save(self, folder: Path) -> None:
        """Write `manifest.json`."""
        storage.write_json(folder / "manifest.json", dataclasses.asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read `manifest.json`; raises EngineError where it is missing or damaged."""
        plain = storage.read_json(folder / "manifest.json")
        parts = {"sources": SourceFigures, "skipped": SkippedFile, "steps": StepFigures}
        for name, kind in parts.items():
            plain[name] = tuple(kind(**each) for each in plain[name])
        return cls(**plain)


@dataclass
class Tally:
    """Figures of a source while it is read."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    skipped: int = 0
    lost: int = 0
    digest: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, size_bytes: int, digest: int, metadata: dict[str, Any]) -> None:
        """Count one document; its digest has 64 bits."""
        characters = len(text)
        self.documents += 1
        self.characters += characters
        self.lost += text.count("\ufffd")
        self.bytes += size_bytes
        self.digest = (self.digest + digest) % _DIGESTS
        self.languages[metadata.get("language", "?")] += characters
        for counter, name in ((self.encodings, "encoding"), (self.formats, "format"), (self.fields, "field")):
            if name in metadata:
                counter[str(metadata[name])] += 1

    def merge(self, other: Tally) -> None:
        """Count what another tally has counted after this one."""
        for name in (each.name for each in dataclasses.fields(self)):
            own, more = getattr(self, name), getattr(other, name)
            setattr(self, name, own + more) if isinstance(own, int) else own.update(more)
        self.digest %= _DIGESTS

    def to_plain(self) -> dict[str, Any]:
        """The counts as plain data."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Tally:
        """A tally of what `to_plain` gave."""
        tally = cls()
        for name, value in plain.items():
            setattr(tally, name, Counter(value) if isinstance(value, dict) else value)
        return tally

    def figures(self, of: SourceFigures, duplicates: int) -> SourceFigures:
        """The figures so far of a source of which only the names are known."""
        plain: dict[str, Any] = {name: dict(value.most_common()) if isinstance(value, Counter) else value
                                 for name, value in vars(self).items()}
        return dataclasses.replace(of, **{**plain, "duplicates": duplicates, "digest": f"{self.digest:016x}"})


def lengths_of(characters: npt.NDArray[Any]) -> dict[str, int]:
    """Longest, shortest and median length of documents."""
    if not len(characters):
        return {"longest": 0, "shortest": 0, "median": 0}
    return {"longest": int(characters.max()), "shortest": int(characters.min()),
            "median": int(np.median(characters))}
