"""How late the window's own clock comes while texts are looked at: cleaning is tried, long documents are opened.

`python -m tests.bench preview` needs about 130 seconds. First all cores are kept busy by processes that give way, as
a training does. A timer of 16 ms runs in the window's thread; what is told is by how much each tick came after its
time, as in `lateness`, and how long the user waited for what was asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.bench_lateness import GOALS, until, watched

WATCHED_SECONDS = 20.0
ASK_EVERY_MILLISECONDS = 700
LONG_CHARACTERS = 2_500_000
"""Read, they come in documents of up to 1 000 000 characters."""
SMALL_TEXTS = 400


def measure() -> Iterator[dict[str, Any]]:
    """One line for each thing that is done, first beside busy cores, then on a machine at rest."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WENLU_HOME"] = home
        from PySide6.QtWidgets import QApplication

        from studio.app import Start, read_options

        application = QApplication.instance() or QApplication(["wenlu"])
        project = made_project(Path(home))
        start = Start(read_options([str(project), "--language", "en", "--page", "corpus"]))
        start.frame.show()
        until(lambda: start.studio is not None)
        for load in (os.cpu_count() or 1, 0):
            busy = [subprocess.Popen([sys.executable, "-c", "import os\nos.nice(10) if hasattr(os, 'nice') else 0\n"
                                      "while True: pass"]) for _ in range(load)]
            try:
                for what, ask, is_answered in (*documents(start.studio), *previews(start.studio)):
                    yield {"what": what, "busy_cores": load, **watched_asking(ask, is_answered)}
            finally:
                for process in busy:
                    process.kill()
                    process.wait()
        start.studio.session.close(asking=False)
        start.studio.frame.close()
        application.processEvents()


def made_project(home: Path) -> Path:
    """A project that was read: English and Chinese documents of a million characters, and many short ones."""
    from engine import jobs
    from engine.corpora.samples import sample
    from engine.corpora.source import source_of
    from engine.project import Project
    from engine.work import Work

    folder = home / "texts"
    folder.mkdir()
    for name in ("austen", "poems"):
        text = sample(name).path.read_text("utf-8")
        parts = [part for part in text.split("\n\n") if part.strip()]
        for number, part in enumerate(parts[:SMALL_TEXTS]):
            (folder / f"{name}-{number:03}.txt").write_text(part * 3, "utf-8")
        times = LONG_CHARACTERS // len(text) + 1
        (folder / f"a-{name}-long.txt").write_text((text * times)[:LONG_CHARACTERS], "utf-8")
    project = Project.create(home / "project", "Bench")
    project.save(sources=[source_of(folder)])
    jobs.read(project, Work())
    return project.path


Doing = tuple[str, Callable[[int], object], Callable[[], bool]]


def documents(studio: Any) -> Iterator[Doing]:
    """Open the two long documents in turn; then find a word in one of them."""
    studio.window.go("corpus")
    preview = studio.window.page()._preview
    until(lambda: preview._shelf is not None and studio.window.page().findChild(object, "corpus.text").toPlainText())
    view = preview._view
    rows = preview._shelf.index
    wide = rows["bytes"] > rows["characters"] * 2
    long = [int(numbers[0]) for script in (wide, ~wide)
            for numbers in [(script & (rows["characters"] > LONG_CHARACTERS // 4)).nonzero()[0]]]

    def open_one(turn: int) -> None:
        view._title.say("")
        preview._list.setCurrentIndex(preview._list.documents.index(long[turn % 2]))

    yield "open a document of 1 000 000 characters", open_one, lambda: bool(view._title.text())
    view.field.setText("")

    def find(turn: int) -> None:
        view._count.say("")
        view.field.setText("aeiou"[turn % 5] + " ")

    yield "find in a document of 1 000 000 characters", find, lambda: bool(view._count.text())
    view.field.setText("")


def previews(studio: Any) -> Iterator[Doing]:
    """Switch a cleaning step on and off."""
    studio.window.go("clean")
    page = studio.window.page()
    until(lambda: page._tried is not None)

    def switch(turn: int) -> None:
        page._tried = None
        studio.session.edit("cleaning.steps.5.enabled", not studio.session.recipe.cleaning.steps[5].enabled)

    yield "preview of cleaning", switch, lambda: page._tried is not None


def watched_asking(ask: Callable[[int], object], is_answered: Callable[[], bool]) -> dict[str, Any]:
    """Ask again and again and watch; with the longest time until an answer, to 10 ms."""
    from PySide6.QtCore import QTimer

    began: list[float] = []
    waits: list[float] = []

    def look() -> None:
        if began and is_answered():
            waits.append((time.monotonic() - began.pop()) * 1000)

    def next_one() -> None:
        if not began:
            began.append(time.monotonic())
            ask(len(waits))

    timers = [QTimer(interval=ASK_EVERY_MILLISECONDS), QTimer(interval=10)]
    for timer, on in zip(timers, (next_one, look), strict=True):
        timer.timeout.connect(on)
        timer.start()
    found = watched(WATCHED_SECONDS)
    for timer in timers:
        timer.stop()
    return {"asked": len(waits), "answer_p50_ms": round(sorted(waits)[len(waits) // 2]) if waits else None,
            "answer_worst_ms": round(max(waits)) if waits else None, **found,
            "good": bool(waits) and found["worst_ms"] <= GOALS["worst_ms"]}
