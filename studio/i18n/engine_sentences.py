"""Sentences of the engine in Chinese: their names and figures stand in them already, so templates tell them apart.

A template is an entry of the catalogue whose placeholders are single letters, such as
"{a} is not a run." = "{a} 不是训练记录。". The letters stand for what an f-string of the engine filled in, in order.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from studio.i18n.catalogue import catalogue

_PLACE = re.compile(r"\{([a-z])\}")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)")
_PATH_BEFORE = re.compile(r"([\w-]+(?:\.[\w-]+)*): (.+)")
_WITHIN = r"((?:(?!\. [A-Z]).)+?)"
"""What a placeholder holds: no second sentence, unless nothing else fits."""


@lru_cache(maxsize=4096)
def translated(sentence: str, code: str) -> str | None:
    """The sentence, or several one after the other, in the language `code`; None where nothing of it is known.

    Tried in turn: as it stands, after the path of a setting, by a template, as part of a sentence ("choose 2" for
    "Choose 2."), sentence by sentence, and by a template whose places take in more than one sentence.
    """
    if not sentence.strip() or not catalogue(code):
        return None
    return _one(sentence, code) or _piecewise(sentence, code) or _by_template(sentence, code, loosely=True)


def _one(sentence: str, code: str) -> str | None:
    return (catalogue(code).get(sentence) or _after_path(sentence, code) or _as_it_stands(sentence, code)
            or _as_part(sentence, code))


def _as_it_stands(sentence: str, code: str) -> str | None:
    return catalogue(code).get(sentence) or _by_template(sentence, code)


def _as_part(sentence: str, code: str) -> str | None:
    """Settings say what is wrong without a capital and a stop; shown alone it has both."""
    whole = sentence.endswith(".")
    bare = sentence[:-1] if whole else sentence
    for start in (bare[:1], bare[:1].lower()):
        known = _as_it_stands(start + bare[1:], code)
        if known is not None:
            return f"{known}。" if whole else known
    return None


def _after_path(sentence: str, code: str) -> str | None:
    found = _PATH_BEFORE.fullmatch(sentence)
    known = translated(found[2], code) if found else None
    return f"{found[1]}：{known}" if found and known else None


def _piecewise(sentence: str, code: str) -> str | None:
    """The longest known run of sentences, then the next; those that are not known stay as they are."""
    parts = _SENTENCE_END.split(sentence)
    made, at, known_any = "", 0, False
    while at < len(parts) and len(parts) > 1:
        ends = range(len(parts), at, -1)
        tried = ((end, _one(" ".join(parts[at:end]), code)) for end in ends if (at, end) != (0, len(parts)))
        end, text = next(((end, text) for end, text in tried if text), (at + 1, ""))
        known_any = known_any or bool(text)
        text = text or parts[at]
        made += f" {text}" if made and (made[-1].isascii() or text[0].isascii()) else text
        at = end
    return made if known_any else None


def _by_template(sentence: str, code: str, loosely: bool = False) -> str | None:
    for strict, loose, letters, template in _templates(code):
        if sentence.endswith(".") != strict.pattern.endswith("."):
            continue  # the stop at the end belongs to the sentence, not to what was filled in last
        found = (loose if loosely else strict).fullmatch(sentence)
        if found:
            values = {letter: translated(held, code) or held
                      for letter, held in zip(letters, found.groups(), strict=True)}
            return template.format_map(values)
    return None


@cache
def _templates(code: str) -> tuple[tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...], str], ...]:
    """All templates, those with most letters of their own first."""
    made = []
    for source, text in catalogue(code).items():
        letters = tuple(_PLACE.findall(source))
        if letters:
            pieces = [re.escape(piece.replace("{{", "{").replace("}}", "}")) for piece in _PLACE.split(source)[::2]]
            made.append((sum(map(len, pieces)), re.compile(_WITHIN.join(pieces), re.DOTALL),
                         re.compile("(.+?)".join(pieces), re.DOTALL), letters, text))
    return tuple(each[1:] for each in sorted(made, key=lambda each: -each[0]))
