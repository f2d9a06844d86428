"""Groups of similar documents: those of a slow comparison of all pairs, and never on both sides of the split."""

from __future__ import annotations

import random

import numpy as np

from engine import jobs
from engine.cleaning.clusters import ALIKE, write_clusters
from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import SourceFigures
from engine.corpora.samples import sample
from engine.corpora.source import pasted
from engine.corpora.split import SplitSpec, Splitter, clusters_of
from engine.events import CleaningMeasured
from engine.project import Project
from engine.recipe import Recipe
from engine.settings import assign, changed
from engine.work import Work
from tests.engine.cleaning import planting


def families(folder, count=60, seed=1):
    """A corpus of tales with up to three edited copies each, some copies of copies."""
    chance = random.Random(seed)
    texts = planting.pieces_of(sample("austen").path.read_text("utf-8"), 700)[:count]
    for text in texts[:count // 2]:
        for _ in range(chance.randrange(4)):
            text = planting.edited(text, chance.uniform(0.01, 0.08), chance)
            texts.append(text)
    chance.shuffle(texts)
    folder.mkdir()
    writer = CorpusWriter(folder, [SourceFigures("s", "S", "file")])
    for number, text in enumerate(texts):
        writer.add(Document(f"d{number}", text, "s"))
    writer.finish()
    return Corpus(folder), texts


def test_groups_are_those_of_all_pairs(tmp_path):
    corpus, texts = families(tmp_path / "c")
    grouped = write_clusters(corpus, Work())
    found = clusters_of(corpus.folder)
    sets = [planting.shingles(text) for text in texts]
    plain = np.arange(len(texts))
    for one in range(len(texts)):
        for other in range(one):
            if planting.jaccard(sets[one], sets[other]) >= ALIKE:
                plain[plain == plain[one]] = min(plain[one], plain[other])
                plain[plain == max(plain[one], plain[other])] = min(plain[one], plain[other])
    counts = np.bincount(plain)
    assert grouped == int((np.bincount(found)[found] > 1).sum()) > 40
    agree = [(found[a] == found[b]) == (plain[a] == plain[b]) for a in range(len(texts)) for b in range(a)]
    assert np.mean(agree) > 0.999 and (counts > 1).sum() > 15
    assert sorted(path.name for path in corpus.folder.iterdir() if path.is_dir()) == []


def test_a_group_stays_on_one_side(tmp_path):
    corpus, _ = families(tmp_path / "c")
    before = Splitter(corpus, SplitSpec()).sides
    write_clusters(corpus, Work())
    splitter = Splitter(corpus, SplitSpec())
    sides, clusters = splitter.sides, clusters_of(corpus.folder)
    assert all(len(set(sides[clusters == cluster].tolist())) == 1 for cluster in set(clusters.tolist()))
    assert any(len(set(before[clusters == cluster].tolist())) > 1 for cluster in set(clusters.tolist()))
    assert set(sides.tolist()) == {0, 1, 2}
    names = ("train", "validation", "test")
    assert [splitter.split_of(document) for document in corpus.documents()] == [names[side] for side in sides]


def test_the_job_looks_for_groups_and_measures_the_effect(tmp_path):
    text = sample("poems").path.read_text("utf-8")[:60_000]
    recipe = Recipe()
    cleaning = changed(recipe.cleaning, "steps.near-duplicates.enabled", True)
    project = Project.create(tmp_path / "p", recipe=changed(recipe, "cleaning", cleaning))
    project.save(sources=(assign(pasted(text, "poems"), "documents=blocks"),))
    said = []
    folder = jobs.clean_and_measure(project, Work(report=said.append))
    assert len(clusters_of(folder)) == len(Corpus(folder))
    measured = [event for event in said if isinstance(event, CleaningMeasured)]
    assert len(measured) == 1 and measured[0].cleaned == jobs.effect_of(folder).cleaned > 0
    jobs.clean_and_measure(project, Work(report=said.append))
    assert said[-1] == measured[0]
