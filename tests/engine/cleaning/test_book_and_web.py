"""Books lose their frame and web pages their menus, and nothing else."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import pytest

from engine.cleaning.counted import CountedKeys
from engine.cleaning.record import Record
from engine.cleaning.steps.book_boilerplate import BookBoilerplate
from engine.cleaning.steps.duplicate_lines import DuplicateLines
from engine.cleaning.steps.duplicate_paragraphs import DuplicateParagraphs
from engine.cleaning.steps.fix_encoding import FixEncoding
from engine.cleaning.steps.language import Language
from engine.cleaning.steps.markup_remains import MarkupRemains
from engine.cleaning.steps.own_rules import OwnRules
from engine.cleaning.steps.script_conversion import NOTED as TRADITIONAL
from engine.cleaning.steps.script_conversion import ScriptConversion
from engine.cleaning.steps.web_lines import WebLines
from engine.cleaning.steps.whitespace import Whitespace
from engine.cleaning.steps.word_lists import WordLists
from engine.corpora.document import Document, Dropped
from engine.corpora.samples import sample

PROSE = ["Emma sat by the window and thought of nothing in particular for quite a while." * 3,
         "The rain had stopped before the carriage came to the door of the old house." * 3]


def after(step, text):
    result = step.apply(Document("d", text))
    return result.reason if isinstance(result, Dropped) else result.text


def test_running_heads_and_page_numbers_go_and_the_prose_stays():
    pages = "\n".join(f"EMMA AND I\n{page}\n{PROSE[page % 2]}" for page in range(10, 22))
    assert after(BookBoilerplate(), pages) == "\n".join(PROSE[page % 2] for page in range(10, 22))


def test_running_heads_with_a_number_of_their_own_go():
    pages = "\n".join(f"{PROSE[page % 2]}\n{page} THE OLD HOUSE" for page in range(10, 22))
    assert after(BookBoilerplate(), pages) == "\n".join(PROSE[page % 2] for page in range(10, 22))


@pytest.mark.parametrize("text", [
    "\n".join(f"CHAPTER {number}\n{PROSE[number % 2]}" for number in range(1, 12)),
    "\n".join(f"HAMLET.\n{PROSE[number % 2]}" for number in range(1, 12)),
    "\n".join(map(str, range(9))), "0\n1\n" + PROSE[0], "1984\n" + PROSE[0]])
def test_chapters_names_and_lists_of_numbers_stay(text):
    assert after(BookBoilerplate(), text) == text


def test_a_real_novel_is_left_alone():
    text = sample("austen").path.read_text("utf-8")
    assert after(BookBoilerplate(), text) == text


def test_a_table_of_contents_ends_where_the_first_chapter_begins():
    contents = "\n".join(f"{number} The tea {number} ........ {number * 9}" for number in range(1, 9))
    assert after(BookBoilerplate(), "目录\n\n第一章 茶\n第二章 酒\n第三章 水\n\n第一章 茶\n\n正文。") == \
        "第一章 茶\n\n正文。"
    assert after(BookBoilerplate(), f"Contents\n{contents}\n\n{PROSE[0]}") == PROSE[0]


@hypothesis.given(st.lists(st.sampled_from([0, 1, 2, 3]), max_size=40), st.integers(1, 4), st.integers(1, 7))
def test_counted_keys_are_those_that_a_plain_count_lets_through(keys, times, size):
    import numpy as np

    memory, plain, seen = CountedKeys(Record(), times), [], {}
    for key in keys:
        plain.append(seen.get(key, 0) < times)
        seen[key] = seen.get(key, 0) + 1
    found = [kept for place in range(0, len(keys), size)
             for kept in memory.decide((np.array(keys[place:place + size], np.uint64),))[0].tolist()]
    assert found == plain


def test_a_line_may_come_as_often_as_is_set():
    act = DuplicateLines(times=3).start()
    results = [next(iter(act(Document(str(n), "Follow us on all the networks!\nText number " + "x" * n))))
               for n in range(5)]
    assert ["Follow us" in result.text for result in results] == [True, True, True, False, False]


def test_paragraphs_repeat_only_inside_the_document_where_that_is_set():
    step = DuplicateParagraphs(within="document")
    assert after(step, "\n\n".join([PROSE[0], PROSE[1], PROSE[0]])) == "\n\n".join(PROSE)
    assert not step.remembers


@pytest.mark.parametrize(("wanted", "kept"), [((), True), (("en",), True), (("zh", "ja"), False)])
def test_languages_are_kept_as_wanted(wanted, kept):
    assert isinstance(Language(wanted=wanted).apply(Document("d", PROSE[0])), Document) is kept


@pytest.mark.parametrize(("code", "text"), [
    ("fr", "Le couvercle de la vieille bouilloire se mit à trembler, et personne dans la maison ne le vit jamais."),
    ("ru", "Крышка старого чайника начала дрожать, и никто в доме этого не заметил, кроме кошки на подоконнике."),
    ("ko", "오래된 주전자의 뚜껑이 흔들리기 시작했지만 집 안의 아무도 그것을 보지 못했다."),
    ("ja", "古いやかんの蓋が震え始めたが、家の中の誰もそれに気づかなかった。"),
    ("zh", "那只旧水壶的盖子开始抖动，可是屋里谁也没有看见。")])
def test_languages_are_told_apart(code, text):
    assert isinstance(Language(wanted=(code,)).apply(Document("d", text)), Document)
    assert isinstance(Language(wanted=("de",)).apply(Document("d", text)), Dropped)


def test_telling_languages_needs_no_network(monkeypatch):
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was asked"))
    assert isinstance(Language(wanted=("fr",)).apply(Document("d", PROSE[0].replace("the", "xe"))), Dropped)


def test_the_c4_rules_can_all_be_asked_for():
    strict = WebLines(end_marks=True, braces=True, sentences=5, words=3)
    assert after(strict, "One two three.\nNo mark here at all\nAnother ends...") == "Too few sentences."
    assert after(WebLines(end_marks=True), "One two three.\nNo mark here at all\nIt ends...") == "One two three."


def test_markup_is_taken_out_and_what_only_looks_like_it_stays():
    for text in ("if a<b then c>d", "<EMAIL> or <NAME>", "f(x)[0](y)", "[note] see [1]", "x < y\n> quoted", "R&D"):
        assert after(MarkupRemains(), text) == text
    assert after(MarkupRemains(), "<div class='x'>one<br/>two</div>\n<style>p {}</style>") == "one\ntwo"


def test_the_share_of_traditional_characters_is_noted():
    for text, share in (("頭髮發現", 1.0), ("头发发现", 0.0), ("頭發头发", 0.5)):
        result = ScriptConversion(to="unchanged").apply(Document("d", text))
        assert result.metadata[TRADITIONAL] == share and result.text == text


def test_the_same_text_in_both_scripts_becomes_one():
    simplified, traditional = "他发现头发很长，干部在后面喝面汤。", "他發現頭髮很長，幹部在後面喝麵湯。"
    assert after(ScriptConversion(), traditional) == simplified == after(ScriptConversion(), simplified)


@pytest.mark.parametrize(("pattern", "why"), [("(", "missing"), ("(?=a)", "invalid"), (r"(a)\1", "invalid"),
                                              ("a*", "nothing")])
def test_a_pattern_that_cannot_be_used_is_named_with_the_reason(pattern, why):
    problem = OwnRules(replace=("good => better", pattern)).problems()[0]
    assert problem.path == ("replace", "1") and why in problem.what
    assert after(OwnRules(replace=("good => better", pattern)), "a good one") == "a better one"
    assert OwnRules(replace=(r"(a) => \2",)).problems()


def test_a_pattern_that_would_take_for_ever_elsewhere_takes_no_time():
    import time

    began = time.process_time()
    assert after(OwnRules(lines=("(a|aa|a*)+$",), replace=("(x+x+)+y => z",)), "b" * 50_000 + "\n" + "x" * 50_000)
    assert time.process_time() - began < 2


def test_listed_words_stand_alone_and_the_longest_wins():
    step = WordLists(words=("tea", "tea house", "茶馆"), action="mask", mask="_")
    assert after(step, "Tea house, teapot, TEA; 去茶馆喝tea吧") == "_, teapot, _; 去_喝_吧"
    assert WordLists(words=("茶",)).problems() and not WordLists(words=("茶馆",)).problems()


def test_chinese_lines_broken_at_a_fixed_width_are_joined_without_a_space():
    prose = "那时候我的父亲正在村口的老槐树底下和几个邻居说着今年收成的事情" * 4 + "。"
    broken = "\n".join(prose[place:place + 36] for place in range(0, len(prose), 36))
    assert after(Whitespace(), broken) == prose
    poem = "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。"
    assert after(Whitespace(), poem) == poem


def test_lines_that_lost_no_byte_are_restored_and_the_others_leave():
    lines = [line for line in sample("poems").path.read_text("utf-8").split("\n") if line and len(line) % 2 == 0]
    garbled = [line.encode().decode("gb18030", "replace") for line in lines]
    whole = [(line, wrong) for line, wrong in zip(lines, garbled, strict=True) if "\ufffd" not in wrong]
    assert len(whole) > 20
    assert after(FixEncoding(), "\n".join(wrong for _, wrong in whole)) == "\n".join(line for line, _ in whole)
