"""Remove repeated paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from engine.cleaning.counted import CountedKeys
from engine.cleaning.record import Record
from engine.cleaning.step import Example, Keys, Memory, RememberingStep, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.sameness import text_key
from engine.settings import setting

_BETWEEN = re.compile("(\n[ \t\u3000]*\n[\n \t\u3000]*)")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NOTHING_NEW = "Every paragraph was seen before."


class DuplicateParagraphs(RememberingStep, kind="duplicate-paragraphs", title="Remove repeated paragraphs"):
    """Remove paragraphs that were seen before, such as notices and quotations that many pages share.

    A paragraph is what stands between empty lines. Paragraphs are compared by their letters and digits; short ones
    are left alone.
    Source: paragraph deduplication of CCNet (Wenzek et al. 2020, arXiv:1911.00359) and Dolma (Soldaini et al. 2024,
    arXiv:2402.00159), on exact hashes.
    """

    within: Literal["document", "corpus"] = setting(
        "corpus", "Compare with", "Where a paragraph must have been seen before.",
        choices={"document": "The same document", "corpus": "The whole corpus"})
    shortest: int = setting(60, "Shortest paragraph compared", "Shorter paragraphs may repeat.", unit="characters",
                            low=1, high=2000, scale="log")
    shortest_chinese: int = setting(25, "Shortest Chinese paragraph compared", "The same for Chinese and Japanese.",
                                    unit="characters", low=1, high=1000, scale="log")
    times: int = setting(1, "Copies kept", "How often the same may come before it is removed.", low=1, high=20,
                         level="advanced")

    reasons = (_NOTHING_NEW,)
    examples = (
        Example(("One.\n\n" + "All rights reserved by the publisher and by the author. " * 2,
                 "Two.\n\n" + "All rights reserved by the publisher and by the author. " * 2),
                ("One.\n\n" + "All rights reserved by the publisher and by the author. " * 2, "Two.")),
        Example(("本文由茶馆书库整理，版权归原作者所有，请勿转载或用于商业用途。",) * 2,
                "本文由茶馆书库整理，版权归原作者所有，请勿转载或用于商业用途。", dropped=_NOTHING_NEW),
        Example(("The same short one.",) * 2, ("The same short one.",) * 2),
        Example(("All rights reserved by the publisher and by the author, of course.",) * 3,
                ("All rights reserved by the publisher and by the author, of course.",) * 2, dropped=_NOTHING_NEW,
                settings={"times": 2}),
    )

    @property
    def remembers(self) -> bool:
        """Whether paragraphs are looked for in the whole corpus."""
        return self.within == "corpus"

    def prepare(self, documents: Sequence[Document]) -> Keys:
        """The keys of all paragraphs that are compared, document after document, (paragraphs,)."""
        return (np.array([text_key(part) for document in documents for part in _BETWEEN.split(document.text)[::2]
                          if self._is_compared(part)], np.uint64),)

    def remember(self, record: Record) -> Memory:
        """The keys of all paragraphs so far."""
        return CountedKeys(record, self.times)

    def carry_out(self, documents: Sequence[Document], decisions: Keys) -> list[Iterable[Result]]:
        """Keep the paragraphs that may stay, and those that are not compared."""
        is_kept = iter(decisions[0].tolist())
        return [(self._without_repeated(document, is_kept),) for document in documents]

    def apply(self, document: Document) -> Result:
        """Remove the paragraphs that stand in the document before."""
        keys = self.prepare([document])
        return self._without_repeated(document, iter(CountedKeys(Record(), self.times).decide(keys)[0].tolist()))

    def _is_compared(self, paragraph: str) -> bool:
        length = len(paragraph.strip())
        if length >= self.shortest:
            return True
        return length >= self.shortest_chinese and 2 * len(_IDEOGRAPH.findall(paragraph)) > length

    def _without_repeated(self, document: Document, is_kept: Iterator[bool]) -> Result:
        parts = _BETWEEN.split(document.text)
        texts, gaps = parts[::2], ["", *parts[1::2]]
        kept = [not self._is_compared(text) or next(is_kept) for text in texts]
        if all(kept):
            return document
        text = "".join(gap + text for gap, text, stays in zip(gaps, texts, kept, strict=True) if stays)
        text = text if kept[0] else _BETWEEN.sub("", text, count=1) if _BETWEEN.match(text) else text
        return document.with_text(text) if text.strip() else Dropped(_NOTHING_NEW, float(len(texts)))
