"""The README's map names every room, and what it tells to type exists."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.house.sources import ROOT, product_files

README = (ROOT / "README.md").read_text("utf-8")
ROOMS = sorted({file.parent for file in product_files()})
TOP = {"README.md", "LICENSE", "pyproject.toml", "studio", "engine", "tests", "assets"}


def test_the_map_names_every_room():
    assert not [room.relative_to(ROOT).as_posix() for room in ROOMS
                if not re.search(rf"(?<![\w-]){re.escape(room.name)}/", README)], "the README's map lacks these"


def test_pictures_and_links_of_the_readme_exist():
    targets = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", README)
    assert not [target for target in targets if not (ROOT / target.partition("#")[0]).exists()]


def test_the_top_of_the_house_stays_tidy():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    tops = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {top for top in tops if not top.startswith(".")} <= TOP
