"""Cutting answers into words for comparison: Chinese and Japanese by character, everything else by word."""

from __future__ import annotations

import re
import string
import unicodedata

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|(?:(?![{_IDEOGRAPHS}])[^\W_])+")
_IDEOGRAPH = re.compile(rf"[{_IDEOGRAPHS}]")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without marks; an ideograph is a word.

    For text in ASCII these are the tokens of Google's rouge-score.
    """
    return _WORD.findall(text.lower())


def normal_answer(text: str) -> str:
    """An answer as SQuAD compares it: small letters, no marks, no articles, single spaces.

    Marks beyond ASCII, such as Chinese ones, are left out too.
    Source: the official script of SQuAD 1.1 (Rajpurkar et al. 2016, arXiv:1606.05250).
    """
    kept = "".join(character for character in text.lower() if not _is_mark(character))
    return " ".join(_ARTICLE.sub(" ", kept).split())


def answer_words(text: str) -> list[str]:
    """The words of an answer as SQuAD counts them; an ideograph is a word, as in CMRC 2018 (arXiv:1810.07366)."""
    return _IDEOGRAPH.sub(r" \g<0> ", normal_answer(text)).split()


def is_chinese(texts: list[str]) -> bool:
    """Whether a good part of the letters of some texts is Chinese."""
    letters = [character for text in texts for character in text[:2000] if character.isalpha()]
    return bool(letters) and len(_HAN.findall("".join(letters))) > 0.2 * len(letters)


def _is_mark(character: str) -> bool:
    return character in string.punctuation or (character > "\x7f" and unicodedata.category(character)[0] in "PS")
