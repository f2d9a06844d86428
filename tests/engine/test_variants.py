"""Runs that differ in what was chosen: sweeps, one change, and what differs between runs."""

from __future__ import annotations

import itertools

import pytest

from engine.errors import EngineError
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.runs.history import About, bring_back, discard, read_about, write_about
from engine.settings import assign, to_plain
from engine.variants import change_text, differences, pinned, settables, sweep, what_if

RESOLVED = {"model": {"kind": "transformer", "d_model": 96}, "training": {
    "steps": 700, "batch_size": 4, "validate_every": 35, "sample_every": 35, "seed": 7,
    "optimizer": {"kind": "muon", "learning_rate": 0.03}}}
SETTINGS = {"recipe": {"training": {"seed": 7}}, "resolved": RESOLVED}


def test_a_grid_is_every_combination_once() -> None:
    found = sweep(Recipe(), ["training.seed=1,2,3", 'training.speed="quiet","full"'])
    values = [(each.recipe.training.seed, each.recipe.training.speed) for each in found]
    assert values == list(itertools.product((1, 2, 3), ("quiet", "full")))
    assert found[0].changes == ("training.seed=1", 'training.speed="quiet"')


def test_a_draw_is_part_of_the_grid_and_the_same_for_the_same_seed() -> None:
    over = ["training.seed=1,2,3,4,5", "training.batch_size=2,4,8"]
    whole = {each.changes for each in sweep(Recipe(), over)}
    one, other = (sweep(Recipe(), over, 6, seed=3) for _ in range(2))
    assert one == other and len({each.changes for each in one}) == 6 and {each.changes for each in one} < whole
    assert sweep(Recipe(), over, 6, seed=4) != one


@pytest.mark.parametrize("over", [[], ["training.seed"], ["training.seed=1,,2"], ["training.nothing=1,2"],
                                  ["training.patience=0,1"], ["training.seed=" + ",".join(map(str, range(300)))]])
def test_what_cannot_be_swept_is_said(over: list[str]) -> None:
    with pytest.raises(EngineError) as error:
        sweep(Recipe(), over)
    assert error.value.fix or error.value.expected


def test_commas_inside_brackets_belong_to_a_value() -> None:
    found = sweep(Recipe(), ['training.optimizer={kind = "adamw", learning_rate = 0.001},{kind = "sgd"}'])
    assert [each.recipe.training.optimizer.kind for each in found] == ["adamw", "sgd"]


def test_one_change_leaves_all_else_as_the_run_used_it() -> None:
    found = what_if(SETTINGS, "training.batch_size=8").recipe
    assert found == assign(pinned(SETTINGS), "training.batch_size=8")
    assert found.training.steps == 700 and found.training.optimizer.learning_rate == 0.03
    assert [path for path, _ in differences([SETTINGS, {"recipe": to_plain(found)}])] == ["training.batch_size"]
    longer = what_if(SETTINGS, "training.budget_seconds=900").recipe
    assert longer.training.steps is None and longer.training.batch_size == 4
    with pytest.raises(EngineError, match="already"):
        what_if(SETTINGS, "training.seed=7")


def test_every_plain_setting_of_a_run_can_be_changed_by_its_path() -> None:
    recipe = pinned(SETTINGS)
    found = {each.path: each for each in settables(recipe)}
    assert {"training.seed", "training.optimizer.learning_rate", "model.d_model", "tokenizer.vocab_size"} <= set(found)
    for path in ("training.seed", "training.label_smoothing", "model.d_model"):
        assert assign(recipe, change_text(path, found[path].value)) == recipe


def test_notes_survive_and_a_deleted_run_comes_back(tmp_path) -> None:
    run = RunFolder.create(tmp_path / "runs" / "run-1", {"title": "First"})
    assert read_about(run, run.settings()) == About("First")
    write_about(run, About("Better", "wide, 不太好", ("slow", "slow", " wide ")))
    assert read_about(run) == About("Better", "wide, 不太好", ("slow", "wide"))
    assert read_about(run).matches("SLOW wide") and not read_about(run).matches("fast")
    place = discard(run)
    assert not run.path.exists() and place.parent.name == "trash"
    RunFolder.create(tmp_path / "runs" / "run-1", {})
    back = bring_back(place, "run-1")
    assert back.name == "run-2" and read_about(back).title == "Better"


def test_a_run_that_trains_is_not_deleted(tmp_path) -> None:
    run = RunFolder.create(tmp_path / "runs" / "run-1", {})
    assert run.lock.try_lock()
    try:
        with pytest.raises(EngineError, match="training"):
            discard(run)
    finally:
        run.lock.unlock()
