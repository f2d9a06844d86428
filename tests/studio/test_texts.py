"""The process that works on texts: asked from any thread, called back, given up when it hangs, started anew."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QObject, QTimer

from engine import jobs
from engine.cleaning.spec import CleaningSpec
from engine.corpora.source import source_of
from engine.errors import EngineError
from engine.project import Project
from engine.settings import to_plain
from engine.work import Work
from studio.crash import FaultElsewhere
from studio.queries import Queries
from studio.texts.asking import CalledBack, TextProcess
from studio.texts.cleaning import trial_from

ROOT = Path(__file__).resolve().parents[2]
ODD = f"""
import re, sys, time
sys.path.insert(0, {str(ROOT)!r})
from studio.texts import process
from studio.texts.question import question

@question("odd.echo")
def echo(work, value): return value

@question("odd.wait")
def wait(work):
    while True:
        work.check()
        time.sleep(0.005)

@question("odd.hang")
def hang(work, path): exec_(path)

def exec_(path):
    code = compile("import re\\ndef step():\\n    re.fullmatch('(a+)+', 'a' * 60 + 'b')\\nstep()", path, "exec")
    exec(code, {{}})

@question("odd.fault")
def fault(work): return {{}}["the user's own words"]

@question("odd.die")
def die(work): __import__("os")._exit(7)

process.serve(patience=float(sys.argv[1]))
"""


@pytest.fixture
def odd(tmp_path):
    """A process whose questions misbehave; `odd(patience)` makes one."""
    script = tmp_path / "odd.py"
    script.write_text(ODD, "utf-8")
    made: list[TextProcess] = []

    def make(patience: float = 30.0) -> TextProcess:
        made.append(TextProcess([sys.executable, str(script), str(patience)]))
        return made[-1]

    yield make
    for process in made:
        process.leave()


def test_an_answer_comes_back_whatever_signs_it_has(odd):
    value = {"text": "茶\x00\u2028\ud800 \U0001f375", "numbers": [1, 2.5, None]}
    assert odd().ask("odd.echo", {"value": value}) == value


def test_many_threads_ask_one_process(odd):
    process, answers = odd(), {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: process.ask("odd.echo", {"value": n})}))
               for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == {n: n for n in range(12)}


def test_a_question_that_hangs_is_given_up_and_the_step_at_fault_is_named(odd):
    process = odd(patience=1.0)
    process.ask("odd.echo", {"value": 1})
    with pytest.raises(EngineError) as caught:
        process.ask("odd.hang", {"path": "engine/cleaning/steps/short_lines.py"})
    assert "took too long" in caught.value.what and "short lines" in caught.value.fix
    assert process.ask("odd.echo", {"value": 2}) == 2


def test_a_newer_question_does_not_wait_for_one_that_hangs(odd):
    process, called_back = odd(), threading.Event()

    def ask_and_leave() -> None:
        with pytest.raises(CalledBack):
            process.ask("odd.hang", {"path": "x.py"}, called_back.is_set)

    process.ask("odd.echo", {"value": 1})
    older = threading.Thread(target=ask_and_leave)
    older.start()
    while not process._child._boxes:
        older.join(0.01)
    called_back.set()
    began = time.monotonic()
    assert process.ask("odd.echo", {"value": 2}) == 2
    assert time.monotonic() - began < 15  # the patience of the process is 30
    older.join()


def test_a_question_that_is_called_back_ends_and_the_process_lives_on(odd):
    process, called_back = odd(), threading.Event()
    process.ask("odd.echo", {"value": 1})
    number = process.process_id()
    timer = threading.Timer(0.1, called_back.set)
    timer.start()
    with pytest.raises(CalledBack):
        process.ask("odd.wait", {}, called_back.is_set)
    assert process.ask("odd.echo", {"value": 2}) == 2 and process.process_id() == number
    until = time.monotonic() + 20
    while process._child._left and time.monotonic() < until:  # its last word is on the way
        process.ask("odd.echo", {"value": 3})
    assert not process._child._left


def test_a_process_that_dies_is_tried_once_more_and_then_told(odd):
    with pytest.raises(EngineError, match="ended unexpectedly"):
        odd().ask("odd.die", {})


def test_a_fault_says_where_it_was_but_not_what_the_user_wrote(odd):
    with pytest.raises(FaultElsewhere) as caught:
        odd().ask("odd.fault", {})
    assert "KeyError" in str(caught.value) and "own words" not in str(caught.value)


def test_a_process_whose_window_is_gone_ends_even_while_it_hangs(tmp_path):
    script = tmp_path / "odd.py"
    script.write_text(ODD, "utf-8")
    child = subprocess.Popen([sys.executable, str(script), "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    child.stdin.write(json.dumps({"id": 1, "ask": "odd.hang", "fields": {"path": "x.py"}}).encode() + b"\n")
    child.stdin.close()
    child.wait(30)


def test_the_process_loads_neither_qt_nor_torch():
    code = ("import sys, studio.texts.process\n"
            "assert not {'PySide6', 'torch'} & set(sys.modules), 'loads too much'")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


class Ear(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []

    def take(self, value: object) -> None:
        self.heard.append(value)


def test_the_window_goes_on_while_a_pattern_hangs_and_hears_of_it(odd, qtbot):
    queries, ear, late = Queries(), Ear(), []
    queries._texts["odd"] = odd(patience=1.5)
    due = [time.monotonic()]

    def tick() -> None:
        now = time.monotonic()
        late.append(now - due[0] - 0.016)
        due[0] = now

    clock = QTimer(interval=16)
    clock.timeout.connect(tick)
    clock.start()
    queries.look_up("one", "odd.hang", {"path": "x.py"}, ear.take, ear.take)
    qtbot.waitUntil(lambda: bool(ear.heard), timeout=30_000)
    assert isinstance(ear.heard[0], EngineError)
    late.sort()
    assert late[len(late) * 9 // 10] < 0.1, "nine of ten ticks come in time"
    assert queries.finish()


def test_leaving_a_project_does_not_wait_for_what_hangs(odd, qtbot):
    queries, ear = Queries(), Ear()
    process = queries._texts["odd"] = odd()
    process.ask("odd.echo", {"value": 1})
    child = psutil.Process(process.process_id())
    queries.look_up("one", "odd.hang", {"path": "x.py"}, ear.take, ear.take)
    qtbot.waitUntil(lambda: bool(process._child._boxes))
    assert queries.finish() and not child.is_running() and not ear.heard


def test_a_preview_is_the_same_as_in_the_engine(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    texts = "The lidâ€™s off, she said to all of them.", "Short", "Tea for all of us.\n\n\n\n\nMore tea, please."
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text, "utf-8")
    project = Project.create(tmp_path / "project")
    project.save(sources=[source_of(folder)])
    jobs.read(project, Work())
    corpus = project.stage("corpus").latest
    process, spec = TextProcess(), CleaningSpec()
    fields = {"corpus": str(corpus), "spec": to_plain(spec), "seed": 0}
    trial = trial_from(process.ask("clean.preview", fields))
    jobs.clean(project, Work())
    whole = project.stage("cleaned").latest
    steps = trial_from({"of": 0, "seconds": 0, "documents": [],
                        **process.ask("clean.applied", {"folder": str(whole)})}).steps
    process.leave()
    assert [(each.kind, each.documents, each.characters) for each in trial.steps] == \
        [(each.kind, each.documents, each.characters) for each in steps]
    assert trial.of == len(trial.documents) == 3 and [each.step for each in trial.dropped] == ["document-length"]
