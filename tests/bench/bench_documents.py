"""How fast documents are read, against the plain libraries on the same files; all figures are of processor time.

The files are made by other libraries; name other PDFs in the variable WENLU_BENCH_PDFS to measure those.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.data import make_formats

PAGES = 400
PARAGRAPHS = 20_000


def measure() -> Iterator[dict[str, Any]]:
    """One line a format: our rate and the plain library's; then reading many files here and in processes."""
    with tempfile.TemporaryDirectory() as place:
        yield from _pdf(Path(place))
        yield from _word(Path(place))
        yield from _open_document(Path(place))
        yield from _many(Path(place))


def _seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return min(once() for _ in range(3))


def _own(path: Path) -> Callable[[], object]:
    from engine.corpora.files import ReadOptions
    from engine.corpora.reader import Readers, read_file

    readers = Readers()
    return lambda: sum(len(found.text) for found in read_file(path, path.name, ReadOptions(), readers))  # type: ignore[union-attr]


def _pdf(place: Path) -> Iterator[dict[str, Any]]:
    import pypdf
    import pypdfium2

    given = os.environ.get("WENLU_BENCH_PDFS")
    paths = [Path(each) for each in given.split(os.pathsep)] if given else [place / "book.pdf"]
    if not given:
        paths[0].write_bytes(make_formats.pdf(PAGES))

    def plain(path: Path) -> None:
        with pypdfium2.PdfDocument(path) as pdf:
            for number in range(len(pdf)):
                pdf[number].get_textpage().get_text_range()

    for path in paths:
        pages = len(pypdfium2.PdfDocument(path))
        yield {"format": "pdf", "file": path.name, "pages": pages,
               "own_pages_per_second": round(pages / _seconds(_own(path))),
               "plain_pypdfium2_pages_per_second": round(pages / _seconds(lambda path=path: plain(path))),
               "pypdf_pages_per_second": round(pages / _seconds(
                   lambda path=path: [page.extract_text() for page in pypdf.PdfReader(path).pages]))}


def _word(place: Path) -> Iterator[dict[str, Any]]:
    import docx

    document = docx.Document()
    for number in range(PARAGRAPHS):
        document.add_paragraph(make_formats.EMMA[number % 3])
    document.save(str(place / "long.docx"))
    path = place / "long.docx"
    yield _rates("docx", path, "python_docx",
                 lambda: "\n".join(each.text for each in docx.Document(str(path)).paragraphs))


def _open_document(place: Path) -> Iterator[dict[str, Any]]:
    from odf import teletype
    from odf.opendocument import OpenDocumentText, load
    from odf.text import P

    document = OpenDocumentText()
    for number in range(PARAGRAPHS // 4):
        document.text.addElement(P(text=make_formats.EMMA[number % 3]))
    path = place / "long.odt"
    document.save(str(path))
    yield _rates("odt", path, "odfpy",
                 lambda: "\n".join(teletype.extractText(each) for each in load(str(path)).getElementsByType(P)))


def _rates(kind: str, path: Path, name: str, plain: Callable[[], object]) -> dict[str, Any]:
    characters = _own(path)()
    assert isinstance(characters, int)
    return {"format": kind, "text_mb": round(characters / 1e6, 1),
            "own_mb_per_second": round(characters / 1e6 / _seconds(_own(path)), 1),
            f"{name}_mb_per_second": round(characters / 1e6 / _seconds(plain), 1)}


def _many(place: Path) -> Iterator[dict[str, Any]]:
    from engine.corpora.files import ReadOptions
    from engine.corpora.isolated import FileToRead, Limits, read_files
    from engine.corpora.reader import Readers, read_file
    from engine.work import Work

    files = []
    for number in range(400):
        path = place / f"{number:03d}.epub"
        path.write_bytes(make_formats.epub({"OPS/text/one.xhtml": f"<p>{make_formats.EMMA[0]} {number}</p>" * 50}))
        files.append(FileToRead(path, path.name))
    readers = Readers()
    began = time.perf_counter()
    for file in files:
        list(read_file(file.path, file.name, ReadOptions(), readers))
    yield {"many": "epub", "files": len(files), "in": "this process",
           "files_per_second_wall": round(len(files) / (time.perf_counter() - began))}
    for processes in (1, 2):
        began = time.perf_counter()
        list(read_files(files, ReadOptions(), Work(), Limits(processes=processes)))
        yield {"many": "epub", "files": len(files), "in": f"{processes} reading processes, their start included",
               "files_per_second_wall": round(len(files) / (time.perf_counter() - began))}
