"""Counting on disk gives the numbers of counting in memory, and memory that does not grow with the text."""

from __future__ import annotations

import errno

import numpy as np
import pytest

from engine.errors import EngineError
from engine.models.kinds.ngram import counting, spilling
from engine.models.kinds.ngram.counting import train_ngram
from engine.models.kinds.ngram.counts import count_levels
from engine.models.kinds.ngram.smoothing import Ways
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.ngram.spilling import count_on_disk
from engine.work import Stopped, Work
from tests.engine.models.test_ngram import VOCAB, documents, joined

TEXT = joined(documents(seed=11, number=120))


@pytest.fixture
def tiny_runs(monkeypatch):
    """About twelve runs of the text, merged a few n-grams at a time."""
    monkeypatch.setattr(spilling, "_LEAST", len(TEXT) // 12)


@pytest.mark.parametrize("ids", [TEXT, TEXT[5:]], ids=["whole", "without its beginning"])
@pytest.mark.parametrize("order", [1, 2, 5, 8])
def test_counts_are_those_of_counting_in_memory(tiny_runs, tmp_path, order, ids):
    on_disk = count_on_disk(ids, order, VOCAB, Work(), tmp_path, 0)
    for ours, theirs in zip(on_disk, count_levels(ids, order, VOCAB, Work()), strict=True):
        assert len(ours) == len(theirs)
        parts = list(ours.parts())
        for name in ("keys", "suffix", "raw", "adjusted"):
            assert np.array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(theirs, name))


@pytest.mark.parametrize("smoothing", ["kneser-ney", "witten-bell", "stupid-back-off", "add-k"])
@pytest.mark.parametrize("min_count", [1, 3])
def test_the_model_is_the_same_to_the_last_bit(tiny_runs, smoothing, min_count):
    ways = Ways(smoothing, min_count=min_count)
    spilled = train_ngram(TEXT, 5, VOCAB, Work(), ways, memory_bytes=0).tensors()
    for name, array in train_ngram(TEXT, 5, VOCAB, Work(), ways).tensors().items():
        assert np.array_equal(spilled[name], array) and spilled[name].dtype == array.dtype


def test_documents_shorter_than_the_order_leave_empty_orders(tiny_runs):
    ids = np.array([1, 4, 2] * 700, dtype=np.uint16)
    spilled, whole = (train_ngram(ids, 5, VOCAB, Work(), memory_bytes=limit) for limit in (0, None))
    assert all(np.array_equal(spilled.tensors()[name], array) for name, array in whole.tensors().items())


def test_files_lie_beside_the_folder_of_the_tokens_and_are_removed(tiny_runs, tmp_path, monkeypatch):
    (tmp_path / "tokens").mkdir()
    ids = np.memmap(tmp_path / "tokens" / "train.ids", np.uint16, "w+", shape=TEXT.shape)
    ids[:] = TEXT
    seen = []
    real = counting.count_on_disk
    monkeypatch.setattr(counting, "count_on_disk", lambda *given: [seen.append(given[4]), real(*given)][1])
    train_ngram(ids, 3, VOCAB, Work(), memory_bytes=0)
    assert [folder.parent for folder in seen] == [tmp_path]
    assert [each.name for each in tmp_path.iterdir()] == ["tokens"]


def test_a_stop_or_a_full_disk_leaves_nothing_behind(tiny_runs, tmp_path, monkeypatch):
    monkeypatch.setattr(counting.tempfile, "gettempdir", lambda: str(tmp_path))
    asked = iter([False] * 30)
    with pytest.raises(Stopped):
        train_ngram(TEXT, 5, VOCAB, Work(is_stopping=lambda: next(asked, True)), memory_bytes=0)

    def full(self, numbers):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(spilling.LongFile, "append", full)
    with pytest.raises(EngineError, match="disk is full"):
        train_ngram(TEXT, 5, VOCAB, Work(), memory_bytes=0)
    assert not list(tmp_path.iterdir())


def test_the_plan_of_a_large_text_needs_no_more_memory_than_was_allowed_and_its_counts():
    spec = NGramSpec(order=3, counting_megabytes=500)
    small, large = spec.size_for(8000, 1_000_000), spec.size_for(8000, 100_000_000)
    assert small.training_bytes == 180_000_000
    assert large.training_bytes < 500_000_000 + 80 * large.parameters < 180 * 100_000_000
