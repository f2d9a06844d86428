"""The open project: editing, undoing, saving, and what the rail says of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.corpora.samples import sample
from engine.project import Project
from engine.runs.folder import RunFolder
from studio import draft
from studio.preferences import PreferenceFile
from studio.session import Session
from tests.studio.jobs_of_tests import start_outside

WAIT = 60_000
TEXT = sample("austen").path.read_text("utf-8")[20_000:40_000]


def told(session: Session) -> list[str]:
    sentences: list[str] = []
    session.told.connect(lambda level, text, more: sentences.append(f"{level}: {text} {more}".strip()))
    return sentences


@pytest.fixture
def sessions(qtbot):
    made: list[Session] = []

    def make() -> Session:
        made.append(Session(PreferenceFile()))
        return made[-1]

    yield make
    for session in made:
        session.queue.stop()
        thread = session.queue._thread
        session.close(asking=False)
        if thread is not None and thread._child is not None:
            thread._child.kill()
            thread._child.wait()


@pytest.fixture
def session(sessions, tmp_path):
    made = sessions()
    assert made.new(tmp_path / "tea", "Tea-house stories")
    return made


def marks(session: Session) -> dict[str, str]:
    return {page: status.mark for page, status in session.stages().items()}


class TestTheValue:
    def test_a_setting_is_changed_and_taken_back_and_made_again(self, session):
        assert session.edit("training.batch_size", 64) and session.recipe.training.batch_size == 64
        session.undo()
        assert session.recipe.training.batch_size is None and not session.can_undo()
        session.redo()
        assert session.recipe.training.batch_size == 64 and not session.can_redo()

    def test_quick_changes_of_one_setting_are_taken_back_together(self, session):
        for size in range(1, 20):
            session.edit("training.batch_size", size)
        session.edit("training.seed", 7)
        session.undo()
        assert session.recipe.training.batch_size == 19 and session.recipe.training.seed == 42
        session.undo()
        assert session.recipe.training.batch_size is None and not session.can_undo()

    def test_slow_changes_of_one_setting_are_taken_back_one_by_one(self, session, monkeypatch):
        monkeypatch.setattr(draft, "MERGE_SECONDS", -1.0)
        session.edit("training.batch_size", 8)
        session.edit("training.batch_size", 16)
        session.undo()
        assert session.recipe.training.batch_size == 8

    def test_a_change_after_an_undo_forgets_what_was_undone(self, session):
        session.edit("training.batch_size", 8)
        session.undo()
        session.edit("training.seed", 1)
        assert not session.can_redo()

    def test_another_kind_of_member_is_taken_back_with_all_its_settings(self, session):
        session.edit("tokenizer.vocab_size", 3000)
        session.edit("tokenizer.kind", "character")
        assert session.recipe.tokenizer.kind == "character" and session.recipe.tokenizer.vocab_size is None
        session.undo()
        assert session.recipe.tokenizer.kind == "bpe" and session.recipe.tokenizer.vocab_size == 3000

    def test_a_value_that_is_not_possible_stays_out_and_is_told_at_its_field(self, session):
        assert not session.edit("training.batch_size", -3)
        assert session.recipe.training.batch_size is None
        problem, = session.problems()
        assert problem.path == ("training", "batch_size") and problem.what
        session.edit("training.batch_size", 3)
        assert not session.problems()

    def test_problems_between_settings_are_told_and_keep_a_job_from_starting(self, session):
        session.paste(TEXT)
        sentences = told(session)
        session.edit("model", {"kind": "transformer", "d_model": 100, "n_heads": 3})
        assert [problem.path for problem in session.problems()] == [("model", "n_heads")]
        assert session.stages()["model"].mark == "error"
        assert not session.train() and sentences and session.queue.current is None

    def test_sources_come_once_go_and_come_back(self, session, tmp_path):
        (tmp_path / "emma.txt").write_text(TEXT)
        added = session.add_paths([tmp_path / "emma.txt", tmp_path / "emma.txt", tmp_path / "gone.txt"])
        assert [source.label() for source in added] == ["emma.txt"]
        assert session.add_paths([tmp_path / "emma.txt"]) == []
        session.remove_source(added[0].id)
        assert not session.sources
        session.undo()
        assert [source.label() for source in session.sources] == ["emma.txt"]

    def test_a_source_keeps_its_place_when_it_is_edited(self, session):
        session.paste("one text"), session.paste("another text")
        first = session.sources[0]
        assert session.edit_source(first.id, "licence", "CC0")
        assert [source.licence for source in session.sources] == ["CC0", ""] and session.sources[0].id == first.id


class TestSaving:
    def test_what_is_typed_is_saved_by_itself(self, session, qtbot):
        session.edit("training.seed", 7)
        assert str(session.saved_text()) == "Saving…"
        qtbot.waitUntil(lambda: Project.open(session.project.path).recipe.training.seed == 7, timeout=WAIT)
        qtbot.waitUntil(lambda: str(session.saved_text()) == "Saved", timeout=WAIT)

    def test_closing_saves_what_was_typed_last(self, session):
        place = session.project.path
        session.rename("Road stories")
        session.close()
        assert Project.open(place).name == "Road stories"

    def test_earlier_versions_are_kept_beside(self, session):
        place = session.project.path
        for seed in (1, 2):
            session.edit("training.seed", seed)
            session._autosave.flush()
        assert (place / "recipe.toml.1").exists() and (place / "recipe.toml.2").exists()

    def test_a_refusing_disk_is_told_once_and_the_change_is_kept(self, session, qtbot):
        sentences = told(session)
        path = session.project.path / "recipe.toml"
        path.write_text(path.read_text() + "\n# changed by hand\n")
        session.edit("training.seed", 7)
        qtbot.waitUntil(lambda: bool(sentences), timeout=WAIT)
        assert "another program" in sentences[0] and str(session.saved_text()) == "Not saved"
        assert session.recipe.training.seed == 7

    def test_a_second_window_opens_for_reading_only_and_says_who_has_it(self, session, sessions):
        other = sessions()
        sentences = told(other)
        assert other.open(session.project.path)
        assert f"process {os.getpid()}" in sentences[0]
        assert not other.edit("training.seed", 7) and other.recipe.training.seed == 42
        assert not other.train() and str(other.saved_text()) == "Read only"
        place = session.project.path
        session.close()
        other.close()
        assert other.open(place) and other.edit("training.seed", 7)

    def test_a_folder_that_is_no_project_leaves_the_open_one_open(self, session, tmp_path):
        sentences = told(session)
        assert not session.open(tmp_path)
        assert "not a Wenlu project" in sentences[0] and session.project_name() == "Tea-house stories"

    def test_new_projects_get_free_names(self, sessions):
        first, second = sessions(), sessions()
        assert first.new(name="Tea / stories: 1") and second.new(name="Tea / stories: 1")
        assert first.project.path.name == "Tea stories 1" and second.project.path.name == "Tea stories 1 2"


class TestTheRail:
    def test_an_empty_project_has_everything_to_do(self, session):
        assert marks(session) == {"corpus": "todo", "clean": "todo", "tokenizer": "todo", "model": "todo",
                                  "train": "todo", "playground": "none", "export": "none"}

    def test_a_job_makes_its_stages_and_a_change_makes_those_below_stale(self, session, qtbot):
        for number in range(6):
            session.paste(f"Story {number}.\n{TEXT}")
        with qtbot.waitSignal(session.job_ended, timeout=WAIT) as ended:
            assert session.run("tokenize")
        assert (ended.args[0], ended.args[2].status) == ("tokenize", "done"), ended.args
        qtbot.waitUntil(lambda: marks(session)["tokenizer"] == "done", timeout=WAIT)
        assert marks(session)["corpus"] == marks(session)["clean"] == "done"
        assert "kB" in session.stages()["corpus"].summary and "%" in session.stages()["clean"].summary

        session.edit("tokenizer.vocab_size", 300)
        qtbot.waitUntil(lambda: marks(session)["tokenizer"] == "stale", timeout=WAIT)
        assert marks(session)["clean"] == "done"
        session.paste("Another text by the fire.")
        qtbot.waitUntil(lambda: marks(session)["clean"] == "stale", timeout=WAIT)
        assert marks(session)["corpus"] == "stale"
        session.undo(), session.undo()
        qtbot.waitUntil(lambda: set(marks(session).values()) <= {"done", "todo", "none"}, timeout=WAIT)
        assert marks(session)["tokenizer"] == "done"

    def test_a_job_that_fails_marks_its_page(self, session, qtbot, tmp_path):
        (tmp_path / "empty.txt").write_text("")
        session.add_paths([tmp_path / "empty.txt"])
        with qtbot.waitSignal(session.job_ended, timeout=WAIT) as ended:
            session.run("read")
        assert ended.args[2].status == "failed"
        assert marks(session)["corpus"] == "error" and session.failure("corpus").what
        assert session.job().state == "idle"

    def test_nothing_starts_without_text(self, session):
        sentences = told(session)
        assert not session.run("read") and "no text" in sentences[0]


class TestRuns:
    def test_a_run_that_lives_is_attached_at_opening(self, session, sessions, qtbot):
        place = session.project.path
        session.close()
        child = start_outside(place / "runs" / "run-1", "long")
        other = sessions()
        other.open(place)
        qtbot.waitUntil(lambda: len(other.job_series().steps) > 2, timeout=WAIT)
        assert other.job().state == "running" and other.job().can_pause and other.job_name() == "run-1"
        assert marks(other)["train"] == "running"
        other.stop()
        assert other.job().state == "stopping"
        with qtbot.waitSignal(other.job_ended, timeout=WAIT) as ended:
            pass
        assert ended.args[2].status == "stopped" and child.wait(30) == 3
        qtbot.waitUntil(lambda: bool(other.runs()) and other.runs()[-1].status == "stopped", timeout=WAIT)

    def test_a_run_that_was_cut_off_is_told(self, session, sessions, qtbot):
        place = session.project.path
        session.close()
        child = start_outside(place / "runs" / "run-1", "long")
        child.kill()
        child.wait()
        other = sessions()
        other.open(place)
        qtbot.waitUntil(lambda: bool(other.runs()), timeout=WAIT)
        assert other.runs()[0].status == "cut-off" and not other.runs()[0].can_continue  # it has no checkpoint
        assert marks(other)["train"] == "stale" and "cut off" in other.stages()["train"].summary

    def test_a_damaged_run_is_listed_as_damaged(self, session, qtbot):
        run = RunFolder.create(session.project.runs_folder / "run-1", {"project": "x"})
        run.settings_file.write_text("= nonsense")
        session.refresh()
        qtbot.waitUntil(lambda: bool(session.runs()), timeout=WAIT)
        assert session.runs()[0].status == "damaged" and session.runs()[0].what


def test_a_history_never_holds_a_change_that_changes_nothing(session):
    before = session.draft
    session.edit("training.seed", 7)
    session.edit("training.seed", 42)
    assert session.draft == before and not session.can_undo()


def test_what_the_rail_shows_is_said_without_a_look_at_the_disk(session, tmp_path, qtbot, monkeypatch):
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    session.add_paths([tmp_path / "text.txt"])
    session.run("read")
    qtbot.waitUntil(lambda: marks(session).get("corpus") == "done", timeout=WAIT)

    def refuse(*_arguments, **_named):
        raise AssertionError("a look at the disk")

    for name in ("exists", "stat", "is_dir", "glob", "iterdir"):
        monkeypatch.setattr(Path, name, refuse)
    assert marks(session)["corpus"] == "done" and session.standing.stages["corpus"].latest is not None
    assert not session.standing.is_done("cleaned") and not session.standing.is_stale("cleaned")
    monkeypatch.undo()
