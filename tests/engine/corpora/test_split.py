"""Keeping documents apart: fair shares, the same everywhere, duplicates together, never an empty side."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.corpora.blocks import MOST_BLOCKS, cut
from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.split import SPLITS, SplitSpec, Splitter
from engine.errors import EngineError


def corpus_of(folder, texts_by_source):
    folder.mkdir(exist_ok=True)
    writer = CorpusWriter(folder, [SourceFigures(source, source, "pasted") for source in texts_by_source])
    for source, texts in texts_by_source.items():
        for number, text in enumerate(texts):
            writer.add(Document(f"{source}{number}", text, source))
    writer.finish()
    return Corpus(folder)


def texts(count, seed=0, words=40):
    generator = np.random.default_rng(seed)
    return [" ".join(f"w{value}" for value in generator.integers(0, 9999, generator.integers(5, words)))
            for _ in range(count)]


def test_every_source_gives_the_same_share_of_its_characters(tmp_path):
    corpus = corpus_of(tmp_path / "c", {"a": texts(400, 1), "b": texts(300, 2), "c": texts(25, 3)})
    splitter = Splitter(corpus, SplitSpec())
    for source, tolerance in ((0, 0.01), (1, 0.01), (2, 0.06)):
        own = corpus.index["source"] == source
        total = corpus.index["characters"][own].sum()
        for side, share in ((0, 0.85), (1, 0.1), (2, 0.05)):
            kept = corpus.index["characters"][own & (splitter.sides == side)].sum()
            assert abs(kept / total - share) < tolerance


def test_the_split_of_a_document_is_the_side_at_its_place(tmp_path):
    corpus = corpus_of(tmp_path / "c", {"a": texts(60)})
    splitter = Splitter(corpus, SplitSpec())
    assert [splitter.split_of(document) for document in corpus.documents()] == [
        SPLITS[side] for side in splitter.sides]
    with pytest.raises(KeyError):
        splitter.split_of(Document("x", "not in this corpus"))


def test_equal_texts_stay_on_one_side_across_sources(tmp_path):
    same = texts(50)
    corpus = corpus_of(tmp_path / "c", {"a": same + same, "b": [text.upper() + "!" for text in same]})
    splitter = Splitter(corpus, SplitSpec(validation_share=0.3, test_share=0.2))
    sides = splitter.sides.reshape(3, 50)
    assert (sides == sides[0]).all() and set(sides[0]) == {0, 1, 2}


def test_the_split_depends_on_text_and_seed_alone(tmp_path):
    words = texts(80)
    one = corpus_of(tmp_path / "one", {"a": words})
    other = corpus_of(tmp_path / "other", {"renamed": words[::-1]})

    def validation(corpus, seed):
        splitter = Splitter(corpus, SplitSpec(seed=seed))
        return {d.text for d in corpus.documents() if splitter.split_of(d) == "validation"}

    assert validation(one, 42) == validation(other, 42) != validation(one, 43)


@pytest.mark.parametrize("count", [3, 4, 5, 7, 12, 20])
def test_no_side_is_empty_and_training_has_most(tmp_path, count):
    corpus = corpus_of(tmp_path / "c", {"a": texts(count)})
    sides = Counter(Splitter(corpus, SplitSpec()).sides.tolist())
    assert set(sides) == {0, 1, 2} and sides[0] >= max(sides[1], sides[2])


def test_many_sources_of_one_document_each_are_split_together(tmp_path):
    corpus = corpus_of(tmp_path / "c", {f"s{n}": [text] for n, text in enumerate(texts(100))})
    assert 5 <= Counter(Splitter(corpus, SplitSpec()).sides.tolist())[1] <= 16


def test_a_giant_among_dwarfs_is_for_training(tmp_path):
    corpus = corpus_of(tmp_path / "c", {"a": ["giant " * 20_000, *texts(30)]})
    for seed in range(5):
        splitter = Splitter(corpus, SplitSpec(seed=seed))
        assert splitter.sides[0] == 0 and set(splitter.sides) == {0, 1, 2}


@pytest.mark.parametrize("words", [[], ["one"], ["one", "two"], ["one", "One!", "two", "TWO"]])
def test_too_few_documents_are_an_error_that_says_what_helps(tmp_path, words):
    with pytest.raises(EngineError) as caught:
        Splitter(corpus_of(tmp_path / "c", {"a": words}), SplitSpec())
    assert caught.value.fix


SENTENCES = "A cat sat on the mat, and a dog ran after it. Then it was dark! Who would have thought so? "


def test_a_single_text_is_cut_into_blocks_at_the_ends_of_paragraphs(tmp_path):
    text = "\n\n".join(f"{number}. {SENTENCES}" for number in range(60))
    splitter = Splitter(corpus_of(tmp_path / "c", {"a": [text]}), SplitSpec())
    blocks = [document.text for document in splitter.corpus.documents()]
    assert "".join(blocks) == text and len(blocks) == MOST_BLOCKS == len(splitter.corpus)
    assert all(block.endswith("\n\n") for block in blocks[:-1])
    advised, = splitter.advised()
    assert advised.value == MOST_BLOCKS and advised.values == {"documents": 1}
    lengths = np.array([len(block) for block in blocks])
    for side, share in ((0, 0.85), (1, 0.1), (2, 0.05)):
        assert lengths[splitter.sides == side].sum() / len(text) == pytest.approx(share, abs=0.02)
    assert [splitter.split_of(block) for block in splitter.corpus.documents()] == [
        SPLITS[side] for side in splitter.sides]


def test_the_same_text_is_always_cut_and_kept_apart_alike(tmp_path):
    text = " ".join(f"{number}. {SENTENCES}" for number in range(20))
    one, other = (Splitter(corpus_of(tmp_path / name, {name: [text]}), SplitSpec()) for name in ("a", "b"))
    assert [document.text for document in one.corpus.documents()] == [
        document.text for document in other.corpus.documents()]
    assert one.sides.tolist() == other.sides.tolist() and set(one.sides) == {0, 1, 2}


@pytest.mark.parametrize(("text", "ends"), [
    ("".join(f"{number}. {SENTENCES}" for number in range(30)), ".!? "),
    ("明月几时有？把酒问青天。不知天上宫阙，今夕是何年。" * 20, "。？"),
    ("word " * 300, " "), ("x" * 900, "x"), ("一行诗\n" * 200, "\n")])
def test_a_text_is_cut_at_the_best_place_there_is(text, ends):
    parts = cut(text, 20)
    assert "".join(parts) == text and len(parts) == 20
    assert all(part[-1] in ends for part in parts)
    assert max(map(len, parts)) < 2.1 * min(map(len, parts))


def test_two_short_documents_are_cut_and_three_are_not(tmp_path):
    words = [SENTENCES * 3, SENTENCES.upper() + "And so on, for a while longer than that. " * 4, "three"]
    splitter = Splitter(corpus_of(tmp_path / "two", {"a": words[:2]}), SplitSpec())
    assert set(splitter.sides) == {0, 1, 2} and len(splitter.corpus) > 2
    corpus = corpus_of(tmp_path / "three", {"a": words})
    splitter = Splitter(corpus, SplitSpec())
    assert splitter.corpus is corpus and not list(splitter.advised())


def test_fifty_characters_and_a_text_that_repeats_itself_are_refused_in_words(tmp_path):
    with pytest.raises(EngineError, match="has 50 characters, too few"):
        Splitter(corpus_of(tmp_path / "a", {"a": ["0123456789" * 5]}), SplitSpec())
    with pytest.raises(EngineError, match="again and again"):
        Splitter(corpus_of(tmp_path / "b", {"a": ["x" * 8000]}), SplitSpec())


def test_two_documents_are_enough_without_a_test(tmp_path):
    corpus = corpus_of(tmp_path / "c", {"a": ["one", "two"]})
    assert sorted(Splitter(corpus, SplitSpec(test_share=0)).sides) == [0, 1]


def test_shares_that_leave_too_little_are_a_problem():
    assert SplitSpec(validation_share=0.4, test_share=0.3).problems()
    assert not SplitSpec().problems()
