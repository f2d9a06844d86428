"""Remove control characters."""

from __future__ import annotations

import re

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document

_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffd\ufffe\uffff\U000e0000-\U000e007f]")


def is_plain(text: str) -> bool:
    """Whether a text has nothing but line feeds, tabs, two kinds of space and characters that are seen.

    A look that costs a twentieth of the patterns; most texts need no more.
    """
    seen = text.replace("\n", "").replace("\t", "")
    if text.isascii():
        return seen.isprintable()
    return "\ufffd" not in seen and "\ufffc" not in seen and seen.replace("\u3000", "").isprintable()


class ControlCharacters(CleaningStep, kind="control-characters", title="Remove control characters"):
    """Remove characters that cannot be seen and mean nothing to a reader.

    Control codes, byte order marks, zero-width spaces, soft hyphens, writing direction marks and the mark of a
    letter that was lost. Page and line separators become line ends; joiners inside emoji and Persian words stay.
    Source: Unicode general categories Cc and Cf, without those that join letters.
    """

    examples = (
        Example("\ufeffA\x00 b\u200bc\u00addef\x07", "A bcdef"),
        Example("one\r\ntwo\rthree\u2028four\u2029five", "one\ntwo\nthree\nfour\n\nfive"),
        Example("👩\u200d🚀 می\u200cخواهم\tok", "👩\u200d🚀 می\u200cخواهم\tok"),
    )

    def apply(self, document: Document) -> Result:
        """Take the characters out."""
        if is_plain(document.text):
            return document
        text = document.text.replace("\u2029", "\n\n")
        return document.with_text(_INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
