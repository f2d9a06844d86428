"""What the table of sources shows, worked out from the sources and the figures of the last reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.corpora.encodings import ENCODINGS
from engine.corpora.language import LANGUAGES
from engine.corpora.manifest import Manifest, SourceFigures
from engine.corpora.reader import Reader
from engine.corpora.source import Source
from engine.corpora.web.store import StoreFigures
from engine.settings import members_of
from studio.i18n import counted, tr
from studio.i18n.numbers import percent
from studio.pages.corpus.fetching import NOTHING, Fetching, OnDisk, found_licence, stored_more, stored_state

ICONS = {"folder": "folder", "pasted": "clipboard-paste", "file": "file-text", "web": "globe", "feed": "rss"}
DATA_ENDINGS = (".jsonl", ".ndjson", ".json")
SHOWN_LANGUAGES = 2


@dataclass(frozen=True)
class Row:
    """One source. Figures are None before it was read; `mark` and `tone` dress the words of `state`."""

    id: str
    name: str
    tip: str
    icon: str
    kind: str
    licence: str
    encoding: str
    mark: str
    state: str
    tone: str = "text2"
    documents: int | None = None
    bytes: int | None = None
    characters: int = 0
    skipped: int = 0
    more: str = ""
    is_gone: bool = False
    languages: tuple[tuple[str, str], ...] = ()


def rows_of(sources: Sequence[Source], manifest: Manifest | None, disk: OnDisk, fetching: Fetching = NOTHING, *,
            is_reading: bool, is_current: bool) -> list[Row]:
    """A row for every source; `disk` says what stands in the way of reading, and what was fetched before."""
    figures = {each.id: each for each in manifest.sources} if manifest is not None else {}
    return [_row(source, figures.get(source.id), disk, fetching, is_reading, is_current) for source in sources]


def _row(source: Source, figures: SourceFigures | None, disk: OnDisk, fetching: Fetching, is_reading: bool,
         is_current: bool) -> Row:
    stored, problem, is_as_read = disk.stored.get(source.id), disk.problems.get(source.id, ""), disk.is_as_read(figures)
    is_current = is_current if is_as_read is None else is_as_read
    special = fetching.state_of(source.id)
    if special is None and stored is not None and not is_reading:
        special = stored_state(stored, figures is not None and bool(figures.documents), is_current)
    mark, state, tone = special or _state(figures, problem, is_reading, is_current)
    if is_as_read is False and mark == "stale":
        state = tr("Changed since it was read")
    path = getattr(source, "path", "")
    kind = type(source).kind
    if figures is None:
        counts: dict[str, Any] = {}
    else:
        counts = {"documents": figures.documents, "bytes": figures.bytes, "characters": figures.characters,
                  "skipped": figures.skipped, "languages": language_tags(figures.languages)}
    return Row(source.id, source.label(), path or getattr(source, "address", "") or source.label(),
               "database" if kind == "file" and path.lower().endswith(DATA_ENDINGS) else ICONS.get(kind, "file"),
               _kind(source, figures), source.licence or found_licence(stored), encoding_words(source, figures), mark,
               state, tone, more=_more(figures, stored), is_gone=bool(problem), **counts)


def _state(figures: SourceFigures | None, problem: str, is_reading: bool, is_current: bool) -> tuple[str, str, str]:
    """Mark, words and colour. What is missing on disk comes first: reading would not find it."""
    if problem:
        return "error", tr(problem), "error"
    if is_reading:
        return "running", tr("Reading"), "ember"
    if figures is None:
        return "todo", tr("Not read yet"), "text2"
    if not figures.documents:
        return "error", tr("No text found"), "error"
    if not is_current:
        return "stale", tr("Read before the change"), "warn"
    if figures.skipped:
        return "done", counted("Read · {count} skipped", "Read · {count} skipped", figures.skipped), "text2"
    if figures.lost:
        return "done", counted("Read · {count} letter lost", "Read · {count} letters lost", figures.lost), "warn"
    if figures.duplicates:
        return "done", counted("Read · {count} repeated", "Read · {count} repeated", figures.duplicates), "text2"
    return "done", tr("All read"), "text2"


def _more(figures: SourceFigures | None, stored: StoreFigures | None) -> str:
    """What else the state's tool tip says."""
    parts = stored_more(stored) if stored is not None else []
    if figures is None:
        return "\n".join(parts)
    if figures.skipped and stored is None:
        parts.append(counted("{count} file skipped", "{count} files skipped", figures.skipped))
    if figures.duplicates:
        parts.append(counted("{count} document has a text that came before",
                             "{count} documents have a text that came before", figures.duplicates))
    if figures.lost:
        parts.append(counted("{count} letter could not be read; another encoding may read it",
                             "{count} letters could not be read; another encoding may read them", figures.lost))
    return "\n".join(parts)


def _kind(source: Source, figures: SourceFigures | None) -> str:
    """A file is called after its format once that is known."""
    title = type(source).title
    if type(source).kind == "file" and figures is not None and len(figures.formats) == 1:
        titles = {reader.kind: reader.title for reader in members_of(Reader)}  # type: ignore[type-abstract]
        title = titles.get(next(iter(figures.formats)), title)
    return tr(title)


def encoding_words(source: Source, figures: SourceFigures | None) -> str:
    """The encoding that was chosen, else those that were found."""
    chosen = getattr(source, "encoding", None)
    if chosen:
        return tr("{encoding}, chosen", encoding=short_encoding(chosen))
    found = list(figures.encodings) if figures is not None else []
    if len(found) > 1:
        return counted("{count} kind", "{count} kinds", len(found))
    return short_encoding(found[0]) if found else "–"


def short_encoding(name: str) -> str:
    """'UTF-16' for 'UTF-16 (little-endian)'."""
    return ENCODINGS.get(name, name.upper()).partition(" (")[0]


def language_tags(languages: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """(Short text, title) of the languages with most characters, such as ("EN 99 %", "English")."""
    whole = sum(languages.values())
    shares = sorted(((count / whole, code) for code, count in languages.items() if whole), reverse=True)
    tags = []
    for share, code in shares[:SHOWN_LANGUAGES]:
        name = "中" if code == "zh" else code.upper()
        if share >= 0.995:
            tags.append((name, tr(LANGUAGES.get(code, code))))
        elif share >= 0.005:
            tags.append((f"{name} {percent(share)}", tr(LANGUAGES.get(code, code))))
    return tuple(tags)
