"""The article of a web page alone: what stays, what goes, and that nothing is lost where there is no article."""

from __future__ import annotations

from engine.corpora.files import ReadOptions
from engine.corpora.reader import read_file
from engine.corpora.source import source_of
from engine.work import Work

ARTICLE = ("今天天气真好，我们一起去公园散步，看见了许多花。" * 6,
           "The second paragraph has a good many words to say too. " * 6)
PAGE = f"""<html><head><title>A day</title></head><body>
<div class="menu"><ul><li><a href="/a">Home</a></li><li><a href="/b">Contact us</a></li></ul></div>
<article><h1>A day</h1><p>{ARTICLE[0]}</p><p>{ARTICLE[1]}</p></article>
<div class="sidebar"><h3>Related posts</h3><ul><li><a href="/c">Ten tricks</a></li></ul></div>
<div id="comments"><p>First!</p></div></body></html>"""


def texts(path, **options):
    return [each.text for each in read_file(path, path.name, ReadOptions(**options))]


def test_menus_and_side_notes_go_where_that_is_chosen_and_stay_where_it_is_not(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(PAGE, "utf-8")
    main, = texts(path, main_text=True)
    assert main.split() == ["A", "day", *" ".join(ARTICLE).split()]
    assert "Contact us" in texts(path)[0] and texts(path)[0] == texts(path, main_text=False)[0]


def test_a_page_without_an_article_keeps_its_text(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<ul><li><a href='/a'>One</a></li><li><a href='/b'>Two</a></li></ul>", "utf-8")
    assert texts(path, main_text=True) == ["One\nTwo"]


def test_a_page_nested_beyond_reason_keeps_its_text(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<div>" * 50_000 + "hello", "utf-8")
    assert texts(path, main_text=True) == ["hello"]


def test_it_is_a_setting_of_the_source(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(PAGE, "utf-8")
    source = source_of(path)
    chosen = type(source).model_validate({**source.model_dump(), "main_text": True})
    assert "Contact us" in next(source.read(Work())).text and "Contact us" not in next(chosen.read(Work())).text


def test_an_archive_of_web_pages_gives_articles_unless_all_is_wanted(tmp_path):
    content = PAGE.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + content
    head = (b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/\r\n"
            b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(answer))
    (tmp_path / "a.warc").write_bytes(head + answer + b"\r\n\r\n")
    assert "Contact us" not in texts(tmp_path / "a.warc")[0] and ARTICLE[0] in texts(tmp_path / "a.warc")[0]
    assert "Contact us" in texts(tmp_path / "a.warc", main_text=False)[0]
