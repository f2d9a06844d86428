"""Who may import whom, as the map in the README says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.sources import ROOT, module_of, product_files

FORGIVEN_TORCH = "engine.models", "engine.optimization", "engine.training", "engine.generation", "engine.tasks", \
    "engine.evaluation", "engine.exchange", "engine.serving"


def run_child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_imports_go_down_only():
    # In a process of its own: it closes the handlers of all loggers, and with that of absl pytest's own capture.
    child = run_child("import sys\nfrom importlinter.cli import lint_imports\n"
                      f"sys.exit(lint_imports(config_filename={str(ROOT / 'pyproject.toml')!r}, cache_dir=None, "
                      "no_logo=True))")
    assert child.returncode == 0, child.stdout[-4000:] + child.stderr[-2000:]


def test_what_the_window_reads_of_the_engine_loads_no_torch():
    modules = [module_of(file) for file in product_files() if module_of(file).startswith("engine")]
    light = [name for name in modules if not name.startswith(FORGIVEN_TORCH) and name != "engine.__main__"]
    specs = [name for name in modules if name.endswith(".spec")]
    child = run_child(f"import importlib, sys\nfor name in {light + specs!r}:\n    importlib.import_module(name)\n"
                      "    assert 'torch' not in sys.modules, name + ' loads torch'")
    assert child.returncode == 0, child.stderr[-2000:]


def test_the_modules_of_the_window_load_no_torch():
    modules = [module_of(file) for file in product_files() if module_of(file).startswith("studio")]
    child = run_child("import importlib, sys\n"
                      f"for name in {[name for name in modules if name != 'studio.__main__']!r}:\n"
                      "    importlib.import_module(name)\n    assert 'torch' not in sys.modules, name + ' loads torch'")
    assert child.returncode == 0, child.stderr[-2000:]


@pytest.mark.parametrize("module", ["engine", "engine.cli", "engine.cli.main"])
def test_the_engine_starts_without_qt_and_without_torch(module):
    child = run_child(f"import sys, {module}\nassert not {{'PySide6', 'torch'}} & set(sys.modules)")
    assert child.returncode == 0, child.stderr[-2000:]


def test_the_process_of_the_open_window_never_loads_torch(tmp_path):
    code = ("import sys\nfrom studio.app import main\n"
            f"code = main(['--page', 'home', '--grab', {str(tmp_path / 'home.png')!r}, '--grab-after', '0.5'])\n"
            "assert 'torch' not in sys.modules, 'the window loaded torch'\nsys.exit(code)")
    child = run_child(code)
    assert child.returncode == 0, child.stderr[-2000:]
    assert (tmp_path / "home.png").stat().st_size > 1000
