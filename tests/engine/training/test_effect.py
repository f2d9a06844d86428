"""The effect of cleaning: junk in the text costs bits, text that is clean already gains nothing, nothing leaks."""

from __future__ import annotations

import random

from engine.cleaning.pipeline import clean_corpus
from engine.cleaning.recipes import recipe
from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.samples import sample
from engine.training.effect import effect_of_cleaning
from engine.work import Work
from tests.engine.cleaning.planting import pieces_of

GENTLE = recipe("gentle").spec


def corpus_of(folder, texts):
    folder.mkdir()
    writer = CorpusWriter(folder, [SourceFigures("s", "S", "file")])
    for number, text in enumerate(texts):
        writer.add(Document(f"d{number}", text, "s"))
    writer.finish()
    return Corpus(folder)


def cleaned(corpus, folder, spec=GENTLE):
    folder.mkdir()
    clean_corpus(corpus, spec, folder, Work(), workers=1)
    return Corpus(folder)


def test_junk_that_is_taken_out_saves_bits(tmp_path):
    chance = random.Random(1)
    texts = []
    for piece in pieces_of(sample("austen").path.read_text("utf-8")[:120_000], 1500):
        junk = "\n".join("Subscribe to our newsletter and follow us everywhere today!" for _ in range(20))
        noise = "".join(chr(chance.randrange(33, 126)) for _ in range(800))
        texts.append(piece.replace("\n", "\u200b\n") + ("\n" + junk if chance.random() < 0.8 else "") + "\ufeff" * 50)
        texts.append("Hi " + noise if chance.random() < 0.3 else piece)
    raw = corpus_of(tmp_path / "raw", texts)
    found = effect_of_cleaning(raw, cleaned(raw, tmp_path / "clean", recipe("strict").spec), Work())
    assert found.cleaned < found.raw - 0.05
    assert found == effect_of_cleaning(raw, Corpus(tmp_path / "clean"), Work())


def test_text_that_is_clean_already_gains_nothing(tmp_path):
    poems = [text for text in sample("poems").path.read_text("utf-8").split("\n\n") if text.strip()]
    raw = corpus_of(tmp_path / "raw", poems)
    found = effect_of_cleaning(raw, cleaned(raw, tmp_path / "clean"), Work())
    assert abs(found.cleaned - found.raw) < 0.02 and 4 < found.raw < 12


def test_copies_of_the_text_held_out_are_not_counted(tmp_path):
    pieces = pieces_of(sample("austen").path.read_text("utf-8")[:120_000], 1500)
    single = corpus_of(tmp_path / "single", pieces)
    twice = corpus_of(tmp_path / "twice", [piece for piece in pieces for _ in range(2)])
    once = effect_of_cleaning(single, single, Work())
    found = effect_of_cleaning(twice, cleaned(twice, tmp_path / "clean"), Work())
    assert once.raw == once.cleaned
    assert found.raw > found.cleaned - 0.05  # no bits are saved by having read the answers


def test_a_book_in_one_document_is_measured_too(tmp_path):
    raw = corpus_of(tmp_path / "raw", [sample("austen").path.read_text("utf-8")])
    found = effect_of_cleaning(raw, cleaned(raw, tmp_path / "clean"), Work())
    assert 1.5 < found.cleaned < 3.5 and abs(found.raw - found.cleaned) < 0.2


def test_too_little_text_is_not_measured(tmp_path):
    raw = corpus_of(tmp_path / "raw", ["A few words that are not enough."])
    assert effect_of_cleaning(raw, cleaned(raw, tmp_path / "clean"), Work()) is None
