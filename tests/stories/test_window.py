"""What a user lives through at the window: the real one, with real processes behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engine.events import Continued, Validated
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.runs.log import lasting, read_events
from engine.settings import assign
from engine.storage import is_alive
from studio.pages import PAGES
from tests.stories.driving import REPOSITORY, SMALL, assignments, engine, poems, surroundings

LONGER = {**SMALL, "training.steps": 900, "training.validate_every": 100, "training.sample_every": 300,
          "training.checkpoint_seconds": 0.3, "training.baseline": "false", "tokenizer.vocab_size": 3000}
"""Long enough to be paused, killed and stopped on its way."""


def validations(run: RunFolder) -> list[tuple[int, float]]:
    """Steps and losses of the checks that count in the end."""
    return [(event.step, event.loss) for event in lasting(read_events(run.log)) if isinstance(event, Validated)]


def small_recipe(settings: dict[str, object]) -> Recipe:
    return assign(Recipe(), *(f"{path}={value}" for path, value in settings.items()))


def test_one_press_trains_and_a_run_that_was_paused_killed_and_stopped_ends_as_on_the_command_line(open_window):
    user = open_window()
    session = user.session
    session.opened.connect(lambda: session.replace_recipe(small_recipe(LONGER)))
    user.press("home.train.poems")
    assert user.window.page_key() == "train"
    user.wait_for(lambda: user.step() > 0)

    user.press("train.start")
    user.wait_for(lambda: session.job_series().is_paused)
    user.wait_for(lambda: user.button("train.start").text() == "Resume")
    paused_at = session.job_series().steps[-1].step
    assert session.job().state == "paused"
    user.press("train.start")
    user.wait_for(lambda: session.job_series().steps[-1].step > paused_at)

    user.wait_for(lambda: session.job_series().checkpoints)
    os.kill(session.job_series().started.process, signal.SIGKILL)
    user.wait_for(lambda: user.button("train.continue"))
    assert "without a" in user.says("train.error") and "is saved" in user.says("train.error")
    user.press("train.continue")
    user.wait_for(lambda: session.job_series().steps and session.job_verb() == "train" and session.job().can_pause)

    user.press("train.stop")
    user.wait_for(lambda: user.button("train.continue"))
    assert "Stopped" in user.says("train.stopped")
    user.press("train.continue")
    user.wait_for(lambda: session.job_verb() == "train")
    user.wait_for(lambda: session.job_verb() == "")
    user.wait_for(lambda: user.step() == LONGER["training.steps"])

    run = session.run_folder("run-1")
    restarts = [event for event in read_events(run.log) if isinstance(event, Continued) and event.after_restart]
    assert run.status() == "done" and len(restarts) == 2 and all(event.exact for event in restarts)
    engine("train", session.project.path, "--run", "typed")
    assert validations(run) == validations(session.run_folder("typed")) != []


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with a small finished run."""
    project = tmp_path_factory.mktemp("story") / "poems"
    engine("new", project, *assignments(SMALL))
    engine("add", project, "-", "--set", "documents=blocks", typed=poems())
    engine("train", project)
    return project


def test_every_page_can_be_seen_in_both_languages_and_themes_switched_while_it_is_open(open_window, trained, qtbot):
    user = open_window(trained)
    user.wait_for(user.session.runs)
    pages = [entry.key for entry in PAGES if entry.exists()]
    assert len(pages) == 8
    for key in pages:
        user.window.go(key)
        titles = []
        for code, look in (("zh", "dark"), ("en", "light")):
            user.window.use_language(code)
            user.window.use_theme(look)
            qtbot.wait(50)
            titles.append(user.says("page.title"))
            assert not user.window.grab().isNull()
        assert user.window.page_key() == key and titles[0] != titles[1] and all(titles)


def test_a_run_goes_on_when_its_window_is_killed_and_a_new_window_shows_it(open_window, trained, qtbot, tmp_path):
    engine("set", trained, *(f"{path}={value}" for path, value in {**LONGER, "training.steps": 200_000,
                                                                    "tokenizer.vocab_size": 400}.items()))
    first = subprocess.Popen([sys.executable, "-m", "tests.stories.window_that_trains", str(trained)], cwd=REPOSITORY,
                             env=surroundings(WENLU_HOME=str(tmp_path / "first")), start_new_session=True)
    run = RunFolder(trained / "runs" / "run-2")
    try:
        qtbot.waitUntil(lambda: run.log.exists() and b'"step-done"' in run.log.read_bytes(), timeout=120_000)
        os.killpg(first.pid, signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
        trainer = run.lock.holder()
        assert trainer and is_alive(trainer)

        user = open_window(trained, "train")
        assert not user.session.read_only_because
        user.wait_for(lambda: user.session.job_verb() == "train" and user.step() > 0)
        seen = user.step()
        user.wait_for(lambda: user.step() > seen)
        user.press("train.stop")
        user.wait_for(lambda: user.button("train.continue"))
        assert run.status() == "stopped"
    finally:
        first.kill()
        trainer = run.lock.holder()
        if trainer:
            os.kill(trainer, signal.SIGKILL)
