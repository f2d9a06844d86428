"""A model's answers to the examples of a task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.evaluation.spec import EvaluateSpec
from engine.generation.beam import beam_search
from engine.generation.loading import LoadedModel
from engine.tasks.answering import AnswerTask
from engine.tasks.example import Example
from engine.tasks.task import Task
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID
from engine.work import Work

_MORE = 1.25
"""Answers may be so many times as long as the longest of the training examples that were looked at."""


class Answerer:
    """Answers one example after another. `labels` are the answers to choose from, where the task chooses."""

    def __init__(self, loaded: LoadedModel, task: Task, spec: EvaluateSpec, max_tokens: int,
                 labels: Sequence[str] = ()) -> None:
        self.tokens = 0
        self._loaded, self._task, self._spec, self._max_tokens = loaded, task, spec, max_tokens
        self._labels = [(label, [*map(int, loaded.tokenizer.encode(_as_learned(task, label))), EOS_ID])
                        for label in labels]

    def answer(self, example: Example, work: Work) -> str:
        """The answer to an example; raises Stopped."""
        prompt = [BOS_ID, *map(int, self._loaded.tokenizer.encode(example.prompt))]
        if self._labels:
            return self._likeliest_label(prompt, work)
        ids = beam_search(self._loaded.model, prompt, self._spec.beams, self._max_tokens, self._spec.length_penalty,
                          work.is_stopping)
        self.tokens += len(ids) + 1
        return self._task.answer_of(self._loaded.tokenizer.decode(ids))

    def _likeliest_label(self, prompt: list[int], work: Work) -> str:
        """The label that the model finds likeliest as the whole answer."""
        work.check()
        log_probs, state = self._loaded.model.next_log_probs(prompt, None)
        found = []
        for label, ids in self._labels:
            total, now, after = 0.0, log_probs, state
            for place, each in enumerate(ids):
                total += float(now[each])
                if place + 1 < len(ids):
                    now, after = self._loaded.model.next_log_probs([each], after)
            found.append((total, label))
            self.tokens += len(ids)
        return max(found, key=lambda each: each[0])[1]


def longest_answer(loaded: LoadedModel, answers: Sequence[str]) -> int:
    """How many tokens an answer may have, from the answers of training examples."""
    lengths = [len(loaded.tokenizer.encode(answer)) for answer in answers]
    return int(np.ceil(_MORE * max(lengths, default=64))) + 1


def _as_learned(task: Task, label: str) -> str:
    """A label as training shows it after the prompt, with the white space before it and what stands after it."""
    if not isinstance(task, AnswerTask):
        return label
    text, begin = task.template.whole({}, label)
    return text[begin:]
