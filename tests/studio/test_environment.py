"""The set-up with a real venv and a real pip, for a project that needs nothing from the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import bootstrap, environment, obstacles

ROOT = Path(__file__).resolve().parents[2]
BACKEND = '''
import zipfile

def build_editable(folder, settings=None, metadata=None):
    info = "wenlu-0.1.0.dist-info/"
    with zipfile.ZipFile(folder + "/wenlu-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: wenlu\\nVersion: 0.1.0\\n" + NEEDS)
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return "wenlu-0.1.0-py3-none-any.whl"

build_wheel = build_editable
'''
SET_UP = """
import sys
from pathlib import Path
from studio import bootstrap, environment, obstacles
environment.ROOT = bootstrap.ROOT = Path(sys.argv[1])
obstacles.ROOM_BYTES = 0
environment.set_up(Path(sys.argv[1]) / ".venv", bootstrap.wanted())
"""


def write_project(folder: Path, needs: str = "") -> None:
    requires = f"Requires-Dist: {needs}\\n" if needs else ""
    (folder / "own_backend.py").write_text(f'NEEDS = "{requires}"\n{BACKEND}')
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own_backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "wenlu"\nversion = "0.1.0"\ndynamic = ["dependencies"]\n# {needs}\n')


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A checkout that needs nothing, with its environment made."""
    folder = tmp_path_factory.mktemp("checkout")
    write_project(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setattr(environment, "ROOT", folder)
        patch.setattr(bootstrap, "ROOT", folder)
        patch.setattr(obstacles, "ROOM_BYTES", 0)
        environment.set_up(folder / ".venv", bootstrap.wanted())
        yield folder


@pytest.fixture
def folder(project):
    """The environment, stamped for a project that needs nothing, whatever the test before did."""
    write_project(project)
    environment.set_up(project / ".venv", bootstrap.wanted())
    return project / ".venv"


def test_a_whole_environment_is_left_alone(folder, capfd):
    stamp = (folder / bootstrap.STAMP).stat().st_mtime_ns
    environment.set_up(folder, bootstrap.wanted())
    assert (capfd.readouterr().out, (folder / bootstrap.STAMP).stat().st_mtime_ns) == ("", stamp)
    assert not (folder / environment.UNFINISHED).exists()


def test_changed_requirements_renew_it_in_place(project, folder):
    (folder / "own").touch()
    write_project(project, needs="pip")
    environment.set_up(folder, bootstrap.wanted(("test",)))
    assert bootstrap.wanted(("test",)).fits(bootstrap.read_stamp(folder)) and (folder / "own").exists()


def test_what_cannot_be_had_is_named_and_not_stamped(project, folder):
    write_project(project, needs="no-such-thing")
    with pytest.raises(obstacles.Obstacle, match="no build of no-such-thing"):
        environment.set_up(folder, bootstrap.wanted())
    assert bootstrap.read_stamp(folder) is None


def test_an_unreachable_index_is_named(project, folder, monkeypatch):
    write_project(project, needs="no-such-thing")
    monkeypatch.delenv("PIP_NO_INDEX")
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
                        "PIP_RETRIES": "0", "NO_PROXY": "*", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(obstacles.Obstacle, match="index could not be reached"):
        environment.set_up(folder, bootstrap.wanted())


def test_two_starts_after_a_killed_one_make_it_anew_once(project, folder):
    (folder / bootstrap.STAMP).unlink()
    (folder / environment.UNFINISHED).touch()  # as a killed set-up leaves it
    (folder / "torn").touch()
    words = [sys.executable, "-c", SET_UP, str(project)]
    children = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
                for _ in range(2)]
    said = "".join(child.communicate()[0] for child in children)
    assert [child.returncode for child in children] == [0, 0]
    assert said.count("interrupted") == said.count("Making an environment") == 1
    assert bootstrap.wanted().fits(bootstrap.read_stamp(folder)) and not (folder / "torn").exists()
