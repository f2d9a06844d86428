"""Cleaning in rounds of tasks: the bytes of one machine, and a plain word where the extra is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from engine.cleaning import chunk, cluster, passing
from engine.cleaning.cluster import clean_on_cluster
from engine.cleaning.recipes import recipe
from engine.errors import EngineError
from engine.work import Work
from tests.engine.cleaning.test_passing import CHUNK, cleaned, content, messy_corpus

SPEC = recipe("strict").spec


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return messy_corpus(tmp_path_factory.mktemp("messy") / "corpus")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunk.chunks_of, "__defaults__", (CHUNK,))
    monkeypatch.setattr(cluster, "CHUNK_BYTES", CHUNK)
    monkeypatch.setattr(passing.clean_corpus, "__defaults__",
                        tuple(CHUNK if value == chunk.CHUNK_BYTES else value
                              for value in passing.clean_corpus.__defaults__))


def test_rounds_of_tasks_write_the_bytes_of_one_machine(corpus, tmp_path, monkeypatch):
    rounds = []

    def run_here(own, task):
        rounds.append(len(task.numbers))
        for rank in (2, 0, 1):
            task(None, rank, 3)

    monkeypatch.setattr(cluster._Cluster, "_run", run_here)
    (tmp_path / "cluster").mkdir()
    clean_on_cluster(corpus, SPEC, tmp_path / "cluster", Work(), "local", 3)
    assert content(tmp_path / "cluster") == cleaned(corpus, tmp_path / "alone", SPEC, workers=1)
    remembering = sum(chunk.remembers(step) for step in SPEC.enabled_steps)
    assert rounds == [len(chunk.chunks_of(corpus))] * (remembering + 1) and rounds[0] > 10


@pytest.mark.skipif(importlib.util.find_spec("datatrove") is None, reason="the extra called cluster is not installed")
def test_datatrove_writes_the_bytes_of_one_machine(corpus, tmp_path):
    (tmp_path / "cluster").mkdir()
    clean_on_cluster(corpus, SPEC, tmp_path / "cluster", Work(), "local", 2)
    assert content(tmp_path / "cluster") == cleaned(corpus, tmp_path / "alone", SPEC, workers=1)


@pytest.mark.skipif(importlib.util.find_spec("datatrove") is not None, reason="the extra called cluster is installed")
def test_a_missing_extra_is_named(corpus, tmp_path):
    (tmp_path / "cluster").mkdir()
    with pytest.raises(EngineError) as found:
        clean_on_cluster(corpus, SPEC, tmp_path / "cluster", Work(), "ray", 2)
    assert "wenlu[cluster]" in found.value.fix
