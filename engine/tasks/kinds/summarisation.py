"""Saying in short what a text says."""

from __future__ import annotations

from engine.tasks.answering import AnswerTask
from engine.tasks.task import Role


class Summarisation(AnswerTask, kind="summarisation", title="Summarise"):
    """Learn to write summaries or titles from documents that have one.

    Source: documents followed by their summary, as in Liu et al. 2018 (arXiv:1801.10198); judged by ROUGE (Lin 2004).
    """

    roles = (Role("document", "Document", ("article", "text", "source", "input")),
             Role("summary", "Summary", ("highlights", "abstract", "target", "output")))
    metrics = ("rouge-l", "rouge-1", "rouge-2")
    mode = "summarise"
    token_format = "<|document|>{document}<|summary|>{summary}"
    word_format = "{document}\n\nSummary: {summary}"
