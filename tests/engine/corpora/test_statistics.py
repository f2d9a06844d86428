"""Statistics of a corpus, against plain counts and texts whose laws are known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.statistics import describe, script_of, slope
from engine.work import Stopped, Work


def corpus_of(folder, *texts: str) -> Corpus:
    writer = CorpusWriter(folder, [SourceFigures("a", "a", "pasted")])
    for number, text in enumerate(texts):
        writer.add(Document(str(number), text, "a"))
    writer.finish()
    return Corpus(folder)


def test_figures_are_those_of_a_plain_count(tmp_path):
    texts = ["The cat saw the dog. 12", "掌柜笑，掌柜说。", "Кот и кошка", "x" * 40]
    found = describe(corpus_of(tmp_path, *texts), Work())
    signs = Counter("".join("".join(text.split()) for text in texts))
    assert found.sampled == 1 and found.characters == len(signs)
    assert dict(found.letters)["x"] == pytest.approx(40 / signs.total())
    words = ["the", "cat", "saw", "the", "dog", *"掌柜笑掌柜说", "кот", "и", "кошка", "x" * 40]
    counts = Counter(words)
    assert (found.words, found.different_words) == (len(words), len(counts))
    assert found.once == sum(times == 1 for times in counts.values())
    assert found.zipf[0] == (1, 2) and found.zipf[-1] == (len(counts), 1)
    assert found.heaps[-1] == (len(words), len(counts))
    letters = [sign for sign in signs.elements() if sign.isalpha()]
    assert dict(found.scripts) == pytest.approx({
        name: sum(script_of(sign) == name for sign in letters) / len(letters) for name in ("Latin", "Han", "Cyrillic")})


def test_lengths_count_every_document_once(tmp_path):
    lengths = [1, 3, 4, 7, 8, 100]
    found = describe(corpus_of(tmp_path, *("a" * length for length in lengths)), Work())
    for first, end, count in found.lengths:
        assert count == sum(first <= length < end for length in lengths)
    assert sum(count for _, _, count in found.lengths) == len(lengths)


def test_the_law_of_zipf_is_found_where_it_was_put_in(tmp_path):
    words = [f"w{'abcdefghij'[rank % 10]}{'abcdefghij'[rank // 10 % 10]}{'abcdefghij'[rank // 100]}"
             for rank in range(1000)]
    text = " ".join(word for rank, word in enumerate(words, 1) for _ in range(20_000 // rank))
    chance = np.random.default_rng(0).permutation(text.split())
    found = describe(corpus_of(tmp_path, " ".join(chance)), Work())
    assert slope(found.zipf) == pytest.approx(-1, abs=0.05)
    assert all(later >= earlier for (_, earlier), (_, later) in zip(found.heaps, found.heaps[1:], strict=False))


def test_a_large_corpus_is_looked_at_in_part(tmp_path):
    corpus = corpus_of(tmp_path, *("word " * 4000 for _ in range(50)))
    found = describe(corpus, Work(), size_bytes=100_000)
    assert 0.05 < found.sampled < 0.2 and sum(count for _, _, count in found.lengths) == 50


def test_an_empty_corpus_has_no_laws(tmp_path):
    found = describe(corpus_of(tmp_path), Work())
    assert (found.words, found.zipf, found.heaps, found.lengths) == (0, (), (), ())
    assert slope(found.zipf) is None


def test_it_stops_when_asked(tmp_path):
    with pytest.raises(Stopped):
        describe(corpus_of(tmp_path, "a text"), Work(is_stopping=lambda: True))
