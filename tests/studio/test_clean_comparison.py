"""Passages before and after cleaning."""

from __future__ import annotations

import random
import time

import pytest

from studio.texts.comparison import MOST, WHOLE, compare


def text_of(spans) -> str:
    return "".join(text for text, _ in spans)


def words(count: int, seed: int = 0) -> str:
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefghij", k=5)) + draw.choice(["", "", ",", ".\n"]) for _ in range(count))


@pytest.mark.parametrize("after", ["", "x", "The old kettle’s lid. Tea", "The old  kettleâ€™s lid.\nTea\n"])
def test_a_short_document_is_shown_whole_on_both_sides(after: str) -> None:
    before = "The old  kettleâ€™s lid.\nTea\n"
    (passage,) = compare(before, after)
    assert text_of(passage.before) == before
    assert text_of(passage.after) == after


def test_what_is_marked_equal_is_the_same_text_on_both_sides() -> None:
    for seed in range(20):
        before = words(300, seed)
        draw = random.Random(seed)
        after = "".join(draw.choice(["", "!", each, each, each]) if draw.random() < 0.1 else each for each in before)
        (passage,) = compare(before, after)
        left = "".join(text for text, kind in passage.before if kind == "same")
        assert left == "".join(text for text, kind in passage.after if kind == "same")
        assert text_of(passage.before) == before and text_of(passage.after) == after


def test_only_the_changed_mark_is_marked() -> None:
    (passage,) = compare("The old kettleâ€™s lid.", "The old kettle’s lid.")
    assert [text for text, kind in passage.before if kind == "removed"] == ["â€™"]
    assert [text for text, kind in passage.after if kind == "added"] == ["’"]


def test_each_change_of_a_long_document_has_its_passage() -> None:
    before = words(20_000)
    after, places = before, [len(before) // 5 * number for number in range(1, 5)]
    for place in reversed(places):
        after = after[:place] + "§§§" + after[place:]
    passages = compare(before, after)
    assert len(passages) == 4
    for passage in passages:
        assert [text for text, kind in passage.after if kind == "added" and "§" in text]
        assert len(text_of(passage.after)) < WHOLE


def test_a_long_piece_taken_out_does_not_hide_what_comes_after_it() -> None:
    before = words(9000)
    start, end = 5000, 25_000
    after = before[:start] + before[end:40_000] + "§" + before[40_000:]
    passages = compare(before, after)
    assert any("§" in text for passage in passages for text, kind in passage.after if kind == "added")


def test_a_document_changed_everywhere_stops_at_the_most_passages_and_costs_little() -> None:
    before = words(40_000)
    began = time.process_time()
    passages = compare(before, before.replace("\n", " ").replace("a", "b"))
    assert 1 <= len(passages) <= MOST
    assert time.process_time() - began < 5
