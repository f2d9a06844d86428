"""Models read back from a run folder."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.generation.loading import WarmModels, checkpoints_of, load_model
from engine.training.checkpoint import MODEL, checkpoint_path, load


@pytest.mark.parametrize(("asked", "step"), [(None, 20), ("best", 20), ("last", 30), ("step-10", 10), ("10", 10)])
def test_a_name_means_a_checkpoint(run, asked, step):
    loaded = load_model(run.path, asked)
    saved = load(checkpoint_path(run.checkpoints, step)).part(MODEL)
    assert loaded.step == step
    assert {name: array.tolist() for name, array in loaded.model.tensors().items()} == \
        {name: array.tolist() for name, array in saved.items()}


def test_without_a_validation_the_best_is_the_last(run):
    checkpoint_path(run.checkpoints, 10).unlink()
    checkpoint_path(run.checkpoints, 20).unlink()
    assert load_model(run.path, "best").step == 30


def test_checkpoints_are_listed_by_step_with_their_marks(run):
    assert [(each.which, each.loss, each.is_best, each.is_last) for each in checkpoints_of(run.path)] == [
        ("step-10", 3.0, False, False), ("step-20", 2.0, True, False), ("step-30", None, False, True)]


def test_the_baseline_is_a_model_like_the_others(run_with_baseline, ngram):
    loaded = load_model(run_with_baseline.path, "baseline")
    assert (loaded.kind, loaded.step, loaded.which) == ("n-gram", None, "baseline")
    assert np.array_equal(loaded.model.next_log_probs([1, 9])[0], ngram.next_log_probs([1, 9])[0])
    assert checkpoints_of(run_with_baseline.path)[-1].which == "baseline"


def test_wrong_names_and_folders_are_named(run, tmp_path):
    for name in ("step-11", "../x", "", "step-", "step-1e9"):
        if name:
            with pytest.raises(EngineError, match="no checkpoint"):
                load_model(run.path, name)
    with pytest.raises(EngineError, match="no checkpoint 'baseline'"):
        load_model(run.path, "baseline")
    with pytest.raises(EngineError, match="is not a run"):
        load_model(tmp_path)


def test_a_damaged_checkpoint_is_named(run):
    path = checkpoint_path(run.checkpoints, 20)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(EngineError, match="damaged"):
        load_model(run.path, "step-20")


def test_a_model_stays_in_memory_until_a_newer_checkpoint_is_there(run, add_checkpoint):
    models = WarmModels()
    first = models.get(run.path, "last")
    assert models.get(run.path, "last").model is first.model
    assert models.get(run.path, "step-30").model is first.model
    add_checkpoint(40)
    assert models.get(run.path, "last").step == 40


def test_no_more_models_are_kept_than_asked_for(run):
    models = WarmModels(count=2)
    kept = [models.get(run.path, f"step-{step}").model for step in (10, 20, 30)]
    assert models.get(run.path, "step-30").model is kept[2]
    assert models.get(run.path, "step-20").model is kept[1]
    assert models.get(run.path, "step-10").model is not kept[0]


def test_a_checkpoint_that_training_deletes_meanwhile_is_looked_up_again(run, monkeypatch):
    import engine.generation.loading as loading

    real, calls = loading.checkpoints.load, []

    def load_and_delete(path):
        calls.append(path)
        if len(calls) == 1:
            path.unlink()
        return real(path)

    monkeypatch.setattr(loading.checkpoints, "load", load_and_delete)
    assert load_model(run.path, "last").step == 20
    assert np.isfinite(load_model(run.path, "last").model.next_log_probs([1])[0]).all()
