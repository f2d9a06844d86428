"""Corpora on disk: what is written is what is read, and the manifest says the truth."""

from __future__ import annotations

import json
import random
import statistics

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import xxhash

from engine.cleaning.chunk import chunks_of
from engine.corpora.corpus import Corpus, CorpusWriter, marks_of, read_corpus
from engine.corpora.document import Document
from engine.corpora.language import LANGUAGES, guess_language
from engine.corpora.manifest import Manifest, SourceFigures, lengths_of
from engine.corpora.sameness import KeySet, text_key
from engine.corpora.samples import SAMPLES, sample
from engine.corpora.source import pasted, source_of
from engine.corpora.units import count_units
from engine.errors import EngineError
from engine.work import Stopped, Work


def written(folder, texts, source="s"):
    folder.mkdir(exist_ok=True)
    writer = CorpusWriter(folder, [SourceFigures(source, "label", "pasted")])
    for number, text in enumerate(texts):
        writer.add(Document(f"d{number}", text, source, {"number": number}))
    writer.finish()
    return Corpus(folder)


@hypothesis.given(st.lists(st.text(min_size=1), max_size=8))
@hypothesis.settings(max_examples=25)
def test_documents_come_back_as_they_were(tmp_path_factory, texts):
    corpus = written(tmp_path_factory.mktemp("c") / "x", texts)
    assert [document.text for document in corpus.documents()] == texts
    assert [corpus.document(number).text for number in range(len(corpus))] == texts
    assert [document.metadata["number"] for document in corpus.documents()] == list(range(len(texts)))


def test_shards_are_reached_at_random(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.corpora.corpus.SHARD_BYTES", 500)
    monkeypatch.setattr("engine.corpora.corpus.BLOCK_BYTES", 100)
    texts = [f"text number {number} 春\n" * 3 for number in range(40)]
    corpus = written(tmp_path / "c", texts)
    assert len(list((tmp_path / "c").glob("documents-*.jsonl"))) > 5
    assert [corpus.document(number).text for number in (39, 0, 17)] == [texts[39], texts[0], texts[17]]
    with pytest.raises(IndexError):
        corpus.document(40)


def test_the_manifest_counts_what_is_there(tmp_path):
    texts = ["One two.", "one TWO", "鲁镇的酒店的格局，是和别处不同的。", "x" * 50]
    corpus = written(tmp_path / "c", texts)
    manifest = corpus.manifest
    assert manifest.documents == 4 and manifest.exact_duplicates == 1
    assert manifest.characters == sum(map(len, texts)) and manifest.bytes == sum(len(text.encode()) for text in texts)
    assert (manifest.longest, manifest.shortest) == (50, 7)
    assert manifest.median == int(statistics.median(map(len, texts)))
    assert manifest.languages["zh"] == len(texts[2])
    assert Manifest.load(tmp_path / "c") == manifest
    assert json.dumps(manifest.summary())


def test_every_source_counts_its_own_repeats(tmp_path):
    texts = [("a", "One."), ("a", "Two."), ("b", "one"), ("b", "Three."), ("a", "three!"), ("b", "ONE")]
    writer = CorpusWriter(tmp_path, [SourceFigures("a", "A", "pasted"), SourceFigures("b", "B", "pasted")])
    for number, (source, text) in enumerate(texts):
        writer.add(Document(str(number), text, source))
    manifest = writer.finish()
    assert {each.id: each.duplicates for each in manifest.sources} == {"a": 1, "b": 2}
    assert manifest.exact_duplicates == 3


@hypothesis.given(st.lists(st.integers(0, 1 << 20), min_size=1, max_size=30), st.integers(1, 9))
def test_lengths_are_those_of_all_documents_sorted(characters, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.corpora.manifest._ROWS", at_once)
        found = lengths_of(np.array(characters, np.uint32))
    assert found == {"longest": max(characters), "shortest": min(characters),
                     "median": int(statistics.median(characters))}


def test_a_large_index_is_looked_at_in_parts_with_the_same_result(tmp_path, monkeypatch):
    chance = random.Random(1)
    texts = [f"text {chance.randrange(60)}" for _ in range(100)]
    chunks = chunks_of(written(tmp_path / "whole", texts), 300)
    monkeypatch.setattr("engine.corpora.corpus._COUNTED", 7)
    monkeypatch.setattr("engine.cleaning.chunk._ROWS", 7)
    corpus = written(tmp_path / "parts", texts)
    assert corpus.manifest.exact_duplicates == 100 - len(set(texts))
    assert len(chunks) > 10 and chunks_of(corpus, 300) == chunks


@hypothesis.given(st.permutations(["One.", "one.", "春眠不觉晓", "春眠不觉晓", ""]), st.integers(1, 200))
@hypothesis.settings(max_examples=25)
def test_the_digest_of_a_source_is_of_its_texts_in_any_order(tmp_path_factory, texts, block_bytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.corpora.corpus.BLOCK_BYTES", block_bytes)
        source = written(tmp_path_factory.mktemp("c") / "x", texts).manifest.sources[0]
    assert int(source.digest, 16) == sum(xxhash.xxh3_64_intdigest(text.encode()) for text in texts) % 2 ** 64


def test_a_source_that_changed_since_it_was_read_is_told_by_its_mark(tmp_path):
    paths = [tmp_path / name for name in ("same.txt", "moved.txt", "other.txt")]
    for path in paths:
        path.write_text(f"The words of {path.name}.", "utf-8")
    sources = [source_of(path) for path in paths]
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    manifest = read_corpus(sources, tmp_path / "first", Work())
    assert {each.id: each.mark for each in manifest.sources} == marks_of(sources)
    paths[1].rename(tmp_path / "here.txt")
    paths[2].write_text("Quite other words.", "utf-8")
    now = marks_of(sources)
    assert [now[each.id] == each.mark for each in manifest.sources] == [True, False, False]
    again = read_corpus([source_of(tmp_path / "here.txt")], tmp_path / "second", Work())
    assert again.sources[0].digest == manifest.sources[1].digest != manifest.sources[2].digest


def test_an_empty_corpus_is_one_too(tmp_path):
    corpus = written(tmp_path / "c", [])
    assert len(corpus) == 0 and list(corpus.documents()) == [] and corpus.manifest.median == 0


def test_a_folder_without_a_corpus_says_so(tmp_path):
    with pytest.raises(EngineError, match="no corpus"):
        Corpus(tmp_path)


def test_reading_stops_when_asked(tmp_path):
    with pytest.raises(Stopped):
        read_corpus([pasted("words")], tmp_path, Work(is_stopping=lambda: True))


def test_a_source_listed_twice_is_read_once(tmp_path):
    assert read_corpus([pasted("words"), pasted("words")], tmp_path, Work()).documents == 1


@hypothesis.given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1)), max_size=3000))
@hypothesis.settings(max_examples=30)
def test_a_key_set_is_a_set(keys):
    own, other = KeySet(), set()
    for key in keys:
        assert own.add(key) == (key not in other)
        other.add(key)
    assert len(own) == len(other)


@hypothesis.given(st.lists(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1)), max_size=500), max_size=9))
@hypothesis.settings(max_examples=30)
def test_many_keys_at_once_are_put_in_as_one_by_one(groups):
    together, single = KeySet(), KeySet()
    for keys in groups:
        assert together.add_all(np.array(keys, np.uint64)).tolist() == [single.add(key) for key in keys]
    assert len(together) == len(single)


def test_texts_with_the_same_letters_have_the_same_key():
    assert text_key("The cat, sat.") == text_key("the CAT sat!") == text_key("The\ncat  sat")
    assert text_key("e\u0301t\u00c9") == text_key("été")
    assert text_key("床前，明月光。") == text_key("床前明月光")
    assert text_key("1 + 1 = 2") != text_key("1 + 2 = 3")
    assert text_key("?!") != text_key("!?") and text_key("été") != text_key("ete")


@pytest.mark.parametrize(("label", "text"), [
    ("en", "It was the best of times, it was the worst of times, it was the age of wisdom."),
    ("zh", "鲁镇的酒店的格局，是和别处不同的。"), ("zh", "春眠不觉晓"), ("zh", "用 GPU 训练一个小的 Transformer 模型"),
    ("ja", "吾輩は猫である。名前はまだ無い。"), ("ko", "나는 고양이로소이다."), ("ru", "Все счастливые семьи похожи."),
    ("el", "Καλημέρα σας"), ("ar", "صباح الخير"), ("he", "בוקר טוב"), ("hi", "नमस्ते दुनिया"), ("th", "สวัสดี"),
    ("?", "Stately, plump Buck"), ("?", "Über den Fluß führt eine schöne große Brücke aus Stein"), ("?", "12345 !?"),
    ("?", "")])
def test_languages_are_told_by_script_and_common_words(label, text):
    assert guess_language(text) == label and label in LANGUAGES


@pytest.mark.parametrize(("text", "units"), [("one two-three don't", 3), ("床前明月光，", 5), ("用 GPU 训练 3 次", 6),
                                             ("", 0), ("...", 0), ("カタカナ", 4)])
def test_units_are_words_or_characters(text, units):
    assert count_units(text) == units and count_units(text, 2) == min(units, 2)


@pytest.mark.parametrize("each", SAMPLES, ids=lambda each: each.id)
def test_samples_are_texts_of_about_a_megabyte_in_their_language(each, tmp_path):
    manifest = read_corpus(each.sources(), tmp_path, Work())
    assert 800_000 < manifest.bytes < 1_200_000 and not manifest.skipped
    assert next(iter(manifest.languages)) == each.language
    assert each.opening.replace("\n", "") in each.path.read_text("utf-8").replace("\n", "")
    assert "\ufffd" not in each.path.read_text("utf-8") and each.licence
    assert each.file in (each.path.parent / "NOTICE.md").read_text("utf-8")


def test_an_unknown_sample_lists_those_there_are():
    with pytest.raises(EngineError, match="austen, poems"):
        sample("nothing")
