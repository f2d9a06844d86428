"""What a plain `pip install` gives: commands that exist, files that come along, an entry for the desktop's menu."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys

import pytest

from engine import __version__
from engine.assets import asset
from tests.house.sources import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("target", [*PROJECT["project"]["scripts"].values(),
                                    *PROJECT["project"]["gui-scripts"].values()])
def test_a_command_leads_to_a_function(target):
    module, _, function = target.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_version_is_said_once_in_the_same_words():
    assert PROJECT["project"]["version"] == __version__


def test_assets_are_put_where_an_installed_program_looks():
    placed = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert placed == {"assets": "wenlu_assets"}
    assert asset("icons").is_dir() and asset("wenlu.desktop").is_file()


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed")
def test_the_menu_entry_is_valid():
    done = subprocess.run(["desktop-file-validate", asset("wenlu.desktop")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
