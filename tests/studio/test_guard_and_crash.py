"""Faults of our own: caught at Qt's door, written down, told once, and without the user's text."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QWidget

from studio import crash
from studio.crash_window import CrashTeller, CrashWindow
from studio.guard import guarded

SECRET = "the user's own sentence"


@pytest.fixture
def log(monkeypatch, tmp_path):
    fresh = crash.CrashLog()
    fresh.folder = tmp_path / "reports"
    monkeypatch.setattr(crash, "log", fresh)
    return fresh


class Clumsy(QWidget):
    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        raise ValueError(SECRET)

    @guarded()
    def resizeEvent(self, event) -> None:
        raise ZeroDivisionError


def test_a_fault_in_an_override_gives_qt_a_safe_value(qtbot, log) -> None:
    widget = Clumsy()
    qtbot.addWidget(widget)
    assert widget.sizeHint() == QSize()
    widget.resize(50, 50)
    widget.show()
    assert {report.title.split()[0] for report in log.reports} == {"ValueError", "ZeroDivisionError"}


def test_an_unguarded_process_would_die_but_a_guarded_one_lives(tmp_path) -> None:
    program = (
        "from PySide6.QtWidgets import QApplication, QWidget\n"
        "from studio.guard import guarded\n"
        "class W(QWidget):\n"
        "    @guarded()\n"
        "    def resizeEvent(self, event): [][1]\n"
        "application = QApplication([])\n"
        "w = W(); w.show(); w.resize(20, 20); print('alive')\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60,
                          env={"PATH": "", "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root),
                               "WENLU_HOME": str(tmp_path)}, check=False)
    assert done.returncode == 0, done.stderr
    assert "alive" in done.stdout


def test_a_guarded_slot_may_take_fewer_values_than_its_signal_carries(qtbot) -> None:
    heard = []

    class Ear(QObject):
        told = Signal(int, str)

        @guarded()
        def none(self) -> None:
            heard.append("none")

        @guarded()
        def one(self, number: int) -> None:
            heard.append(number)

    ear = Ear()
    ear.told.connect(ear.none)
    ear.told.connect(ear.one)
    ear.told.emit(7, "x")
    assert heard == ["none", 7]


def test_the_same_fault_is_told_once_in_ten_seconds(log) -> None:
    heard = []
    log.listener = heard.append
    for _ in range(100):
        try:
            raise RuntimeError(SECRET)
        except RuntimeError as error:
            log.note(error)
    assert len(heard) == len(log.reports) == 1


def test_a_listener_that_is_gone_does_no_harm(log) -> None:
    class Teller(QObject):
        noted = Signal(object)

    teller = Teller()
    log.listener = teller.noted.emit
    shiboken6.delete(teller)
    log.note(RuntimeError("after the window closed"))
    assert log.listener is None and len(log.reports) == 1


def test_a_report_says_where_but_never_what_the_user_wrote(log, tmp_path) -> None:
    try:
        {}[SECRET]
    except KeyError as error:
        report = log.note(error)
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "reports").glob("*.txt"))
    for text in (report.text, written):
        assert "test_guard_and_crash.py" in text
        assert SECRET not in text
        assert str(Path.home()) not in text


def test_a_fault_in_a_thread_reaches_the_window_and_continue_closes_it(qtbot, log) -> None:
    teller = CrashTeller()

    def work() -> None:
        try:
            raise RuntimeError("thread")
        except RuntimeError as error:
            crash.report(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: teller.window() is not None)
    window = teller.window()
    assert "RuntimeError" in window.findChild(QWidget, "crash.report").toPlainText()
    window.findChild(QWidget, "crash.continue").click()
    qtbot.waitUntil(lambda: teller.window() is None)


def test_saving_a_report_where_one_may_not_write_is_told(qtbot, log, tmp_path) -> None:
    from studio.crash_window import CrashWindow

    window = CrashWindow(crash.CrashReport("title", "text"))
    qtbot.addWidget(window)
    window.save_to(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text() == "text"
    (tmp_path / "folder.txt").mkdir()
    window.save_to(tmp_path / "folder.txt")
    assert window.findChild(QWidget, "crash.told").property("strip") == "error"


def test_a_report_that_cannot_be_saved_says_so(qtbot, log, tmp_path) -> None:
    (tmp_path / "a file").write_text("in the way")
    window = CrashWindow(crash.describe(RuntimeError("x")))
    qtbot.addWidget(window)
    window.save_to(tmp_path / "a file" / "report.txt")
    assert window._told.property("strip") == "error"
