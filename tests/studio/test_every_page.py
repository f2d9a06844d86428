"""Every page, in both languages and sizes: nothing is cut off, and a switch of language reaches every name and word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from engine.corpora.samples import sample
from studio.app import PAGE_KEYS
from studio.frame import Frame
from studio.i18n import language
from studio.preferences import PreferenceFile
from studio.shell.find_field import FindField
from studio.shell.rail import RailItem
from studio.studio import Studio
from studio.widgets import ElidedText

SIZES = ((1360, 860), (1120, 720))
DRAWN = (RailItem, FindField, ElidedText)
"""They draw themselves and shorten what does not fit on purpose."""
MAY_BE_CUT = {"home.sample"}
"""Panels that show the first lines of a text, whatever their length."""


NOT_OURS = ("qt_", "Scroll", "status.", "top.saved")
"""Parts that Qt names by itself, and what changes with time."""


@pytest.fixture
def studio(qtbot, tmp_path) -> Iterator[Studio]:
    frame = Frame()
    qtbot.addWidget(frame)
    made = Studio(frame, PreferenceFile(tmp_path / "home"), "en", 100)
    frame.show()
    chosen = sample("austen")
    assert made.session.new(tmp_path / "Emma", chosen.title, chosen.sources())
    for page in PAGE_KEYS:
        made.window.go(page)
    qtbot.waitUntil(lambda: bool(made.session.standing.stages))
    yield made
    made.session.close()
    made.session.queries.finish()


def is_cut(widget: QWidget) -> bool:
    if isinstance(widget, DRAWN) or not widget.isVisible() or widget.visibleRegion().isEmpty():
        return False
    if isinstance(widget, QLabel) and widget.text() and widget.wordWrap():
        needed = widget.fontMetrics().boundingRect(QRect(0, 0, widget.contentsRect().width(), 10_000), 0x1000,
                                                   widget.text())
        return needed.height() > widget.height() + 2
    if isinstance(widget, QLabel) and widget.text():
        return widget.fontMetrics().horizontalAdvance(widget.text()) > widget.contentsRect().width() + 1
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.sizeHint().width() > widget.width() + 1 or widget.sizeHint().height() > widget.height() + 1
    return False


def is_allowed(widget: QWidget) -> bool:
    above: QWidget | None = widget
    while above is not None:
        if any(above.objectName().startswith(name) for name in MAY_BE_CUT):
            return True
        above = above.parentWidget()
    return False


@pytest.mark.parametrize("with_project", [True, False])
def test_nothing_is_cut_off_on_any_page(studio, with_project):
    window, cut = studio.window, []
    if not with_project:
        assert studio.session.close()
    for (width, height), code in itertools.product(SIZES, ("en", "zh")):
        window.window().resize(width, height)
        language.use(code)
        for page in PAGE_KEYS:
            window.go(page)
            QApplication.processEvents()
            QApplication.sendPostedEvents()
            cut += [f"{page} {width} {code}: {widget.objectName()} {widget.text()!r} {widget.size().toTuple()}"
                    for widget in window.findChildren(QWidget) if is_cut(widget) and not is_allowed(widget)]
    assert not cut, "\n".join(cut)


def names_of(window: QWidget) -> dict[str, tuple[str, ...]]:
    """What a reader and a pointer are told of each named widget."""
    found = {}
    for widget in window.findChildren(QWidget):
        text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        if widget.objectName() and not widget.objectName().startswith(NOT_OURS):
            found[widget.objectName()] = (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(),
                                          text)
    return found


def test_a_switch_of_language_says_all_that_a_chinese_start_says(qtbot, tmp_path, studio):
    language.use("zh")
    switched = names_of(studio.window)
    frame = Frame()
    qtbot.addWidget(frame)
    studio.session.close()
    fresh = Studio(frame, PreferenceFile(tmp_path / "home"), "zh", 100)
    frame.show()
    assert fresh.session.open(tmp_path / "Emma")
    for page in PAGE_KEYS:
        fresh.window.go(page)
    qtbot.waitUntil(lambda: bool(fresh.session.standing.stages))
    begun = names_of(fresh.window)
    stale = {name: (switched[name], begun[name]) for name in switched.keys() & begun.keys()
             if switched[name] != begun[name]}
    fresh.session.close()
    fresh.session.queries.finish()
    assert len(switched.keys() & begun.keys()) > 100
    assert not stale, "\n".join(f"{name}: {words}" for name, words in sorted(stale.items()))
