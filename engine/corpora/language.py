"""A simple guess at the language of a text."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt

LANGUAGES = {"en": "English", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "el": "Greek",
             "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "th": "Thai", "?": "Not sure"}
"""The labels that `guess_language` gives, with their titles."""

SAMPLE = 4000
"""How many characters are looked at, half from the beginning and half from the middle."""

_SCRIPTS = {
    "han": ((0x3400, 0x9fff), (0xf900, 0xfaff), (0x20000, 0x3ffff)), "kana": ((0x3041, 0x3096), (0x30a1, 0x30fa)),
    "ko": ((0xac00, 0xd7af), (0x1100, 0x11ff)), "ru": ((0x0400, 0x052f),), "el": ((0x0370, 0x03ff), (0x1f00, 0x1fff)),
    "ar": ((0x0600, 0x06ff),), "he": ((0x0590, 0x05ff),), "hi": ((0x0900, 0x097f),), "th": ((0x0e00, 0x0e7f),),
}
_NAMES = tuple(_SCRIPTS)
_LATIN = len(_NAMES) + 1
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")
_ENGLISH = frozenset(
    "the of and to in a is that it was for on with as his he be at by had not but from or have an they which her she "
    "you were this all there been their one so we him has are who what if will would no my out up me do said".split())
_ONLY_WORDS = {code: " " for code in range(128) if not chr(code).isalpha()}


@cache
def _table() -> npt.NDArray[np.uint8]:
    """For every character the number of its script in `_NAMES`, from 1; `_LATIN` for Latin letters, 0 for others."""
    table = np.zeros(0x110000, np.uint8)
    for number, ranges in enumerate(_SCRIPTS.values(), start=1):
        for first, last in ranges:
            table[first:last + 1] = number
    for first, last in ((0x41, 0x5a), (0x61, 0x7a), (0xc0, 0x24f)):
        table[first:last + 1] = _LATIN
    return table


def guess_language(text: str) -> str:
    """A label such as "en" or "zh"; "?" where this simple rule cannot tell.

    The script with most letters decides; a word of Latin letters counts as one and a half, since a Chinese
    character carries about that share of a word. Japanese is Han with kana. Text in Latin letters is English
    when at least one word in six is a common English one (in running English it is nearly one in two), else "?".
    Other languages in the Cyrillic script are also called Russian, and so on for each script's best known one.
    """
    if len(text) > SAMPLE:
        middle = len(text) // 2
        text = text[:SAMPLE // 2] + "\n" + text[middle:middle + SAMPLE // 2]
    counts: dict[str, int] = {}
    count = 0
    if not text.isascii():
        scripts = _table()[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")]
        counts = dict(zip(_NAMES, np.bincount(scripts, minlength=_LATIN + 1)[1:].tolist(), strict=False))
        is_latin = scripts == _LATIN
        count = int(np.count_nonzero(is_latin[1:] > is_latin[:-1])) + int(is_latin[0])
    han, kana = counts.pop("han", 0), counts.pop("kana", 0)
    counts["ja" if kana > 0.05 * (han + kana) else "zh"] = han + kana
    best = max(counts, key=lambda name: counts[name])
    if counts[best] > 1.5 * count:
        return best
    lowered = text.lower()
    words = lowered.translate(_ONLY_WORDS).split() if text.isascii() else _LATIN_WORD.findall(lowered)
    english = sum(map(_ENGLISH.__contains__, words))
    return "en" if words and english >= len(words) / 6 else "?"
