"""Normalise Unicode."""

from __future__ import annotations

import unicodedata
from typing import Literal

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document
from engine.settings import setting

_NARROW = {code: code - 0xFEE0 for code in
           (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


class UnicodeForm(CleaningStep, kind="unicode-form", title="Normalise Unicode"):
    """Store equal characters equally, such as é as one character rather than e and an accent.

    Source: Unicode Standard Annex 15. NFC changes nothing that can be seen; NFKC also replaces full-width marks,
    ligatures and raised digits, which spoils Chinese punctuation.
    """

    form: Literal["NFC", "NFKC"] = setting(
        "NFC", "Form", "How far characters are unified.", level="advanced",
        choices={"NFC": "Same look (NFC)", "NFKC": "Same meaning (NFKC)"})
    narrow: bool = setting(False, "Narrow letters and digits",
                           "Turn full-width Ａ and １ into A and 1; punctuation stays.", level="advanced")

    examples = (
        Example("cafe\u0301 Å", "café Å"),
        Example("ＧＰＴ１２，好！", "GPT12，好！", settings={"narrow": True}),
        Example("ﬁne，好", "fine,好", settings={"form": "NFKC"}),
    )

    def apply(self, document: Document) -> Result:
        """Bring the text into the form."""
        text = document.text
        if text.isascii():
            return document
        if not unicodedata.is_normalized(self.form, text):
            text = unicodedata.normalize(self.form, text)
        return document.with_text(text.translate(_NARROW) if self.narrow else text)
