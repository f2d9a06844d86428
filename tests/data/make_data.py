"""Makes one small file of every container and data format that Wenlu reads, by other libraries' own writers.

`python -m tests.data.make_data` writes them into tests/data/formats. The texts are in the public domain or were
written for this purpose.
"""
# ruff: noqa: E501  (texts and markup as they are)

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent / "formats"
QUESTIONS = [
    {"question": "What do bees make?", "answer": "Honey and wax."},
    {"question": "月亮什么时候最圆？", "answer": "农历十五前后。"},
    {"question": "Who wrote \"Emma\"?", "answer": "Jane Austen,\nin 1815."},
]
PAIRS = [("Open the window.", "打开窗户。"), ("Close the door & go.", "关上门，走吧。"), ("It is <late>.", "天色已晚。")]
CHAPTERS = {"chapter-1.txt": "It was a dark night, and the road was long.\n", "二/第二章.txt": "月落乌啼霜满天，江枫渔火对愁眠。\n",
            "notes.md": "# Notes\n\nSome *words* here.\n"}
ARTICLES = {
    "Tea": ("'''Tea''' is a [[drink]] made by pouring hot water over [[leaf|leaves]].<ref name=\"a\">A book.</ref>\n"
            "{{Infobox drink|name=Tea|origin={{flag|China}}}}\n[[File:Tea.jpg|thumb|A [[cup]] of tea]]\n"
            "{| class=\"wikitable\"\n! Kind !! Taste\n|-\n| Green || Fresh\n|}\n"
            "== Kinds ==\n* Green tea<!-- a note -->\n* Black tea\n\n== See also ==\n[[Category:Drinks]]\n",
            "Tea is a drink made by pouring hot water over leaves.\nKinds\nGreen tea\nBlack tea"),
    "茶": ("'''茶'''是一种[[饮料]]，起源于[[中国]]。{{lang|en|Tea}}-{zh-hans:软件;zh-hant:軟體}-也写作[http://example.org 茗]。\n"
          "== 种类 ==\n# 绿茶\n# 红茶\n[[Category:饮料]]\n",
          "茶是一种饮料，起源于中国。软件也写作茗。\n种类\n绿茶\n红茶"),
}
PAGES = {"http://example.org/tea": ("text/html; charset=utf-8", b"<html><head><title>Tea</title></head><body><nav>Menu</nav><p>Tea is warm.</p></body></html>"),
         "http://example.org/cha": ("text/html; charset=gb2312", "<title>茶</title><p>茶是一种饮料，起源于中国。</p>".encode("gbk")),
         "http://example.org/plain": ("text/plain", b"Only words."),
         "http://example.org/picture": ("image/png", b"\x89PNG\r\n\x1a\n")}


def table(delimiter: str) -> bytes:
    """The questions as a table."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "question", "answer"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows({"id": number, **row} for number, row in enumerate(QUESTIONS, 1))
    return out.getvalue().encode()


def parquet() -> bytes:
    """The questions, in two row groups."""
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(QUESTIONS), out, row_group_size=2, compression="zstd")
    return out.getvalue()


def arrow(is_file: bool) -> bytes:
    """The questions in Arrow's file or stream format."""
    import pyarrow

    content = pyarrow.Table.from_pylist(QUESTIONS)
    out = io.BytesIO()
    with (pyarrow.ipc.new_file if is_file else pyarrow.ipc.new_stream)(out, content.schema) as writer:
        writer.write_table(content, max_chunksize=2)
    return out.getvalue()


def po() -> bytes:
    """The pairs as messages, with a plural, a doubtful one, one without translation and an obsolete one."""
    import polib

    file = polib.POFile(wrapwidth=40)
    file.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": "zh_CN"}
    for source, target in PAIRS:
        file.append(polib.POEntry(msgid=source, msgstr=target, comment="A note"))
    file.append(polib.POEntry(msgid="%d file", msgid_plural="%d files", msgstr_plural={0: "%d 个文件"}))
    file.append(polib.POEntry(msgid="A tab\tand \"quotes\"\nand a line that is long enough to be wrapped", msgstr="制表符\t和“引号”"))
    file.append(polib.POEntry(msgid="Doubtful", msgstr="可疑", flags=["fuzzy"]))
    file.append(polib.POEntry(msgid="Not yet", msgstr=""))
    file.append(polib.POEntry(msgid="Gone", msgstr="没了", obsolete=True))
    return str(file).encode()


def tmx() -> bytes:
    """The pairs as a translation memory."""
    from xml.sax.saxutils import escape

    units = "".join(f'<tu><tuv xml:lang="zh-CN"><seg>{escape(target)}</seg></tuv><tuv xml:lang="en"><seg><bpt i="1">&lt;b&gt;</bpt>'
                    f'{escape(source)}<ept i="1">&lt;/b&gt;</ept></seg></tuv></tu>\n' for source, target in PAIRS)
    return ('<?xml version="1.0" encoding="UTF-16"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header srclang="en" '
            'datatype="plaintext" segtype="sentence" adminlang="en" o-tmf="x" creationtool="x" creationtoolversion="1"/>\n'
            f'<body>{units}<tu><tuv xml:lang="en"><seg>Alone</seg></tuv></tu></body></tmx>').encode("utf-16")


def xliff(version: str) -> bytes:
    """The pairs as XLIFF 1.2 or 2.0."""
    from xml.sax.saxutils import escape

    if version == "2.0":
        units = "".join(f'<unit id="u{number}"><segment><source>{escape(source)}<ph id="1"/></source><target>{escape(target)}</target>'
                        "</segment></unit>" for number, (source, target) in enumerate(PAIRS))
        return ('<?xml version="1.0"?><xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="zh">'
                f'<file id="f">{units}</file></xliff>').encode()
    units = "".join(f'<trans-unit id="{number}"><source>{escape(source)}</source><target>{escape(target)}<x id="1"/></target>'
                    f"<alt-trans><source>Other</source><target>别的</target></alt-trans></trans-unit>"
                    for number, (source, target) in enumerate(PAIRS))
    return ('<?xml version="1.0"?><xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file source-language="en" '
            f'target-language="zh" datatype="plaintext" original="a"><body>{units}<trans-unit id="x"><source>Not yet</source>'
            "</trans-unit></body></file></xliff>").encode()


def wiki() -> bytes:
    """The articles, a redirect and a talk page, as MediaWiki exports them."""
    from xml.etree import ElementTree as Tree

    root = Tree.Element("mediawiki", {"xmlns": "http://www.mediawiki.org/xml/export-0.11/", "version": "0.11"})
    Tree.SubElement(Tree.SubElement(root, "siteinfo"), "sitename").text = "Wikipedia"
    pages = [(title, "0", text) for title, (text, _) in ARTICLES.items()]
    pages += [("Chai", "0", "#REDIRECT [[Tea]]"), ("Talk:Tea", "1", "Nice.")]
    for number, (title, space, text) in enumerate(pages, 1):
        page = Tree.SubElement(root, "page")
        for name, words in (("title", title), ("ns", space), ("id", str(number))):
            Tree.SubElement(page, name).text = words
        if text.startswith("#REDIRECT"):
            Tree.SubElement(page, "redirect", {"title": "Tea"})
        revision = Tree.SubElement(page, "revision")
        for name, words in (("id", "99"), ("model", "wikitext"), ("text", text)):
            Tree.SubElement(revision, name).text = words
    return Tree.tostring(root, "utf-8", xml_declaration=True)


def warc() -> bytes:
    """The pages as a crawler keeps them, each record compressed by itself, with a request and an error."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    fixed = {"WARC-Date": "2024-01-02T03:04:05Z"}

    def add(address: str, kind: str, content: bytes, status: str = "200 OK", **more: str) -> None:
        headers = StatusAndHeaders(status, [("Content-Type", kind), *((name.replace("_", "-"), words) for name, words in more.items())], "HTTP/1.1")
        record = writer.create_warc_record(address, "response", payload=io.BytesIO(content), http_headers=headers,
                                           warc_headers_dict={**fixed, "WARC-Record-ID": f"<urn:uuid:{len(out.getvalue()):032d}>"})
        writer.write_record(record)

    for address, (kind, content) in PAGES.items():
        add(address, kind, content)
    add("http://example.org/packed", "text/html", gzip.compress(b"<p>Packed words.</p>", mtime=0), Content_Encoding="gzip")
    add("http://example.org/chunks", "text/html", b"7\r\n<p>Some\r\n9\r\n chunks.\n\r\n0\r\n\r\n", Transfer_Encoding="chunked")
    add("http://example.org/gone", "text/html", b"<p>Not found.</p>", "404 Not Found")
    return out.getvalue()


def zipped() -> bytes:
    """The chapters, a link and a file of a desktop, in a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in CHAPTERS.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred() -> bytes:
    """The chapters in a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in CHAPTERS.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def files() -> dict[str, bytes]:
    """Every file by its name."""
    import zstandard

    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in QUESTIONS).encode()
    return {
        "rows.jsonl": rows, "rows.jsonl.zst": zstandard.ZstdCompressor().compress(rows), "rows.csv": table(","),
        "rows.tsv": table("\t"), "rows.parquet": parquet(), "rows.arrow": arrow(False), "rows.feather": arrow(True),
        "app.po": po(), "memory.tmx": tmx(), "app.xlf": xliff("1.2"), "app2.xliff": xliff("2.0"),
        "wiki.xml.bz2": bz2.compress(wiki()), "pages.warc.gz": warc(), "books.zip": zipped(), "books.tar": tarred(),
        "books.tar.xz": lzma.compress(tarred()), "chapter.txt.gz": gzip.compress(CHAPTERS["chapter-1.txt"].encode(), mtime=0)}


def main() -> None:
    """Write all."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
