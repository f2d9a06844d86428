"""Cutting text, against the plain way to do it on text that fits in memory."""

from __future__ import annotations

import re

import hypothesis
import hypothesis.strategies as st

from engine.corpora.pieces import blocks, cut, cut_place, lines, whole

TEXTS = st.text(st.sampled_from("ab .。\n\t"), max_size=300)
CHUNKS = st.lists(st.text(st.sampled_from("ab .。\n"), max_size=30), max_size=20)


@hypothesis.given(TEXTS, st.integers(2, 60))
def test_parts_are_the_text_again_and_keep_the_limit(text, limit):
    parts = list(cut(text, limit))
    assert "".join(parts) == text
    assert all(0 < len(part) <= limit for part in parts)


@hypothesis.given(CHUNKS, st.integers(2, 60))
def test_a_text_in_pieces_is_cut_like_the_whole_text(chunks, limit):
    parts = list(whole(chunks, limit))
    assert "".join(parts) == "".join(chunks)
    assert all(0 < len(part) <= limit for part in parts)


@hypothesis.given(CHUNKS)
def test_lines_are_those_of_split(chunks):
    expected = "".join(chunks).split("\n")
    assert list(lines(chunks)) == (expected[:-1] if expected[-1] == "" else expected)


@hypothesis.given(CHUNKS)
def test_blocks_are_what_stands_between_blank_lines(chunks):
    expected = [block.strip("\n") for block in re.split(r"\n[ \t]*(?=\n)|^[ \t]*\n", "".join(chunks))]
    found = [re.sub(r"\s", "", block) for block in blocks(chunks)]
    assert found == [squeezed for block in expected if (squeezed := re.sub(r"\s", "", block))]


def test_the_best_place_is_a_paragraph_then_a_line_then_a_sentence_then_a_word():
    assert cut_place("aaaa bbbb cc\n\ncc\ndd. eeee", 22) == 14
    assert cut_place("aaaa bbbb cccc\ndd. ddd eee", 22) == 15
    assert cut_place("aaaa bbbb cccc. dddd eeee", 22) == 16
    assert cut_place("天地玄黄，宇宙洪荒。日月盈昃，辰宿列张", 17) == 10
    assert cut_place("他说：“来。”她走了，他又来了一回", 12) == 7
    assert cut_place("aaaa bbbb cccc dddd eeee", 22) == 20
    assert cut_place("a" * 30, 22) == 22


def test_a_line_longer_than_the_limit_becomes_several():
    assert list(lines(["aaaa bb", "bb cccc\nd"], 8)) == ["aaaa ", "bbbb ", "cccc", "d"]
