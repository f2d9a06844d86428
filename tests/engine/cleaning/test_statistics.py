"""Shared figures of a text against slow plain ways to count the same."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter

import hypothesis
import hypothesis.strategies as st
import pytest

from engine.cleaning.statistics import DIGIT, HAN, KANA, LETTER, TextStatistics, statistics_of
from engine.corpora.units import count_units

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "d'e", "1"]), max_size=60).map(" ".join)
CHINESE = st.text(st.sampled_from("中文字和了，"), max_size=60)
MIXED = st.text(st.sampled_from("ab1 .,'-\n中あ가é#😀"), max_size=80)
UNIT = re.compile("[\u4e00-\u9fff]|[a-z0-9]+(?:'[a-z]+)*")


def spans_of(text):
    return [found.span() for found in UNIT.finditer(text)]


def grams_of(text, n):
    spans = spans_of(text)
    return [(tuple(text[a:b] for a, b in spans[i:i + n]), spans[i][0], spans[i + n - 1][1])
            for i in range(len(spans) - n + 1)]


def plain_top_share(text, n):
    grams = grams_of(text, n)
    counts = Counter(gram for gram, _, _ in grams)
    most = max(counts.values(), default=0)
    if most < 2:
        return 0.0
    width = {gram: end - start for gram, start, end in reversed(grams)}
    return most * max(width[gram] for gram, count in counts.items() if count == most) / len(text)


def plain_duplicate_share(text, n):
    seen, covered = set(), set()
    for gram, start, end in grams_of(text, n):
        if gram in seen:
            covered |= set(range(start, end))
        seen.add(gram)
    return len(covered) / len(text) if text else 0.0


@hypothesis.given(WORDS | CHINESE)
def test_repeated_shares_are_those_of_counting_all_n_grams(text):
    shares = TextStatistics(text).repeated_shares((2, 3, 4), (5, 7))
    for n in (2, 3, 4):
        assert shares[n] == pytest.approx(plain_top_share(text, n))
    for n in (5, 7):
        assert shares[n] == pytest.approx(plain_duplicate_share(text, n))


@hypothesis.given(WORDS | CHINESE)
def test_entropy_and_variety_are_those_of_a_counter(text):
    found, counts = TextStatistics(text), Counter(text[a:b] for a, b in spans_of(text))
    total = counts.total()
    assert found.units == total and found.distinct_units == len(counts)
    assert found.entropy == pytest.approx(-sum(c / total * math.log2(c / total) for c in counts.values()))


@hypothesis.given(MIXED)
def test_characters_are_counted_by_their_unicode_categories(text):
    found = TextStatistics(text)
    assert found.counts[HAN] == text.count("中") and found.counts[KANA] == text.count("あ")
    assert found.counts[DIGIT] == sum(unicodedata.category(c)[0] == "N" for c in text)
    assert found.counts[LETTER] == sum(c in "abé" for c in text)
    assert found.visible == sum(not c.isspace() for c in text) and sum(found.counts) == len(text)
    assert found.lines == [line.strip() for line in text.split("\n") if line.strip()]


@hypothesis.given(st.text(st.sampled_from("ab1 .,\n中あé#"), max_size=80))
def test_units_are_those_that_lengths_are_counted_in(text):
    found = TextStatistics(text)
    assert found.units == count_units(text)
    assert found.units_with_letters == len([unit for unit in re.findall("[中あ]|[ab1é]+", text) if unit.strip("1")])
    assert found.longest_run == max(map(len, re.split("[\\s中あ]", text)))


def test_an_emoji_is_no_chinese_character():
    assert TextStatistics("😀𠀀").counts[HAN] == 1


def test_steps_that_follow_each_other_share_the_figures_and_old_ones_are_let_go():
    first = statistics_of("one text")
    assert statistics_of("one " + "text") is first
    for number in range(30):
        statistics_of(str(number) + "x" * 300_000)
    assert statistics_of("one text") is not first
