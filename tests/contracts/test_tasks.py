"""What every task must do: the prompt of the playground is the beginning of an example, and the answer comes back."""

from __future__ import annotations

import pytest

from engine.evaluation.metric import Metric
from engine.settings import changed, from_plain, kinds, members_of
from engine.tasks.answering import AnswerTask
from engine.tasks.task import Task
from engine.tasks.template import SPECIAL_TOKEN

TASKS = [task for task in members_of(Task) if task.roles]
TEXTS = {"text": "It rained all day.", "label": "weather", "target": "打开文件。", "summary": "酒店",
         "document": "鲁镇的酒店的格局，是和别处不同的。", "source": "Open the file.",
         "context": "Tea is a drink.", "question": "What is tea?",
         "answer": "A drink.", "user": "Hello", "assistant": "你好。"}


def found_for(task: type[Task]) -> dict[str, str]:
    return {role.name: TEXTS[role.name] for role in task.roles}


@pytest.fixture(params=[(task, markers) for task in TASKS for markers in ("special-tokens", "words")],
                ids=lambda each: f"{each[0].kind}-{each[1]}")
def task(request):
    kind, markers = request.param
    return from_plain(kind, {"markers": markers})


def test_every_task_names_its_source():
    for each in members_of(Task):
        assert "Source:" in (each.__doc__ or "") and each.summary()


def test_every_task_is_judged_by_metrics_that_exist():
    for each in TASKS:
        assert each.metrics and set(each.metrics) <= set(kinds(Metric))


def test_a_prompt_is_the_beginning_of_the_example(task):
    example = task.example_of("one", found_for(type(task)))
    assert example.text.startswith(example.prompt) and example.prompt == task.prompt(example.given)
    assert not example.prompt[-1:].isspace()


def test_only_the_answer_is_learned_and_it_can_be_read_back(task):
    example = task.example_of("one", found_for(type(task)))
    (begin, end), = example.spans
    assert end == len(example.text) and task.answer_of(example.text[begin:]) == example.answer
    for stop in task.stops:
        assert task.answer_of(f" {example.answer}{stop} and more") == example.answer


def test_a_document_that_lacks_a_part_is_no_example(task):
    found = found_for(type(task))
    for role in task.roles:
        rest = {name: text for name, text in found.items() if name != role.name}
        assert (task.example_of("one", rest) is None) == role.is_needed
    assert task.example_of("one", {"text": "only a text"}) is None


def test_all_markers_of_a_format_are_special_tokens(task):
    example = task.example_of("one", found_for(type(task)))
    assert set(SPECIAL_TOKEN.findall(example.text)) <= set(task.special_tokens)
    assert bool(task.special_tokens) == (task.markers == "special-tokens")


@pytest.mark.parametrize("task", [each for each in TASKS if issubclass(each, AnswerTask)], ids=lambda each: each.kind)
def test_a_format_of_ones_own_must_have_all_roles(task):
    needed = [role.name for role in task.roles if role.is_needed]
    whole = " / ".join(f"{name}: {{{name}}}" for name in needed)
    assert not changed(task(), "own_format", whole).problems()
    for wrong in (whole.replace("{" + needed[0] + "}", ""), whole + "{", whole + " {other}", "{" + needed[-1] + "} " +
                  whole, "no roles"):
        assert [problem.path for problem in changed(task(), "own_format", wrong).problems()] == [("own_format",)]
