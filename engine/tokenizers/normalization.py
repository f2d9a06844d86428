"""What a tokenizer may do to a text before it cuts it."""

from __future__ import annotations

import unicodedata
from typing import Literal

Normalization = Literal["none", "nfc", "nfkc", "nfkc-lower"]

TITLES = {"none": "Keep the text as it is", "nfc": "Unite letters and accents (NFC)",
          "nfkc": "Also fold wide letters and ligatures (NFKC)", "nfkc-lower": "Also make capital letters small"}


def normalized(text: str, how: Normalization) -> str:
    """The text in a Unicode normal form (Unicode Standard Annex 15), in small letters where asked for."""
    if how == "none" or (how != "nfkc-lower" and text.isascii()):
        return text
    if how == "nfc":
        return unicodedata.normalize("NFC", text)
    folded = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", folded.lower()) if how == "nfkc-lower" else folded


def places_before(text: str, how: Normalization) -> list[int]:
    """For every place in the normalized text, 0 to its end, the place in the text itself.

    Letters are followed one by one with the accents after them; where letters of several such groups unite (Korean
    written in single letters), places are told by their share of the length.
    """
    places, gathered, begin = [0], [], 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        part = normalized(text[begin:end], how)
        places += [begin] * (len(part) - 1) + [end] if part else []
        gathered.append(part)
        begin = end
    whole = normalized(text, how)
    if "".join(gathered) == whole:
        return places
    return [round(place * len(text) / max(1, len(whole))) for place in range(len(whole) + 1)]


def clean_surrogates(text: str) -> str:
    """The same text with lone surrogates, which UTF-8 cannot hold, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
