"""Saying of which class a text is."""

from __future__ import annotations

from engine.tasks.answering import AnswerTask
from engine.tasks.task import Role


class Classification(AnswerTask, kind="classification", title="Classify"):
    """Learn to give each text one of the labels that stand in the data, such as its topic or its tone.

    Source: the label written as text after the document, as in Raffel et al. 2020 (arXiv:1910.10683, section 2.4).
    """

    roles = (Role("text", "Text", ("sentence", "document", "review")), Role("label", "Label", ("class", "category")))
    metrics = ("accuracy", "macro-f1")
    mode = "chat"
    chooses = True
    token_format = "<|text|>{text}<|label|>{label}"
    word_format = "{text}\nLabel: {label}"
