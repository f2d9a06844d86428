"""The training text of a run, asked for copies: made part by part, shared, and only of what was trained on."""

import random

import pytest

from engine import jobs
from engine.copying import TrainingText
from engine.corpora.corpus import Corpus
from engine.corpora.source import source_of
from engine.corpora.split import Splitter
from engine.errors import EngineError
from engine.project import Project
from engine.settings import changed
from engine.work import Work


@pytest.fixture
def run(tmp_path):
    chance = random.Random(2)
    words = ["".join(chance.choices("abcdefghilmnorstu", k=6)) for _ in range(400)]
    for number in range(30):
        (tmp_path / f"text-{number}.txt").write_text(" ".join(chance.choices(words, k=60)) + ".\n", "utf-8")
    project = Project.create(tmp_path / "project")
    project.save(recipe=changed(changed(project.recipe, "tokenizer.kind", "word"), "tokenizer.vocab_size", 600))
    project.add_sources(*(source_of(str(tmp_path / f"text-{number}.txt")) for number in range(30)))
    tokenizer, _ = jobs.tokenize(project, Work())
    made = jobs.new_run(project)
    made.write_settings({**made.settings(), "fingerprints": project.fingerprints()})
    jobs._keep_tokenizer(tokenizer, made)
    return project, made


def test_a_passage_counts_as_copied_where_its_document_was_trained_on(run):
    project, made = run
    text = TrainingText(made.path)
    while not text.make_part(Work()).is_whole:
        pass
    splitter = Splitter(Corpus(project.stage("cleaned").folder), project.recipe.split)
    for document in splitter.corpus.documents():
        told = text.told(document.text[50:250])
        is_trained_on = splitter.split_of(document) == "train"
        assert (told["share"] > 0.8) == is_trained_on
        if is_trained_on:
            assert told["spans"][0]["document"] == document.name
            assert document.text[:told["spans"][0]["offset"]].endswith(told["spans"][0]["before"])


def test_another_run_on_the_same_text_finds_the_index_made(run):
    project, made = run
    text = TrainingText(made.path)
    while not text.make_part(Work()).is_whole:
        pass
    other = jobs.new_run(project)
    other.write_settings(made.settings())
    assert TrainingText(other.path).state().is_whole


def test_a_run_whose_text_is_gone_says_so(run):
    project, made = run
    project.stage("cleaned").folder.rename(project.path / "away")
    with pytest.raises(EngineError, match="is gone"):
        TrainingText(made.path)
