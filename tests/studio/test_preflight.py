"""What is said where Qt could not show a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from studio import preflight

ROOT = Path(__file__).resolve().parents[2]
PYSIDE = Path(next(iter(util.find_spec("PySide6").submodule_search_locations)))
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has these plugins")


def start_without(*names: str, **named: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if name not in names} | named
    return subprocess.run([sys.executable, "-m", "studio"], cwd=ROOT, env=surroundings, capture_output=True, text=True)


@linux
def test_a_start_without_a_display_says_so_and_ends():
    child = start_without("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    assert child.returncode == 2
    assert child.stderr.startswith("No display was found") and child.stderr.count("\n") == 1


def test_a_chosen_platform_needs_no_display():
    assert preflight.problem({"QT_QPA_PLATFORM": "offscreen"}) is None


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_bring_their_own_display(system):
    assert preflight.problem({}, system) is None


@linux
def test_a_missing_system_library_is_named_with_the_command_that_installs_it(tmp_path):
    """A copy of Qt's plugin asks for a library that no system has, of a name as long as the real one."""
    plugins, libraries = tmp_path / "PySide6/Qt/plugins/platforms", tmp_path / "PySide6/Qt/lib"
    plugins.mkdir(parents=True)
    libraries.mkdir()
    (tmp_path / "PySide6/__init__.py").touch()
    for file in (PYSIDE / "Qt/lib").iterdir():
        (libraries / file.name).symlink_to(file)
    broken = libraries / "libQt6XcbQpa.so.6"
    content = broken.read_bytes()
    assert content.count(b"libxcb-cursor.so.0\0") == 1
    broken.unlink()
    broken.write_bytes(content.replace(b"libxcb-cursor.so.0\0", b"libxcb-cursor.so.9\0"))
    shutil.copy(PYSIDE / "Qt/plugins/platforms/libqxcb.so", plugins)
    child = start_without("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", DISPLAY=":0", PYTHONPATH=str(tmp_path))
    assert child.returncode == 2, child.stderr
    assert "libxcb-cursor.so.9" in child.stderr and child.stderr.count("\n") == 1


def test_only_what_ldd_did_not_find_is_missing():
    listing = ("\tlinux-vdso.so.1 (0x00007ffe)\n\tlibxcb-cursor.so.0 => not found\n"
               "\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n\tlibEGL.so.1 => not found\n")
    assert preflight.missing_libraries(listing) == ["libxcb-cursor.so.0", "libEGL.so.1"]


@pytest.mark.parametrize(("installer", "command"), [
    ("apt-get", "`sudo apt install libxcb-cursor0 libegl1`"),
    ("dnf", "`sudo dnf install xcb-util-cursor libglvnd-egl`"),
    ("pacman", "`sudo pacman -S xcb-util-cursor libglvnd`"), ("none", "package manager")])
def test_the_command_is_the_one_of_the_system(installer, command):
    said = preflight.sentence(["libxcb-cursor.so.0", "libEGL.so.1"], installer)
    assert command in said and "libEGL.so.1" in said
