"""Web pages and news feeds in the window: asking first, the rows, the light, and that looking fetches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog

from engine.corpora.sources.feed import FeedSource
from engine.corpora.sources.web import WebSource
from engine.corpora.web import reasons
from engine.corpora.web.store import StoreFigures
from engine.events import JobEnded, Notice, Progress, StageDone
from engine.runs.series import RunSeries
from engine.work import Work
from studio.address_dialog import AddressDialog
from studio.i18n import language
from studio.pages.corpus import CorpusPage
from studio.pages.corpus import source_model as at
from studio.pages.corpus.fetching import Fetching, fetching_now, stored_more, stored_state, trouble
from studio.pages.home import HomePage
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.shell.status_bar import StatusBar
from studio.widgets import Dropped
from tests.engine.corpora.small_site import Clock, noting_connections, page, serving, text

LONG = "The tea house stands by the river, and the rain falls on its roof all day long. "


@pytest.fixture
def session(qtbot, tmp_path: Path):
    made = Session(PreferenceFile())
    assert made.new(tmp_path / "project", "Tea")
    yield made
    made.stop()
    made.close()


@pytest.fixture
def corpus(qtbot, session) -> CorpusPage:
    made = CorpusPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 760)
    made.show()
    return made


def state(corpus: CorpusPage, row: int = 0) -> str:
    return str(corpus._card.model.data(corpus._card.model.index(row, at.STATE)))


def test_a_fetch_shows_its_pages_and_lights_the_light_as_long_as_it_is_connected(qtbot, session, corpus):
    hosts, bar = [], StatusBar()
    qtbot.addWidget(bar)
    session.network_changed.connect(lambda host: (hosts.append(host), bar.network.show_host(host)))
    with serving({"/": page(LONG * 9, "/a"), "/a": text("", status=403)}) as site:
        source = WebSource(address=f"{site.address}/", scope="site", sitemaps=False, allowed_host="127.0.0.1")
        assert not bar.network.is_lit()
        with qtbot.waitSignal(session.job_ended, timeout=60_000) as ended:
            corpus._on_addressed([source])
        assert ended.args[2].status == "done"
        assert hosts == ["127.0.0.1", ""] and not bar.network.is_lit()
        qtbot.waitUntil(lambda: state(corpus) == "1 page fetched")
        assert "403" in corpus._card.model.rows[0].more
        asked = len(site.asked)
        with qtbot.waitSignal(session.job_ended, timeout=60_000):
            session.run("read")
        qtbot.waitUntil(lambda: state(corpus) == "Read · 1 skipped")
        corpus._on_settings(source.id)
        qtbot.waitUntil(lambda: LONG.strip() in corpus._preview._settings._text.toPlainText(), timeout=20_000)
        assert len(site.asked) == asked  # reading and trying settings asked nothing
        assert hosts == ["127.0.0.1", ""]


def test_what_was_fetched_before_is_shown_and_looked_at_without_a_connection(qtbot, session, corpus):
    with serving({"/": page(LONG * 9)}) as site:
        source = WebSource(address=f"{site.address}/", allowed_host="127.0.0.1")
        session.add_sources([source])
        session.sources[0].fetch(Work(), Clock().network())
    with noting_connections() as reached:
        corpus.entered()
        qtbot.waitUntil(lambda: state(corpus) == "1 page fetched")
        corpus._on_settings(source.id)
        qtbot.waitUntil(lambda: LONG.strip() in corpus._preview._settings._text.toPlainText(), timeout=20_000)
    assert not reached


def test_an_address_is_asked_about_and_nothing_happens_until_the_button_is_pressed(qtbot, session, corpus):
    for dropped in (Dropped(addresses=("https://example.org/tea",)), Dropped(text="")):
        corpus.take(dropped)
    dialog = corpus.findChild(AddressDialog)
    assert dialog is not None and dialog.address.text() == "https://example.org/tea"
    assert not session.sources and session.queue.current is None
    dialog.reject()
    assert not session.sources and session.queue.current is None
    corpus._on_pasted("", "https://example.org/other")
    assert [each.address.text() for each in corpus.findChildren(AddressDialog)][-1] == "https://example.org/other"
    corpus._on_pasted("A title", "https://example.org/other")
    assert [source.kind for source in session.sources] == ["pasted"]


def test_the_dialog_gives_the_sources_that_it_shows(qtbot):
    dialog = AddressDialog(None, "web", ["example.org/tea", "https://example.org/tea", "https://example.com"])
    qtbot.addWidget(dialog)
    given = []
    dialog.given.connect(given.extend)
    dialog._on_edited("web", "address.web.scope", "site")
    dialog._on_edited("web", "address.web.page_limit", 1800)
    dialog._on_edited("web", "address.web.licence", "CC0")
    assert "1\u202f800" in dialog._lines[0].text() and "30 min" in dialog._lines[1].text()
    dialog._on_add()
    assert given == [WebSource(address="https://example.org/tea", scope="site", page_limit=1800, licence="CC0"),
                     WebSource(address="https://example.com/", scope="site", page_limit=1800, licence="CC0")]
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_the_dialog_says_what_is_wrong_with_an_address(qtbot):
    dialog = AddressDialog(None, "feed")
    qtbot.addWidget(dialog)
    given = []
    dialog.given.connect(given.extend)
    assert not dialog._add.isEnabled()
    dialog.address.setText("ftp://example.org/x")
    dialog._on_add()
    assert not given and dialog._row._problem.text().startswith("Only addresses that begin with http")
    dialog.address.setText("https://example.org/feed")
    assert not dialog._row._problem.text()
    dialog._on_add()
    assert given == [FeedSource(address="https://example.org/feed")]


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_dialog_says_four_sentences_about_every_choice(qtbot, code):
    language.use(code)
    said = set()
    for kind, path, value in (("web", "scope", "page"), ("web", "scope", "folder"), ("web", "scope", "site"),
                              ("feed", "take", "entry"), ("feed", "take", "page")):
        dialog = AddressDialog(None, kind, ["https://example.org"])
        qtbot.addWidget(dialog)
        dialog._on_edited(kind, f"address.{kind}.{path}", value)
        assert all(line.text() for line in dialog._lines)
        said.add(dialog._lines[0].text())
    assert len(said) == 5


def test_the_settings_that_do_nothing_are_hidden(qtbot):
    dialog = AddressDialog(None, "web")
    qtbot.addWidget(dialog)
    dialog.show()
    links = dialog._forms["web"][1]
    assert not links.isVisible()
    dialog._on_edited("web", "address.web.scope", "folder")
    assert links.isVisible()
    dialog._kind.step(1)
    assert not links.isVisible() and dialog._forms["feed"][0].isVisible()


def test_home_asks_first_then_fetches_and_trains_only_if_that_brought_something(qtbot, tmp_path, monkeypatch):
    session = Session(PreferenceFile())
    home = HomePage(session)
    qtbot.addWidget(home)
    home._on_pasted("", "https://example.org/tea")
    assert home.findChild(AddressDialog) is not None and session.project is None
    monkeypatch.setattr(session.preferences, "projects_folder", lambda: tmp_path)
    with serving({"/": text("", status=403)}) as site, qtbot.waitSignal(session.job_ended, timeout=60_000) as ended:
        home._on_addressed([WebSource(address=f"{site.address}/", allowed_host="127.0.0.1")])
        assert [task.verb for task in session.queue.tasks()] == ["refresh", "train"]
    assert ended.args[2].status == "failed" and not session.queue.tasks()
    assert session.failure("corpus") is not None
    session.close()


def test_a_site_that_was_left_before_its_end_is_told(qtbot, session, corpus):
    session.queue.series.notices.append(Notice(level="warn", code="web.ended", text=reasons.FAILING.what))
    session.job_ended.emit("refresh", "refresh-1", JobEnded(status="done"))
    assert not corpus._strip.isHidden() and corpus._strip._text.text() == reasons.FAILING.what


def test_a_row_says_how_far_its_fetch_is():
    fetching = Fetching(("a", "b"), Progress(stage="fetch", done=12, total=640, unit="pages"))
    assert fetching.state_of("a") == ("running", "Fetching 12 of 640", "ember")
    assert fetching.state_of("b")[1] == "Waits to be fetched" and fetching.state_of("c") is None
    assert Fetching(("a",)).state_of("a")[1] == "Fetching"
    series = RunSeries()
    series.feed([StageDone(stage="fetch", summary={"source": "a"})])
    sources = [WebSource(address="https://example.org/"), FeedSource(address="https://example.org/feed")]
    assert fetching_now("refresh", ("a", "b"), series, sources).waiting == ("b",)
    assert fetching_now("refresh", (), RunSeries(), sources).waiting == tuple(each.id for each in sources)
    assert fetching_now("train", (), RunSeries(), sources).waiting == ()


def test_what_is_stored_is_told_in_a_row():
    assert stored_state(StoreFigures(), False, False)[1] == "Not fetched yet"
    refused = StoreFigures(left_out=2, checked=1.0, reason="The site answered 403: it does not give this page to "
                           "programs.", host="example.org")
    assert stored_state(refused, False, False) == ("error", "403 from example.org", "error")
    assert trouble(StoreFigures(left_out=1, reason="The site could not be reached.", host="a.b")) == "Nothing from a.b"
    assert stored_state(StoreFigures(pages=3), False, False)[1] == "3 pages fetched"
    assert stored_state(StoreFigures(pages=3), True, True)[0] == "done"
    assert stored_state(StoreFigures(pages=3), True, False) is None
    more = stored_more(StoreFigures(pages=3, left_out=12, old=1, reason="The site could not be reached.", checked=1.0))
    assert more[0] == "12 pages left out" and "could not be reached" in more[2] and len(more) == 4


def test_the_light_names_the_host(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.network.show_host("example.org")
    assert bar.network.is_lit() and "example.org" in bar.network.toolTip()
    assert "example.org" in bar.network.accessibleName()
    language.use("zh")
    assert "已连接 example.org" in bar.network.accessibleName()
    bar.network.show_host("")
    assert not bar.network.is_lit() and "example.org" not in bar.network.toolTip()
