"""Write Chinese in one script."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from typing import Any, Literal

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document
from engine.settings import setting

NOTED = "traditional"
"""Under this name a document's metadata says which share of its telling characters was traditional."""

_HAN = range(0x3400, 0xA000)
_SHOWN = 20_000
"""The share of traditional characters is taken from so many characters."""


class ScriptConversion(CleaningStep, kind="script-conversion", title="Convert the script"):
    """Write all Chinese in simplified or in traditional characters, by words rather than by single characters.

    A model learns more from one script than from two mixed. The document's notes say which share was traditional.
    Source: OpenCC (Apache-2.0), its tables t2s and s2t.
    """

    to: Literal["simplified", "traditional", "unchanged"] = setting(
        "simplified", "Script", "What all Chinese is written in.",
        choices={"simplified": "Simplified", "traditional": "Traditional", "unchanged": "Only note the share"})

    examples = (
        Example("鼠麴草與頭髮，乾淨的麵", "鼠曲草与头发，干净的面"),
        Example("头发长了，他发现了", "頭髮長了，他發現了", settings={"to": "traditional"}),
        Example("頭髮 and tea", "頭髮 and tea", settings={"to": "unchanged"}),
        Example("no Chinese at all", "no Chinese at all"),
    )

    def apply(self, document: Document) -> Result:
        """Convert one document."""
        share = None if document.text.isascii() else traditional_share(document.text)
        if share is None:
            return document
        text = document.text
        if self.to != "unchanged":
            text = _converter("t2s" if self.to == "simplified" else "s2t").convert(text)
        return dataclasses.replace(document, text=text, metadata={**document.metadata, NOTED: share})


def traditional_share(text: str) -> float | None:
    """Which share of the characters that differ between the scripts is traditional; None where there are none."""
    traditional, simplified = _telling()
    part = text[:_SHOWN]
    count, other = len(traditional.findall(part)), len(simplified.findall(part))
    return round(count / (count + other), 3) if count + other else None


@cache
def _converter(table: str) -> Any:
    import opencc

    return opencc.OpenCC(table)


@cache
def _telling() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters that only traditional, and that only simplified text has."""
    characters = [chr(code) for code in _HAN]
    found = []
    for table in ("t2s", "s2t"):
        converted = _converter(table).convert("\n".join(characters)).split("\n")
        found.append({one for one, other in zip(characters, converted, strict=True) if one != other})
    patterns = [re.compile(f"[{''.join(sorted(own - other))}]") for own, other in
                ((found[0], found[1]), (found[1], found[0]))]
    return patterns[0], patterns[1]
