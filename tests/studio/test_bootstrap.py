"""The start from a bare Python: options, the stamp, and sentences for what stands in the way."""

from __future__ import annotations

import ast
import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio import bootstrap, obstacles

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"digest": "d", "python": "cpython-311", "extras": ["test"], "torch": "cpu"}


@pytest.mark.parametrize("program", ["studio", "tests"])
def test_an_old_python_is_told_so_in_one_sentence(program):
    code = ("import runpy, sys\nsys.version_info = (3, 6, 9)\n"
            f"runpy.run_path({str(ROOT / program)!r}, run_name='__main__')")
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert child.returncode == 2
    assert child.stderr.startswith("Wenlu needs Python 3.10 or newer and this is Python 3.6:")
    assert child.stderr.count("\n") == 1


@pytest.mark.parametrize("program", ["studio", "tests"])
def test_an_old_python_can_read_the_first_file(program):
    tree = ast.parse((ROOT / program / "__main__.py").read_text("ascii"), feature_version=(3, 5))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Starred, ast.AsyncFunctionDef, ast.Nonlocal)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, newer)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.arg) and node.annotation]


def test_the_first_look_loads_nothing_that_a_bare_python_lacks():
    code = ("import sys; sys.path.insert(0, '.'); import studio.bootstrap, studio.environment, studio.preflight\n"
            "print(sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))")
    child = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert child.stdout.strip() == "['__main__', 'engine', 'studio']", child.stderr


@pytest.mark.parametrize(("words", "options"), [
    ([], bootstrap.Options(())),
    (["--prepare"], bootstrap.Options((), prepare=True)),
    (["-k", "name", "--torch", "cpu"], bootstrap.Options(("-k", "name"), torch="cpu")),
    (["--torch=cu126", "--set-up-again", "x"], bootstrap.Options(("x",), torch="cu126", again=True)),
])
def test_words_of_the_set_up_are_taken_and_others_passed_on(words, options):
    assert bootstrap.read_options(words) == options


@pytest.mark.parametrize("words", [["--torch"], ["--torch", "--prepare"], ["--torch", "../x"], ["--torch="]])
def test_a_wrong_build_of_torch_is_refused(words):
    with pytest.raises(ValueError, match="such as `--torch cpu`"):
        bootstrap.read_options(words)


@pytest.mark.parametrize(("wanted", "fits"), [
    (bootstrap.Wanted("d", "cpython-311"), True),
    (bootstrap.Wanted("d", "cpython-311", ("test",), "cpu"), True),
    (bootstrap.Wanted("other", "cpython-311"), False),
    (bootstrap.Wanted("d", "cpython-312"), False),
    (bootstrap.Wanted("d", "cpython-311", ("test", "more")), False),
    (bootstrap.Wanted("d", "cpython-311", (), "cu126"), False),
])
def test_a_stamp_fits_when_all_that_is_wanted_is_there(wanted, fits):
    assert wanted.fits(GOOD) is fits


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"{}"])
def test_a_damaged_stamp_fits_nothing(tmp_path, content):
    (tmp_path / bootstrap.STAMP).write_bytes(content)
    assert not bootstrap.Wanted("d", "p").fits(bootstrap.read_stamp(tmp_path))


def test_a_stamp_is_read_as_written(tmp_path):
    (tmp_path / bootstrap.STAMP).write_text(json.dumps(GOOD))
    assert bootstrap.read_stamp(tmp_path) == GOOD


def test_help_names_every_option(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["studio", "--help"])
    assert bootstrap.open_studio() == 0
    said = capsys.readouterr().out
    assert all(option in said for option in ("--prepare", "--set-up-again", "--torch", "--help"))


PIP_SAID = {
    "full": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "forbidden": "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'",
    "network": "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/torch/\n"
               "ERROR: No matching distribution found for torch<2.14,>=2.6",
    "build": "ERROR: Could not find a version that satisfies the requirement torch<2.14,>=2.6 (from versions: none)\n"
             "ERROR: No matching distribution found for torch<2.14,>=2.6",
    "other": "ERROR: something new",
}


@pytest.mark.parametrize(("case", "names", "helps"), [
    ("full", "The disk is full", "pip cache purge"),
    ("forbidden", "may not be written", "chown"),
    ("network", "index could not be reached", "pip config set"),
    ("build", "no build of torch", "python3.12 studio"),
    ("other", "something new", "--set-up-again"),
])
def test_what_pip_says_becomes_one_sentence(tmp_path, case, names, helps):
    said = str(obstacles.of_pip(PIP_SAID[case], tmp_path, tmp_path / "log"))
    assert names in said and helps in said and "\n" not in said


@pytest.mark.parametrize(("number", "names"), [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "may not be written"),
                                               (errno.EROFS, "may not be written"), (errno.EIO, "could not be made")])
def test_what_the_system_says_becomes_one_sentence(tmp_path, number, names):
    assert names in str(obstacles.of_system_error(OSError(number, "words"), tmp_path))


@pytest.mark.parametrize(("system", "machine", "names"), [
    ("Darwin", "x86_64", "Intel Macs"), ("Windows", "ARM64", "Windows on ARM"), ("Linux", "x86_64", None),
    ("Darwin", "arm64", None), ("Windows", "AMD64", None), ("Linux", "aarch64", None)])
def test_a_platform_without_torch_is_named(monkeypatch, system, machine, names):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    said = obstacles.of_this_python()
    assert said is None if names is None else names in str(said)


@pytest.mark.parametrize(("installer", "command"), [("/usr/bin/apt-get", "sudo apt install python3-venv"),
                                                    (None, "python.org")])
def test_a_missing_venv_module_is_named_with_its_command(monkeypatch, installer, command):
    monkeypatch.setattr(obstacles.util, "find_spec", lambda name: None)
    monkeypatch.setattr(obstacles.shutil, "which", lambda name: installer)
    assert command in str(obstacles.of_this_python())


def test_a_disk_with_little_room_is_named_before_anything_is_fetched(monkeypatch, tmp_path):
    usage = obstacles.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(obstacles.shutil, "disk_usage", lambda path: usage._replace(free=2_900_000_000))
    assert "2.9 GB free" in str(obstacles.of_little_room(tmp_path))
    monkeypatch.setattr(obstacles.shutil, "disk_usage", lambda path: usage._replace(free=3_100_000_000))
    assert obstacles.of_little_room(tmp_path) is None
