"""What every source and every reader must do, also those not written yet."""

from __future__ import annotations

import pytest

from engine.corpora.document import Document, Skipped
from engine.corpora.fetched import FetchedSource
from engine.corpora.files import MemoryFile, ReadOptions
from engine.corpora.reader import Reader, Readers, read_file
from engine.corpora.source import Source, pasted, source_of
from engine.corpora.sources.feed import FeedSource
from engine.corpora.sources.web import WebSource
from engine.corpora.web.store import Page
from engine.corpora.web.subscription import PLAIN_ENTRY
from engine.project import ProjectFile
from engine.settings import fields_of, from_toml, members_of, to_toml
from engine.work import Stopped, Work

TEXT = "The first line.\n\nThe second block has\ntwo lines.\n"


def made(kind: str, folder) -> Source:
    """A small source of a kind; a new kind adds its line here."""
    (folder / "inner").mkdir(exist_ok=True)
    (folder / "a.txt").write_text(TEXT, "utf-8")
    (folder / "inner" / "b.txt").write_text("Other words here.", "utf-8")
    makers = {"file": lambda: source_of(folder / "a.txt"), "folder": lambda: source_of(folder),
              "pasted": lambda: pasted(TEXT, "My text"), "web": lambda: stored(WebSource, "text/plain", folder),
              "feed": lambda: stored(FeedSource, PLAIN_ENTRY, folder)}
    assert kind in makers, f"say here how a small source of kind {kind!r} is made"
    return makers[kind]()


def stored(kind: type[FetchedSource], content_type: str, folder) -> FetchedSource:
    """A source of a project in which two pages were fetched before."""
    source = kind(address="https://example.org/").in_project(folder)
    with source.store().writing() as writer:
        for name, words in (("a", TEXT), ("b", "Other words here.")):
            writer.put(Page(f"https://example.org/{name}", status=200, content_type=content_type), words.encode())
        writer.finish(keep_others=True)
    return source


@pytest.mark.parametrize("kind", [each.kind for each in members_of(Source)])
class TestEverySource:
    def test_gives_named_documents_in_a_fixed_order(self, kind, tmp_path):
        source = made(kind, tmp_path)
        first, second = list(source.read(Work())), list(source.read(Work()))
        names = [found.name for found in first]
        assert first == second and all(isinstance(found, Document) for found in first)
        assert names and len(set(names)) == len(names) and all(names)

    def test_comes_back_from_the_project_file(self, kind, tmp_path):
        file = ProjectFile(sources=(made(kind, tmp_path),))
        assert from_toml(ProjectFile, to_toml(file)) == file

    def test_keeps_its_id_when_its_settings_change(self, kind, tmp_path):
        source = made(kind, tmp_path)
        other = type(source).model_validate({**source.model_dump(), "documents": "lines"}).in_project(tmp_path)
        assert other.id == source.id and other.identity() != source.identity()

    def test_cuts_documents_as_its_settings_say(self, kind, tmp_path):
        source = made(kind, tmp_path)
        texts = {way: [found.text.strip() for found in
                       type(source).model_validate({**source.model_dump(), "documents": way})
                       .in_project(tmp_path).read(Work())]
                 for way in ("whole", "blocks", "lines")}
        assert texts["whole"][0] == TEXT.strip()
        assert texts["blocks"][:2] == ["The first line.", "The second block has\ntwo lines."]
        assert texts["lines"][:3] == ["The first line.", "The second block has", "two lines."]

    def test_stops_when_asked(self, kind, tmp_path):
        with pytest.raises(Stopped):
            list(made(kind, tmp_path).read(Work(is_stopping=lambda: True)))

    def test_says_in_words_what_it_is(self, kind, tmp_path):
        source = made(kind, tmp_path)
        assert source.label() and source.title and type(source).summary() and "Source:" in type(source).__doc__
        assert all(field.title and field.help for field in fields_of(type(source)))


@pytest.mark.parametrize("reader", members_of(Reader), ids=lambda reader: reader.kind)
class TestEveryReader:
    def test_is_found_by_its_endings(self, reader, tmp_path):
        assert reader.extensions
        content = b"Some words." if reader.is_text else bytes(range(256))
        chosen = [Readers().claiming(MemoryFile(content, f"X{ending.upper()}", ReadOptions()))
                  for ending in reader.extensions]
        assert {type(each) for each in chosen} == {reader}

    def test_survives_any_content(self, reader, tmp_path):
        contents = [b"", b" \n", b"\0" * 100, bytes(range(256)) * 20, b"<html" * 50, b"[" * 5000, b"{}\n" * 10,
                    b"---\n", b"\xff\xfe", "\ufeff".encode(), b"\xef\xbb\xbf{\"text\":\"x\"}", b"<p>ok</p>",
                    "# 标题\n正文".encode("utf-16"),
                    b'{"text": 1e999}', b'"\\ud800"\n', b"\r\r\r", b"`" * 300, b"(((" * 100]
        for number, content in enumerate(contents):
            path = tmp_path / f"file{number}{reader.extensions[0]}"
            path.write_bytes(content)
            for found in read_file(path, path.name, ReadOptions()):
                assert isinstance(found, Document | Skipped)
                if isinstance(found, Document):
                    found.text.encode("utf-8")
                    assert found.text.strip()
                else:
                    assert found.reason.endswith(".") and (not found.fix or found.fix.endswith("."))

    def test_says_where_its_text_comes_from(self, reader, tmp_path):
        assert "Source:" in reader.__doc__ and reader.title and reader.summary()
