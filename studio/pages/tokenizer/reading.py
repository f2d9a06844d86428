"""What is read of a tokenizer beside the window: its pieces, how often they occur, and a text as its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.settings import member
from engine.tokenizers.inspection import piece_lengths, text_tokens, token_counts
from engine.tokenizers.spec import TokenizerSpec
from engine.tokenizers.token_file import TokenFile
from engine.tokenizers.tokenizer import UNK_ID, Tokenizer
from studio.i18n import tr
from studio.theme.tokens import KINDS
from studio.widgets import Chip

MOST_CHARACTERS = 3_000
"""So much of the text in the box is cut and shown."""

FIRST_BYTE_ID = 4


@dataclass(frozen=True)
class Vocabulary:
    """A trained tokenizer as the page shows it; `counts` and `bytes_per_token` are None before the text is cut."""

    tokenizer: Tokenizer
    pieces: tuple[str, ...]
    sizes: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64] | None
    lengths: dict[int, float]
    bytes_per_token: float | None

    def rank(self, each: int) -> int | None:
        """The place of a piece among those seen most often, from 1."""
        return None if self.counts is None else int((self.counts > self.counts[each]).sum()) + 1


def read_vocabulary(tokenizer_folder: Path, tokens_folder: Path | None) -> Vocabulary:
    """Load a tokenizer with its counts; `tokens_folder` is the text cut by this tokenizer, if there is one."""
    tokenizer = Tokenizer.load(tokenizer_folder)
    ids = range(tokenizer.vocab_size)
    counts, ratio = None, None
    if tokens_folder is not None:
        training = TokenFile(tokens_folder, "train")
        if training.vocab_size == tokenizer.vocab_size:
            counts, ratio = token_counts(training), training.bytes_per_token
    return Vocabulary(tokenizer, tuple(tokenizer.piece(each) for each in ids),
                      np.array([len(tokenizer.piece_bytes(each)) for each in ids], dtype=np.int64), counts,
                      piece_lengths(tokenizer), ratio)


@dataclass(frozen=True)
class CutText:
    """A text as chips, with its size in bytes; `is_whole` is False where only its beginning is shown."""

    chips: tuple[Chip, ...]
    size_bytes: int
    is_whole: bool


def cut_text(text: str, tokenizer: Tokenizer | None) -> CutText:
    """The tokens of a text; without a tokenizer each byte is one, as in a tokenizer that knows no other pieces."""
    shown = text[:MOST_CHARACTERS]
    chips = _byte_chips(shown) if tokenizer is None else _token_chips(shown, tokenizer)
    return CutText(chips, len(shown.encode("utf-8", "replace")), len(shown) == len(text))


def _token_chips(text: str, tokenizer: Tokenizer) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    for number, token in enumerate(text_tokens(tokenizer, text)):
        colour = KINDS[number % len(KINDS)]  # the bytes of one character wear one colour
        for each in token.ids:
            name = tokenizer.piece(each)
            is_part = tokenizer.is_byte(each) and len(token.ids) > 1
            written = name[3:5] if is_part else token.text if each == UNK_ID else name
            chips.append(Chip(written, each, colour))
    return tuple(chips)


def _byte_chips(text: str) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    for number, character in enumerate(text):
        raw = character.encode("utf-8", "replace")
        colour = KINDS[number % len(KINDS)]
        chips += [Chip(character if len(raw) == 1 else f"{byte:02X}", FIRST_BYTE_ID + byte, colour) for byte in raw]
    return tuple(chips)


def kind_title(kind: str) -> str:
    """A kind of tokenizer in words."""
    return tr(member(TokenizerSpec, kind).title) if kind else ""
