"""Reading files by their format: what they hold decides, then what their name ends in.

A new format is one file in `readers/`. A reader of text (`is_text`) gets a `TextFile`, any other the `InputFile`. It
yields documents as it goes; where it cannot go on it raises `Unreadable` with a reason, and what it gave until then
is kept. Whatever else a parser raises on a damaged file becomes a reason as well.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

from engine.corpora import reasons
from engine.corpora.budget import Budget
from engine.corpora.container import MOST_ARCHIVES, MOST_LAYERS, Container
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import byte_order_mark, detect, is_binary, well_formed
from engine.corpora.files import InputFile, ReadOptions, TextFile, as_skipped, as_text, open_file
from engine.settings import Family, members_of
from engine.work import Stopped


class Reader(Family, folder="engine.corpora.readers"):
    """Turns a file of one format into documents."""

    extensions: ClassVar[tuple[str, ...]] = ()
    """Endings of file names, in small letters with the dot; a file that no reader claims is read as text."""

    magic: ClassVar[tuple[bytes, ...]] = ()
    """First bytes that only files of this format have."""

    is_text: ClassVar[bool] = True
    """Whether the format is text in some encoding; `read` then gets a TextFile, else the InputFile."""

    in_process: ClassVar[bool] = False
    """Whether the job itself may read such files: nothing that a file can do to this reader breaks its process."""

    is_known_by_content: ClassVar[bool] = False
    """Whether a text that only its ending calls so is not of this format, as with .xml, which says little."""

    @abstractmethod
    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """The documents in a file, and what could not be read, in order and in bounded memory.

        Documents need no name: they are numbered afterwards. Their metadata may say more, such as a title or line.
        A reader that is not `is_text` declares `file: InputFile`.
        """

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether the file that begins with `head` (at most HEAD_BYTES) is of this format, whatever its name.

        Formats that share their first bytes, such as those that are zip archives, look further into `file`.
        """
        return bool(self.magic) and head.startswith(self.magic)


class Readers:
    """All readers as they are now. Looking for them costs more than a small file: keep this for many files."""

    def __init__(self) -> None:
        self._all = [kind() for kind in members_of(Reader)]  # type: ignore[type-abstract]
        self._by_ending = {ending: reader for reader in self._all for ending in reader.extensions}
        self._text = next(reader for reader in self._all if reader.kind == "text")
        self._containers = [kind() for kind in members_of(Container)]  # type: ignore[type-abstract]

    def recognised(self, file: InputFile) -> Reader | None:
        """The reader whose format the content shows; of several, or if in doubt, the one that claims the ending too."""
        head = file.head()
        if marked := byte_order_mark(head):
            head = head[marked[1]:]
        found = [reader for reader in self._all if reader.recognises(head, file)]
        if not found and (claiming := self._by_ending.get(file.suffix)) and head.startswith(claiming.magic or (b"\0",)):
            return claiming  # a damaged file of a format that shares its first bytes with others
        return max(found, key=lambda reader: file.suffix in reader.extensions, default=None)

    def may_read_here(self, file: InputFile) -> bool:
        """Whether the job itself may read a file. Looks at its first bytes alone; raises OSError and Unreadable."""
        if not file.head():
            return True
        if any(container.recognises(file.head(), file) for container in self._containers):
            return False
        return (self.recognised(file) or self.claiming(file)).in_process

    def container(self, file: InputFile) -> Container | None:
        """The container that the file is, if it is one; raises Unreadable if only its name says so."""
        head = file.head()
        for container in self._containers:
            if container.recognises(head, file):
                return container
        if any(file.suffix in container.extensions for container in self._containers) and not _looks_like_text(file):
            raise reasons.Unreadable(reasons.DAMAGED)
        return None

    def claiming(self, file: InputFile) -> Reader:
        """The reader that claims the ending; the one for text if none does, or if that one would know its own."""
        reader = self._by_ending.get(file.suffix, self._text)
        if not reader.is_text and (reader.magic or reader.is_known_by_content) and _looks_like_text(file):
            return self._text
        return reader


def _looks_like_text(file: InputFile) -> bool:
    head = file.head()
    return not is_binary(head, file.options.encoding or detect(head).encoding)


def read_file(path: Path, name: str, options: ReadOptions,
              readers: Readers | None = None) -> Iterator[Document | Skipped]:
    """The documents of one file, named "name" if there is one and "name#1", "name#2" … if there are more.

    Whatever is wrong with the file comes as Skipped; nothing is raised. Give `readers` when reading many files.
    """
    opened = open_file(path, name, options)
    if isinstance(opened, Skipped):
        yield opened
        return
    with opened as file:
        yield from read_input(file, readers or Readers())


def read_input(file: InputFile, readers: Readers) -> Iterator[Document | Skipped]:
    """The documents of an open file, as `read_file`; the caller closes it."""
    name, had_any = file.name, False
    try:
        for found in _documents(file, readers):
            had_any = True
            yield found
        if file.has_changed():
            yield reasons.CHANGED.of(name)
        elif not had_any:
            yield reasons.NO_TEXT.of(name)
    except Stopped:
        raise
    except reasons.Unreadable as error:
        yield error.reason.of(error.name or name)
    except OSError as error:
        yield as_skipped(error, name)
    except MemoryError:
        yield reasons.TOO_MUCH_MEMORY.of(name)
    except Exception:
        yield reasons.DAMAGED.of(name)


def _documents(file: InputFile, readers: Readers) -> Iterator[Document | Skipped]:
    if not file.head():
        raise reasons.Unreadable(reasons.EMPTY)
    recognised = readers.recognised(file)
    container = readers.container(file) if recognised is None else None
    if container is not None:
        yield from _unpacked(container, file, readers)
        return
    reader = recognised or readers.claiming(file)
    if file.layers and not reader.in_process and (reason := file.options.watcher.enters(file.name)):
        raise reasons.Unreadable(reason)
    if not reader.is_text:
        found = reader.read(cast(TextFile, file))
        yield from _numbered(found, file.name, {"format": reader.kind})
        return
    text = as_text(file, known=recognised is not None)
    facts = {"format": reader.kind, "encoding": text.encoding, "confidence": round(text.confidence, 2)}
    yield from _numbered(reader.read(text), file.name, facts)
    if text.failure is not None:
        raise text.failure


def _unpacked(container: Container, file: InputFile, readers: Readers) -> Iterator[Document | Skipped]:
    """The documents of all files in a container; says how many of them were read if not all were."""
    if file.layers >= MOST_LAYERS or (container.is_archive and file.archives >= MOST_ARCHIVES):
        raise reasons.Unreadable(reasons.NESTED)
    budget = file.budget or Budget.of(file.size_bytes)
    read = count = 0
    seen: dict[str, int] = {}
    for member in container.members(file, budget):
        count += 1
        if isinstance(member, Skipped):
            yield member
            continue
        seen[member.name] = seen.get(member.name, 0) + 1
        if seen[member.name] > 1:  # archives may hold two files of one name
            member.name += f" ({seen[member.name]})"
        member.budget, member.layers = budget, file.layers + 1
        member.archives = file.archives + container.is_archive
        had_document = False
        with member:
            for found in read_input(member, readers):
                had_document = had_document or isinstance(found, Document)
                yield found
        read += had_document
        budget.check()
    if container.is_archive and read < count:
        yield reasons.PARTLY.of(f"{file.name} ({read}/{count})")


def _numbered(found: Iterator[Document | Skipped], name: str, facts: dict[str, object]) -> Iterator[Document | Skipped]:
    """Documents that have text, with names; the first waits until it is known whether there is a second.

    If the reader breaks off, the one that waits is given first.
    """
    waiting: Document | None = None
    number = 0
    try:
        for each in found:
            if isinstance(each, Skipped):
                yield each
                continue
            if not each.text.strip():
                continue
            number += 1
            if waiting is not None:
                yield _named(waiting, f"{name}#{number - 1}", facts)
            waiting = each
    except (GeneratorExit, Stopped):
        raise
    except BaseException:
        if waiting is not None:
            yield _named(waiting, f"{name}#{number}", facts)
        raise
    if waiting is not None:
        yield _named(waiting, name if number == 1 else f"{name}#{number}", facts)


def _named(document: Document, name: str, facts: dict[str, object]) -> Document:
    return Document(name, well_formed(document.text), metadata={**facts, **document.metadata})
