"""The device menu changes what the next run uses; the queue pop-up orders the tasks that wait; Space only pauses."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from engine.project import Project
from engine.runs.folder import RunFolder
from engine.settings import changed
from studio import machine as machine_module
from studio.engine_queue import EngineQueue, Task
from studio.i18n import language
from studio.launches import continue_task, training_of
from studio.machine import Machine, read_answer
from studio.pages.home import HomePage
from studio.paste_dialog import PasteDialog
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.shell.device_panel import DevicePanel
from studio.shell.queue_panel import QueuePanel
from studio.shell.status import JobStatus

ANSWER = b"""{"device": "cuda", "name": "NVIDIA H100", "memory_gigabytes": 79.1}
{"device": "cpu", "name": "CPU", "cores": 2, "memory_gigabytes": 23.9}
{"device": "cuda", "threads": 2, "precision": "bfloat16", "gigaflops": 1234.5}
"""


@pytest.fixture
def session(tmp_path):
    made = Session(PreferenceFile(tmp_path / "home"))
    assert made.new(tmp_path / "project")
    yield made
    made.close()
    made.queries.finish()


@pytest.fixture
def host(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_the_engine_lists_what_can_train(qtbot, session):
    machine = Machine(session.queries)
    machine.look()
    qtbot.waitUntil(lambda: bool(machine.devices), timeout=60_000)
    assert machine.devices[-1].key == "cpu" and machine.devices[-1].cores
    assert machine.devices[-1].memory_gigabytes > 0 and not machine.speeds


def test_an_answer_of_the_engine_is_devices_and_speeds():
    found = read_answer(ANSWER)
    assert [device.name for device in found.devices] == ["NVIDIA H100", "CPU"]
    assert found.speeds[0].gigaflops == 1234.5


def test_what_is_chosen_in_the_device_menu_is_what_the_next_run_uses(qtbot, session, host, monkeypatch):
    monkeypatch.setattr(machine_module, "_asked", lambda query, *options: read_answer(ANSWER))
    panel = DevicePanel(session, Machine(session.queries), host)
    qtbot.waitUntil(lambda: panel.device.count() == 3)
    assert [panel.device.itemText(place) for place in range(3)] == ["The fastest here", "NVIDIA H100", "CPU"]
    panel.device.setCurrentIndex(2)
    panel.device.activated.emit(2)
    panel._editors["threads"].edited.emit("training.threads", 1)
    panel._editors["memory_gigabytes"].edited.emit("training.memory_gigabytes", 2.0)
    training = session.recipe.training
    assert (training.device, training.threads, training.memory_gigabytes) == ("cpu", 1, 2.0)
    assert "79.1 GB" in panel._found.text()
    panel.close()


def test_measuring_says_so_and_shows_the_speed(qtbot, session, host, monkeypatch):
    monkeypatch.setattr(machine_module, "_asked", lambda query, *options: read_answer(ANSWER))
    panel = DevicePanel(session, Machine(session.queries), host)
    panel.measure.click()
    assert not panel._busy.isHidden() and panel._measure_row.isHidden()
    qtbot.waitUntil(lambda: not panel._speeds.isHidden())
    assert panel._busy.isHidden() and "1\u202f234" in panel._speeds.text()
    panel.close()


def test_without_a_project_nothing_can_be_chosen(qtbot, tmp_path, host, monkeypatch):
    monkeypatch.setattr(machine_module, "_asked", lambda query, *options: read_answer(ANSWER))
    session = Session(PreferenceFile(tmp_path / "home"))
    panel = DevicePanel(session, Machine(session.queries), host)
    assert not panel.device.isEnabled() and panel._note.text() == "Open a project to choose."
    panel.close()
    session.queries.finish()


def waiting_queue() -> EngineQueue:
    queue = EngineQueue()
    queue.current = Task("read")
    queue.waiting = [Task("clean"), Task("tokenize"), Task("train", run="run-2")]
    return queue


def test_tasks_that_wait_can_be_moved_and_taken_out(qtbot, host):
    queue = waiting_queue()
    panel = QueuePanel(queue, host)
    titles = [panel.findChild(QWidget, f"queue.task.{place}").text() for place in range(4)]
    assert titles == ["Read the text", "Clean it", "Learn the tokens", "Go on with Run 2"]
    assert panel.findChild(QWidget, "queue.up.1").isHidden()
    assert panel.findChild(QWidget, "queue.up.0") is None  # the one that works stays where it is
    panel.findChild(QWidget, "queue.up.3").click()
    assert [task.verb for task in queue.waiting] == ["clean", "train", "tokenize"]
    queue.drop_waiting(queue.waiting[0])
    assert [task.verb for task in queue.waiting] == ["train", "tokenize"]
    panel.close()


def test_a_task_that_began_meanwhile_is_not_moved():
    queue = waiting_queue()
    began = queue.waiting.pop(0)
    queue.move_waiting(began, 1)
    queue.drop_waiting(began)
    assert [task.verb for task in queue.waiting] == ["tokenize", "train"]


def test_the_line_of_waiting_tasks_in_the_status_bar_opens_them(qtbot):
    from studio.shell.status_bar import StatusBar

    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_job(JobStatus("running", "Training", waiting=2))
    assert bar.waiting.text() == "and 2 more tasks"
    with qtbot.waitSignal(bar.queue_asked):
        bar.waiting.click()


def test_continue_takes_the_speed_that_the_run_began_with(tmp_path):
    project = Project.create(tmp_path / "p", "p")
    recipe = {"training": {"speed": "full"}}
    RunFolder.create(project.runs_folder / "run-1", {"verb": "train", "recipe": recipe})
    project.save(recipe=changed(project.recipe, "training.speed", "quiet"))
    assert training_of(project, "run-1").speed == "full"
    launch = continue_task(project, "run-1").launch()
    assert not launch.give_way and launch.environment == {"OMP_WAIT_POLICY": "active"}


def test_a_whole_text_is_pasted_at_home(qtbot, session, qapp, monkeypatch):
    text = "First line.\n\nSecond paragraph, 第二段。\n" * 3
    qapp.clipboard().setText(text)
    page = HomePage(session)
    qtbot.addWidget(page)
    trained = []
    monkeypatch.setattr(session, "train", lambda title="": trained.append(session.sources))
    page.findChild(QWidget, "home.paste").click()
    dialog = page.findChild(PasteDialog)
    assert dialog.text.toPlainText() == text
    dialog.title.setText("Two lines")
    dialog.findChild(QWidget, "paste.add").click()
    assert session.project_name() == "Two lines" and trained[0][0].text == text


def test_what_a_run_is_called_is_chinese_in_the_queue(qtbot, host):
    language.use("zh")
    panel = QueuePanel(waiting_queue(), host)
    assert panel.findChild(QWidget, "queue.task.3").text() == "继续：第 2 次训练"
    panel.close()
