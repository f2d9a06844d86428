"""Answering questions, with a passage to read or without."""

from __future__ import annotations

from collections.abc import Mapping

from engine.settings import setting
from engine.tasks.answering import AnswerTask
from engine.tasks.task import Role


class QuestionAnswering(AnswerTask, kind="question-answering", title="Answer questions"):
    """Learn to answer questions, from the passage beside them or from what was learned.

    Source: exact match and F1 as for SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250).
    """

    roles = (Role("context", "Passage", ("passage", "input"), is_needed=False),
             Role("question", "Question", ("instruction", "prompt", "user", "source")),
             Role("answer", "Answer", ("output", "completion", "assistant", "response", "target")))
    metrics = ("f1", "exact-match", "rouge-l")
    mode = "chat"
    token_format = "<|context|>{context}<|question|>{question}<|answer|>{answer}"
    word_format = "{context}\n\nQuestion: {question}\nAnswer: {answer}"

    passage: bool = setting(True, "Show the passage", "Give the model the passage beside a question, where there is "
                            "one.")

    def arranged(self, given: Mapping[str, str]) -> dict[str, str]:
        """The passage, if it is shown, and the question."""
        found = super().arranged(given)
        if not self.passage:
            found.pop("context", None)
        return found
