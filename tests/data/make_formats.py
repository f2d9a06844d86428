"""Makes one small file of every format that Wenlu reads, by other libraries' own writers.

`python -m tests.data.make_formats` writes them into tests/data/formats. The texts are in the public domain (Jane
Austen, Lu Xun, poets of the Tang) or were written for this purpose.
"""
# ruff: noqa: E501  (texts and markup as they are)

from __future__ import annotations

import io
import json
import mailbox
import zipfile
from email.message import EmailMessage
from pathlib import Path

FOLDER = Path(__file__).parent / "formats"
EMMA = [
    "Emma Woodhouse, handsome, clever, and rich, with a comfortable home and happy disposition, seemed to unite some of "
    "the best blessings of existence; and had lived nearly twenty-one years in the world with very little to distress "
    "or vex her.",
    "She was the youngest of the two daughters of a most affectionate, indulgent father; and had, in consequence of her "
    "sister's marriage, been mistress of his house from a very early period. Her mother had died too long ago for her "
    "to have more than an indistinct remembrance of her caresses; and her place had been supplied by an excellent woman "
    "as governess, who had fallen little short of a mother in affection.",
    "Sixteen years had Miss Taylor been in Mr. Woodhouse's family, less as a governess than a friend, very fond of both "
    "daughters, but particularly of Emma.",
]
LUXUN = [
    "我在年青时候也曾经做过许多梦，后来大半忘却了，但自己也并不以为可惜。所谓回忆者，虽说可以使人欢欣，有时也不免使人寂寞，"
    "使精神的丝缕还牵着己逝的寂寞的时光，又有什么意味呢，而我偏苦于不能全忘却，这不能全忘的一部分，到现在便成了《呐喊》的来由。",
    "我有四年多，曾经常常，——几乎是每天，出入于质铺和药店里，年纪可是忘却了，总之是药店的柜台正和我一样高，质铺的是比我高一倍。",
]
POEM = ["床前明月光，", "疑是地上霜。", "举头望明月，", "低头思故乡。"]


def pdf(pages: int = 6) -> bytes:
    """A book in English with a running head and page numbers, and a last page in Chinese."""
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    body = ParagraphStyle("body", parent=getSampleStyleSheet()["BodyText"], alignment=4, firstLineIndent=14)
    chinese = ParagraphStyle("zh", fontName="STSong-Light", fontSize=11, leading=16, wordWrap="CJK", firstLineIndent=22)

    def frame(canvas, document):
        canvas.setFont("Times-Italic", 9)
        canvas.drawString(60, 570, "Emma, by Jane Austen")
        canvas.drawCentredString(210, 25, f"– {document.page} –")

    story = []
    for number in range(1, pages):
        story += [Paragraph(f"Chapter {number}", getSampleStyleSheet()["Heading1"])]
        story += [Paragraph(text, body) for text in EMMA] + [PageBreak()]
    story += [Paragraph(text, chinese) for text in LUXUN]
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A5, title="Emma", author="Jane Austen", lang="en-GB", invariant=1).build(
        story, onFirstPage=frame, onLaterPages=frame)
    return out.getvalue()


def locked_pdf() -> bytes:
    """The same behind a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(2))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scanned_pdf() -> bytes:
    """Two pages that are pictures."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for _ in range(2):
        canvas.drawInlineImage(_picture(), 50, 50, 400, 600)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _picture():
    from PIL import Image

    return Image.linear_gradient("L").resize((40, 60))


def docx() -> bytes:
    """Headings, paragraphs, a table, a tab and a line break; a footnote and a deleted word put in by hand."""
    from docx import Document

    document = Document()
    document.core_properties.title, document.core_properties.author = "Two texts", "A writer"
    document.add_heading("Emma", level=1)
    for text in EMMA[:2]:
        document.add_paragraph(text)
    document.add_paragraph("A tab\there\nand a new line.")
    table = document.add_table(rows=2, cols=3)
    for row, cells in zip(table.rows, (("Name", "Age", "Town"), ("Emma", "21", "Highbury")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_heading("呐喊", level=1)
    document.add_paragraph(LUXUN[0])
    document.add_paragraph("")
    document.add_paragraph("The end.")
    out = io.BytesIO()
    document.save(out)
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    note = f'<w:footnotes {word}><w:footnote w:id="2"><w:p><w:r><w:t>A note below.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    gone = b'<w:del w:id="9" w:author="x"><w:r><w:delText>GONE</w:delText></w:r></w:del>'
    return _repacked(out.getvalue(), {"word/footnotes.xml": note.encode()},
                     {"word/document.xml": lambda part: part.replace(b"The end.</w:t></w:r>",
                                                                     b"The end.</w:t></w:r>" + gone)})


def _repacked(package: bytes, added=(), changed=()) -> bytes:
    """A zip package with parts added and changed, the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
        parts = {name: old.read(name) for name in old.namelist()} | dict(added or {})
        for name, change in dict(changed or {}).items():
            parts[name] = change(parts[name])
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(name), content, kind)
    return out.getvalue()


def odt() -> bytes:
    """Headings, paragraphs, spaces that count, a table and a note."""
    from odf import dc, meta
    from odf.opendocument import OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import H, LineBreak, Note, NoteBody, NoteCitation, P, S, Tab

    document = OpenDocumentText()
    document.meta.addElement(dc.Title(text="Two texts"))
    document.meta.addElement(meta.InitialCreator(text="A writer"))
    document.text.addElement(H(outlinelevel=1, text="Emma"))
    for text in EMMA[:2]:
        document.text.addElement(P(text=text))
    paragraph = P(text="Three")
    paragraph.addElement(S(c=3))
    paragraph.addText("spaces, a tab")
    paragraph.addElement(Tab())
    paragraph.addText("and a line")
    paragraph.addElement(LineBreak())
    paragraph.addText("break.")
    note = Note(noteclass="footnote")
    note.addElement(NoteCitation(text="1"))
    body = NoteBody()
    body.addElement(P(text="A note below."))
    note.addElement(body)
    paragraph.addElement(note)
    document.text.addElement(paragraph)
    table = Table(name="t")
    for cells in (("Name", "Age"), ("Emma", "21")):
        row = TableRow()
        for text in cells:
            cell = TableCell()
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    document.text.addElement(table)
    document.text.addElement(H(outlinelevel=1, text="呐喊"))
    document.text.addElement(P(text=LUXUN[0]))
    out = io.BytesIO()
    document.write(out)
    return _repacked(out.getvalue())


OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier><dc:title>Two texts</dc:title>
<dc:creator>Jane Austen</dc:creator><dc:creator>鲁迅</dc:creator><dc:language>en</dc:language><dc:date>1815-12-23</dc:date>
</metadata><manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/two%20parts.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol>
<li><a href="text/one.xhtml">Emma, chapter one</a></li><li><a href="text/two%20parts.xhtml#a">呐喊 自序</a></li></ol></nav>
</body></html>"""


def epub(extra=()) -> bytes:
    """A book of two chapters, stored in another order than it is read in."""
    def page(title, paragraphs):
        inner = "".join(f"<p>{text}</p>" for text in paragraphs)
        return (f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}'
                f"</title></head><body><h1>{title}</h1>{inner}</body></html>")

    container = ('<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
                 '<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
                 "</container>")
    parts = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OPS/book.opf": OPF,
             "OPS/nav.xhtml": NAV, "OPS/text/two parts.xhtml": page("自序", LUXUN),
             "OPS/text/one.xhtml": page("I", EMMA)} | dict(extra)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(zipfile.ZipInfo(name), content, kind)
    return out.getvalue()


def locked_epub() -> bytes:
    """The same, with its first chapter locked."""
    lock = ('<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
            'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
            '<CipherData><CipherReference URI="OPS/text/one.xhtml"/></CipherData></EncryptedData></encryption>')
    return epub({"META-INF/encryption.xml": lock})


def rtf() -> bytes:
    """As word processors write it: fonts with their own encodings, Unicode with stand-ins, a table, a picture."""
    chinese = "".join(f"\\'{byte:02x}" for byte in POEM[0].encode("gbk")).encode()
    unicode = "".join(f"\\u{ord(character)}?" for character in POEM[1]).encode()
    return (b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\froman\\fcharset0 Times;}{\\f1\\fnil\\fcharset134 SimSun;}}\n"
            b"{\\colortbl;\\red0\\green0\\blue0;}{\\*\\generator A writer;}{\\info{\\title Two texts}{\\author A writer}}\n"
            b"{\\header A head\\par}\\pard\\b Emma\\b0\\par\n" + EMMA[0].encode() + b"\\par\n"
            b"Caf\\'e9 \\endash  \\ldblquote quoted\\rdblquote\\tab tab\\line line\\par\n"
            b"{\\pict\\pngblip 89504e470d0a1a0a0000}{\\*\\unknown gone}{\\v hidden}"
            b"{\\f1 " + chinese + b"}\\par\n" + unicode + b"\\par\n"
            b"\\trowd\\cellx1000\\cellx2000 Name\\cell Age\\cell\\row Emma\\cell 21\\cell\\row\\pard\\par The end.\\par}\n")


SRT = """1
00:00:01,000 --> 00:00:03,000
<i>I was thinking</i>

2
00:00:03,100 --> 00:00:05,000
that we might {\\an8}go home.

3
00:00:06,000 --> 00:00:08,000
- Why?
- Because it is late.

4
00:00:40,000 --> 00:00:42,000
[door slams]
今天天气

5
00:00:42,200 --> 00:00:44,000
真好。
"""
VTT = """WEBVTT

STYLE
::cue { color: red }

NOTE made for a test

intro
00:01.000 --> 00:03.000 align:start
<v Emma>I was <00:02.000><c>thinking</c>

00:03.000 --> 00:05.000
I was thinking
that we might go home &amp; sleep.
"""


def mail(subject: str, text: str, html: str = "", charset: str = "utf-8") -> EmailMessage:
    """A message with a text, its page, and a file that goes along."""
    found = EmailMessage()
    found["From"], found["To"] = "鲁迅 <luxun@example.org>", "reader@example.org"
    found["Subject"], found["Date"] = subject, "Sun, 03 Dec 1922 10:00:00 +0800"
    found.set_content(text, charset=charset)
    if html:
        found.add_alternative(html, subtype="html")
    return found


def eml() -> bytes:
    """One message with an attachment."""
    found = mail("呐喊 自序", LUXUN[0] + "\n", f"<p>{LUXUN[0]}</p>", "gb18030")
    found.add_attachment(b"\x89PNG\r\n\x1a\n" * 10, maintype="image", subtype="png", filename="picture.png")
    return found.as_bytes()


def mbox() -> bytes:
    """Two messages and a line that only looks like the beginning of a third."""
    path = FOLDER / "box.tmp"
    path.unlink(missing_ok=True)
    box = mailbox.mbox(path)
    box.add(mail("Emma", EMMA[0] + "\nFrom fairest creatures we desire increase.\n"))
    page = EmailMessage()
    page["From"], page["Subject"] = "a@example.org", "Only a page"
    page.set_content("<html><body><p>Read <b>this</b>.</p></body></html>", subtype="html")
    box.add(page)
    box.close()
    content = path.read_bytes()
    path.unlink()
    return b"\n".join(b"From MAILER-DAEMON Sun Dec  3 10:00:00 1922" if line.startswith(b"From MAILER") else line
                      for line in content.split(b"\n"))


def notebook() -> bytes:
    """Prose, code and a result."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["# Sums\n", "We *add* numbers."]},
             {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "print(1 + 1)\n",
              "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}]}]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells,
                       "metadata": {"language_info": {"name": "python"}}}, indent=1).encode()


CODE = "# SPDX-License-Identifier: MIT\n\ndef add(first, second):\n    return first + second\n"
FILES = {"emma.pdf": pdf, "locked.pdf": locked_pdf, "scan.pdf": scanned_pdf, "texts.docx": docx, "texts.odt": odt,
         "book.epub": epub, "locked.epub": locked_epub, "letter.rtf": rtf, "film.srt": SRT.encode,
         "film.vtt": VTT.encode, "note.eml": eml, "box.mbox": mbox, "sums.ipynb": notebook, "add.py": CODE.encode}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in FILES.items():
        (FOLDER / name).write_bytes(make())
