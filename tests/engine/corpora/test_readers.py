"""Formats: what comes out of Markdown, web pages and JSON lines."""

from __future__ import annotations

import json
import random
import re
from html.parser import HTMLParser

import pytest

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions
from engine.corpora.reader import read_file
from engine.corpora.readers.html import page_text
from engine.corpora.readers.markdown import plain


def read(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_file(path, path.name, ReadOptions(**options)))


def test_markdown_becomes_the_text_it_shows(tmp_path):
    found = read(tmp_path / "a.md", """---
layout: post
---
# A *fine* day #

Some **bold**, _lean_ and `co_de*` with [a link](http://x.y/z) and ![a picture](p.png).

- first
- [x] second
> quoted

| one | two |
|-----|:---:|
| 1   | 2   |

```python
x = "*kept*"
```

* * *
snake_case_name and <b>tags</b> <!-- gone -->
[ref]: http://example.org
""")
    assert found[0].metadata["title"] == "A fine day"
    assert found[0].text == """A *fine* day #

Some bold, lean and co_de* with a link and a picture.

first
second
quoted

one  two
1  2

x = "*kept*"

snake_case_name and tags 
""".replace("A *fine* day #", "A fine day #")


def test_plain_text_is_not_changed_by_the_markdown_reader():
    text = "Emma Woodhouse, handsome, clever, and rich; 2 * 3 = 6 (see [1]).\n\n1. One\n2. Two\n"
    assert plain(text) == text


class Visible(HTMLParser):
    """The words of a page by Python's own parser, as an independent reading."""

    def __init__(self):
        super().__init__()
        self.words, self.skipping = [], 0

    def handle_starttag(self, tag, attrs):
        self.skipping += tag in ("script", "style", "nav", "footer", "title")

    def handle_endtag(self, tag):
        self.skipping -= tag in ("script", "style", "nav", "footer", "title")

    def handle_data(self, data):
        if not self.skipping:
            self.words += data.split()


@pytest.mark.parametrize("seed", range(20))
def test_pages_give_the_words_that_another_parser_sees(seed):
    chance = random.Random(seed)

    def part(depth):
        if depth == 0 or chance.random() < 0.3:
            return " ".join(chance.choice(["tea", "cup", "茶", "AT&amp;T", "x &lt; y", "é"]) for _ in range(4)) + "\n"
        tag = chance.choice(["div", "p", "span", "b", "script", "style", "nav", "footer", "ul", "section"])
        inner = "var tea = 1;" if tag in ("script", "style") else "".join(part(depth - 1) for _ in range(3))
        if tag == "p":
            inner = re.sub(r"</?(div|p|nav|footer|ul|section)>", " ", inner)
        return f" <{tag}> {inner} </{tag}> "

    page = f"<html><head><title>T</title></head><body>{''.join(part(4) for _ in range(4))}</body></html>"
    other = Visible()
    other.feed(page)
    assert page_text(page)[1].split() == other.words


def test_blocks_of_a_page_are_lines_and_line_ends_inside_them_are_not():
    page = ("<title>A  page</title><nav>Menu</nav><h1>Head</h1><p>One <b>two</b>\nthree.<p>Four<br>five"
            "<pre>def f():\n    return 1</pre><table><tr><td>a</td><td>b</td></tr></table><footer>end</footer>")
    assert page_text(page) == ("A page", "Head\nOne two three.\nFour\nfive\ndef f():\n    return 1\na\nb")


def test_a_page_nested_beyond_reason_still_gives_its_text(tmp_path):
    found = read(tmp_path / "deep.html", "<div>" * 300_000 + "hello" + "<script>no</script>" + "</div>" * 300_000)
    assert [each.text for each in found] == ["hello"]


def test_a_page_may_name_its_own_encoding(tmp_path):
    page = '<html><head><meta charset="iso-8859-2"></head><body><p>Žluťoučký kůň</p></body></html>'
    assert read(tmp_path / "a.html", page.encode("iso-8859-2"))[0].text == "Žluťoučký kůň"
    gbk = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>短</p>'
    assert read(tmp_path / "b.html", gbk.encode("gbk"))[0].text == "短"


def test_json_lines_find_their_field_and_say_so(tmp_path):
    rows = [{"id": 1, "url": "http://x", "content": "first text"}, {"id": 2, "content": "second text", "title": "T"}]
    found = read(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n\n")
    assert [each.text for each in found] == ["first text", "second text"]
    assert found[1].metadata["field"] == "content" and found[1].metadata["line"] == 2
    assert found[1].metadata["title"] == "T" and found[1].name == "a.jsonl#2"


def test_the_longest_text_is_taken_where_no_name_is_known(tmp_path):
    found = read(tmp_path / "a.jsonl", '{"kurz": "ab", "lang": "a longer text"}\n')
    assert found[0].text == "a longer text"


def test_a_chosen_field_is_obeyed(tmp_path):
    found = read(tmp_path / "a.jsonl", '{"text": "no", "summary": "yes"}\n{"text": "no"}\n', text_field="summary")
    assert [each.text for each in found if isinstance(each, Document)] == ["yes"]
    assert [each.reason for each in found if isinstance(each, Skipped)] == [reasons.NO_FIELD.what]


def test_bad_rows_are_counted_and_good_rows_kept(tmp_path):
    rows = ['not json', '{"text": "one"}', '{"text": 5}', '[' * 100_000, '"a string"', '{"text": "\\ud800 two"}', 'NaN']
    found = read(tmp_path / "a.jsonl", "\n".join(rows))
    assert [each.text for each in found if isinstance(each, Document)] == ["one", "a string", "\ufffd two"]
    assert [(each.name, each.reason) for each in found if isinstance(each, Skipped)] == [
        ("a.jsonl (2)", reasons.BAD_ROW.what), ("a.jsonl (2)", reasons.NO_FIELD.what)]


def test_a_json_list_over_many_lines_is_read_too(tmp_path):
    poems = [{"title": "静夜思", "paragraphs": ["床前明月光，", "疑是地上霜。"]},
             {"title": "x", "paragraphs": ["a", "b"]}]
    found = read(tmp_path / "a.json", json.dumps(poems, ensure_ascii=False, indent=1))
    assert [each.text for each in found] == ["床前明月光，\n疑是地上霜。", "a\nb"]


def test_json_lines_in_other_encodings_are_read(tmp_path):
    line = '{"text": "鲁镇的酒店的格局，是和别处不同的"}\n'
    for encoding in ("gb18030", "utf-16", "utf-8-sig"):
        assert [each.text for each in read(tmp_path / f"{encoding}.jsonl", (line * 3).encode(encoding))] == [
            "鲁镇的酒店的格局，是和别处不同的"] * 3


def test_a_row_of_millions_of_characters_becomes_documents_of_bounded_size(tmp_path):
    found = read(tmp_path / "a.jsonl", json.dumps({"text": "word " * 500_000}))
    assert [len(each.text) for each in found] == [1_000_000, 1_000_000, 500_000]
