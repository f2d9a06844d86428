"""PDF."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.layout import Line, Page, paragraphs, without_heads
from engine.corpora.parts import Part, documents_of, known
from engine.corpora.reader import Reader

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of fpdfview.h
_MOST_BAD_PAGES = 100
_MOST_MARKS = 10_000
_DATE = re.compile(r"(?:D:)?(\d{4})(?:(\d\d)(?:(\d\d))?)?")
_SPACES = re.compile(" {2,}")
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class PdfReader(Reader, kind="pdf", title="PDF"):
    """Read the text of a PDF as paragraphs, without page numbers and lines that return at the edge of every page.

    Source: characters and their places by PDFium through pypdfium2; lines are joined by own rules. Pictures of
    pages have no text: such a file is named with what to do.
    """

    extensions = (".pdf",)
    magic = (b"%PDF",)
    is_text = False

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document, or one a page; raises Unreadable for locked and damaged files and for pictures of pages."""
        with _opened(file) as pdf:
            pages = _Pages(pdf, file)
            chapters = _chapters(pdf) if file.options.documents == "parts" else {}
            parts = (Part("\n\n".join(text for _, text in group), known(page=number, chapter=chapters.get(number)))
                     for number, group in groupby(paragraphs(without_heads(pages.read())), lambda found: found[0]))
            yield from documents_of(parts, file.options.documents, _facts(pdf))
            if pages.bad:
                yield reasons.BAD_PAGES.of(f"{file.name} ({pages.bad})")
            if not pages.had_text:
                raise reasons.Unreadable(reasons.NO_TEXT_LAYER if pages.read_pages else reasons.DAMAGED)


def _opened(file: InputFile) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(file.path or file.content())
    except PdfiumError as error:
        locked = getattr(error, "err_code", None) in (_PASSWORD, _SECURITY)
        raise reasons.Unreadable(reasons.ENCRYPTED if locked else reasons.DAMAGED) from error


def _facts(pdf: PdfDocument) -> dict[str, Any]:
    found = pdf.get_metadata_dict(skip_empty=True)
    date = _DATE.match(found.get("CreationDate", ""))
    return known(title=found.get("Title"), author=found.get("Author"), declared_language=_language(pdf),
                 date="-".join(part for part in date.groups() if part) if date else None, pages=len(pdf))


def _language(pdf: PdfDocument) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFCatalog_GetLanguage(pdf, None, 0)
    if not 2 < length < 100:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    pdfium.FPDFCatalog_GetLanguage(pdf, buffer, length)
    return bytes(buffer).decode("utf-16-le", "ignore").split("\0")[0]


def _chapters(pdf: PdfDocument) -> dict[int, str]:
    """The chapter of every page by its number, as the bookmarks of the first level name it."""
    begins: dict[int, str] = {}
    for mark in islice(pdf.get_toc(), _MOST_MARKS):
        place = mark.get_dest() if mark.level == 0 else None
        number = place.get_index() if place is not None else None
        if number is not None:
            begins.setdefault(number + 1, mark.get_title())
    chapter, found = "", {}
    for number in range(1, len(pdf) + 1 if begins else 1):
        chapter = begins.get(number, chapter)
        found[number] = chapter
    return found


class _Pages:
    """The pages of a PDF, one at a time, with a count of those that could not be read."""

    def __init__(self, pdf: PdfDocument, file: InputFile) -> None:
        self._pdf = pdf
        self._file = file
        self.bad = 0
        self.read_pages = 0
        self.had_text = False

    def read(self) -> Iterator[Page]:
        from pypdfium2 import PdfiumError

        bad_running = 0
        for number in range(len(self._pdf)):
            try:
                page = self._page(number)
            except PdfiumError:
                self.bad += 1
                bad_running += 1
                if bad_running == _MOST_BAD_PAGES:
                    return
                continue
            self._file.options.watcher.alive()
            bad_running = 0
            self.read_pages += 1
            self.had_text = self.had_text or bool(page.lines)
            yield page

    def _page(self, number: int) -> Page:
        page = self._pdf[number]
        try:
            text = page.get_textpage()
            try:
                return Page(number + 1, tuple(_lines(text)))
            finally:
                text.close()
        finally:
            page.close()


def _lines(page: PdfTextPage) -> Iterator[Line]:
    """The lines of a page with their places, in PDFium's order."""
    import pypdfium2.raw as pdfium

    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    at_x, at_y, at_box = ctypes.byref(x), ctypes.byref(y), ctypes.byref(box)
    begin = 0
    for raw in page.get_text_range().split("\n"):
        text = _NOT_TEXT.sub(" ", raw).rstrip()
        if stripped := text.lstrip():
            first = pdfium.FPDFText_GetCharIndexFromTextIndex(page, begin + len(text) - len(stripped))
            last = pdfium.FPDFText_GetCharIndexFromTextIndex(page, begin + len(text) - 1)
            pdfium.FPDFText_GetCharOrigin(page, first, at_x, at_y)
            pdfium.FPDFText_GetLooseCharBox(page, first, at_box)
            size = abs(box.top - box.bottom)
            pdfium.FPDFText_GetLooseCharBox(page, last, at_box)
            yield Line(_SPACES.sub(" ", stripped), x.value, box.right, y.value, max(size, abs(box.top - box.bottom)))
        begin += len(raw) + 1
