"""From a text to a talking model on the command line, in processes of their own, as a user or the window does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.corpora.samples import sample
from engine.project import Project
from tests.stories.driving import SMALL, assignments, engine, poems


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with one small finished run."""
    project = tmp_path_factory.mktemp("story") / "poems"
    engine("new", project)
    engine("add", project, "-", "--set", "documents=blocks", typed=poems())
    events = engine("train", project, "--run", "first", *assignments(SMALL))
    return project, events


def test_training_tells_its_way_and_ends_well(trained):
    project, events = trained
    names = [event["event"] for event in events]
    assert names[0] == "job-started" and names[-1] == "job-ended"
    assert events[-1]["status"] == "done"
    assert {"stage-done", "planned", "step-done", "validated", "sample-written", "checkpoint-saved"} <= set(names)
    stages = [e["stage"] for e in events if e["event"] == "stage-done"]
    assert stages[:4] == ["corpus", "cleaned", "tokenizer", "tokens"]
    assert (project / "runs" / "first" / "run.toml").exists()


def test_the_same_recipe_and_seed_give_the_same_numbers_again(trained):
    project, events = trained
    again = engine("train", project, *assignments(SMALL))
    assert [e["summary"] for e in again if e["event"] == "stage-done" and e["reused"]]

    def numbers(these):
        return [(e["step"], e["loss"]) for e in these if e["event"] == "validated"]

    assert numbers(events) == numbers(again) != []


def test_a_trained_model_writes_the_same_text_for_the_same_seed(trained):
    run = trained[0] / "runs" / "first"
    texts = [engine("generate", run, "--prompt", "春风", "--tokens", "12", "--seed", "7")[-1]["text"] for _ in range(2)]
    assert texts[0] == texts[1]


def test_a_score_tells_bits_per_byte(trained, tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("明月几时有，把酒问青天。", "utf-8")
    (result,) = engine("score", trained[0] / "runs" / "first", file)
    assert 0 < result["bits_per_byte"] < 16
    (result,) = engine("runs", trained[0])[:1]
    assert (result["run"], result["status"]) == ("first", "done")


def test_a_run_is_exported_read_back_and_never_written_over(trained, tmp_path):
    run = trained[0] / "runs" / "first"
    listed = {each["format"]: each for each in engine("export", run, "--list")}
    assert listed["hugging-face"]["fits"] and "n-gram" in listed["arpa"]["why_not"]
    for name in ("hugging-face", "curves", "tensorboard", "report"):
        (done,) = engine("export", run, name, "--to", tmp_path / name)
        assert done["compared"] and all((tmp_path / name / file).exists() for file in done["files"])
    engine("export", run, "arpa", "--checkpoint", "baseline", "--to", tmp_path / "arpa")
    (refused,) = engine("export", run, "report", "--to", tmp_path / "report", code=2)
    assert "holds something already" in refused["error"]["what"]
    (shelved,) = engine("export", run, "report")
    assert Path(shelved["folder"]).parent == trained[0] / "exports" and Path(shelved["folder"], "report.html").exists()


def test_a_single_short_text_trains_and_says_how_some_of_it_is_kept_apart(tmp_path):
    engine("new", tmp_path / "short")
    engine("add", tmp_path / "short", "-", typed=poems(1200).replace("\n\n", "\n"))
    events = engine("train", tmp_path / "short", *assignments({"training.budget_seconds": 5, "training.threads": 1}))
    advised = {event["path"]: event for event in events if event["event"] == "advised"}
    assert advised["split.blocks"]["value"] > 3 and "cut into blocks" in advised["split.blocks"]["reason"]
    assert (advised["model"]["value"]["kind"], advised["model"]["value"]["cell"]) == ("rnn", "gru")
    (notice,) = [event for event in events if event["event"] == "notice" and event["code"] == "small-text"]
    assert "small recurrent net" in notice["text"] and events[-1]["status"] == "done"


@pytest.mark.parametrize("text", ["It was a truth universally acknowledged, once more.", "x", "a\n\nb\n\nc"])
def test_a_text_too_short_to_learn_from_is_refused_in_words(tmp_path, text):
    engine("new", tmp_path / "tiny")
    engine("add", tmp_path / "tiny", "-", "--set", "documents=blocks", typed=text)
    ended = engine("train", tmp_path / "tiny", "--set", "training.budget_seconds=5", code=2)[-1]
    assert ended["status"] == "failed" and ended["what"] and ended["fix"] and "fault" not in ended["what"]


def test_wrong_input_exits_with_2_and_says_what_to_do(tmp_path, trained):
    for words in (("train", tmp_path / "nothing"), ("clean", trained[0], "--set", "cleaning.colour=red"),
                  ("generate", tmp_path, "--prompt", "x"), ("stop", trained[0] / "runs" / "first"),
                  ("train", trained[0], "--run", "../x"), ("add", trained[0], tmp_path / "missing.txt")):
        objects = engine(*words, code=2)
        error = objects[-1].get("error") or objects[-1]
        assert error["what"] and (error["fix"] or error["expected"])


def test_set_is_refused_where_it_would_do_nothing(tmp_path, trained):
    for words in (("runs", trained[0]), ("stop", trained[0] / "runs" / "first"), ("bench",), ("reference",), ("talk",),
                  ("score", trained[0] / "runs" / "first", "-")):
        error = engine(*words, "--set", "training.seed=1", code=2)[-1]["error"]
        assert "uses no settings" in error["what"] and error["fix"]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_name_that_is_not_utf_8_is_refused_in_words(tmp_path, trained):
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        (tmp_path / name).write_text("some text", "utf-8")
    except OSError:
        pytest.skip("this file system has no such names")
    for words in (("add", trained[0], tmp_path / name), ("score", trained[0] / "runs" / "first", tmp_path / name),
                  ("new", tmp_path / os.fsdecode(b"\xff")), ("generate", trained[0], "--prompt", os.fsdecode(b"\xff"))):
        error = engine(*words, code=2)[-1]["error"]
        assert "is not text in UTF-8" in error["what"] and "\\x" in error["what"] and error["fix"]


def test_an_empty_name_does_not_add_the_folder_one_is_in(tmp_path):
    engine("new", tmp_path / "p")
    engine("add", tmp_path / "p", "", code=2)
    assert not Project.open(tmp_path / "p").sources


def test_the_reference_names_every_setting():
    (result,) = engine("reference")
    for path in ("training.budget_seconds", "tokenizer.vocab_size", "model.n_layers", "training.optimizer"):
        assert f"`{path}`" in result["markdown"]


def test_a_sample_begins_a_project(tmp_path):
    (made,) = engine("new", tmp_path / "emma", "--sample", "austen", *assignments({"training.budget_seconds": 40}))
    project = Project.open(tmp_path / "emma")
    assert made["name"] == project.name == sample("austen").title
    assert project.sources == sample("austen").sources() and project.recipe.training.budget_seconds == 40
