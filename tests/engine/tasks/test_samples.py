"""The samples of tasks can be read, hold examples of their task, and say what to expect in both languages."""

from __future__ import annotations

import itertools

import pytest

from engine.corpora.document import Document
from engine.corpora.samples import TASK_SAMPLES, sample
from engine.settings import kinds, member
from engine.tasks.fitting import kind_for
from engine.tasks.task import Task
from engine.work import Work
from studio.i18n.catalogue import catalogue

BYTES = 300_000


def test_every_task_but_continuation_has_a_sample_in_english_and_most_in_chinese():
    by_task = {task: {each.language for each in TASK_SAMPLES if each.task == task} for task in kinds(Task)}
    assert not by_task.pop("continuation")
    assert all("en" in languages for languages in by_task.values())
    assert [task for task, languages in by_task.items() if "zh" not in languages] == ["translation"]


def test_they_are_small_and_say_under_which_licence_they_are():
    assert sum(each.size_bytes for each in TASK_SAMPLES) <= BYTES
    assert all(each.licence in ("MIT", "MPL-2.0", "BSD-3-Clause") for each in TASK_SAMPLES)


def test_the_honest_line_is_there_in_both_languages():
    assert all(each.honest and each.honest in catalogue("zh") for each in TASK_SAMPLES)


@pytest.mark.parametrize("id", [each.id for each in TASK_SAMPLES])
def test_all_of_a_sample_are_examples_of_its_task(id):
    chosen = sample(id)
    source, = chosen.sources()
    task = member(Task, chosen.task)()
    for document in itertools.islice(source.read(Work()), 300):
        assert isinstance(document, Document)
        roles = document.metadata["roles"]
        assert task.example_of(document.name, roles) is not None
        assert kind_for(tuple(roles)) in (chosen.task, "question-answering")
