"""The program as it is started: a bare frame first, then the studio in it; the command line; dropping files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from studio.address_dialog import AddressDialog
from studio.app import PAGE_KEYS, Start, read_options
from studio.frame import MADE_FOR, Frame
from studio.pages import PAGES
from studio.preferences import PreferenceFile
from studio.studio import Studio
from studio.theme import theme
from studio.widgets import Dropped

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def studio(qtbot):
    frame = Frame()
    qtbot.addWidget(frame)
    made = Studio(frame, PreferenceFile(), "en")
    yield made
    made.session.close()
    made.signals.shut()


def test_the_command_line_knows_all_pages() -> None:
    assert tuple(entry.key for entry in PAGES) == PAGE_KEYS


def test_a_size_is_read_and_nonsense_is_refused(capsys) -> None:
    assert read_options(["--size", "1120x720"]).size == (1120, 720)
    with pytest.raises(SystemExit):
        read_options(["--size", "large"])
    capsys.readouterr()


def test_the_bare_frame_is_painted_in_the_theme_before_the_studio_exists(qtbot) -> None:
    start = Start(read_options(["--theme", "dark"]))
    qtbot.addWidget(start.frame)
    start.frame.painted.disconnect()
    with qtbot.waitSignal(start.frame.painted):
        start.frame.show()
    assert start.studio is None
    image = start.frame.grab().toImage()
    assert image.pixelColor(600, 400) == theme.colour("bg")
    assert image.pixelColor(10, 10) == theme.colour("rail")


def test_a_grab_shows_the_window_in_the_size_and_theme_asked_for(tmp_path) -> None:
    picture = tmp_path / "window.png"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "WENLU_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "studio.app", "--grab", str(picture), "--grab-after", "0", "--theme", "dark",
         "--size", "1120x720"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1120, 720) != MADE_FOR
    theme.use("dark")
    assert image.pixelColor(200, 4) == theme.colour("rail")


def test_a_home_that_cannot_be_written_to_is_told_in_the_window_and_stops_nothing(qtbot, tmp_path, monkeypatch) -> None:
    way = tmp_path / "home"
    way.write_text("a file stands where the folder should be")
    monkeypatch.setenv("WENLU_HOME", str(way / "wenlu"))
    program = ("import sys\nfrom PySide6.QtCore import QTimer\nfrom studio import app\n"
               "fill = app.Start._fill\n"
               "def filled(start):\n    fill(start)\n    print(start.studio.window.strip.accessibleName())\n"
               "app.Start._fill = filled\n"
               f"sys.exit(app.main(['--language', 'en', '--grab', {str(tmp_path / 'a.png')!r}, '--grab-after', '0']))")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert "cannot write to its own folder" in done.stdout and (tmp_path / "a.png").exists()


def test_preferences_that_cannot_be_written_are_told_in_the_window(studio) -> None:
    studio.preferences.path = studio.preferences.path / "no" / "folder"
    studio.preferences.path.parents[1].write_text("in the way")
    studio.window.use_theme("dark")
    assert studio.window.strip.property("strip") == "warn" and not studio.window.strip.isHidden()


def test_a_file_dropped_without_a_project_makes_one_named_after_it(studio, tmp_path) -> None:
    text = tmp_path / "tea house.txt"
    text.write_text("The kettle sang.\n" * 20, "utf-8")
    studio.window.dropped.emit(Dropped(paths=(text,)))
    assert studio.session.project_name() == "tea house"
    assert len(studio.session.sources) == 1
    assert "tea house" in studio.frame.windowTitle()


def test_a_web_address_is_asked_about_and_not_fetched(studio) -> None:
    studio.window.dropped.emit(Dropped(addresses=("https://example.org",)))
    assert studio.session.project is None and studio.session.queue.current is None
    assert studio.window.page_key() == "corpus"
    assert studio.window.page().findChild(AddressDialog).address.text() == "https://example.org"


def test_closing_without_a_job_asks_nothing_and_keeps_the_place(studio) -> None:
    studio.frame.show()
    assert studio.frame.close()
    assert PreferenceFile().geometry()


def test_a_folder_that_is_no_project_is_told(studio, tmp_path) -> None:
    studio.begin("home", tmp_path)
    assert studio.session.project is None
    assert studio.window.strip.property("strip") == "error"
