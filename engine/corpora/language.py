"""A simple guess at the language of a text."""

from __future__ import annotations

import re

LANGUAGES = {"en": "English", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "el": "Greek",
             "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "th": "Thai", "?": "Not sure"}
"""The labels that `guess_language` gives, with their titles."""

SAMPLE = 4000
"""How many characters are looked at, half from the beginning and half from the middle."""

_SCRIPTS = {
    "han": re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "kana": re.compile("[\u3041-\u3096\u30a1-\u30fa]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"), "ru": re.compile("[\u0400-\u052f]"),
    "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"), "hi": re.compile("[\u0900-\u097f]"), "th": re.compile("[\u0e00-\u0e7f]"),
}
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")
_ENGLISH = frozenset(
    "the of and to in a is that it was for on with as his he be at by had not but from or have an they which her she "
    "you were this all there been their one so we him has are who what if will would no my out up me do said".split())


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
    words = _LATIN_WORD.findall(text)
    counts = {} if text.isascii() else {name: len(found.findall(text)) for name, found in _SCRIPTS.items()}
    han, kana = counts.pop("han", 0), counts.pop("kana", 0)
    counts["ja" if kana > 0.05 * (han + kana) else "zh"] = han + kana
    latin = 1.5 * len(words)
    best = max(counts, key=lambda name: counts[name])
    if counts[best] > latin:
        return best
    english = sum(1 for word in words if word.lower() in _ENGLISH)
    return "en" if words and english >= len(words) / 6 else "?"
