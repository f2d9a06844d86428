"""Sentences and numbers in both languages, followed live by what shows them."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.i18n import binding, counted, language, show, tr, words
from studio.i18n.numbers import ago, decimal, duration, grouped, percent, short, significant, size_bytes
from studio.widgets import Button, Card, Text, set_tip


def test_a_label_follows_the_language(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    words(label.setText, "Train")
    assert label.text() == "Train"
    language.use("zh")
    assert label.text() == "训练"
    language.use("en")
    assert label.text() == "Train"


def test_a_second_sentence_takes_the_place_of_the_first(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    words(label.setText, "Train")
    words(label.setText, "Corpus")
    language.use("zh")
    assert label.text() == "语料"
    show(label.setText, "my project")
    language.use("en")
    assert label.text() == "my project"


def test_a_value_that_is_a_sentence_or_a_function_is_said_again(qtbot) -> None:
    label = Text(tr("{share} · {time} left", share=lambda: percent(0.41), time=duration(1020)))
    qtbot.addWidget(label)
    assert label.text().replace("\u202f", " ") == "41 % · 17 min left"
    language.use("zh")
    assert label.text().replace("\u202f", " ") == "41 % · 剩 17 分钟"


def test_widgets_take_sentences_and_keep_names_of_the_user(qtbot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    layout = QVBoxLayout(page)
    layout.addWidget(Card(tr("Corpus"), "Corpus"))
    layout.addWidget(Button(tr("Cancel"), name="cancel"))
    gc.collect()
    language.use("zh")
    card = page.findChild(Card)
    assert (card.title.text(), card.caption.text()) == ("语料", "Corpus")
    assert page.findChild(QWidget, "cancel").accessibleName() == "取消"


def test_bindings_die_with_their_widgets(qtbot) -> None:
    before = len(binding._bound)
    made = [QLabel() for _ in range(50)]
    for label in made:
        words(label.setText, "Train")
    assert len(binding._bound) == before + 50
    del label
    made.clear()
    gc.collect()
    assert len(binding._bound) <= before


def test_a_tool_tip_never_reads_markup_of_the_user(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    set_tip(label, "<img src=x><b>bold</b>")
    assert "<b>" not in label.toolTip() and "&lt;b&gt;" in label.toolTip()


def test_a_sentence_with_a_brace_of_the_user_stays_whole() -> None:
    assert tr("{title}, paused", title="{x}") == "{x}, paused"
    assert tr("unknown {sentence}") == "unknown {sentence}"


def test_one_and_many_differ() -> None:
    one, many = "and {count} more task", "and {count} more tasks"
    assert counted(one, many, 1) == "and 1 more task"
    assert counted(one, many, 1200).replace("\u202f", " ") == "and 1 200 more tasks"


@pytest.mark.parametrize(("made", "expected"), [
    (grouped(1640), "1 640"), (grouped(999), "999"), (grouped(12_480_000), "12 480 000"), (grouped(-1640), "-1 640"),
    (decimal(1.614, 2), "1.61"), (decimal(float("nan")), "–"),
    (significant(0.00041), "0.00041"), (significant(12.64), "12.6"), (significant(1640.2), "1 640"),
    (percent(0.81), "81 %"), (percent(0.123, 1), "12.3 %"),
    (size_bytes(612), "612 B"), (size_bytes(1800), "1.8 kB"), (size_bytes(38_200_000), "38.2 MB"),
    (size_bytes(999_700), "1.0 MB"), (size_bytes(41_000_000_000), "41 GB"), (size_bytes(9_100_000_000), "9.1 GB"),
    (short(950), "950"), (short(150_000), "150 k"), (short(12_600_000), "12.6 M"), (short(3_000_000), "3 M"),
    (duration(40), "40 s"), (duration(1020), "17 min"), (duration(7800), "2 h 10"), (duration(7200), "2 h"),
    (duration(3 * 86400), "3 days"), (duration(float("inf")), "0 s"),
    (ago(5), "just now"), (ago(1200), "20 min ago"), (ago(90_000), "yesterday"), (ago(3 * 86400), "3 days ago"),
])
def test_numbers_are_written_as_the_design_says(made: str, expected: str) -> None:
    assert made.replace("\u202f", " ") == expected
