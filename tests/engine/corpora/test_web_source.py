"""Fetching sites into a project, and reading them from there: what is asked for, what is kept, what is told."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from engine import jobs
from engine.corpora.document import Document, Skipped
from engine.corpora.fetched import web_source
from engine.corpora.sources.feed import FeedSource
from engine.corpora.sources.web import WebSource
from engine.corpora.web import reasons
from engine.errors import EngineError
from engine.project import Project
from engine.settings.words import every_text
from engine.work import Stopped, Work
from tests.engine.corpora.small_site import (
    Answer,
    Clock,
    endless,
    hurried,
    moved,
    noting_connections,
    page,
    serving,
    text,
)

LONG = "The tea house stands by the river, and the rain falls on its roof all day long. "


def source(site, tmp_path, path="/", **settings) -> WebSource:
    return WebSource(address=site.address + path, allowed_host="127.0.0.1", **settings).in_project(tmp_path)


def fetched(site, tmp_path, path="/", network=None, **settings):
    made = source(site, tmp_path, path, **settings)
    figures = made.fetch(Work(), network or Clock().network())
    return made, figures


def read(made):
    found = list(made.read(Work()))
    prefix = made.address.rpartition("/")[0]
    return ({each.name.removeprefix(prefix): each for each in found if isinstance(each, Document)},
            {each.name.removeprefix(prefix): each.reason for each in found if isinstance(each, Skipped)})


def test_one_page_is_its_main_text_with_where_and_when_it_came_from(tmp_path):
    licence = '<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">'
    with serving({"/": page(LONG * 5, "/other", title="Tea house", head=licence)}) as site:
        made, figures = fetched(site, tmp_path)
        assert site.paths() == ["/"]
    documents, skipped = read(made)
    assert (figures.new, figures.left_out, skipped) == (1, 0, {})
    document = documents["/"]
    assert LONG.strip() in document.text and "imprint" not in document.text and "Home News" not in document.text
    assert document.metadata == {"format": "web", "address": made.address, "fetched": "2023-11-14",
                                 "title": "Tea house", "licence": "CC BY-SA 4.0", "encoding": "utf-8"}


def test_a_pdf_is_read_as_a_file_would_be(tmp_path):
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    drawn = canvas.Canvas(str(tmp_path / "paper.pdf"))
    drawn.drawString(72, 720, "A paper about tea houses and rivers.")
    drawn.save()
    content = (tmp_path / "paper.pdf").read_bytes()
    with serving({"/": page(LONG, "/paper"), "/paper": text(content, "application/pdf")}) as site:
        made, _ = fetched(site, tmp_path, scope="site", sitemaps=False)
    document = read(made)[0]["/paper"]
    assert document.text.strip() == "A paper about tea houses and rivers."
    assert document.metadata["address"] == f"{site.address}/paper"


def tree(depth: int, breadth: int) -> dict[str, Answer]:
    """A site that branches: page /1/2 links to /1/2/0 and so on, and everything links home and away."""
    pages, places = {}, [""]
    for level in range(depth + 1):
        below = [f"{place}/{number}" for place in places for number in range(breadth)]
        for place in places:
            links = [f"{place}/{number}" for number in range(breadth)] if level < depth else []
            others = ("/", "https://elsewhere.example/", "mailto:a@b.example")
            pages[place or "/"] = page(f"{LONG} Page {place}. ", *others, *links, "#part", title=f"Page {place}")
        places = below
    return pages


def test_a_site_is_walked_breadth_first_in_a_fixed_order_within_its_depth(tmp_path):
    with serving(tree(3, 2)) as site:
        made, figures = fetched(site, tmp_path, scope="site", depth=2)
        assert site.paths() == ["/", "/0", "/1", "/0/0", "/0/1", "/1/0", "/1/1"]
    assert figures.new == 7
    assert list(read(made)[0]) == ["/", "/0", "/1", "/0/0", "/0/1", "/1/0", "/1/1"]


def test_no_more_pages_are_asked_for_than_the_limit(tmp_path):
    with serving(tree(4, 3)) as site:
        _, figures = fetched(site, tmp_path, scope="site", depth=9, page_limit=10)
        assert len(site.paths()) == 10 == figures.new


def test_a_folder_is_left_by_no_link(tmp_path):
    pages = {"/tea/": page(LONG, "/tea/green", "/coffee", "black"), "/tea/green": page(LONG, "/"),
             "/tea/black": page(LONG), "/coffee": page(LONG), "/": page(LONG)}
    with serving(pages) as site:
        fetched(site, tmp_path, "/tea/", scope="folder")
        assert site.paths() == ["/tea/", "/tea/green", "/tea/black"]


def test_a_site_is_asked_at_most_once_a_second(tmp_path):
    clock, times = Clock(), []

    def timed(answer):
        return lambda handler: (times.append(round(clock.now, 3)), answer)[1]

    pages = {path: timed(answer) for path, answer in tree(2, 3).items()}
    with serving(pages) as site:
        fetched(site, tmp_path, scope="site", network=clock.network())
    assert len(times) == 13
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1


def test_the_delay_that_robots_ask_for_is_kept(tmp_path):
    clock, times = Clock(), []

    def timed(handler):
        times.append(round(clock.now, 3))
        return page(LONG, "/a", "/b")

    with serving({"/": timed, "/a": timed, "/b": timed,
                  "/robots.txt": text("User-agent: *\nCrawl-delay: 4\n")}) as site:
        fetched(site, tmp_path, scope="site", network=clock.network(), sitemaps=False)
    assert [round(later - earlier) for earlier, later in pairwise(times)] == [4, 4]


@pytest.mark.parametrize("rules, allowed", [
    ("User-agent: *\nDisallow: /private\n", ["/", "/a"]), ("User-agent: Wenlu\nDisallow: /a\n", ["/", "/private"]),
    ("User-agent: *\nDisallow:\n", ["/", "/a", "/private"]), ("User-agent: *\nDisallow: /*rivate$\n", ["/", "/a"]),
    ("User-agent: OtherBot\nDisallow: /\n", ["/", "/a", "/private"]), ("User-agent: *\nDisallow: /\n", []),
    ("User-agent: *\nDisallow: /\nAllow: /$\n", ["/"]), ("nonsense\0\nUser-agent\n: :\n", ["/", "/a", "/private"]),
    ("\ufeffUser-agent: *\r\nDisallow: /private\r\n", ["/", "/a"]), ("", ["/", "/a", "/private"]),
    ("User-agent: wenlu\nDisallow: /a\nUser-agent: *\nDisallow: /\n", ["/", "/private"]),
    ("Disallow: /\n", ["/", "/a", "/private"])])
def test_robots_are_obeyed_and_told(tmp_path, rules, allowed):
    pages = {"/": page(LONG, "/a", "/private"), "/a": page(LONG), "/private": page(LONG), "/robots.txt": text(rules)}
    with serving(pages) as site:
        made, _ = fetched(site, tmp_path, scope="site", sitemaps=False)
        assert site.paths() == allowed
    documents, skipped = read(made)
    assert list(documents) == allowed
    forbidden = [path for path in ("/a", "/private") if path not in allowed] if allowed else ["/"]
    assert skipped == {path: reasons.ROBOTS.what for path in forbidden}


@pytest.mark.parametrize("answer", [text("", status=500), text("", status=503), text("", status=429),
                                    moved("/robots.txt"), Answer(b"x", length=100)])
def test_rules_that_cannot_be_read_forbid_all(tmp_path, answer):
    with serving({"/": page(LONG), "/robots.txt": answer}) as site:
        made, _ = fetched(site, tmp_path)
        assert site.paths() == []
    assert read(made) == ({}, {"/": reasons.ROBOTS_SILENT.what})


@pytest.mark.parametrize("answer", [text("", status=404), text("", status=403), text("", status=401), moved("/gone")])
def test_rules_that_do_not_exist_allow_all(tmp_path, answer):
    with serving({"/": page(LONG), "/robots.txt": answer}) as site:
        assert fetched(site, tmp_path)[1].new == 1


def test_rules_beyond_their_limit_are_not_heard_and_never_fill_the_memory(tmp_path):
    rules = b"User-agent: *\nDisallow: /early\n" + b"# filler\n" * 60_000 + b"Disallow: /late\n"
    assert len(rules) > 500 << 10
    pages = {"/": page(LONG, "/early", "/late"), "/early": page(LONG), "/late": page(LONG), "/robots.txt": text(rules)}
    with serving(pages) as site:
        fetched(site, tmp_path, scope="site", sitemaps=False)
        assert site.paths() == ["/", "/late"]
    with serving({"/": page(LONG), "/robots.txt": Answer(stream=endless)}) as site:
        assert fetched(site, tmp_path / "other")[1].new == 1


@pytest.mark.parametrize("answer", [
    page(LONG, head='<meta name="robots" content="noai, noimageai">'), page(LONG, X_Robots_Tag="noai"),
    page(LONG, tdm_reservation="1"), page(LONG, head='<meta name="tdm-reservation" content="1">'),
    page(LONG, head='<meta name="Wenlu" content="NOAI">')])
def test_pages_reserved_against_training_are_left_out_and_told(tmp_path, answer):
    with serving({"/": answer}) as site:
        made, _ = fetched(site, tmp_path)
    assert read(made) == ({}, {"/": reasons.RESERVED.what})
    assert not list((tmp_path / "fetched").rglob("*.zst"))


@pytest.mark.parametrize("signal, taken", [
    ("Content-Signal: search=yes, ai-train=no", False), ("content-usage: train-ai=n", False),
    ("Content-Signal: search=yes,ai-train=yes", True), ("Content-Usage: train-ai=y", True),
    ("# Content-Signal: ai-train=no", True)])
def test_signals_against_training_in_the_rules_of_a_site_are_respected(tmp_path, signal, taken):
    with serving({"/": page(LONG), "/robots.txt": text(f"User-agent: *\n{signal}\nAllow: /\n")}) as site:
        made, _ = fetched(site, tmp_path)
        assert site.paths() == (["/"] if taken else [])
    assert read(made)[1] == ({} if taken else {"/": reasons.RESERVED.what})


def test_no_request_is_spent_on_pictures_and_archives(tmp_path):
    with serving({"/": page(LONG, "/a.JPG", "/b.tar.gz", "/c.css?v=1", "/d", "/e.html"), "/d": page(LONG),
                  "/e.html": page(LONG)}) as site:
        made, _ = fetched(site, tmp_path, scope="site")
        assert site.paths() == ["/", "/d", "/e.html"]
    assert read(made)[1] == {}


@pytest.mark.parametrize("answer", [page(LONG, head='<meta name="robots" content="index, follow">'),
                                    page(LONG, X_Robots_Tag="noarchive"), page(LONG, tdm_reservation="0")])
def test_other_wishes_do_not_hide_a_page(tmp_path, answer):
    with serving({"/": answer}) as site:
        assert fetched(site, tmp_path)[1].new == 1


def test_every_trouble_of_a_site_is_told_and_stops_nothing_else(tmp_path):
    links = ("/403", "/loop", "/endless", "/inside", "/film", "/broken", "/gone", "/away", "/wrong", "/ok")
    pages = {"/": page(LONG, *links), "/403": text("no", status=403),
             "/loop": moved("/loop2"), "/loop2": moved("/loop"),
             "/endless": Answer(headers={"Content-Type": "text/html"}, stream=endless),
             "/inside": moved("http://10.0.0.1/"), "/film": text(b"\0\1", "video/mp4"),
             "/broken": Answer(b"<p>half", length=999), "/away": moved("https://1.1.1.1/"),
             "/wrong": text("掌柜：客官里边请，外头雨大，先喝口热茶。".encode("gb18030"), "text/html; charset=utf-8"),
             "/ok": page(LONG)}
    with serving(pages) as site:
        made, figures = fetched(site, tmp_path, scope="site", network=hurried(page_bytes=1 << 20))
    documents, skipped = read(made)
    assert list(documents) == ["/", "/wrong", "/ok"]
    assert documents["/wrong"].text == "掌柜：客官里边请，外头雨大，先喝口热茶。"
    assert skipped == {"/403": reasons.of_status(403).reason.what, "/loop": reasons.REDIRECTS.what,
                       "/endless": reasons.TOO_LARGE.what, "/inside": reasons.OTHER_SITE.what,
                       "/film": reasons.OTHER_KIND.what, "/broken": reasons.CUT_OFF.what,
                       "/gone": reasons.of_status(404).reason.what, "/away": reasons.OTHER_SITE.what}
    assert (figures.new, figures.left_out) == (3, 8)


def test_a_page_that_leads_inside_the_network_is_refused_before_connecting(tmp_path):
    with serving({"/": moved("http://10.0.0.1/admin")}) as site, noting_connections() as connected:
        made, _ = fetched(site, tmp_path)
    assert read(made) == ({}, {"/": reasons.INSIDE.what})
    assert {place[0] for place in connected} == {"127.0.0.1"}


def test_an_unchanged_site_is_asked_but_not_fetched_again_and_reads_the_same(tmp_path):
    pages = {"/": page(LONG, "/a", ETag='"1"'), "/a": page(LONG, ETag='"2"'), "/robots.txt": text("")}
    with serving(pages) as site:
        made, _ = fetched(site, tmp_path, scope="site", sitemaps=False)
        before, first = made.identity(), read(made)
        _, figures = fetched(site, tmp_path, scope="site", sitemaps=False)
        assert (figures.new, figures.unchanged) == (0, 2)
        assert site.asked[-1][1]["if-none-match"] == '"2"'
        assert made.identity() == before and read(made) == first
        pages["/a"] = page("Something new. " * 9, ETag='"3"')
        _, figures = fetched(site, tmp_path, scope="site", sitemaps=False)
        assert (figures.new, figures.unchanged) == (1, 1)
        assert made.identity() != before and "Something new." in read(made)[0]["/a"].text
    assert len(list((tmp_path / "fetched").rglob("*.zst"))) == 2


def test_a_page_without_marks_counts_as_unchanged_when_its_bytes_are_the_same(tmp_path):
    with serving({"/": page(LONG)}) as site:
        made, _ = fetched(site, tmp_path)
        before = made.identity()
        assert fetched(site, tmp_path)[1].unchanged == 1 and made.identity() == before


def test_a_page_that_is_gone_leaves_and_one_in_trouble_stays(tmp_path):
    pages = {"/": page(LONG, "/a", "/b"), "/a": page(LONG), "/b": page(LONG)}
    with serving(pages) as site:
        made, _ = fetched(site, tmp_path, scope="site")
        pages["/a"], pages["/b"] = text("", status=410), text("", status=500)
        _, figures = fetched(site, tmp_path, scope="site")
    documents, skipped = read(made)
    assert list(documents) == ["/", "/b"] and skipped == {"/a": reasons.of_status(410).reason.what}
    assert figures.left_out == 2
    shown = made.figures()
    assert (shown.pages, shown.left_out, shown.old, shown.host) == (2, 1, 1, "127.0.0.1")


def test_a_site_that_is_down_takes_nothing_away(tmp_path):
    pages = {"/": page(LONG, "/a"), "/a": page(LONG)}
    with serving(pages) as site:
        made, _ = fetched(site, tmp_path, scope="site")
        before = made.identity()
        pages["/"] = text("", status=502)
        fetched(site, tmp_path, scope="site")
    assert list(read(made)[0]) == ["/", "/a"] and made.identity() == before


def test_ten_failures_in_a_row_end_the_visit(tmp_path):
    links = [f"/{number}" for number in range(40)]
    with serving({"/": page(LONG, *links), **{link: text("", status=500) for link in links}}) as site:
        fetched(site, tmp_path, scope="site", sitemaps=False)
        assert len(site.paths()) == 11


def test_a_stop_keeps_what_came_until_then(tmp_path):
    with serving(tree(2, 3)) as site:
        made = source(site, tmp_path, scope="site")
        with pytest.raises(Stopped):
            made.fetch(Work(is_stopping=lambda: len(site.paths()) >= 4), Clock().network())
    assert 3 <= len(read(made)[0]) <= 4


@pytest.mark.parametrize("killed_at", [1, 3, 6])
def test_a_fetch_that_is_killed_keeps_its_pages_and_the_next_one_ends_as_if_nothing_had_been(tmp_path, killed_at):
    alone, killed, links = tmp_path / "alone", tmp_path / "killed", [f"/{number}" for number in range(6)]
    reached, go_on = threading.Event(), threading.Event()
    pages = {link: page(f"{LONG} Page {link}.", ETag=f'"{link}"') for link in links}

    def last(handler):
        reached.set()
        go_on.wait(20)
        return page(f"{LONG} Page {links[killed_at - 1]}.", ETag=f'"{links[killed_at - 1]}"')

    with serving({"/": page(LONG, *links, ETag='"home"'), **pages}) as site:
        site.pages[links[killed_at - 1]] = last
        child = subprocess.Popen([sys.executable, "-m", "tests.engine.corpora.fetch_to_be_killed", str(killed),
                                  f"{site.address}/"], cwd=Path(__file__).resolve().parents[3])
        assert reached.wait(30)
        child.kill()
        child.wait()
        go_on.set()
        made = source(site, killed, scope="site", sitemaps=False)
        assert list(read(made)[0]) == ["/", *links[:killed_at - 1]]
        site.pages.update(pages)
        figures = made.fetch(Work(), Clock().network())
        assert (figures.unchanged, figures.new) == (killed_at, 7 - killed_at)
        other, _ = fetched(site, alone, scope="site", sitemaps=False)
    assert made.identity() == other.identity() and read(made)[0].keys() == read(other)[0].keys()


def test_a_torn_index_and_a_damaged_page_lose_only_themselves(tmp_path):
    with serving({"/": page(LONG, "/a"), "/a": page(LONG + "Other.")}) as site:
        made, _ = fetched(site, tmp_path, scope="site")
        index = next((tmp_path / "fetched").rglob("pages.jsonl"))
        with open(index, "ab") as file:
            file.write(b'{"address": "half')
        body = next(iter((tmp_path / "fetched").rglob(f"{made.store().pages()[1].digest}.zst")))
        body.write_bytes(b"damaged")
        documents, skipped = read(made)
        assert list(documents) == ["/"] and skipped == {"/a": reasons.LOST.what}
        fetched(site, tmp_path, scope="site")
    assert list(read(made)[0]) == ["/", "/a"]


def sitemap(*addresses: str, index: bool = False) -> str:
    root, item = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    items = "".join(f"<{item}><loc>{address}</loc><lastmod>2026-01-01</lastmod></{item}>" for address in addresses)
    return (f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</{root}>')


def test_sitemaps_lead_to_pages_that_no_link_names(tmp_path):
    pages = {"/": page(LONG), "/hidden": page(LONG), "/deep": page(LONG), "/listed": page(LONG)}
    with serving(pages) as site:
        at = site.address
        index = sitemap(f"{at}/one.xml.gz", f"{at}/bad.xml", f"{at}/index.xml", index=True)
        packed = sitemap(f"{at}/hidden", f"{at}/deep", "https://elsewhere.example/x", "file:///etc/passwd")
        bad = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>'
        pages |= {"/robots.txt": text(f"Sitemap: {at}/index.xml\nSitemap: {at}/list.txt\n"),
                  "/index.xml": text(index, "text/xml"), "/bad.xml": text(bad, "text/xml"),
                  "/one.xml.gz": text(gzip.compress(packed.encode()), "application/gzip"),
                  "/list.txt": text(f"{at}/listed\n")}
        made, _ = fetched(site, tmp_path, scope="site")
    documents, skipped = read(made)
    assert list(documents) == ["/", "/listed", "/hidden", "/deep"]
    assert skipped == {"/bad.xml": reasons.BAD_SITEMAP.what}


def test_the_address_of_a_sitemap_brings_the_pages_it_lists(tmp_path):
    pages = {"/a": page(LONG), "/b": page(LONG)}
    with serving(pages) as site:
        pages["/map.xml"] = text(sitemap(f"{site.address}/a", f"{site.address}/b"), "application/xml")
        made, _ = fetched(site, tmp_path, "/map.xml")
    assert list(read(made)[0]) == ["/a", "/b"]


def test_a_packed_sitemap_without_end_is_told(tmp_path):
    packed = gzip.compress(b"<urlset>" + b" " * (64 << 20))
    with serving({"/": page(LONG), "/big.xml.gz": text(packed, "application/gzip")}) as site:
        site.pages["/robots.txt"] = text(f"Sitemap: {site.address}/big.xml.gz")
        made, _ = fetched(site, tmp_path, scope="site")
    assert read(made)[1] == {"/big.xml.gz": reasons.TOO_LARGE.what}


def test_a_feed_given_as_a_page_is_told(tmp_path):
    feed = "<?xml version='1.0'?><rss version='2.0'><channel/></rss>"
    with serving({"/": text(feed, "application/rss+xml")}) as site:
        made, _ = fetched(site, tmp_path)
    assert read(made)[1] == {"/": reasons.IS_A_FEED.what}


ZH = "掌柜：客官里边请，外头雨大，先喝口热茶。客人：多谢，不知这茶是今年的新茶么？"


@pytest.mark.parametrize("encoding, said, meta", [
    ("utf-8", "", ""), ("utf-8", "iso-8859-1", ""), ("utf-8", "gbk", "gb2312"), ("gb18030", "", ""),
    ("gb18030", "utf-8", ""), ("gb18030", "iso-8859-1", "gb2312"), ("big5", "", "big5"), ("big5", "utf-8", ""),
    ("utf-16", "", ""), ("utf-8", "utf-7", ""), ("utf-8", "no-such-thing", "")])
def test_a_wrong_charset_does_no_harm(tmp_path, encoding, said, meta):
    words = ZH if encoding != "big5" else "掌櫃：客官裡邊請，外頭雨大，先喝口熱茶。客人：多謝，不知這茶是今年的新茶麼？"
    head = f'<meta charset="{meta}">' if meta else ""
    body = f"<html><head><title>茶</title>{head}</head><body><p>{words}</p></body></html>".encode(encoding)
    with serving({"/": text(body, f"text/html; charset={said}" if said else "text/html")}) as site:
        made, _ = fetched(site, tmp_path)
    assert read(made)[0]["/"].text == words


@pytest.mark.parametrize("encoding, words", [
    ("shift_jis", "雨が降る。茶屋の主人は客に熱い茶を出した。"), ("euc-kr", "비가 온다. 찻집 주인이 차를 냈다."),
    ("windows-1251", "Идёт дождь, и хозяин чайной подаёт чай."), ("windows-1252", "Café crème à l’été"),
    ("iso-2022-jp", "雨が降る。茶屋の主人は客に熱い茶を出した。")])
def test_the_charset_of_other_languages_is_believed(tmp_path, encoding, words):
    with serving({"/": text(f"<p>{words}</p>".encode(encoding), f"text/html; charset={encoding}")}) as site:
        made, _ = fetched(site, tmp_path)
    assert read(made)[0]["/"].text == words


@pytest.mark.parametrize("body", [
    b"<div>" * 300_000 + b"deep words" + b"</div>" * 9, b"", b"<html></html>", b"\xff\xfe\0\0", b"<" * 100_000,
    b"<a href='http://[::1'>x</a> words"])
def test_hostile_html_gives_text_or_a_reason(tmp_path, body):
    with serving({"/": text(body, "text/html")}) as site:
        made, _ = fetched(site, tmp_path, scope="site", sitemaps=False)
    documents, skipped = read(made)
    assert len(documents) + len(skipped) == 1
    if b"words" in body:
        assert "words" in documents["/"].text


@pytest.mark.parametrize("answer, licence", [
    (page(LONG), ""), (page(LONG, Link='<https://creativecommons.org/licenses/by/4.0/>; rel="license"'), "CC BY 4.0"),
    (page(LONG, head='<meta name="DC.rights" content="Public Domain Mark">'), "Public Domain Mark"),
    (page(f'{LONG}<a href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'), "CC0"),
    (page(f'{LONG}<a rel="license" href="/terms">Terms</a>'), "/terms"),
    (page(LONG, Link='<https://a.example/next>; rel="next"'), "")])
def test_the_licence_that_a_page_states_is_kept(tmp_path, answer, licence):
    with serving({"/": answer}) as site:
        made, _ = fetched(site, tmp_path)
    assert made.store().pages()[0].licence == licence
    assert read(made)[0]["/"].metadata.get("licence", "") == licence


def test_what_is_kept_of_a_page_says_where_when_and_how_it_came(tmp_path):
    end = page(LONG, ETag='"x"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT")
    with serving({"/": moved("/end"), "/end": end}) as site:
        made, _ = fetched(site, tmp_path)
    line = json.loads(next((tmp_path / "fetched").rglob("pages.jsonl")).read_text("utf-8"))
    assert line["address"] == made.address and line["final"].endswith("/end") and line["status"] == 200
    assert line["etag"] == '"x"' and line["last_modified"].startswith("Mon") and len(line["digest"]) == 64
    assert line["fetched"] == line["checked"] > 1_700_000_000


def project_with(site, tmp_path, **settings) -> Project:
    project = Project.create(tmp_path / "project", "Tea")
    project.add_sources(WebSource(address=site.address + "/", allowed_host="127.0.0.1", **settings))
    return project


def test_nothing_but_a_fetch_opens_a_connection(tmp_path):
    """Opening, looking, reading, cleaning and cutting a project with web sources, also when nothing was fetched yet."""
    with serving(tree(1, 9)) as site, noting_connections() as reached:
        project = project_with(site, tmp_path, scope="site")
        with pytest.raises(EngineError):
            jobs.read(project, Work())
        assert not reached and not site.asked
        fetching = project.sources[0].fetch(Work(), Clock().network())
        assert fetching.new == 10 and reached
        reached.clear()
        asked = len(site.asked)
        opened = Project.open(project.path)
        opened.fingerprints()
        assert [source.problem() for source in opened.sources] == [""]
        opened.sources[0].figures()
        assert jobs.tokenize(opened, Work())
        assert not reached and len(site.asked) == asked


def test_the_fingerprint_of_the_corpus_follows_the_store(tmp_path):
    with serving({"/": page(LONG * 4)}) as site:
        project = project_with(site, tmp_path)
        before = project.fingerprints()
        project.sources[0].fetch(Work(), Clock().network())
        after = project.fingerprints()
        assert all(before[stage] != after[stage] for stage in before)
        assert Project.open(project.path).fingerprints() == after
        project.sources[0].fetch(Work(), Clock().network())
        assert project.fingerprints() == after


def test_a_refresh_that_brings_nothing_fails_with_the_reason(tmp_path):
    with serving({"/": text("", status=403)}) as site:
        project = project_with(site, tmp_path)
        with pytest.raises(EngineError) as error:
            jobs.refresh(project, Work())
    assert "403" in error.value.expected
    with pytest.raises(EngineError):
        jobs.refresh(Project.create(tmp_path / "empty"), Work())


def test_a_source_of_no_project_says_so():
    with pytest.raises(EngineError):
        WebSource(address="https://example.org/").fetch(Work())


def test_typed_addresses_become_sources():
    assert web_source("example.org/news").address == "https://example.org/news"
    assert web_source("https://example.org/feed.xml").kind == "feed"
    assert web_source("https://example.org/feed.xml", as_feed=False).kind == "web"
    assert web_source("https://www.example.org/tea/").label() == "example.org/tea"
    with pytest.raises(EngineError):
        web_source("file:///etc/passwd")


def test_the_same_settings_are_equal_wherever_the_project_lies(tmp_path):
    made = WebSource(address="https://example.org/")
    assert made == made.in_project(tmp_path) and hash(made) == hash(made.in_project(tmp_path))
    assert made != WebSource(address="https://example.org/", depth=1)


def test_every_reason_and_setting_has_a_chinese_one():
    chinese = pytest.importorskip("studio.i18n.catalogue").catalogue("zh")
    texts = {text for reason in reasons.ALL for text in reason if text} | every_text(WebSource, FeedSource)
    assert not sorted(texts - set(chinese))
    assert all(reason.what.endswith(".") and reason.fix.endswith(".") for reason in reasons.ALL)
