"""A folder as people have them: each file in it is read, or named with the reason; the rest trains."""

from __future__ import annotations

import os

import pytest

from engine.corpora import reasons
from engine.corpora.corpus import Corpus
from engine.corpora.samples import sample
from engine.project import Project
from tests.stories.driving import SMALL, assignments, engine, poems


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    chinese, english = poems(20_000), sample("austen").path.read_text("utf-8")[:60_000]
    (folder / "gb18030.txt").write_bytes(chinese.encode("gb18030"))
    (folder / "utf16.txt").write_bytes(english[:30_000].encode("utf-16"))
    (folder / "one-line.txt").write_bytes(" ".join(english[30_000:].split()).encode() * 4)
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 64)
    (folder / "empty.txt").touch()
    (folder / "forbidden.txt").write_text(english[:2000])
    (folder / "forbidden.txt").chmod(0)
    (folder / "nowhere.txt").symlink_to(folder / "there-is-no-such-file")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.txt")
    yield folder
    (folder / "forbidden.txt").chmod(0o600)


@pytest.fixture(scope="module")
def trained(odd_folder, tmp_path_factory):
    """The project, and what its training said."""
    project = tmp_path_factory.mktemp("story") / "odd"
    engine("new", project)
    engine("add", project, odd_folder)
    return Project.open(project), engine("train", project, *assignments(SMALL))


def corpus(project: Project) -> Corpus:
    return Corpus(next((project.path / "stages").glob("corpus-*")))


def test_every_file_is_read_or_named_with_its_reason(trained, odd_folder):
    manifest = corpus(trained[0]).manifest
    named = {skipped.name: skipped.reason for skipped in manifest.skipped}
    expected = {"binary.txt": reasons.BINARY, "empty.txt": reasons.EMPTY, "nowhere.txt": reasons.VANISHED,
                "pipe.txt": reasons.NOT_REGULAR}
    if not os.access(odd_folder / "forbidden.txt", os.R_OK):  # nothing is forbidden to the system's administrator
        expected["forbidden.txt"] = reasons.FORBIDDEN
    there = {path.name for path in odd_folder.iterdir()}
    assert named == {name: reason.what for name, reason in expected.items() if name in there}
    read = {document.name.partition("#")[0] for document in corpus(trained[0]).documents()}
    assert read | named.keys() == there
    assert all(skipped.fix for skipped in manifest.skipped)


def test_what_was_read_is_what_was_written(trained):
    texts = {document.name: document.text for document in corpus(trained[0]).documents()}
    assert texts["gb18030.txt"] == poems(20_000)
    assert texts["utf16.txt"] == sample("austen").path.read_text("utf-8")[:30_000]
    assert "\n" not in texts["one-line.txt"] and len(texts["one-line.txt"]) > 100_000


def test_the_rest_trains(trained):
    events = trained[1]
    assert events[-1]["event"] == "job-ended" and events[-1]["status"] == "done"
    assert any(event["event"] == "validated" for event in events)
