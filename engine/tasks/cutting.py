"""Cutting what is too long for an example."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[.!?][\"'”’)\]]*(?=\s)|[。！？…；][」』”’）]*|\n")
_LEAST_SHARE = 0.5


def cut_to(text: str, longest_bytes: int) -> str:
    """The text, or as many of its first sentences as fit into so many bytes of UTF-8; at least half of the room is
    used: where no sentence ends late enough, the cut is after a word or a character."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= longest_bytes:
        return text
    part = encoded[:longest_bytes].decode("utf-8", "ignore")
    least = int(len(part) * _LEAST_SHARE)
    ends = [found.end() for found in _SENTENCE.finditer(part) if found.end() >= least]
    if ends:
        return part[:ends[-1]].rstrip()
    space = part.rfind(" ")
    return (part[:space] if space >= least else part).rstrip()
