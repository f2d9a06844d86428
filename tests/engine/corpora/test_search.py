"""Searching a corpus: with and without the index the same documents, none missed, as a plain look at all would find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.corpora import corpus as corpora
from engine.corpora import search
from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.search import Searcher
from engine.work import Stopped, Work
from tests.engine.tokenizers.small_texts import chinese, english

ODD = ['He said "tea\\time"\tand left.\nThe end.', "Ünïcode ÉCLAIR straße İstanbul", "掌柜笑着说：“客官”", "𠀀𠀁 rare",
       "\u0001\u001f", "ΑΒΓ αβγ", "a", "ab" * 30_000 + "needle" + "cd" * 30_000]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Small shards and blocks, so that texts lie across their edges."""
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpora, "SHARD_BYTES", 200_000)
        patch.setattr(corpora, "BLOCK_BYTES", 20_000)
        writer = CorpusWriter(folder, [SourceFigures("a", "Tales", "pasted")])
        for seed in range(60):
            writer.add(Document(f"tale-{seed}.txt", english(seed, sentences=40) + chinese(seed, sentences=20), "a"))
            writer.add(Document(f"odd-{seed}.txt", ODD[seed % len(ODD)], "a", {"title": f"Title {seed}"}))
        writer.finish()
    made = Corpus(folder)
    assert search.build(made, Work())
    return made


def by_looking_at_all(corpus: Corpus, text: str) -> set[int]:
    return {number for number, document in enumerate(corpus.documents())
            if all(word in document.text.lower() for word in text.lower().split())}


def found(corpus: Corpus, text: str, first: int = 0) -> list[int]:
    return [number for number in Searcher(corpus).candidates(text, first) if number is not None]


def looked_at_for_a_while(searcher: Searcher, text: str, first: int, most: int) -> tuple[int | None, list[int]]:
    """Where to go on after so many answers, None at the end, and what was found."""
    numbers = []
    for seen, number in enumerate(searcher.candidates(text, first), 1):
        numbers += [] if number is None else [number]
        following = searcher.reached if number is None else number + 1
        if seen >= most and following > first:
            return following, numbers
    return None, numbers


QUERIES = ["kettle", "KETTLE", "the old", "old kettle guest", "needle", "客官", "掌", "说：“客", '"tea\\time"',
           "tea\\time", "éclair", "ÜNÏCODE", "γ", "𠀀𠀁", "a", "ab", "zzzz", "straße",
           "abababneedle", "needlecd", "Title"]


@pytest.mark.parametrize("text", QUERIES)
def test_every_document_that_holds_a_text_is_found_in_order(corpus, text):
    numbers = found(corpus, text)
    assert numbers == sorted(set(numbers))
    assert by_looking_at_all(corpus, text) <= set(numbers)


@pytest.mark.parametrize("text", QUERIES)
def test_what_is_found_has_every_word_in_its_line(corpus, text):
    for number in found(corpus, text):
        document = corpus.document(number)
        line = f"{document.name} {document.source} {document.text} {document.metadata}".lower()
        assert all(word in line for word in text.lower().replace("\\", "\\").split()), document.name


@settings(max_examples=40)
@given(number=st.integers(0, 119), start=st.integers(0, 400), length=st.integers(1, 300))
def test_any_stretch_of_any_document_leads_back_to_it(corpus, number, start, length):
    text = corpus.document(number).text[start:start + length]
    if text.strip("\u0001\u001f \n\t"):
        assert number in found(corpus, text)


@pytest.mark.parametrize("text", ["kettle", "客官", "needle", "a"])
def test_without_an_index_the_same_is_found(corpus, text, tmp_path, monkeypatch):
    with_index = found(corpus, text)
    monkeypatch.setattr(search, "FILE", "no-such-file")
    assert not Searcher(corpus).has_index and found(corpus, text) == with_index


def test_a_search_goes_on_from_any_document(corpus):
    whole = found(corpus, "the")
    for first in (0, 1, 17, whole[len(whole) // 2], 119, 120):
        assert found(corpus, "the", first) == [number for number in whole if number >= first]


def test_a_search_that_was_broken_off_goes_on_where_it_was(corpus):
    whole = found(corpus, "客官")
    for most in (1, 2, 5):
        first, numbers = 0, []
        while first is not None:
            first, more = looked_at_for_a_while(Searcher(corpus), "客官", first, most)
            numbers += more
        assert numbers == whole


def test_the_index_says_which_blocks_have_what(corpus):
    """Every class of every block, against sets of byte strings made the plain way."""
    searcher = Searcher(corpus)
    for block in range(0, len(searcher._blocks), 7):
        shard, offset = searcher._blocks[block]
        text = search._read(corpus.folder, shard, offset).decode("utf-8", "ignore").lower().encode()
        wanted = {text[place:place + 4] for place in range(0, len(text) - 3, 97)}
        for four in wanted:
            assert block in set(searcher._blocks_with(four, 0))


def test_few_blocks_are_looked_at_for_a_rare_word(corpus):
    searcher = Searcher(corpus)
    assert len(list(searcher._blocks_with(b"needle", 0))) <= len(searcher._blocks) // 2


def test_nothing_is_found_for_nothing(corpus):
    assert found(corpus, "") == [] and found(corpus, "  \n") == []


def test_building_stops_when_asked_and_leaves_no_half_index(tmp_path):
    writer = CorpusWriter(tmp_path, [SourceFigures("a", "a", "pasted")])
    writer.add(Document("a", "text", "a"))
    writer.finish()
    with pytest.raises(Stopped):
        search.build(Corpus(tmp_path), Work(is_stopping=lambda: True))
    assert not (tmp_path / search.FILE).exists() and not Searcher(Corpus(tmp_path)).has_index


def test_bits_are_turned_without_losing_one():
    bits = np.random.default_rng(0).integers(0, 256, (21, search.CLASSES // 8), dtype=np.uint8)
    turned = np.unpackbits(search._by_class(bits), axis=1)[:, :21]
    assert np.array_equal(turned, np.unpackbits(bits, axis=1).T)
