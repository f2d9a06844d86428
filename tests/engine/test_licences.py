"""A licence is a note on a text: stating it reads nothing again, and reaches all that tells of the text."""

from __future__ import annotations

from engine import jobs
from engine.corpora.manifest import Manifest
from engine.corpora.samples import sample
from engine.corpora.sources.file import FileSource
from engine.project import Project
from engine.settings import changed
from engine.work import Work


def test_a_licence_that_is_stated_later_is_known_without_reading_again(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text(sample("poems").path.read_text("utf-8")[:20_000], "utf-8")
    project = Project.create(tmp_path / "project")
    project.save(sources=[FileSource(path=str(text))])
    jobs.clean(project, Work())
    before = project.fingerprints()
    project.save(sources=[changed(project.sources[0], "licence", "CC0")])
    assert project.fingerprints() == before and project.stage("cleaned").is_done
    for stage in ("corpus", "cleaned"):
        assert [each.licence for each in Manifest.load(project.stage(stage).folder).sources] == ["CC0"]
    project.save(sources=[changed(project.sources[0], "documents", "lines")])
    assert project.fingerprints()["corpus"] != before["corpus"]
