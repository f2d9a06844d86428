"""Fetched pages as they are kept in a project: what the site sent, when, and on which terms."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zstandard

from engine import storage
from engine.corpora.reasons import Reason
from engine.corpora.web import reasons
from engine.corpora.web.reasons import Refused
from engine.errors import EngineError

OF_ENTRY = "#entry"
"""Ends the address of a feed's entry, which else might be that of the page it leads to."""

_BODY_BYTES = 64 << 20
"""No stored page is larger than this, whatever its file says."""


@dataclass(frozen=True)
class Page:
    """One page or one entry of a feed; `reason` says why there is no text of it, and then `digest` may be empty.

    `address` is what was asked for and the page's name, `final` where it lay in the end. Times are seconds since
    1970: `fetched` when the bytes came, `checked` when the site last said that they are still right. `digest` is the
    SHA-256 of the bytes. `licence` is what the page itself states. `trouble` says why the text is that of an earlier
    visit.
    """

    address: str
    final: str = ""
    fetched: float = 0.0
    checked: float = 0.0
    status: int = 0
    content_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    size_bytes: int = 0
    licence: str = ""
    title: str = ""
    reason: str = ""
    fix: str = ""
    trouble: str = ""

    @property
    def name(self) -> str:
        """What the page is called among the documents."""
        return self.address.removesuffix(OF_ENTRY)

    @property
    def host(self) -> str:
        """The host of the page."""
        return urlsplit(self.final or self.address).hostname or ""

    def has_text(self) -> bool:
        """Whether its bytes are stored and may be read."""
        return bool(self.digest) and not self.reason

    def without(self, reason: Reason, checked: float) -> Page:
        """The same page left out for a reason that was found just now."""
        return dataclasses.replace(self, reason=reason.what, fix=reason.fix, checked=checked)


@dataclass(frozen=True)
class StoreFigures:
    """What a store holds: pages with text and those left out, bytes, when last asked, what was refused most often.

    `old` counts pages whose text is from an earlier visit because the last one failed.
    """

    pages: int = 0
    left_out: int = 0
    old: int = 0
    bytes: int = 0
    checked: float = 0.0
    reason: str = ""
    host: str = ""
    licences: tuple[str, ...] = ()


class PageStore:
    """The pages of one source, in the order in which they were met. Reading it never touches the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "pages.jsonl"
        self._bodies = folder / "bodies"

    def pages(self) -> list[Page]:
        """All pages; a line that was torn by a power cut is left out."""
        return list(_pages(self._index).values())

    def body(self, page: Page) -> bytes:
        """The bytes of a page; raises Refused where they are gone or not what was fetched."""
        try:
            packed = self.body_file(page).read_bytes()
            content = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_BODY_BYTES)
        except (OSError, zstandard.ZstdError) as error:
            raise Refused(reasons.LOST) from error
        if hashlib.sha256(content).hexdigest() != page.digest:
            raise Refused(reasons.LOST)
        return content

    def keep_body(self, page: Page, body: bytes) -> None:
        """Write the bytes of a page unless they are there and sound."""
        try:
            self.body(page)
        except Refused:
            storage.write_bytes(self.body_file(page), zstandard.ZstdCompressor().compress(body))

    def forget_bodies(self, but: Collection[str]) -> None:
        """Remove the bytes of pages that are no longer in the index."""
        for file in self._bodies.glob("*.zst"):
            if file.stem not in but:
                file.unlink(missing_ok=True)

    def digest(self) -> str:
        """A short name of all that is stored, times left out; it changes whenever reading may give another text."""
        try:
            state = self._index.stat()
        except OSError:
            return ""
        return _digest(self._index, state.st_mtime_ns, state.st_size)

    def figures(self, counts: Callable[[Page], bool] = lambda page: True) -> StoreFigures:
        """Totals of the pages that count, for a line in a table."""
        pages = [page for page in self.pages() if page.reason or counts(page)]
        bad, good = [page for page in pages if page.reason], [page for page in pages if not page.reason]
        worst = Counter((page.reason or page.trouble, page.host) for page in pages if page.reason or page.trouble)
        reason, host = worst.most_common(1)[0][0] if worst else ("", "")
        return StoreFigures(len(good), len(bad), sum(1 for page in good if page.trouble),
                            sum(page.size_bytes for page in good), max((page.checked for page in pages), default=0.0),
                            reason, host, tuple(sorted({page.licence for page in good})))

    @contextlib.contextmanager
    def writing(self) -> Iterator[StoreWriter]:
        """Write pages one by one; each is safe once `put` returns. Raises EngineError while another fetch writes."""
        try:
            self._bodies.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.as_engine_error(error, self.folder) from error
        storage.sweep(self._bodies)
        lock = storage.FolderLock(self.folder / "lock")
        if not lock.try_lock():
            raise EngineError("These pages are being fetched already.", "One fetch at a time was expected.",
                              "Wait until it is done, or stop it.")
        lines = storage.LineLog(self._index)
        try:
            yield StoreWriter(self, lines, _pages(self._index))
        finally:
            lines.close()
            lock.unlock()

    def body_file(self, page: Page) -> Path:
        """Where the packed bytes of a page lie."""
        return self._bodies / f"{page.digest}.zst"


class StoreWriter:
    """Adds pages to a store while it is fetched."""

    def __init__(self, store: PageStore, lines: storage.LineLog, pages: dict[str, Page]) -> None:
        self._store = store
        self._lines = lines
        self._pages = pages
        self._met: list[str] = []

    def known(self, address: str) -> Page | None:
        """The page as it was stored before, if it was."""
        return self._pages.get(address)

    def body(self, page: Page) -> bytes:
        """The stored bytes of a page; raises Refused where they are damaged."""
        return self._store.body(page)

    def put(self, page: Page, body: bytes | None = None) -> Page:
        """Keep a page, with its bytes unless they are there already; returns it as it is kept."""
        if body is not None:
            page = dataclasses.replace(page, digest=hashlib.sha256(body).hexdigest(), size_bytes=len(body))
            self._store.keep_body(page, body)
        self._met.append(page.address)
        if self._pages.get(page.address) != page:
            self._pages[page.address] = page
            self._lines.append([_plain(page)], durable=True)
        return page

    def finish(self, keep_others: bool) -> None:
        """Bring the index into the order of this fetch, without what was not met again unless `keep_others`."""
        order = list(dict.fromkeys(self._met))
        if keep_others:
            order = [*self._pages, *(address for address in order if address not in self._pages)]
        self._lines.close()
        kept = [self._pages[address] for address in order]
        storage.write_text(self._store.folder / "pages.jsonl",
                           "".join(json.dumps(_plain(page), ensure_ascii=False) + "\n" for page in kept))
        self._store.forget_bodies(but={page.digest for page in kept})


def _plain(page: Page) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(page).items() if value not in ("", 0)}


_KINDS = {field.name: {"str": str, "float": float, "int": int}[str(field.type)] for field in dataclasses.fields(Page)}


def _pages(index: Path) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    try:
        text = index.read_text("utf-8", "replace")
    except OSError:
        return pages
    for line in text.splitlines():
        try:
            plain = json.loads(line)
            page = Page(**{name: kind(plain[name]) for name, kind in _KINDS.items() if name in plain})
        except (ValueError, TypeError, RecursionError):
            continue
        pages[page.address] = page
    return pages


@lru_cache(maxsize=64)
def _digest(index: Path, _changed_ns: int, _size_bytes: int) -> str:
    return storage.fingerprint([[page.address, page.digest, page.reason, page.licence, page.title, page.content_type,
                                 page.charset] for page in _pages(index).values()])
