"""Near duplicates: shingles, bands and their index against plain versions, and what is found of planted copies."""

from __future__ import annotations

import random

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from engine.cleaning.record import Record
from engine.cleaning.steps.near_duplicates import NearDuplicates
from engine.corpora import bands
from engine.corpora.bands import BandIndex
from engine.corpora.document import Document, Dropped
from engine.corpora.minhash import band_keys
from engine.corpora.samples import sample
from engine.corpora.shingles import FEWEST_LETTERS, jaccard, shingles_of
from tests.engine.cleaning import planting

TEXTS = {"en": (sample("austen"), 900), "zh": (sample("poems"), 300)}


def texts_of(language, count):
    which, length = TEXTS[language]
    return planting.pieces_of(which.path.read_text("utf-8"), length)[:count]


def dropped(step, documents):
    act = step.start()
    return [isinstance(result, Dropped) for text in documents for result in act(Document("d", text))]


@pytest.mark.parametrize("language", TEXTS)
def test_shingles_are_those_of_the_plain_definition(language):
    texts = [*texts_of(language, 60), "", "too short", "你好", " \n", "x" * 50, "É e\u0301 " * 30]
    found = shingles_of(texts)
    plain = [planting.shingles(text) for text in texts[:60]]
    for place, own in enumerate(plain):
        assert len(found.of(place)) == len(own)
        assert jaccard(found.of(place), found.of(0)) == pytest.approx(planting.jaccard(own, plain[0]))
    assert [len(found.of(place)) for place in range(60, 65)] == [0] * 5 and len(found.of(65)) == 1
    alone = [shingles_of([text]).of(0).tolist() for text in texts]
    assert alone == [found.of(place).tolist() for place in range(len(texts))]


@hypothesis.given(st.lists(st.text(alphabet="ab c,。中文字", max_size=120), max_size=12))
@hypothesis.settings(max_examples=60)
def test_shingles_of_any_text_are_as_many_as_there_should_be(texts):
    found = shingles_of(texts)
    for place, text in enumerate(texts):
        letters = sum(map(len, planting.words_of(text)))
        assert len(found.of(place)) == (len(planting.shingles(text)) if letters >= FEWEST_LETTERS else 0)


def test_keys_agree_as_often_as_the_formula_says():
    chance = random.Random(1)
    texts, expected, similar = [], [], []
    base = texts_of("en", 300)
    for text in base:
        texts += [text, planting.edited(text, chance.uniform(0.01, 0.1), chance)]
    found = shingles_of(texts)
    keys = band_keys(found, 16)
    for place in range(0, len(texts), 2):
        s = jaccard(found.of(place), found.of(place + 1))
        expected.append(1 - (1 - s ** 8) ** 16)
        similar.append(bool((keys[place] == keys[place + 1]).any()))
    assert abs(np.mean(similar) - np.mean(expected)) < 0.06


@hypothesis.given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=40), st.booleans())
@hypothesis.settings(max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_the_index_finds_what_a_dictionary_finds(tmp_path, groups, on_disk):
    before = bands.IN_MEMORY, bands.SLICE
    bands.IN_MEMORY, bands.SLICE = 20, 7
    try:
        index, plain, next_id = BandIndex(tmp_path if on_disk else None), {}, 0
        for group in groups:
            keys = np.array(group, np.uint64) * np.uint64(2**58)
            ids = np.arange(next_id, next_id + len(group), dtype=np.uint32)
            next_id += len(group)
            place, found = index.find(keys)
            assert list(zip(place.tolist(), found.tolist(), strict=True)) == [
                (at, id) for at, key in enumerate(keys.tolist()) for id in sorted(plain.get(key, []))]
            index.add(keys, ids)
            for key, id in zip(keys.tolist(), ids.tolist(), strict=True):
                plain.setdefault(key, []).append(id)
    finally:
        bands.IN_MEMORY, bands.SLICE = before


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("search", "least"), [("16x8", 0.85), ("32x4", 0.99)])
def test_planted_copies_are_found_and_nothing_else(language, search, least):
    documents, pairs = planting.planted(texts_of(language, 400), 150, (0.01, 0.06))
    figures = planting.measured(documents, pairs, dropped(NearDuplicates(search=search), documents))
    assert figures["should_be_found"] > 30
    assert figures["recall"] >= least and figures["precision"] == 1


def test_a_text_on_every_page_costs_no_more_than_a_few_comparisons():
    chance = random.Random(2)
    notice = texts_of("en", 1)[0]
    pages = [notice + " ".join(chance.choice("abcdefghij") * 4 for _ in range(60)) for _ in range(400)]
    memory = NearDuplicates(threshold=0.95).remember(Record())
    step = NearDuplicates(threshold=0.95)
    for start in range(0, 400, 50):
        memory.decide(step.prepare([Document("d", page) for page in pages[start:start + 50]]))
    keys = band_keys(shingles_of(pages[:1]), 16)
    place, _ = memory._index.find(keys.ravel())
    assert np.bincount(place, minlength=16).max() <= 64


def test_how_documents_are_grouped_makes_no_difference(tmp_path):
    documents, _ = planting.planted(texts_of("zh", 200), 80, (0.01, 0.05))
    step, expected = NearDuplicates(), dropped(NearDuplicates(), documents)
    record = Record(tmp_path)
    memory, found = step.remember(record), []
    for begin, end in ((0, 7), (7, 100), (100, 180), (180, len(documents))):
        part = [Document("d", text) for text in documents[begin:end]]
        found += memory.decide(step.prepare(part))[0].astype(bool).tolist()
        lengths = record.lengths
        record.log("bands").append(b"lost to a kill")
        record.close()
        record = Record(tmp_path, lengths)
        memory = step.remember(record)
    assert found == expected and sum(found) > 20
