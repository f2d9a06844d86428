"""Books, papers, subtitles, mail and code: the text equals what other libraries read, and bad files give reasons."""

from __future__ import annotations

import email
import io
import json
import mailbox
import re
import zipfile
from collections import Counter
from email import policy
from pathlib import Path

import docx
import pypdf
import pytest
from odf import teletype
from odf.opendocument import load
from odf.text import H, P
from striprtf.striprtf import rtf_to_text

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions
from engine.corpora.layout import HYPHEN, Line, Page, join, paragraphs, without_heads
from engine.corpora.reader import read_file
from tests.data import make_formats as texts

FORMATS = Path(texts.FOLDER)


def read(path, **options):
    return list(read_file(path, path.name, ReadOptions(**options)))


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(text):
    return [line for line in text.split("\n") if line.strip()]


def reason_of(found):
    assert all(isinstance(each, Skipped) for each in found)
    return [each.reason for each in found]


class TestPdf:
    def test_paragraphs_come_back_whole_and_heads_and_numbers_are_gone(self):
        found, = read(FORMATS / "emma.pdf")
        expected = [part for number in range(1, 6) for part in (f"Chapter {number}", *texts.EMMA)] + texts.LUXUN
        assert found.text.split("\n\n") == expected
        assert found.metadata == {"format": "pdf", "title": "Emma", "author": "Jane Austen", "pages": 6,
                                  "declared_language": "en-GB", "date": "2000-01-01"}

    def test_its_words_are_those_that_pypdf_sees_less_heads_and_numbers(self):
        other = "\n".join(page.extract_text() for page in pypdf.PdfReader(FORMATS / "emma.pdf").pages[:5])
        seen = Counter(re.sub(r"Emma, by Jane Austen|– \d –", "", other).split())
        own = Counter(read(FORMATS / "emma.pdf")[0].text.split("我")[0].split())
        assert own == seen

    def test_a_page_is_a_document_where_that_is_chosen(self):
        found = read(FORMATS / "emma.pdf", documents="parts")
        assert [each.metadata["page"] for each in found] == [1, 2, 3, 4, 5, 6]
        assert found[5].text == "\n\n".join(texts.LUXUN) and found[5].name == "emma.pdf#6"

    def test_a_page_knows_its_chapter_where_the_bookmarks_name_it(self, tmp_path):
        writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(FORMATS / "emma.pdf"))
        first = writer.add_outline_item(title="Volume one", page_number=1)
        writer.add_outline_item(title="Inside", page_number=2, parent=first)
        writer.add_outline_item(title="第二卷", page_number=3)
        writer.write(tmp_path / "a.pdf")
        found = read(tmp_path / "a.pdf", documents="parts")
        assert [each.metadata.get("chapter") for each in found] == [None, *["Volume one"] * 2, *["第二卷"] * 3]

    @pytest.mark.parametrize("name, reason", [("locked.pdf", reasons.ENCRYPTED), ("scan.pdf", reasons.NO_TEXT_LAYER)])
    def test_locked_files_and_pictures_say_so(self, name, reason):
        assert reason_of(read(FORMATS / name)) == [reason.what]

    def test_a_word_cut_at_a_line_end_is_whole_and_keeps_a_hyphen_that_it_has_elsewhere(self):
        shown = [f"The infor{HYPHEN}mation that is well{HYPHEN}known is not always",
                 f"the well-known one, says Anna{HYPHEN}Maria here at"]
        page = Page(1, tuple(Line(text, 0, 300, 700 - 12 * place, 10) for place, text in enumerate(shown)))
        assert [text for _, text in paragraphs([page])] == [
            "The information that is well-known is not always the well-known one, says Anna-Maria here at"]

    def test_chinese_lines_are_joined_without_a_space_and_western_ones_with_one(self):
        assert join("山上", "有树") == "山上有树" and join("在 Wenlu", "里") == "在 Wenlu 里"
        assert join("one", "two") == "one two" and join("他说：", "“好”") == "他说：“好”"

    def test_heads_that_change_by_chapter_and_side_are_found_and_headings_stay(self):
        def page(number):
            head = f"{number} EMMA" if number % 2 == 0 else f"CHAPTER {number // 6} {number}"
            body = [f"Line {number} {row} of the text that is as long as others." for row in range(20)]
            rows = [Line(head, 0, 100, 800, 9)] + [Line(f"Part {number}", 0, 80, 770, 14)] * (number % 6 == 0)
            return Page(number, tuple(rows) + tuple(Line(text, 0, 300, 740 - 12 * row, 10)
                                                    for row, text in enumerate(body)))

        pages = list(without_heads(page(number) for number in range(1, 40)))
        left = [line.text for each in pages for line in each.lines if not line.text.startswith("Line")]
        assert left == [f"Part {number}" for number in range(6, 40, 6)]


    def test_heads_that_name_the_section_too_are_found_and_captions_stay(self):
        def page(number):
            head = Line(f"CHAPTER 2. 系统需求 2.{number}. {'固件 内存 磁盘 网络'.split()[number % 4]}", 0, 300, 800, 9)
            body = [Line("正文" * 20, 0, 300, 740 - 12 * row, 10) for row in range(20)]
            return Page(number, (head, *body, Line(f"图 {3 * number}：一张图片的说明文字", 0, 100, 420, 10)))

        left = {line.text for each in without_heads(page(number) for number in range(1, 9)) for line in each.lines}
        assert left == {"正文" * 20, *(f"图 {3 * number}：一张图片的说明文字" for number in range(1, 9))}

    def test_a_list_entry_that_goes_on_indented_is_one_paragraph(self):
        page = Page(1, (Line("1. An entry that is so long that it does not fit on", 0, 300, 700, 10),
                        Line("one line and goes on below, indented like all the rest", 20, 300, 688, 10),
                        Line("of it.", 20, 50, 676, 10), Line("2. Another entry.", 0, 80, 664, 10)))
        assert [text for _, text in paragraphs([page])] == [
            "1. An entry that is so long that it does not fit on one line and goes on below, indented like all the "
            "rest of it.\n2. Another entry."]


class TestWord:
    def test_paragraphs_and_tables_are_those_that_python_docx_sees(self):
        other = docx.Document(str(FORMATS / "texts.docx"))
        expected = []
        for item in other.iter_inner_content():
            if hasattr(item, "rows"):
                expected += ["\t".join(cell.text for cell in row.cells) for row in item.rows]
            else:
                expected += item.text.split("\n")
        found, = read(FORMATS / "texts.docx")
        assert lines(found.text) == [*filter(None, expected), "A note below."]
        assert found.metadata["title"] == "Two texts" and found.metadata["author"] == "A writer"

    def test_deleted_text_is_not_read(self):
        assert "GONE" not in read(FORMATS / "texts.docx")[0].text

    def test_a_chapter_is_a_document_where_that_is_chosen(self):
        found = read(FORMATS / "texts.docx", documents="parts")
        assert [each.metadata["chapter"] for each in found] == ["Emma", "呐喊"]
        assert found[0].text.startswith("Emma\n\nEmma Woodhouse")

    def test_a_text_box_comes_once(self, tmp_path):
        space = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.'
                 'openxmlformats.org/markup-compatibility/2006"')
        box = "<w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>"
        body = (f"<w:document {space}><w:body><w:p><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>"
                f"{box}</mc:Fallback></mc:AlternateContent><w:t>Around</w:t></w:r></w:p></w:body></w:document>")
        with zipfile.ZipFile(tmp_path / "a.docx", "w") as package:
            package.writestr("word/document.xml", body)
        assert read(tmp_path / "a.docx")[0].text == "Boxed\nAround"

    def test_old_and_locked_files_say_so(self, tmp_path):
        old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
        assert reason_of(read(written(tmp_path / "a.doc", old))) == [reasons.OLD_OFFICE.what]
        locked = old + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100
        assert reason_of(read(written(tmp_path / "a.docx", locked))) == [reasons.ENCRYPTED.what]


class TestOpenDocument:
    def test_paragraphs_and_tables_are_those_that_odfpy_sees(self):
        other = load(str(FORMATS / "texts.odt"))
        found, = read(FORMATS / "texts.odt")
        seen = [teletype.extractText(each) for kind in (H, P) for each in other.getElementsByType(kind)]
        own = Counter("".join(lines(found.text)).replace("\t", ""))
        # odfpy counts the note and its mark again inside its paragraph, and shows tabs and breaks as such.
        assert own == Counter("".join(seen).replace("\t", "").replace("\n", "").replace("1A note below.", "", 1))

    def test_spaces_tabs_and_notes_are_as_meant(self):
        text = read(FORMATS / "texts.odt")[0].text
        assert "Three   spaces, a tab\tand a line\nbreak.\nName\tAge\nEmma\t21\n" in text
        assert text.endswith("来由。\nA note below.")

    def test_a_locked_one_says_so(self, tmp_path):
        lock = b'<m:manifest xmlns:m="m"><m:encryption-data/></m:manifest>'
        content = texts._repacked((FORMATS / "texts.odt").read_bytes(), {"META-INF/manifest.xml": lock})
        assert reason_of(read(written(tmp_path / "a.odt", content))) == [reasons.ENCRYPTED.what]


class TestElectronicBook:
    def test_chapters_come_in_the_order_of_reading(self):
        found, = read(FORMATS / "book.epub")
        assert lines(found.text) == ["I", *texts.EMMA, "自序", *texts.LUXUN]
        assert found.metadata == {"format": "epub", "title": "Two texts", "author": "Jane Austen, 鲁迅",
                                  "declared_language": "en", "date": "1815-12-23"}

    def test_a_chapter_is_a_document_with_its_name_in_the_contents(self):
        found = read(FORMATS / "book.epub", documents="parts")
        assert [each.metadata["chapter"] for each in found] == ["Emma, chapter one", "呐喊 自序"]

    def test_older_books_name_their_chapters_in_another_list(self, tmp_path):
        ncx = ('<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>First</text>'
               '</navLabel><content src="text/one.xhtml"/></navPoint></navMap></ncx>')
        opf = texts.OPF.replace("<spine>", '<spine toc="n">').replace(
            "</manifest>", '<item id="n" href="t.ncx" media-type="application/x-dtbncx+xml"/></manifest>')
        opf = opf.replace(' properties="nav"', "").replace('<itemref idref="nav"/>', "")
        content = texts.epub({"OPS/t.ncx": ncx, "OPS/book.opf": opf})
        found = read(written(tmp_path / "a.epub", content), documents="parts")
        assert [each.metadata["chapter"] for each in found] == ["First", "自序"]

    def test_a_locked_book_says_so_and_locked_fonts_do_not_matter(self, tmp_path):
        assert reason_of(read(FORMATS / "locked.epub")) == [reasons.PROTECTED.what]
        fonts = ('<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>'
                 "</EncryptedData></encryption>")
        found = read(written(tmp_path / "a.epub", texts.epub({"META-INF/encryption.xml": fonts})))
        assert isinstance(found[0], Document)

    def test_notes_at_the_side_and_foot_belong_to_the_book(self, tmp_path):
        page = "<html><body><p>Text.</p><aside>A note.</aside><footer>A source.</footer></body></html>"
        found = read(written(tmp_path / "a.epub", texts.epub({"OPS/text/one.xhtml": page})))
        assert found[0].text.startswith("Text.\nA note.\nA source.\n")

    def test_a_missing_page_is_counted_and_the_others_are_read(self, tmp_path):
        content = texts.epub({"OPS/book.opf": texts.OPF.replace('href="text/one.xhtml"', 'href="no.xhtml"')})
        found = read(written(tmp_path / "a.epub", content))
        assert next(each.text for each in found if isinstance(each, Document)).startswith("自序")
        assert reasons.BAD_PAGES.what in [each.reason for each in found if isinstance(each, Skipped)]


class TestRichText:
    def test_the_text_is_what_striprtf_sees(self):
        content = (FORMATS / "letter.rtf").read_text("latin-1")
        other = rtf_to_text(content, encoding="cp1252", errors="replace")
        own = read(FORMATS / "letter.rtf")[0].text
        # striprtf separates cells by a bar and reads Chinese bytes in the encoding of the whole.
        kept = [line.replace("|", "\t").strip() for line in lines(other) if "Ä" not in line and "´" not in line]
        assert [line for line in (line.strip() for line in lines(own)) if line in kept] == [
            line for line in kept if line in own] and len(kept) >= 8

    def test_every_encoding_is_read_as_its_font_says(self):
        found, = read(FORMATS / "letter.rtf")
        assert [line.strip() for line in lines(found.text)] == [
            "Emma", texts.EMMA[0], "Café – “quoted”\ttab", "line", texts.POEM[0], texts.POEM[1], "Name\tAge",
            "Emma\t21", "The end."]
        assert found.metadata["title"] == "Two texts" and found.metadata["author"] == "A writer"

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
    def test_where_the_bytes_are_cut_makes_no_difference(self, size):
        from engine.corpora.readers.rtf import RtfParser

        content = (FORMATS / "letter.rtf").read_bytes()
        parser = RtfParser()
        parts = [parser.feed(content[place:place + size]) for place in range(0, len(content), size)]
        whole = RtfParser()
        assert "".join(parts) + parser.close() == whole.feed(content) + whole.close()

    def test_binary_inside_is_jumped_over_and_pairs_of_surrogates_are_one(self, tmp_path):
        content = b"{\\rtf1 a{\\pict\\bin5 }{}}\\}b\\u-10179?\\u-8704? \\uc2\\u8212??c}"
        assert read(written(tmp_path / "a.rtf", content))[0].text == "ab\U0001f600 —c"


class TestSubtitles:
    def test_cues_are_joined_to_sentences(self):
        assert read(FORMATS / "film.srt")[0].text.split("\n") == [
            "I was thinking that we might go home.", "- Why?", "- Because it is late.", "", "[door slams]",
            "今天天气真好。"]

    def test_rolling_lines_come_once(self):
        assert read(FORMATS / "film.vtt")[0].text == "I was thinking that we might go home & sleep."

    def test_nothing_that_is_said_is_lost(self):
        words = re.sub(r"(?m)^\d+$|^.*-->.*$|<[^>]*>|\{[^}]*\}", "", texts.SRT).split()
        assert Counter("".join(words)) == Counter("".join(read(FORMATS / "film.srt")[0].text.split()))


class TestMail:
    def test_a_message_gives_its_text_in_its_own_encoding(self):
        other = email.message_from_bytes((FORMATS / "note.eml").read_bytes(), policy=policy.default)
        found, = read(FORMATS / "note.eml")
        assert found.text.strip() == other.get_body(("plain",)).get_content().strip() == texts.LUXUN[0]
        assert found.metadata == {"format": "mail", "title": "呐喊 自序", "author": "鲁迅", "date": "1922-12-03",
                                  "attachments": 1}

    def test_a_mailbox_gives_the_messages_that_the_standard_library_sees(self):
        other = list(mailbox.mbox(FORMATS / "box.mbox"))
        found = read(FORMATS / "box.mbox")
        assert [each.metadata["title"] for each in found] == [each["Subject"] for each in other]
        assert found[0].text.split() == (texts.EMMA[0] + " From fairest creatures we desire increase.").split()
        assert found[1].text == "Read this."

    def test_a_broken_message_is_counted_and_the_others_are_read(self, tmp_path):
        content = b"From a Sun Dec  3 10:00:00 1922\nno headers here\n\n" + (FORMATS / "box.mbox").read_bytes()
        found = read(written(tmp_path / "a.mbox", content))
        assert [type(each) for each in found].count(Document) == 2
        assert [(each.name, each.reason) for each in found if isinstance(each, Skipped)] == [
            ("a.mbox (1)", reasons.BAD_MESSAGES.what)]

    @pytest.mark.parametrize("header", ["Content-Type: text/plain; charset=no-such", "Content-Type: ;;;=",
                                        "Date: never", "From: <@@>,\n\t(((",
                                        "Content-Type: multipart/mixed; boundary=x",
                                        "Content-Transfer-Encoding: base64", "Subject: =?gbk?b?////?="])
    def test_headers_that_break_the_rules_lose_no_text(self, tmp_path, header):
        found = read(written(tmp_path / "a.eml", f"{header}\nMessage-ID: <a@b>\n\n今天天气真好。\n"))
        if "base64" not in header:
            assert "今天天气真好。" in found[0].text

    def test_a_poem_is_no_mailbox(self, tmp_path):
        poem = "From fairest creatures we desire increase,\nThat thereby beauty's rose might never die,\n"
        assert read(written(tmp_path / "a.txt", poem))[0].text == poem


class TestCode:
    def test_it_stays_as_it_is_and_names_language_and_licence(self):
        found, = read(FORMATS / "add.py")
        assert found.text == texts.CODE
        assert found.metadata["programming_language"] == "Python" and found.metadata["licence"] == "MIT"

    def test_a_notebook_gives_prose_and_code_without_results(self):
        found, = read(FORMATS / "sums.ipynb")
        assert found.text == "Sums\nWe add numbers.\n\nprint(1 + 1)"
        assert [each.metadata["cell_kind"] for each in read(FORMATS / "sums.ipynb", documents="parts")] == [
            "markdown", "code"]

    def test_older_notebooks_are_read_too(self, tmp_path):
        old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}], "nbformat": 3}
        assert read(written(tmp_path / "a.ipynb", json.dumps(old)))[0].text == "x = 1"


PACKAGES = ["texts.docx", "texts.odt", "book.epub"]


class TestBadFiles:
    @pytest.mark.parametrize("name", sorted(texts.FILES))
    def test_cut_files_keep_what_can_be_read_and_never_break(self, name, tmp_path):
        content = (FORMATS / name).read_bytes()
        for share in (0.05, 0.3, 0.6, 0.9, 0.99):
            for found in read(written(tmp_path / name, content[:int(share * len(content))])):
                assert isinstance(found, Document) or found.reason.endswith(".")

    @pytest.mark.parametrize("name", sorted(texts.FILES))
    def test_files_with_wrong_bytes_never_break(self, name, tmp_path):
        content = bytearray((FORMATS / name).read_bytes())
        for start in range(8):
            damaged = bytearray(content)
            for place in range(start * 7 + 10, len(damaged), 97 + start):
                damaged[place] ^= 0x55
            for found in read(written(tmp_path / name, bytes(damaged))):
                assert isinstance(found, Document) or found.reason.endswith(".")

    @pytest.mark.parametrize("name", ["emma.pdf", "texts.docx", "texts.odt", "book.epub", "letter.rtf", "box.mbox"])
    def test_the_content_decides_when_the_ending_lies(self, name, tmp_path):
        right = read(FORMATS / name)
        for ending in (".txt", ".pdf", ".rtf", ".docx", ".jsonl"):
            lying = read(written(tmp_path / f"x{ending}", (FORMATS / name).read_bytes()))
            assert [each.text for each in lying] == [each.text for each in right], ending

    @pytest.mark.parametrize("name", PACKAGES)
    def test_names_declared_in_xml_are_refused_and_nothing_outside_is_read(self, name, tmp_path):
        part = {"texts.docx": "word/document.xml", "texts.odt": "content.xml", "book.epub": "OPS/book.opf"}[name]
        secret = written(tmp_path / "secret.txt", "SECRET")
        for declaration in ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
                            f'<!ENTITY b SYSTEM "{secret.as_uri()}">', f'<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;'):
            bomb = f'<!DOCTYPE x [{declaration}]><x>&b;</x>'.encode()
            found = read(written(tmp_path / name, texts._repacked((FORMATS / name).read_bytes(), {part: bomb})))
            assert "SECRET" not in repr(found)
            assert reason_of(found)[0] in (reasons.UNSAFE_XML.what, reasons.DAMAGED.what)

    @pytest.mark.parametrize("name", PACKAGES)
    def test_a_part_that_unfolds_without_end_is_given_up(self, name, tmp_path):
        part = {"texts.docx": "word/document.xml", "texts.odt": "content.xml", "book.epub": "OPS/text/one.xhtml"}[name]
        bomb = b"<x>" + b" " * (40 << 20) + b"</x>"
        found = read(written(tmp_path / name, texts._repacked((FORMATS / name).read_bytes(), {part: bomb})))
        assert reasons.SWOLLEN.what in [each.reason for each in found if isinstance(each, Skipped)]

    @pytest.mark.parametrize("name", PACKAGES[:2])
    def test_elements_nested_beyond_reason_are_given_up(self, name, tmp_path):
        part = {"texts.docx": "word/document.xml", "texts.odt": "content.xml"}[name]
        deep = b"<x>" * 200_000 + b"</x>" * 200_000
        content = texts._repacked((FORMATS / name).read_bytes(), {part: deep})
        assert reason_of(read(written(tmp_path / name, content))) == [reasons.DAMAGED.what]

    def test_rich_text_nested_beyond_reason_is_given_up(self, tmp_path):
        found = read(written(tmp_path / "a.rtf", b"{\\rtf1 " + b"{" * 100_000))
        assert reason_of(found) == [reasons.DAMAGED.what]

    def test_a_locked_part_of_a_package_says_so(self, tmp_path):
        content = bytearray((FORMATS / "texts.odt").read_bytes())
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as package:
            offset = package.getinfo("content.xml").header_offset
        content[offset + 6] |= 1
        place = bytes(content).rfind(b"content.xml") - 46
        content[place + 8] |= 1
        assert reasons.ENCRYPTED.what in reason_of(read(written(tmp_path / "a.odt", bytes(content))))
