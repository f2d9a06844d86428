"""Megabytes a second of every cleaning step and of whole recipes, English and Chinese, long and short documents.

Times are of the processor, on one core, best of three; MB are 10^6 bytes of UTF-8. A step is given what the steps
before it leave. `filters` is what judges whole documents: characters, lines, small words, repetition, variety.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from engine.cleaning.chain import Chain
from engine.cleaning.recipes import RECIPES, recipe
from engine.cleaning.spec import GENTLE, CleaningSpec
from engine.cleaning.statistics import TextStatistics, statistics_of
from engine.corpora.document import Document
from engine.corpora.samples import sample

FILTERS = ("character-mix", "line-rules", "function-words", "repetition", "variety")
SIZES = (3000, 200)
ROUNDS = 3


def documents_of(text: str, size: int) -> list[Document]:
    """The text in documents of about so many characters, cut at ends of lines."""
    made, lines, length = [], [], 0
    for line in text.split("\n"):
        lines.append(line)
        length += len(line) + 1
        if length >= size:
            made.append(Document(str(len(made)), "\n".join(lines)))
            lines, length = [], 0
    return made


def size_bytes(documents: list[Document]) -> int:
    """Bytes of UTF-8."""
    return sum(len(document.text.encode()) for document in documents)


def forget() -> None:
    """Let go of the figures of all texts."""
    for number in range(3):
        statistics_of(str(number) * 4_000_001)


def rate(spec: CleaningSpec, documents: list[Document]) -> dict[str, float]:
    """MB/s and microseconds a document of a whole spec."""
    best = float("inf")
    for _ in range(ROUNDS):
        forget()
        chain = Chain(spec)
        began = time.process_time()
        for document in documents:
            chain.process(document)
        best = min(best, time.process_time() - began)
    return {"mb_per_second": round(size_bytes(documents) / best / 1e6, 2),
            "us_per_document": round(best / len(documents) * 1e6, 1)}


def measure() -> Iterator[dict[str, Any]]:
    """Steps one by one, then the filters together, then recipes."""
    TextStatistics("a中").units  # noqa: B018  (its tables are made)
    texts = {"en": sample("austen").path.read_text("utf-8"), "zh": sample("poems").path.read_text("utf-8")}
    filters = tuple(type(step).model_validate({**dict(step), "enabled": True}) for step in recipe("web").spec.steps
                    if step.kind in FILTERS)
    for language, text in texts.items():
        for size in SIZES:
            documents = documents_of(text, size)
            about = {"language": language, "characters": size, "documents": len(documents)}
            for step in GENTLE:
                alone = type(step).model_validate({**dict(step), "enabled": True})
                yield {**about, "step": step.kind, **rate(CleaningSpec(steps=(alone,)), documents)}
            yield {**about, "step": "filters", **rate(CleaningSpec(steps=filters), documents)}
            for each in RECIPES:
                yield {**about, "recipe": each.id, **rate(each.spec, documents)}
