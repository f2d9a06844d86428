"""Stop texts that come in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.generation.stops import StopWatch

letters = st.text(alphabet="ab文", max_size=30)


@given(letters, st.lists(st.text(alphabet="ab文", min_size=1, max_size=4), max_size=3), st.data())
def test_however_the_text_is_cut_the_part_before_the_first_stop_passes(text, stops, data):
    watch = StopWatch(stops)
    passed, rest = "", text
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        passed += watch.feed(rest[:cut])
        rest = rest[cut:]
    passed += watch.finish()
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    if not ends:
        assert passed == text and watch.stop is None
        return
    assert watch.stop is not None
    assert text.startswith(passed + watch.stop)
    assert len(passed + watch.stop) == min(ends)
    assert not any(stop in passed for stop in stops)


def test_only_what_could_begin_a_stop_is_held_back():
    watch = StopWatch(["END"])
    assert watch.feed("the E") == "the "
    assert watch.feed("N") == ""
    assert watch.feed("emy") == "ENemy"
    assert watch.feed(" EN") == " "
    assert watch.feed("D and more") == ""
    assert watch.stop == "END"
    assert watch.feed("lost") == "" and watch.finish() == ""


def test_what_is_held_back_at_the_end_still_passes():
    watch = StopWatch(["\n\n"])
    assert watch.feed("a\n") == "a"
    assert watch.finish() == "\n"


def test_without_stop_texts_everything_passes_at_once():
    assert StopWatch(["", ""]).feed("abc") == "abc"
