"""News feeds: what a feed carries or leads to, and how a refresh adds to it."""

from __future__ import annotations

import json

import pytest

from engine.cli import main
from engine.corpora.document import Document, Skipped
from engine.corpora.sources.feed import FeedSource
from engine.corpora.web import reasons
from engine.project import Project
from engine.work import Stopped, Work
from tests.engine.corpora.small_site import Clock, page, serving, text

RSS = "application/rss+xml"


def rss(*items: tuple[str, str, str], rights: str = "") -> str:
    """A feed of (id, title, HTML) entries that lead to /id."""
    inner = "".join(f"<item><guid>{id}</guid><link>/{id}</link><title>{title}</title>"
                    f"<description><![CDATA[{html}]]></description></item>" for id, title, html in items)
    return (f'<?xml version="1.0"?><rss version="2.0"><channel><title>Daily tea</title><copyright>{rights}</copyright>'
            f"{inner}</channel></rss>")


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>茶馆</title>
<entry><id>urn:1</id><title type="html">一 &amp;amp; 二</title><link href="/one"/><summary>短</summary>
<content type="html">&lt;p&gt;掌柜：客官里边请。&lt;/p&gt;&lt;p&gt;客人：好茶。&lt;/p&gt;</content></entry>
<entry><id>urn:2</id><title>Plain</title><content type="text">First line &lt; second
Second line</content></entry>
</feed>"""


def fetched(site, tmp_path, path="/feed", **settings):
    made = FeedSource(address=site.address + path, allowed_host="127.0.0.1", **settings).in_project(tmp_path)
    return made, made.fetch(Work(), Clock().network())


def read(made):
    found = list(made.read(Work()))
    return ([each for each in found if isinstance(each, Document)],
            {each.name.rpartition("/")[2]: each.reason for each in found if isinstance(each, Skipped)})


def test_the_entries_of_an_rss_feed_are_documents(tmp_path):
    feed = rss(("a", "First", "<p>One <b>bold</b> word.</p><script>x()</script><p>Two.</p>"), ("b", "Second", "Plain"),
               rights="https://creativecommons.org/licenses/by/4.0/")
    with serving({"/feed": text(feed, RSS)}) as site:
        made, figures = fetched(site, tmp_path)
        assert site.paths() == ["/feed"]
    documents, skipped = read(made)
    assert (figures.new, skipped) == (2, {})
    assert [(each.name.removeprefix(site.address), each.text) for each in documents] == [
        ("/a", "One bold word.\nTwo."), ("/b", "Plain")]
    assert documents[0].metadata["title"] == "First" and documents[0].metadata["address"] == f"{site.address}/a"
    assert documents[0].metadata["licence"] == "CC BY 4.0" and documents[0].metadata["format"] == "feed"
    assert made.figures().pages == 2


def test_an_atom_feed_gives_its_content_in_its_own_words(tmp_path):
    with serving({"/feed": text(ATOM.encode(), "application/atom+xml")}) as site:
        made, _ = fetched(site, tmp_path)
    assert [(each.name, each.text) for each in read(made)[0]] == [
        ("urn:1", "掌柜：客官里边请。\n客人：好茶。"), ("urn:2", "First line < second\nSecond line")]
    assert read(made)[0][0].metadata["title"] == "一 & 二"


def test_a_refresh_adds_what_is_new_and_keeps_what_the_feed_no_longer_has(tmp_path):
    with serving({"/feed": text(rss(("a", "A", "Old news"), ("b", "B", "News")), RSS, ETag='"1"')}) as site:
        made, _ = fetched(site, tmp_path)
        before = made.identity()
        fetched(site, tmp_path)
        assert site.asked[-1][1]["if-none-match"] == '"1"' and made.identity() == before
        site.pages["/feed"] = text(rss(("c", "C", "Newest"), ("b", "B", "News, mended")), RSS, ETag='"2"')
        _, figures = fetched(site, tmp_path)
    assert figures.new == 2 and made.identity() != before
    assert [each.text for each in read(made)[0]] == ["Old news", "News, mended", "Newest"]


def test_linked_pages_are_fetched_once_and_by_the_rules_of_their_site(tmp_path):
    pages = {"/feed": text(rss(("a", "A", "short"), ("b", "B", "short"), ("c", "C", "short")), RSS),
             "/a": page("The whole story of the tea house by the river. " * 4), "/b": text("", status=403),
             "/c": page("Not for you"), "/robots.txt": text("User-agent: *\nDisallow: /c\n")}
    with serving(pages) as site:
        made, figures = fetched(site, tmp_path, take="page")
        assert site.paths() == ["/feed", "/a", "/b"]
        fetched(site, tmp_path, take="page")
        assert site.paths() == ["/feed", "/a", "/b", "/feed", "/b"]
    documents, skipped = read(made)
    assert [each.text.startswith("Page\n\nThe whole story") for each in documents] == [True]
    assert documents[0].metadata["title"] == "A"
    assert skipped == {"b": reasons.of_status(403).reason.what, "c": reasons.ROBOTS.what}
    assert (figures.new, figures.left_out) == (1, 2)


def test_changing_one_s_mind_about_pages_mixes_nothing(tmp_path):
    with serving({"/feed": text(rss(("a", "A", "short")), RSS), "/a": page("The long story. " * 9)}) as site:
        fetched(site, tmp_path)
        made, _ = fetched(site, tmp_path, take="page")
    assert len(read(made)[0]) == 1 and "long story" in read(made)[0][0].text
    as_entries = FeedSource(address=made.address, allowed_host="127.0.0.1").in_project(tmp_path)
    assert [each.text for each in read(as_entries)[0]] == ["short"]
    assert as_entries.identity() != made.identity()


def test_the_feed_that_a_page_names_is_found(tmp_path):
    head = '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    with serving({"/": page("Welcome", head=head), "/news.rss": text(rss(("a", "A", "News")), RSS)}) as site:
        made, _ = fetched(site, tmp_path, "/")
    assert [each.text for each in read(made)[0]] == ["News"]


@pytest.mark.parametrize("content", [
    "", "no feed", "<html><body>page</body></html>", "<rss", '<?xml version="1.0"?><urlset/>',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss version="2.0"><channel>'
    "<item><title>&b;</title></item></channel></rss>",
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>&a;</title></channel>'
    "</rss>"])
def test_what_is_no_feed_is_told(tmp_path, content):
    with serving({"/feed": text(content, "application/xml")}) as site:
        made, _ = fetched(site, tmp_path)
    assert read(made) == ([], {"feed": reasons.NOT_A_FEED.what})


def test_a_feed_in_trouble_keeps_what_was_there(tmp_path):
    with serving({"/feed": text(rss(("a", "A", "News")), RSS)}) as site:
        made, _ = fetched(site, tmp_path)
        site.pages["/feed"] = text("", status=500)
        _, figures = fetched(site, tmp_path)
    assert figures.left_out == 1 and [each.text for each in read(made)[0]] == ["News"]


def test_a_stop_keeps_the_pages_that_came(tmp_path):
    entries = [(str(number), f"T{number}", "x") for number in range(9)]
    pages = {f"/{number}": page(f"Story {number}. " * 20) for number, _, _ in entries}
    with serving({"/feed": text(rss(*entries), RSS), **pages}) as site:
        made = FeedSource(address=f"{site.address}/feed", allowed_host="127.0.0.1", take="page").in_project(tmp_path)
        with pytest.raises(Stopped):
            made.fetch(Work(is_stopping=lambda: len(site.paths()) > 3), Clock().network())
    assert 2 <= len(read(made)[0]) <= 3


def test_no_more_entries_are_taken_than_the_limit(tmp_path):
    with serving({"/feed": text(rss(*[(str(n), "T", f"text {n}") for n in range(50)]), RSS)}) as site:
        made, _ = fetched(site, tmp_path, entry_limit=7)
    assert len(read(made)[0]) == 7


def test_the_command_line_adds_fetches_reads_and_refreshes(tmp_path, capsys):
    project = str(tmp_path / "project")
    words = "The tea house stands by the river, and the rain falls. " * 6
    feed = text(rss(("n", "N", "News")), RSS)
    with serving({"/": page(words, "/a"), "/a": page(words + "More."), "/feed": feed}) as site:
        assert main(["new", project]) == 0
        allowed = ["--set", "allowed_host=127.0.0.1"]
        assert main(["add", project, f"{site.address}/", "--json", *allowed]) == 0
        said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        assert [each["host"] for each in said if each.get("event") == "network-used"] == ["127.0.0.1", ""]
        assert any(each.get("event") == "progress" and each["unit"] == "pages" for each in said)
        assert main(["add", project, f"{site.address}/feed", "--feed", *allowed]) == 0
        assert "1 new" in capsys.readouterr().out
        asked = len(site.asked)
        assert main(["read", project]) == 0
        assert len(site.asked) == asked
        feed = Project.open(project).sources[1].id
        assert main(["refresh", project, "--source", feed]) == 0
        assert "1 unchanged" in capsys.readouterr().out
        assert main(["add", project, f"{site.address}/missing", *allowed]) == 2
    assert main(["add", project, "http://10.0.0.1/"]) == 2
    assert "inside your network" in capsys.readouterr().out
