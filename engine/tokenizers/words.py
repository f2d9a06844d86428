"""Where words begin and end, for the tokenizer of whole words."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Kana and Han: without a dictionary each character counts as a word."""

_WORD = re.compile(
    rf"[{_ALONE}]"                                                              # one character
    rf"| ?(?:(?![{_ALONE}])[^\W\d_])+(?:['’](?:(?![{_ALONE}])[^\W\d_])+)*"      # letters, as in " don't"
    r"| ?\d"                                                                    # one digit
    r"| ?[^\w\s]"                                                               # one mark
    r"|.", re.DOTALL)                                                           # white space and all else


def words(text: str, symbols: Sequence[str] = ()) -> list[str]:
    """Cut a text into words, marks, digits and white space; a word carries the space before it.

    `symbols` stay whole. The parts put together are the text again.
    """
    if not symbols:
        return _WORD.findall(text)
    longest_first = sorted(symbols, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
    return [word for number, part in enumerate(parts) for word in ([part] if number % 2 else _WORD.findall(part))]
