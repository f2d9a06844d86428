"""Saying a text in another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from engine.settings import setting
from engine.tasks.answering import AnswerTask
from engine.tasks.example import Example
from engine.tasks.task import Role


class Translation(AnswerTask, kind="translation", title="Translate"):
    """Learn to translate from pairs of texts, such as those of TMX, PO and XLIFF files or tables of two columns.

    Source: one sequence of source and target for a model without an encoder, as in Wang et al. 2021
    (arXiv:2106.13736); judged by chrF (Popović 2015) and BLEU (Papineni et al. 2002).
    """

    roles = (Role("source", "Source"), Role("target", "Translation"))
    metrics = ("chrf", "bleu")
    mode = "translate"
    token_format = "<|source|>{source}<|target|>{target}"
    word_format = "Source: {source}\nTranslation: {target}"

    direction: Literal["forward", "backward"] = setting(
        "forward", "Direction", "From the first text of a pair to the second, or back.",
        choices={"forward": "First to second", "backward": "Second to first"})

    def example_of(self, name: str, found: Mapping[str, str]) -> Example | None:
        """The pair, turned round where the direction is backward."""
        if self.direction == "backward" and "source" in found and "target" in found:
            found = {"source": found["target"], "target": found["source"]}
        return super().example_of(name, found)
