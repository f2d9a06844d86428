"""A pass over a corpus: the same bytes with any number of processes, and after any kill."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from engine.cleaning import passing
from engine.cleaning.chain import Chain
from engine.cleaning.chunk import chunks_of, documents_in
from engine.cleaning.pipeline import clean_corpus
from engine.cleaning.recipes import recipe
from engine.cleaning.spec import CleaningSpec, place_of
from engine.corpora.corpus import Corpus, CorpusWriter, read_corpus
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.samples import sample
from engine.corpora.source import pasted
from engine.errors import EngineError
from engine.events import CleaningCounted
from engine.work import Stopped, Work
from tests.stories.driving import REPOSITORY, surroundings

CHUNK = 20_000
STRICT = recipe("strict").spec


def messy_corpus(folder):
    """Poems with copies, repeated lines, damaged and short ones, from two sources."""
    chance = random.Random(3)
    poems = [block for block in sample("poems").path.read_text("utf-8").split("\n\n") if block.strip()][:1500]
    tales = sample("austen").path.read_text("utf-8").split("\n\n")[:800]
    folder.mkdir()
    writer = CorpusWriter(folder, [SourceFigures("a", "A", "file"), SourceFigures("b", "B", "file")])
    for number in range(300):
        text = chance.choice(poems if number % 3 else tales)
        if chance.random() < 0.2:
            text += "\nAll rights reserved by the publisher, says the don’t."
        if chance.random() < 0.1:
            text = text.replace("’", "â€™")[:chance.randrange(1, 40)]
        writer.add(Document(f"d{number}", text, "ab"[number % 2]))
    writer.finish()
    return Corpus(folder)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return messy_corpus(tmp_path_factory.mktemp("messy") / "corpus")


def cleaned(corpus, into, spec=STRICT, **how):
    into.mkdir(exist_ok=True)
    clean_corpus(corpus, spec, into, Work(), **{"chunk_bytes": CHUNK, **how})
    return content(into)


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and path.name != "times.json"}


def test_chunks_hold_every_document_once_and_in_order(corpus):
    chunks = chunks_of(corpus, CHUNK)
    assert len(chunks) > 10
    found = [document for chunk in chunks for document in documents_in(corpus, chunk)]
    assert found == list(corpus.documents())
    assert [chunk.documents for chunk in chunks] == [len(documents_in(corpus, chunk)) for chunk in chunks]


def test_cleaning_in_chunks_is_cleaning_one_document_after_another(corpus, tmp_path):
    keep = tuple(place_of(corpus.document(number)) for number in range(0, 300, 20))
    spec = CleaningSpec(steps=STRICT.steps, keep=keep)
    cleaned(corpus, tmp_path / "clean", spec, workers=1)
    chain = Chain(spec)
    plain = [kept for document in corpus.documents() for kept in chain.process(document).kept]
    assert [(each.name, each.text) for each in Corpus(tmp_path / "clean").documents()] == \
        [(each.name, each.text) for each in plain]
    assert passing.without_times(chain.figures()) == Corpus(tmp_path / "clean").manifest.steps


def test_any_number_of_processes_writes_the_same_bytes(corpus, tmp_path):
    alone = cleaned(corpus, tmp_path / "1", workers=1)
    assert alone == cleaned(corpus, tmp_path / "2", workers=2) == cleaned(corpus, tmp_path / "3", workers=3)


def test_what_is_left_so_far_is_told_and_ends_at_the_figures_of_the_corpus(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(passing, "COUNT_SECONDS", 0.0)
    told = []
    clean_corpus(corpus, STRICT, tmp_path, Work(told.append), workers=2, chunk_bytes=CHUNK)
    counted = [event for event in told if isinstance(event, CleaningCounted)]
    raw = [event.left[""][0] for event in counted]
    assert len(raw) > 5 and raw == sorted(raw) and raw[-1] == counted[-1].documents == len(corpus)
    assert [tuple(pair) for pair in counted[-1].left.values()] == [
        (step.documents, step.characters) for step in Corpus(tmp_path).manifest.steps]
    assert counted[-1].characters == corpus.manifest.characters


def test_a_stopped_pass_goes_on_where_it_was(corpus, tmp_path, monkeypatch):
    whole = cleaned(corpus, tmp_path / "whole", workers=1)
    (tmp_path / "half").mkdir()
    answers = itertools.chain([False] * 30, itertools.repeat(True))
    with pytest.raises(Stopped):
        clean_corpus(corpus, STRICT, tmp_path / "half", Work(is_stopping=lambda: next(answers)), workers=1,
                     chunk_bytes=CHUNK, save_seconds=0)
    begun = []
    begin = passing.OwnCrew.begin
    monkeypatch.setattr(passing.OwnCrew, "begin", lambda crew, chunk: (begun.append(chunk.number), begin(crew, chunk)))
    assert cleaned(corpus, tmp_path / "half", workers=1) == whole
    assert begun[0] > 0 and begun == list(range(begun[0], len(chunks_of(corpus, CHUNK))))


def test_what_was_left_for_other_settings_is_not_taken_up(corpus, tmp_path):
    (tmp_path / "clean").mkdir()
    answers = itertools.chain([False] * 30, itertools.repeat(True))
    with pytest.raises(Stopped):
        clean_corpus(corpus, CleaningSpec(), tmp_path / "clean", Work(is_stopping=lambda: next(answers)), workers=1,
                     chunk_bytes=CHUNK, save_seconds=0)
    assert cleaned(corpus, tmp_path / "clean", workers=1) == cleaned(corpus, tmp_path / "other", workers=1)


KILLED = """
import sys
from pathlib import Path
from engine.cleaning.passing import clean_corpus
from engine.cleaning.recipes import recipe
from engine.corpora.corpus import Corpus
from engine.work import Work
clean_corpus(Corpus(Path(sys.argv[1])), recipe(sys.argv[3]).spec, Path(sys.argv[2]), Work(), workers=2,
             chunk_bytes=int(sys.argv[4]), save_seconds=0)
"""


def kill_while_cleaning(corpus, into, kills, recipe_id="strict", seed=1):
    """Clean in a process that is killed at random moments, until it ends by itself; how often it was killed."""
    chance, killed, longest = random.Random(seed), 0, 0.0
    while True:
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(corpus.folder), str(into), recipe_id, str(CHUNK)],
                                 env=surroundings(), cwd=REPOSITORY)
        began = time.monotonic()
        while child.poll() is None and not (into / "progress.json").exists():
            time.sleep(0.01)
        try:
            child.wait(timeout=chance.random() * 0.5 if killed < kills else 120)
            longest = max(longest, time.monotonic() - began)
            assert child.returncode == 0
            return killed
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a thing of Unix")
def test_kills_leave_no_trace_in_the_bytes(corpus, tmp_path):
    (tmp_path / "killed").mkdir()
    assert kill_while_cleaning(corpus, tmp_path / "killed", 3) >= 1
    assert content(tmp_path / "killed") == cleaned(corpus, tmp_path / "calm", workers=1)


def test_a_process_that_dies_is_told_and_what_was_done_is_kept(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nothing"))
    (tmp_path / "clean").mkdir()
    with pytest.raises(EngineError, match="ended by itself"):
        clean_corpus(corpus, STRICT, tmp_path / "clean", Work(), workers=2, chunk_bytes=CHUNK)
    monkeypatch.delenv("PYTHONHOME")
    assert cleaned(corpus, tmp_path / "clean", workers=2) == cleaned(corpus, tmp_path / "calm", workers=1)


def test_finished_sources_are_not_read_again(tmp_path, monkeypatch):
    sources = [pasted(f"Text number {number} with some words.", f"t{number}") for number in range(5)]
    kind, read, names = type(sources[0]), type(sources[0]).read, []

    def watched(source, work):
        names.append(source.name)
        if names.count("t3") == 1 and source.name == "t3":
            raise Stopped
        return read(source, work)

    monkeypatch.setattr(kind, "read", watched)
    (tmp_path / "a").mkdir()
    with pytest.raises(Stopped):
        read_corpus(sources, tmp_path / "a", Work())
    manifest = read_corpus(sources, tmp_path / "a", Work())
    assert names == ["t0", "t1", "t2", "t3", "t3", "t4"] and manifest.documents == 5
    (tmp_path / "b").mkdir()
    read_corpus(sources, tmp_path / "b", Work())
    assert content(tmp_path / "a") == content(tmp_path / "b")
