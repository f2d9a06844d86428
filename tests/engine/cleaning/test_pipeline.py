"""Cleaning whole corpora: figures add up, dropped text is listed, and real books survive."""

from __future__ import annotations

import time

import pytest

from engine.cleaning.chain import Chain
from engine.cleaning.pipeline import clean_corpus, dropped_from, preview, sample_of
from engine.cleaning.recipes import RECIPES, recipe, recipe_of
from engine.cleaning.spec import GENTLE, CleaningSpec, place_of
from engine.cleaning.step import CleaningStep
from engine.cleaning.steps.split_long_documents import SplitLongDocuments
from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.document import Document
from engine.corpora.samples import sample
from engine.corpora.source import pasted
from engine.settings import changed, from_toml, members_of, to_toml
from engine.work import Stopped, Work

DIRTY = "\ufeffThe kettleâ€™s lid began to shake.  \n\n\n\n\nMrs Example poured  two cups.\n"


def corpus_of(folder, *texts):
    folder.mkdir()
    read_corpus([pasted(text) for text in texts], folder, Work())
    return Corpus(folder)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    made = {}
    for id in ("austen", "poems"):
        raw, clean = tmp_path_factory.mktemp(f"{id}-raw"), tmp_path_factory.mktemp(f"{id}-clean")
        read_corpus(sample(id).sources(), raw, Work())
        clean_corpus(Corpus(raw), CleaningSpec(), clean, Work())
        made[id] = (Corpus(raw), Corpus(clean))
    return made


def test_text_is_mended_and_junk_dropped(tmp_path):
    corpus = corpus_of(tmp_path / "raw", DIRTY, DIRTY.upper() + "!", "Hi", "A second text with enough words.")
    into = tmp_path / "clean"
    into.mkdir()
    manifest = clean_corpus(corpus, CleaningSpec(), into, Work())
    texts = [document.text for document in Corpus(into).documents()]
    assert texts[0] == "The kettle’s lid began to shake.\n\nMrs Example poured two cups."
    assert "A second text with enough words." in texts
    reasons = {dropped.reason for dropped in dropped_from(into)}
    assert "Too short." in reasons and manifest.documents == len(texts)


def test_figures_add_up_from_step_to_step(samples):
    for raw, clean in samples.values():
        figures = clean.manifest.steps
        assert figures[0].documents == raw.manifest.documents and figures[0].characters == raw.manifest.characters
        assert figures[-1].documents == clean.manifest.documents == len(clean)
        assert figures[-1].characters == clean.manifest.characters
        assert [step.kind for step in figures[1:]] == [step.kind for step in GENTLE if step.enabled]
        assert all(sum(step.reasons.values()) == step.dropped for step in figures)


def test_a_novel_is_cut_at_its_chapters_and_loses_nothing(samples):
    raw, clean = samples["austen"]
    parts = list(clean.documents())
    assert 40 <= len(parts) <= 120 and all(len(part.text) <= 20_000 for part in parts)
    assert [part.name for part in parts] == [f"emma.txt#{number}" for number in range(1, len(parts) + 1)]
    assert sum(part.text.startswith("CHAPTER") for part in parts) > 45
    assert "".join("".join(part.text.split()) for part in parts) == "".join(raw.document(0).text.split())


def test_a_book_without_headings_becomes_many_parts_of_about_one_length():
    book = "\n".join(f"Paragraph {number} " + "goes on and on. " * 20 for number in range(3000))
    parts = [part.text for part in SplitLongDocuments().expand(Document("b.txt", book))]
    assert len(parts) >= 20 and max(map(len, parts)) <= 20_000
    assert min(map(len, parts[:-1])) > 10_000
    assert "".join("".join(parts).split()) == "".join(book.split())


def test_chinese_chapters_are_found():
    body = "话说天下大势，分久必合，合久必分。" * 60
    book = f"第一回 宴桃园豪杰三结义\n{body}\n第二回　张翼德怒鞭督邮\n{body}\n第十三章\n{body}"
    parts = list(SplitLongDocuments(longest=1500).expand(Document("b.txt", book)))
    assert [part.text[:3] for part in parts] == ["第一回", "第二回", "第十三"]


def test_headings_can_be_left_alone():
    book = "CHAPTER I\n" + "One two three. " * 100 + "\nCHAPTER II\n" + "One two three. " * 20
    parts = list(SplitLongDocuments(longest=1000, at_headings=False).expand(Document("b", book)))
    assert not any(part.text.startswith("CHAPTER II") for part in parts)


def test_poems_pass_the_gentle_recipe_untouched(samples):
    raw, clean = samples["poems"]
    assert len(clean) == len(raw)
    assert all(before.text.strip() == after.text for before, after in
               zip(raw.documents(), clean.documents(), strict=True))


def test_no_recipe_but_those_for_the_web_drops_good_text(samples):
    for id, (raw, _) in samples.items():
        for each in RECIPES:
            chain = Chain(each.spec)
            for number in range(0, len(raw), max(1, len(raw) // 100)):
                chain.process(raw.document(number))
            first, last = chain.figures()[0], chain.figures()[-1]
            if each.id not in ("strict", "web"):
                assert last.characters > 0.99 * first.characters, (id, each.id)


def test_the_recipe_none_changes_nothing(tmp_path):
    corpus = corpus_of(tmp_path / "raw", DIRTY, "Hi")
    (tmp_path / "clean").mkdir()
    clean_corpus(corpus, recipe("none").spec, tmp_path / "clean", Work())
    assert list(Corpus(tmp_path / "clean").documents()) == list(corpus.documents())


def test_recipes_are_found_by_what_they_set():
    assert [recipe_of(each.spec).id for each in RECIPES] == [each.id for each in RECIPES]
    assert recipe_of(CleaningSpec()).id == "gentle"
    assert recipe_of(changed(CleaningSpec(), "steps.whitespace.blank_lines", 3)) is None
    assert all(from_toml(CleaningSpec, to_toml(each.spec)) == each.spec for each in RECIPES)


def test_a_document_that_is_kept_by_name_is_dropped_by_no_step(tmp_path):
    corpus = corpus_of(tmp_path / "raw", "Hi", "Some words that are long enough.")
    place = place_of(corpus.document(0))
    (tmp_path / "clean").mkdir()
    assert clean_corpus(corpus, CleaningSpec(keep=(place,)), tmp_path / "clean", Work()).documents == 2


def test_a_preview_says_what_each_step_did():
    texts = {"a": DIRTY, "b": "Hi", "c": "Clean words that stay as they are."}
    seen = preview([Document(name, text, "s") for name, text in texts.items()], CleaningSpec())
    first, second, third = seen.documents
    assert first.after == ("The kettle’s lid began to shake.\n\nMrs Example poured two cups.",)
    assert [acted.step.kind for acted in first.acted] == ["fix-encoding", "control-characters", "whitespace"]
    assert sum(acted.characters for acted in first.acted) == len(first.after[0]) - len(DIRTY)
    assert second.after == () and second.removed[0].dropped.reason == "Too short."
    assert not third.is_changed
    assert seen.steps[0].documents == 3 and seen.steps[-1].documents == 2


def test_a_preview_of_200_documents_takes_less_than_a_second(samples):
    for raw, _ in samples.values():
        chosen = (sample_of(raw) * 200)[:200]
        began = time.process_time()
        preview(chosen, CleaningSpec())
        assert time.process_time() - began < 1


def test_the_sample_for_a_preview_is_drawn_fairly_and_again_the_same(samples):
    raw, _ = samples["poems"]
    names = [document.name for document in sample_of(raw)]
    assert len(set(names)) == 200 and names == [document.name for document in sample_of(raw)]
    assert names != [document.name for document in sample_of(raw, seed=1)]


def test_cleaning_stops_when_asked(tmp_path):
    corpus = corpus_of(tmp_path / "raw", DIRTY)
    (tmp_path / "clean").mkdir()
    with pytest.raises(Stopped):
        clean_corpus(corpus, CleaningSpec(), tmp_path / "clean", Work(is_stopping=lambda: True))


def test_a_step_may_stand_in_the_list_once():
    assert CleaningSpec(steps=(GENTLE[0], GENTLE[0])).problems()
    assert {step.kind for step in CleaningSpec().steps} == {each.kind for each in members_of(CleaningStep)}
